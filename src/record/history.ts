import type { DatabaseSync } from 'node:sqlite';
import type { ChainCheck } from '../model/chain-check.ts';
import type { History, RecordedRun, RunResult, SourceCursor } from '../model/history.ts';
import { utcDay } from '../model/window.ts';
import { AuditError } from '../support/errors.ts';
import { pruneRuns } from './chain.ts';
import { cursorsIn } from './cursors.ts';
import { databaseError } from './database-error.ts';
import { pruneDays, verifyHistory } from './day-proof.ts';
import { daysIn } from './days.ts';
import { openDatabase } from './database.ts';
import type { DatabaseOptions } from './database.ts';
import { locksIn } from './locks.ts';
import { outboxIn } from './outbox.ts';
import { lockQueries } from './queries/locks.ts';
import { outboxQueries } from './queries/outbox.ts';
import { runQueries } from './queries/runs.ts';
import { pruneRunRecords, runRecordsIn } from './run-records.ts';
import { text, toRecordedRun } from './recorded-run.ts';
import { recordRun } from './recording.ts';
import { inTransaction } from './transaction.ts';
import { troublesIn } from './troubles.ts';

/**
 * Opens the history in the file, creating it (and its folder) when it is missing; `:memory:` keeps it for this process
 * only. Throws an AuditError naming the path and the remedy when the file cannot be used; it is then left unchanged.
 */
export function openHistory(path: string, options: DatabaseOptions = {}): History {
  return historyOf(openDatabase(path, options), path);
}

/** The port on a database that is open and has the newest schema. */
export function historyOf(database: DatabaseSync, path: string): History {
  function guarded<T>(doing: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw databaseError(error, path, `${doing} the history database`);
    }
  }

  return {
    ...daysIn(database, guarded),

    runs: runRecordsIn(database, guarded),

    locks: locksIn(database, guarded),

    outbox: outboxIn(database, guarded),

    troubles: troublesIn(database, guarded),

    prune({ results, mails, mailsAfter = null }): void {
      const bounds = { mailsBefore: mails.toISOString(), mailsAfter: mailsAfter?.toISOString() ?? null };
      guarded('Pruning', () =>
        inTransaction(database, () => {
          database.prepare(outboxQueries.pruneMails).run(bounds);
          database.prepare(lockQueries.pruneLocks).run({ mailsBefore: mails.toISOString() });
          pruneDays(database, results);
          pruneRuns(database, results);
          pruneRunRecords(database, results);
        }),
      );
    },

    record(run: RunResult): void {
      guarded('Recording a run in', () => recordRun(database, run));
    },

    cursors(job: string | undefined): (SourceCursor & { readonly job: string })[] {
      return guarded('Reading the cursors from', () => cursorsIn(database, job));
    },

    markMailed(runId: string, at: Date): void {
      const { changes } = guarded('Marking a run as mailed in', () =>
        database.prepare(runQueries.markMailed).run({ id: runId, at: at.toISOString() }),
      );
      if (Number(changes) === 0) {
        throw new AuditError(`Marking run ${runId} as mailed in the history database ${path}: there is no such run`, {
          remedy: 'List the recorded runs with `tls-audit status`.',
        });
      }
    },

    latestRuns(job: string | undefined, limit: number): RecordedRun[] {
      return guarded('Reading the latest runs from', () =>
        database
          .prepare(runQueries.latestRuns)
          .all({ job: job ?? null, limit })
          .map(toRecordedRun),
      );
    },

    findRun(runId: string): RecordedRun | undefined {
      return guarded('Reading a run from', () => {
        const row = database.prepare(runQueries.findRun).get({ id: runId });
        return row === undefined ? undefined : toRecordedRun(row);
      });
    },

    runBefore(job: string, time: Date): RecordedRun | undefined {
      return guarded('Reading the run before from', () => {
        const day = database.prepare(runQueries.runBefore).get({ job, day: utcDay(time) });
        const row =
          day === undefined ? undefined : database.prepare(runQueries.findRun).get({ id: text(day, 'run_id') });
        return row === undefined ? undefined : toRecordedRun(row);
      });
    },

    runsUpTo(job: string, time: Date): RecordedRun[] {
      return guarded('Reading the runs before from', () =>
        database
          .prepare(runQueries.runsUpTo)
          .all({ job, day: utcDay(time), time: time.toISOString() })
          .map(toRecordedRun),
      );
    },

    verify(witnesses: readonly string[] = []): ChainCheck {
      return guarded('Verifying', () => verifyHistory(database, witnesses));
    },

    close(): void {
      if (database.isOpen) database.close();
    },
  };
}
