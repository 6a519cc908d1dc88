import type { History } from '../model/history.ts';
import { utcDaysOf, type Window } from '../model/window.ts';

/** Whether every day of the window was audited whole before, whatever it came to and what came to light since. */
export function wasLookedAt(job: string, window: Window, history: Pick<History, 'recordedDays'>): boolean {
  const days = new Set(history.recordedDays(job, window).flatMap(({ day, whole }) => (whole ? [day] : [])));
  return utcDaysOf(window).every((day) => days.has(day));
}
