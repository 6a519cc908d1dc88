import type { DatabaseSync } from 'node:sqlite';
import type { RunCounts, RunEnd, RunPhase, RunRecord, RunRecords, RunTotal } from '../model/run-record.ts';
import { AuditError } from '../support/errors.ts';
import { runQueries } from './queries/runs.ts';
import { type Row, text } from './recorded-run.ts';

/** Does the work and puts a failure of the database into words. */
export type Guard = <T>(doing: string, work: () => T) => T;

export function runRecordsIn(database: DatabaseSync, guarded: Guard): RunRecords {
  return {
    begin({ id, job, window, startedAt }): void {
      const bounds = { from: window.from.toISOString(), to: window.to.toISOString() };
      guarded('Beginning a run in', () =>
        database.prepare(runQueries.beginRun).run({ id, job, ...bounds, startedAt: startedAt.toISOString() }),
      );
    },

    progress(id, phase, counts = {}): void {
      guarded('Noting the phase of a run in', () =>
        database.prepare(runQueries.progressRun).run({ id, phase, counts: JSON.stringify(counts) }),
      );
    },

    end(id, end, { at, reason }): void {
      guarded('Ending a run in', () =>
        database.prepare(runQueries.endRun).run({ id, end, at: at.toISOString(), reason }),
      );
    },

    latest(job, limit): RunRecord[] {
      return guarded('Reading the runs from', () =>
        database
          .prepare(runQueries.latestRunRecords)
          .all({ job: job ?? null, limit })
          .map(toRunRecord),
      );
    },

    totals(job): RunTotal[] {
      return guarded('Counting the runs of', () => database.prepare(runQueries.runTotals).all({ job }).map(toRunTotal));
    },

    newerThan(id): string | null {
      const row = guarded('Reading the newest revision of a run from', () =>
        database.prepare(runQueries.newestRevision).get({ id }),
      );
      return row === undefined ? null : text(row, 'id');
    },
  };
}

/** Ends a run with its verdict, inside the transaction that records its result. */
export function completeRun(
  database: DatabaseSync,
  run: Readonly<Record<'id' | 'job' | 'from' | 'to' | 'startedAt' | 'counts' | 'end' | 'at', string>>,
): void {
  const { changes } = database.prepare(runQueries.completeRun).run(run);
  if (Number(changes) > 0) return;
  throw new AuditError(`Recording run ${run.id} in the history: it was taken for dead meanwhile, and is abandoned`, {
    remedy: 'Nothing was recorded twice. Run the job again; tls-audit status shows whether another run did the work.',
  });
}

/** Forgets the ended runs of days that are kept no longer, all but how many they were. To be called within a transaction. */
export function pruneRunRecords(database: DatabaseSync, before: Date): void {
  const bounds = { before: before.toISOString() };
  database.prepare(runQueries.keepTotals).run(bounds);
  database.prepare(runQueries.pruneRunRecords).run(bounds);
}

function toRunTotal(row: Row): RunTotal {
  return {
    // The CHECK constraints of both tables hold the words to those of the type.
    end: text(row, 'ended') as RunEnd,
    runs: Number(row['runs']),
    timed: Number(row['timed']),
    durationMs: Number(row['duration_ms']),
  };
}

function toRunRecord(row: Row): RunRecord {
  return {
    id: text(row, 'id'),
    job: text(row, 'job'),
    window: { from: new Date(text(row, 'window_from')), to: new Date(text(row, 'window_to')) },
    startedAt: new Date(text(row, 'started_at')),
    // The table's CHECK constraints hold the words to those of the types.
    phase: text(row, 'phase') as RunPhase,
    counts: JSON.parse(text(row, 'counts_json')) as RunCounts,
    endedAt: row['ended_at'] === null ? null : new Date(text(row, 'ended_at')),
    end: row['ended'] === null ? null : (text(row, 'ended') as RunEnd),
    reason: row['reason'] === null ? null : text(row, 'reason'),
    supersededBy: row['superseded_by'] === null ? null : text(row, 'superseded_by'),
  };
}
