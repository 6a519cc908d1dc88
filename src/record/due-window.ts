import { DAY_MS, startOfUtcDay, utcDay } from '../model/window.ts';
import type { Window } from '../model/window.ts';

/**
 * The whole UTC days a run has to audit, ending at the last midnight: from the oldest day that is not covered, as far
 * back as the job ever audited and at most `catchUpDays`; `firstRunDays` where it never audited anything; yesterday
 * again where nothing is left uncovered.
 */
export function dueWindow(facts: {
  readonly now: Date;
  readonly coveredDays: ReadonlySet<string>;
  /** `YYYY-MM-DD`; undefined before the first run. */
  readonly firstDay: string | undefined;
  readonly firstRunDays: number;
  readonly catchUpDays: number;
}): Window {
  const today = startOfUtcDay(facts.now.getTime());
  const yesterday = today - DAY_MS;
  if (facts.firstDay === undefined) return windowOf(today - facts.firstRunDays * DAY_MS, today);

  const oldest = Math.max(today - facts.catchUpDays * DAY_MS, Date.parse(facts.firstDay));
  for (let day = oldest; day < yesterday; day += DAY_MS) {
    if (!facts.coveredDays.has(utcDay(new Date(day)))) return windowOf(day, today);
  }
  return windowOf(yesterday, today);
}

function windowOf(fromMs: number, toMs: number): Window {
  return { from: new Date(fromMs), to: new Date(toMs) };
}
