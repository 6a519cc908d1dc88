/** A half-open stretch of time `[from, to)`, UTC. */
export interface Window {
  readonly from: Date;
  readonly to: Date;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Midnight UTC at or before the given time (epoch milliseconds). */
export function startOfUtcDay(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS) * DAY_MS;
}

/** `YYYY-MM-DD` of the UTC day that holds the time. */
export function utcDay(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** Every UTC day the window touches, as `YYYY-MM-DD`, oldest first. */
export function utcDaysOf(window: Window): string[] {
  const days: string[] = [];
  for (let day = startOfUtcDay(window.from.getTime()); day < window.to.getTime(); day += DAY_MS) {
    days.push(utcDay(new Date(day)));
  }
  return days;
}
