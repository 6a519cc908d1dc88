import { existsSync } from 'node:fs';
import { type Condition, readConditions } from './condition.ts';
import type { Settings } from './config/schema.ts';
import type { Page } from './health.ts';
import type { AuditName } from './job.ts';
import { renderMetrics } from './metrics.ts';
import type { Clock } from './model/ports.ts';
import { unreadiness } from './readiness.ts';
import { openHistory } from './record/history.ts';
import { createSchedule } from './schedule.ts';
import { packageVersion } from './support/package-info.ts';

/** How much later than planned a run may be before the worker counts as not ready. */
const TOLERANCE = 1.25;

/** `/readyz` and `/metrics`, from the history as it stands when somebody asks. */
export function healthPages(settings: Settings, clock: Clock): Readonly<Record<string, () => Page>> {
  const since = clock.now();
  return {
    '/readyz': () => {
      const reasons = conditionsOf(settings, clock).flatMap((condition) =>
        unreadiness(condition, { betweenRunsMs: longestPause(settings, condition.job, clock), since }),
      );
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

function longestPause({ jobs }: Settings, job: AuditName, clock: Clock): number {
  const { schedule: expression, timezone, jitterSeconds, timeLimitMinutes } = jobs[job];
  const schedule = createSchedule(expression, timezone);
  const first = schedule.next(clock.now());
  const second = first === undefined ? undefined : schedule.next(first);
  if (first === undefined || second === undefined) return Infinity;
  const slackMs = (jitterSeconds + timeLimitMinutes * 60) * 1000;
  return (second.getTime() - first.getTime()) * TOLERANCE + slackMs;
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
