import type { Settings } from '../config/schema.ts';
import { type AuditName, AUDITS, type ChoreName, enabledChores, troublesNow } from '../job/job.ts';
import { createSchedule } from '../job/schedule.ts';
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
  /** One for all jobs, like what follows. */
  readonly outbox: readonly OutboxLine[];
  /** Of every enabled job. */
  readonly troubles: readonly Trouble[];
  /** Those that are enabled. */
  readonly chores: readonly ChoreName[];
}

/** One for each enabled audit. */
export function readConditions(history: History, { jobs }: Settings, clock: Clock): Condition[] {
  const audits = AUDITS.filter((job) => jobs[job].enabled);
  const chores = enabledChores(jobs);
  const shared = { outbox: history.outbox.open(), troubles: troublesNow(history, [...audits, ...chores]), chores };
  return audits.map((job) => ({ ...conditionOf(history, job, jobs[job], clock), ...shared }));
}

function conditionOf(
  history: History,
  job: AuditName,
  settings: Settings['jobs'][AuditName],
  clock: Clock,
): Omit<Condition, 'outbox' | 'troubles' | 'chores'> {
  const { reachDays } = settings;
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
    ledger:
      firstDay === undefined ? [] : ledgerOf({ window, hours, now: at, askedTo: askedTo(settings, at), reachDays }),
  };
}

/** The end of the newest day that the schedule has asked for, its run's time over. */
function askedTo({ schedule, timezone, jitterSeconds, timeLimitMinutes }: Settings['jobs'][AuditName], at: Date): Date {
  const slackMs = (jitterSeconds + timeLimitMinutes * 60) * 1000;
  const tick = createSchedule(schedule, timezone).last(new Date(at.getTime() - slackMs)) ?? at;
  return new Date(startOfUtcDay(tick.getTime()));
}
