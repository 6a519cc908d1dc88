import type { DatabaseSync } from 'node:sqlite';
import type { ChainCheck } from '../model/chain-check.ts';
import type {
  DayDomain,
  DomainSum,
  History,
  HourCoverage,
  OpenFinding,
  ProtectionDay,
  RecordedDay,
  RecordedRun,
  RunResult,
  SourceCursor,
  Totals,
} from '../model/history.ts';
import { utcDay } from '../model/window.ts';
import type { Window } from '../model/window.ts';
import { AuditError } from '../support/errors.ts';
import { pruneRuns } from './chain.ts';
import { cursorsIn } from './cursors.ts';
import { databaseError } from './database-error.ts';
import { pruneDays, verifyHistory } from './day-proof.ts';
import {
  dayBounds,
  number,
  toDayDomain,
  toDayProtocols,
  toDomainSum,
  toProtectionDay,
  toRecordedDay,
} from './day-rows.ts';
import { openDatabase } from './database.ts';
import type { DatabaseOptions } from './database.ts';
import { locksIn } from './locks.ts';
import { outboxIn } from './outbox.ts';
import { dayQueries } from './queries/days.ts';
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
    runs: runRecordsIn(database, guarded),

    locks: locksIn(database, guarded),

    outbox: outboxIn(database, guarded),

    troubles: troublesIn(database, guarded),

    totals(job: string, window: Window): Totals {
      const row = guarded('Adding up days of', () =>
        database.prepare(dayQueries.totals).get({ job, ...dayBounds(window) }),
      );
      const sum = (column: keyof Totals) => Number(row?.[column]);
      return {
        deliveries: sum('deliveries'),
        violations: sum('violations'),
        plaintext: sum('plaintext'),
        unrecognised: sum('unrecognised'),
        violating: sum('violating'),
      };
    },

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

    coveredDays(job: string, window: Window): Set<string> {
      return guarded('Reading the covered days from', () => {
        const rows = database.prepare(dayQueries.coveredDays).all({ job, ...dayBounds(window) });
        return new Set(rows.map((row) => text(row, 'day')));
      });
    },

    auditedDays(job: string, window: Window): Set<string> {
      return guarded('Reading the audited days from', () => {
        const rows = database.prepare(dayQueries.auditedDays).all({ job, ...dayBounds(window) });
        return new Set(rows.map((row) => text(row, 'day')));
      });
    },

    coveredHours(job: string, { from, to }: Window): HourCoverage[] {
      return guarded('Reading the coverage ledger from', () =>
        database
          .prepare(dayQueries.hours)
          .all({ job, from: from.toISOString(), to: to.toISOString() })
          .map((row) => ({
            hour: text(row, 'hour'),
            covered: row['covered'] === 1,
            source: row['source'] === null ? null : text(row, 'source'),
          })),
      );
    },

    firstDay(job: string): string | undefined {
      const day = guarded(
        'Reading the first day from',
        () => database.prepare(dayQueries.firstDay).get({ job })?.['day'],
      );
      return typeof day === 'string' ? day : undefined;
    },

    openFindings(job: string, before: Date): OpenFinding[] | undefined {
      const bounds = { job, before: utcDay(before) };
      return guarded('Reading the open findings from', () => {
        if (database.prepare(dayQueries.anyDayBefore).get(bounds) === undefined) return undefined;
        const rows = database.prepare(dayQueries.openFindings).all(bounds);
        return rows.map((row) => ({
          domain: text(row, 'domain'),
          since: text(row, 'since'),
          nights: number(row, 'nights'),
        }));
      });
    },

    protectionDays(job: string, domain: string, before: Date): ProtectionDay[] {
      return guarded('Reading how a domain stood from', () =>
        database
          .prepare(dayQueries.protectionDays)
          .all({ job, domain, before: utcDay(before) })
          .map(toProtectionDay),
      );
    },

    exposedDomains(job: string, before: Date): Set<string> {
      return guarded('Reading which domains lacked protection from', () => {
        const rows = database.prepare(dayQueries.exposedDomains).all({ job, before: utcDay(before) });
        return new Set(rows.map((row) => text(row, 'domain')));
      });
    },

    domainSums(job: string, window: Window, late: readonly string[] = []): DomainSum[] {
      return guarded('Adding up the days of', () =>
        database
          .prepare(dayQueries.domainSums)
          .all({ job, ...dayBounds(window), late: JSON.stringify(late) })
          .map(toDomainSum),
      );
    },

    daysWithoutVerification(job: string, window: Window): number {
      return guarded('Counting the days of', () =>
        Number(database.prepare(dayQueries.daysWithoutVerification).get({ job, ...dayBounds(window) })?.['days']),
      );
    },

    recordedDays(job: string, window: Window): RecordedDay[] {
      return guarded('Reading the days of', () =>
        database
          .prepare(dayQueries.recordedDays)
          .all({ job, ...dayBounds(window) })
          .map(toRecordedDay),
      );
    },

    dayProtocols(job: string, window: Window): Map<string, Map<string, number>> {
      return guarded('Adding up the protocols of', () =>
        toDayProtocols(database.prepare(dayQueries.dayProtocols).iterate({ job, ...dayBounds(window) })),
      );
    },

    dayDomains(job: string, window: Window): Iterable<DayDomain & { readonly day: string }> {
      return guarded('Reading the domains of the days of', () =>
        database
          .prepare(dayQueries.dayDomains)
          .all({ job, ...dayBounds(window) })
          .map(toDayDomain),
      );
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
