import { DAY_MS, startOfUtcDay, utcDay, utcDaysOf, type Window } from '../model/window.ts';
import { countOf } from '../support/plural.ts';

/**
 * Days before the window that no complete data covered, and that no run makes up for by itself: as far back as logs can be
 * had, and further where nobody looked at any day since. Such an outage is told of whole, because no later run looks back
 * that far.
 */
export function unauditedDays(facts: {
  readonly window: Window;
  /** Days before the window (`YYYY-MM-DD`) that rest on complete data. */
  readonly covered: ReadonlySet<string>;
  /** Days before the window that were looked at. */
  readonly audited: ReadonlySet<string>;
  /** The first one ever; undefined before the first run. */
  readonly firstDay: string | undefined;
  readonly reachDays: number;
}): string[] {
  const { covered, audited, firstDay, reachDays } = facts;
  const { from: to } = facts.window;
  if (firstDay === undefined) return [];
  const reachMs = to.getTime() - reachDays * DAY_MS;
  const newest = [...audited].reduce((one, other) => (one > other ? one : other), firstDay);
  const fromMs = Math.max(Date.parse(firstDay), Math.min(reachMs, Date.parse(newest) + DAY_MS));
  return utcDaysOf({ from: new Date(fromMs), to }).filter((day) => !covered.has(day));
}

/** The same as a sentence, with what can still be done; undefined where there are none. */
export function unauditedNote(days: readonly string[], now: Date, reachDays: number): string | undefined {
  const [first] = days;
  const last = days.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const reach = utcDay(new Date(startOfUtcDay(now.getTime()) - reachDays * DAY_MS));
  return (
    `${countOf(days.length, 'day')} before this window ${days.length === 1 ? 'was' : 'were'} never completely audited ` +
    `(${first === last ? first : `between ${first} and ${last}`}): ${remedy(days, reach)}`
  );
}

function remedy(days: readonly string[], reach: string): string {
  const lost = days.filter((day) => day < reach);
  const newest = lost.at(-1);
  if (newest === undefined) return 'fetch the logs and run with --from and --to.';
  if (lost.length === days.length) return 'lost, because no log can be had any more.';
  return (
    `${lost.length === 1 ? `${newest} is` : `those up to ${newest} are`} lost, because no log can be had any more; ` +
    'for the others fetch the logs and run with --from and --to.'
  );
}
