import type { Settings } from '../config/schema.ts';
import { dueWindows } from '../judge/due-window.ts';
import { isBehind } from '../judge/right-clock.ts';
import type { History } from '../model/history.ts';
import type { Mailer } from '../model/ports.ts';
import type { Trouble } from '../model/trouble.ts';
import { DAY_MS, utcDay, type Window } from '../model/window.ts';
import type { RunOutcome, RunParts, RunRequest } from '../run/run.ts';

/** More than one night has, also after a month's outage. */
export const RUNS_LOOKED_AT = 100;

type JobName = keyof Settings['jobs'];

/** What a job is planned from. */
interface PlanFacts {
  /** What the clock shows. */
  readonly now: Date;
  /** What was due then is due. */
  readonly asOf: Date;
  readonly history: Pick<History, 'coveredDays' | 'auditedDays' | 'unreadDays' | 'firstDay' | 'runs'>;
  readonly settings: Settings['jobs'][AuditName];
}

export const AUDITS = ['outbound-audit', 'inbound-audit'] as const;

const CHORES = ['weekly-summary', 'history-pruning'] as const satisfies readonly Exclude<JobName, AuditName>[];

export type AuditName = (typeof AUDITS)[number];
export type ChoreName = (typeof CHORES)[number];

/** An audit, with a schedule of its own. The jobs stand in jobs/. */
export interface Job {
  readonly name: AuditName;
  /** What it does, in half a sentence. */
  readonly description: string;
  /**
   * The windows that are due, oldest first, from what is recorded and never from whether a schedule fired. None where the
   * clock is behind, or where the first day ever audited came later than what was due then.
   */
  plan(facts: PlanFacts): Window[];
  run(request: Omit<RunRequest, 'job'>, parts: RunParts, signal: AbortSignal): Promise<RunOutcome>;
}

export interface ChoreParts extends Pick<
  RunParts,
  'clock' | 'logger' | 'history' | 'owner' | 'tooOldAfterMs' | 'version'
> {
  /** Undefined where nothing is to be sent. */
  readonly mailer: Mailer | undefined;
  readonly messageIdDomain: string;
  /** IANA name of the zone of times in mails. */
  readonly zone: string;
  readonly keepDays: number;
  /** Those that are enabled. */
  readonly audits: readonly AuditName[];
  readonly chores: readonly ChoreName[];
}

/** What else has to be done regularly: it asks no source and judges nothing. */
export interface Chore {
  readonly name: ChoreName;
  readonly description: string;
  /** Gives what it did, for people. `tick` is when its schedule last asked for it. */
  run(parts: ChoreParts & { readonly tick: Date }, signal: AbortSignal): Promise<string>;
}

/** Of jobs that are enabled: a disabled one neither fails nor works again. */
export function troublesNow(history: Pick<History, 'troubles'>, enabled: readonly string[]): Trouble[] {
  return history.troubles.current().filter(({ job }) => enabled.includes(job));
}

export function enabledChores(jobs: Settings['jobs']): ChoreName[] {
  return CHORES.filter((name) => jobs[name].enabled);
}

/** Whether runs of the job began on a later day than the clock shows. */
export function isClockBehind(job: AuditName, { runs }: Pick<History, 'runs'>, now: Date): boolean {
  return isBehind(runs.latest(job, RUNS_LOOKED_AT), now);
}

/**
 * The days that a nightly job has to audit: none where a clock that is behind, or a time before the last midnight, asks for
 * one before the first that was ever audited. That day would become the first one, and all between a gap.
 */
export function dueDays(job: AuditName, { now, asOf, history, settings }: PlanFacts): Window[] {
  const { firstRunDays, catchUpDays, reachDays } = settings;
  const firstDay = history.firstDay(job);
  const isBeforeAll = firstDay !== undefined && utcDay(new Date(asOf.getTime() - DAY_MS)) < firstDay;
  if (isBeforeAll && (utcDay(asOf) < utcDay(now) || isClockBehind(job, history, now))) return [];
  const lookBack = { from: new Date(asOf.getTime() - (Math.max(catchUpDays, reachDays) + 1) * DAY_MS), to: asOf };
  return dueWindows({
    now: asOf,
    reachDays,
    coveredDays: history.coveredDays(job, lookBack),
    auditedDays: history.auditedDays(job, lookBack),
    unreadDays: history.unreadDays(job),
    firstDay,
    firstRunDays,
    catchUpDays,
  });
}
