import { existsSync } from 'node:fs';
import { type Condition, readConditions } from './condition.ts';
import type { Settings, SourceType } from '../config/schema.ts';
import type { RecordedRun, SourceCursor } from '../model/history.ts';
import { openHistory } from '../record/history.ts';
import { createSchedule } from '../job/schedule.ts';
import { promiseOf, type SourcePromise } from '../doctor/source-promise.ts';
import { systemClock } from '../support/clock.ts';

const RUNS_SHOWN = 10;
const NEXT_RUNS_SHOWN = 3;

/** What `status` shows; as JSON with `--json --all`. */
export interface Status extends Pick<Condition, 'at' | 'records' | 'outbox' | 'troubles'> {
  readonly coverage: readonly Pick<Condition, 'job' | 'ledger'>[];
  readonly schema: 'tls-audit/status/1';
  /** Where logs come from, and what that can and cannot promise. */
  readonly source: { readonly type: SourceType } & SourcePromise;
  /** Days (`YYYY-MM-DD`) with a log that no run has read and judged so far: they are judged again every night. */
  readonly unreadDays: readonly { readonly job: string; readonly days: readonly string[] }[];
  /** How far sources that tell when their files were made were read. */
  readonly readUpTo: readonly (SourceCursor & { readonly job: string })[];
  readonly historyPath: string;
  readonly runs: readonly RecordedRun[];
  readonly nextRuns: readonly { readonly job: string; readonly at: readonly Date[]; readonly timezone: string }[];
}

/** Nothing is written; where there is no history yet, it is an empty one. */
export function readStatus(settings: Settings): Status {
  const { path } = settings.history;
  const clock = systemClock;
  const history = existsSync(path) ? openHistory(path, { readOnly: true }) : openHistory(':memory:');
  try {
    const conditions = readConditions(history, settings, clock);
    return {
      schema: 'tls-audit/status/1',
      source: { type: settings.source.type, ...promiseOf(settings.source.type) },
      unreadDays: conditions
        .map(({ job }) => ({ job, days: [...history.unreadDays(job)] }))
        .filter(({ days }) => days.length > 0),
      readUpTo: history.cursors(undefined),
      historyPath: path,
      at: clock.now(),
      records: history.runs.latest(undefined, RUNS_SHOWN),
      coverage: conditions.map(({ job, ledger }) => ({ job, ledger })),
      outbox: history.outbox.open(),
      troubles: conditions[0]?.troubles ?? [],
      runs: history.latestRuns(undefined, RUNS_SHOWN),
      nextRuns: nextRuns(settings, clock.now()),
    };
  } finally {
    history.close();
  }
}

function nextRuns({ jobs }: Settings, now: Date): Status['nextRuns'] {
  return Object.entries(jobs)
    .filter(([, { enabled }]) => enabled)
    .map(([job, { schedule: expression, timezone }]) => {
      const schedule = createSchedule(expression, timezone);
      const at: Date[] = [];
      for (
        let next = schedule.next(now);
        next !== undefined && at.length < NEXT_RUNS_SHOWN;
        next = schedule.next(next)
      ) {
        at.push(next);
      }
      return { job, at, timezone };
    });
}
