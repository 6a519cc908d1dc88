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

/** Salesforce hands out logs of up to 7 days: longer stretches are audited in pieces. */
const LONGEST_WINDOW_DAYS = 7;

/**
 * The windows a run has to audit, oldest first, none longer than 7 days. Days nobody ever looked at (an outage) are due
 * as far back as the source reaches; days that were looked at and were not complete, `catchUpDays` back. Pieces without a
 * due day are left out; the one that ends at the last midnight always stays.
 */
export function dueWindows(
  facts: Parameters<typeof dueWindow>[0] & {
    readonly auditedDays: ReadonlySet<string>;
    readonly reachDays: number;
  },
): Window[] {
  const recent = dueWindow(facts);
  if (facts.firstDay === undefined) return [recent];
  const today = startOfUtcDay(facts.now.getTime());
  const reachMs = Math.max(today - facts.reachDays * DAY_MS, Date.parse(facts.firstDay));
  const isSeen = (dayMs: number) => facts.auditedDays.has(utcDay(new Date(dayMs)));
  const isDue = (dayMs: number) => !isSeen(dayMs) || dayMs >= recent.from.getTime();
  let fromMs = recent.from.getTime();
  for (let dayMs = reachMs; dayMs < fromMs; dayMs += DAY_MS) if (!isSeen(dayMs)) fromMs = dayMs;
  const windows: Window[] = [];
  while (fromMs < today) {
    if (!isDue(fromMs)) {
      fromMs += DAY_MS;
      continue;
    }
    const toMs = Math.min(today, fromMs + LONGEST_WINDOW_DAYS * DAY_MS);
    windows.push(windowOf(fromMs, toMs));
    fromMs = toMs;
  }
  return windows;
}

/** Windows of days (`YYYY-MM-DD`), each once: days in a row together, none longer than 7 days. */
export function windowsOf(days: readonly string[]): Window[] {
  const windows: Window[] = [];
  for (const dayMs of [...new Set(days)].sort().map((day) => Date.parse(day))) {
    const last = windows.at(-1);
    const isNext = last?.to.getTime() === dayMs && dayMs - last.from.getTime() < LONGEST_WINDOW_DAYS * DAY_MS;
    if (last !== undefined && isNext) windows[windows.length - 1] = windowOf(last.from.getTime(), dayMs + DAY_MS);
    else windows.push(windowOf(dayMs, dayMs + DAY_MS));
  }
  return windows;
}

function windowOf(fromMs: number, toMs: number): Window {
  return { from: new Date(fromMs), to: new Date(toMs) };
}
