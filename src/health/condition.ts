import type { Settings } from '../config/schema.ts';
import { type AuditName, AUDITS } from '../job/job.ts';
import { type LedgerStretch, ledgerOf } from '../judge/ledger.ts';
import type { History, RecordedRun } from '../model/history.ts';
import type { OutboxLine } from '../model/outbox.ts';
import type { Clock } from '../model/ports.ts';
import type { RunRecord, RunTotal } from '../model/run-record.ts';
import type { Trouble } from '../model/trouble.ts';
import { DAY_MS, startOfUtcDay } from '../model/window.ts';

const RUNS_LOOKED_AT = 50;

/** How the program stands, as far as the history knows. */
export interface Condition {
  readonly job: AuditName;
  readonly at: Date;
  /** Newest first, also those without a result. */
  readonly records: readonly RunRecord[];
  /** Since the history began. */
  readonly totals: readonly RunTotal[];
  /** The newest run with a result. */
  readonly newest: RecordedRun | undefined;
  /** Every hour from the first audited day on, as far back as the source reaches and a little more. */
  readonly ledger: readonly LedgerStretch[];
  readonly outbox: readonly OutboxLine[];
  readonly troubles: readonly Trouble[];
}

/** One for each enabled audit. */
export function readConditions(history: History, { jobs }: Settings, clock: Clock): Condition[] {
  return AUDITS.filter((job) => jobs[job].enabled).map((job) => conditionOf(history, job, jobs[job].reachDays, clock));
}

function conditionOf(history: History, job: AuditName, reachDays: number, clock: Clock): Condition {
  const at = clock.now();
  const today = startOfUtcDay(at.getTime());
  const firstDay = history.firstDay(job);
  const fromMs = Math.max(Date.parse(firstDay ?? at.toISOString()), today - (reachDays + 5) * DAY_MS);
  const window = { from: new Date(Math.min(fromMs, today)), to: new Date(today) };
  const hours = firstDay === undefined ? [] : history.coveredHours(job, window);
  return {
    job,
    at,
    records: history.runs.latest(job, RUNS_LOOKED_AT),
    totals: history.runs.totals(job),
    newest: history.latestRuns(job, 1)[0],
    ledger: firstDay === undefined ? [] : ledgerOf({ window, hours, now: at, reachDays }),
    outbox: history.outbox.open(),
    troubles: history.troubles.current(),
  };
}
