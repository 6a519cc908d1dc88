import type { Trouble } from '../model/trouble.ts';
import { HOUR_MS } from '../model/window.ts';

/** Time between one alert and the next while a job keeps failing; the last one repeats. */
const PAUSES_MS: readonly number[] = [1, 6, 24, 48, 96, 168].map((hours) => hours * HOUR_MS);

/** A nightly job with jitter fails a little less than a day after the day before. */
const TOLERANCE = 0.95;

/** Whether a job that failed again is to be told of now: at once the first time, then at growing intervals. */
export function isAlertDue(trouble: Trouble, now: Date): boolean {
  if (trouble.alertedAt === null) return true;
  const pauseMs = PAUSES_MS[Math.min(trouble.alerts, PAUSES_MS.length) - 1] ?? 0;
  // A clock that was set back must not silence the alerts.
  return Math.abs(now.getTime() - trouble.alertedAt.getTime()) >= pauseMs * TOLERANCE;
}
