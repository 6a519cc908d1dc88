import type { Condition } from './condition.ts';
import { underRightClock } from '../judge/right-clock.ts';
import { HOUR_MS } from '../model/window.ts';
import { countOf } from '../support/plural.ts';

/** A mail that is owed for longer is in trouble that time alone does not mend (greylisting ends within the hour). */
const MAIL_STUCK_MS = 4 * HOUR_MS;

/** What keeps the worker from being ready, a sentence each; empty when it is. */
export function unreadiness(
  condition: Condition,
  expected: {
    /** Longest time between one run and the next. */
    readonly betweenRunsMs: number;
    /** No run is expected before: the worker has just been started. */
    readonly since: Date;
    /** When the worker runs the job next; undefined where it does not say. */
    readonly nextRunAt: Date | undefined;
    /** The schedule allows no later next run. */
    readonly nextRunBy: Date;
  },
): string[] {
  const { at, records, ledger, outbox, troubles, chores, job } = condition;
  const lastMs = underRightClock(records, at)
    .find(({ end }) => end === 'pass' || end === 'fail' || end === 'inconclusive')
    ?.startedAt.getTime();
  const { nextRunAt, nextRunBy } = expected;
  const overdueMs = at.getTime() - Math.max(lastMs ?? -Infinity, expected.since.getTime());
  const gapHours = ledger
    .filter(({ state }) => state === 'gap')
    .reduce((sum, { from, to }) => sum + (to.getTime() - from.getTime()) / HOUR_MS, 0);
  const stuck = outbox.filter(({ owed, createdAt }) => owed > 0 && at.getTime() - createdAt.getTime() > MAIL_STUCK_MS);
  const failing = troubles.filter((trouble) => [job, ...chores].some((name) => name === trouble.job));
  return [
    ...(overdueMs > expected.betweenRunsMs
      ? [`${job} has had no result for ${countOf(Math.floor(overdueMs / HOUR_MS), 'hour')}`]
      : []),
    ...(nextRunAt !== undefined && nextRunAt > nextRunBy
      ? [`${job} is planned for ${nextRunAt.toISOString()} only: was the clock set back?`]
      : []),
    ...failing.map(({ job: name, failures }) => `${name} has failed ${countOf(failures, 'time')} in a row`),
    ...(gapHours > 0 ? [`no data for ${countOf(gapHours, 'hour')}`] : []),
    ...(stuck.length > 0
      ? [`${countOf(stuck.length, 'mail')} owed for more than ${MAIL_STUCK_MS / HOUR_MS} hours`]
      : []),
  ];
}
