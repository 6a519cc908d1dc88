import { existsSync } from 'node:fs';
import { type Condition, readConditions } from './condition.ts';
import type { Settings } from '../config/schema.ts';
import type { HealthStatus, Page } from './health.ts';
import type { AuditName } from '../job/job.ts';
import { renderMetrics } from './metrics.ts';
import type { Clock } from '../model/ports.ts';
import { unreadiness } from './readiness.ts';
import { openHistory } from '../record/history.ts';
import { createSchedule } from '../job/schedule.ts';
import { packageVersion } from '../support/package-info.ts';

/** How much later than planned a run may be before the worker counts as not ready. */
const TOLERANCE = 1.25;

const FOREVER = new Date(8.64e15);

/** `/readyz` and `/metrics`, from the history as it stands when somebody asks. */
export function healthPages(
  settings: Settings,
  clock: Clock,
): Readonly<Record<string, (status: HealthStatus) => Page>> {
  let since = clock.now();
  return {
    '/readyz': (status) => {
      // Taken from a clock that was ahead: the worker may have been up for no longer than it is right.
      if (since > clock.now()) since = clock.now();
      const reasons = conditionsOf(settings, clock).flatMap((condition) => {
        const nextRun = status.jobs.find(({ name }) => name === condition.job)?.nextRunAt ?? undefined;
        const nextRunAt = nextRun === undefined ? undefined : new Date(nextRun);
        return unreadiness(condition, { ...expectationOf(settings, condition.job, clock), since, nextRunAt });
      });
      // The outbox is one for all jobs.
      const told = [...new Set(reasons)];
      const body = `${JSON.stringify({ ready: told.length === 0, reasons: told })}\n`;
      return { status: told.length === 0 ? 200 : 503, type: 'application/json', body };
    },
    '/metrics': () => ({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: renderMetrics(conditionsOf(settings, clock), packageVersion),
    }),
  };
}

function expectationOf({ jobs }: Settings, job: AuditName, clock: Clock) {
  const { schedule: expression, timezone, jitterSeconds, timeLimitMinutes } = jobs[job];
  const schedule = createSchedule(expression, timezone);
  const next = schedule.next(clock.now());
  const afterNext = next === undefined ? undefined : schedule.next(next);
  const last = schedule.last(clock.now());
  const beforeLast = last === undefined ? undefined : schedule.last(new Date(last.getTime() - 1));
  if (next === undefined || afterNext === undefined || last === undefined || beforeLast === undefined) {
    return { betweenRunsMs: Infinity, nextRunBy: FOREVER };
  }
  const slackMs = (jitterSeconds + timeLimitMinutes * 60) * 1000;
  // The run of the last time may still be under way: then the one before it is the newest that has to be there.
  const longestMs = Math.max(next.getTime() - last.getTime(), last.getTime() - beforeLast.getTime());
  return {
    betweenRunsMs: longestMs * TOLERANCE + slackMs,
    // Not the next time where it is done already, by a clock that was a little ahead.
    nextRunBy: new Date(afterNext.getTime() + slackMs),
  };
}

function conditionsOf(settings: Settings, clock: Clock): Condition[] {
  const { path } = settings.history;
  // Before the first run there is no history, and asking must not make one.
  const history = existsSync(path)
    ? openHistory(path, { readOnly: true, integrityCheck: false })
    : openHistory(':memory:');
  try {
    return readConditions(history, settings, clock);
  } finally {
    history.close();
  }
}
