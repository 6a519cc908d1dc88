import { DAY_MS, startOfUtcDay, utcDay } from '../model/window.ts';
import type { Window } from '../model/window.ts';

/** Salesforce hands out logs of up to 7 days: longer stretches are audited in pieces. */
const LONGEST_WINDOW_DAYS = 7;

/**
 * The windows a run has to audit, oldest first, none longer than 7 days and none past the last midnight: the days nobody
 * ever looked at (an outage), as far back as the source reaches; the days that were looked at and are not covered,
 * `catchUpDays` back, or as long as a log of them could not be read; and yesterday in any case. Days before the first that was ever audited are not due; on a first run
 * `firstRunDays` are. Days that were looked at share no window with others: they are judged again and may have nothing new to
 * tell, while a usual night is told of by itself.
 */
export function dueWindows(facts: {
  readonly now: Date;
  readonly coveredDays: ReadonlySet<string>;
  readonly auditedDays: ReadonlySet<string>;
  /** Days with a log that could not be read, however long ago. */
  readonly unreadDays: ReadonlySet<string>;
  /** `YYYY-MM-DD`; undefined before the first run. */
  readonly firstDay: string | undefined;
  readonly firstRunDays: number;
  readonly catchUpDays: number;
  readonly reachDays: number;
}): Window[] {
  const { coveredDays, auditedDays, firstDay, firstRunDays, catchUpDays, reachDays } = facts;
  const today = startOfUtcDay(facts.now.getTime());
  const daysFrom = (daysBack: number, earliestMs: number): string[] => {
    const days: string[] = [];
    for (let dayMs = Math.max(today - daysBack * DAY_MS, earliestMs); dayMs < today; dayMs += DAY_MS) {
      days.push(utcDay(new Date(dayMs)));
    }
    return days;
  };
  if (firstDay === undefined) return windowsOf(daysFrom(firstRunDays, 0));

  const yesterday = utcDay(new Date(today - DAY_MS));
  const firstMs = Date.parse(firstDay);
  const unseen = daysFrom(Math.max(reachDays, catchUpDays), firstMs).filter((day) => !auditedDays.has(day));
  const incomplete = daysFrom(catchUpDays, firstMs).filter(
    (day) => auditedDays.has(day) && !coveredDays.has(day) && day !== yesterday,
  );
  const unread = [...facts.unreadDays].filter((day) => day < yesterday && !unseen.includes(day));
  const again = unseen.includes(yesterday) ? [] : [yesterday];
  const windows = [[...incomplete, ...unread], unseen, again].flatMap(windowsOf);
  return windows.sort((one, other) => one.from.getTime() - other.from.getTime());
}

/** Windows of days (`YYYY-MM-DD`), each once: days in a row together, none longer than 7 days. */
export function windowsOf(days: readonly string[]): Window[] {
  return stretchesOf(days, LONGEST_WINDOW_DAYS);
}

/** The same for people: the days of a long outage are one stretch. */
export function stretchesOf(days: readonly string[], longestDays = Infinity): Window[] {
  const windows: Window[] = [];
  for (const dayMs of [...new Set(days)].sort().map((day) => Date.parse(day))) {
    const last = windows.at(-1);
    const isNext = last?.to.getTime() === dayMs && dayMs - last.from.getTime() < longestDays * DAY_MS;
    if (last !== undefined && isNext) windows[windows.length - 1] = windowOf(last.from.getTime(), dayMs + DAY_MS);
    else windows.push(windowOf(dayMs, dayMs + DAY_MS));
  }
  return windows;
}

function windowOf(fromMs: number, toMs: number): Window {
  return { from: new Date(fromMs), to: new Date(toMs) };
}
