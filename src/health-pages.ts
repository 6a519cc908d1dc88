import { existsSync } from 'node:fs';
import { type Condition, readCondition } from './condition.ts';
import type { Settings } from './config/schema.ts';
import type { Page } from './health.ts';
import { renderMetrics } from './metrics.ts';
import type { Clock } from './model/ports.ts';
import { unreadiness } from './readiness.ts';
import { openHistory } from './record/history.ts';
import { createSchedule } from './schedule.ts';
import { packageVersion } from './support/package-info.ts';

const JOB = 'outbound-audit';

/** How much later than planned a run may be before the worker counts as not ready. */
const TOLERANCE = 1.25;

/** `/readyz` and `/metrics`, from the history as it stands when somebody asks. */
export function healthPages(settings: Settings, clock: Clock): Readonly<Record<string, () => Page>> {
  const since = clock.now();
  const own = settings.jobs[JOB];
  const schedule = createSchedule(own.schedule, own.timezone);
  return {
    '/readyz': () => {
      const condition = conditionOf(settings, clock);
      const first = schedule.next(clock.now());
      const second = first === undefined ? undefined : schedule.next(first);
      const plannedMs = first === undefined || second === undefined ? Infinity : second.getTime() - first.getTime();
      const slackMs = (own.jitterSeconds + own.timeLimitMinutes * 60) * 1000;
      const reasons = unreadiness(condition, { betweenRunsMs: plannedMs * TOLERANCE + slackMs, since });
      const body = `${JSON.stringify({ ready: reasons.length === 0, reasons })}\n`;
      return { status: reasons.length === 0 ? 200 : 503, type: 'application/json', body };
    },
    '/metrics': () => ({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: renderMetrics(conditionOf(settings, clock), packageVersion),
    }),
  };
}

function conditionOf(settings: Settings, clock: Clock): Condition {
  const { path } = settings.history;
  // Before the first run there is no history, and asking must not make one.
  using history = existsSync(path)
    ? disposable(openHistory(path, { readOnly: true }))
    : disposable(openHistory(':memory:'));
  return readCondition(history.value, { job: JOB, clock, reachDays: settings.jobs[JOB].reachDays });
}

function disposable<T extends { close(): void }>(value: T): { readonly value: T } & Disposable {
  return { value, [Symbol.dispose]: () => value.close() };
}
