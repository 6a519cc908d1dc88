import { DAY_MS, startOfUtcDay } from '../model/window.ts';

/** Clocks are corrected by less than this all the time. */
const CORRECTED_MS = 60_000;

/**
 * Runs without those whose clock was ahead: they began in the future, or later than a run that was begun after them. When
 * they say they were tells of nothing but that clock.
 * @param runs newest first, in the order in which they were begun
 */
export function underRightClock<Run extends { readonly startedAt: Date }>(runs: readonly Run[], now: Date): Run[] {
  let latestMs = now.getTime();
  return runs.filter(({ startedAt }) => {
    const startMs = startedAt.getTime();
    if (startMs > latestMs) return false;
    latestMs = Math.min(latestMs, startMs + CORRECTED_MS);
    return true;
  });
}

/** Whether runs began on a later day than this one: the clock is behind, or was ahead when they did. */
export function isBehind(runs: readonly { readonly startedAt: Date }[], now: Date): boolean {
  const tomorrowMs = startOfUtcDay(now.getTime()) + DAY_MS;
  return runs.some(({ startedAt }) => startedAt.getTime() >= tomorrowMs);
}
