import { DAY_MS, utcDaysOf, type Window } from '../model/window.ts';
import { countOf } from '../support/plural.ts';

/** How long Salesforce keeps what an Email Log can be requested for. */
const KEPT_DAYS = 30;

/**
 * Days before the window, back to the first one ever audited, that no complete data covered: what is due is audited oldest first,
 * so they wait for their logs, or lie too far back for a run to make up for them by itself.
 */
export function unauditedDays(window: Window, covered: ReadonlySet<string>, firstDay: string | undefined): string[] {
  if (firstDay === undefined) return [];
  const fromMs = Math.max(Date.parse(firstDay), window.from.getTime() - KEPT_DAYS * DAY_MS);
  if (fromMs >= window.from.getTime()) return [];
  return utcDaysOf({ from: new Date(fromMs), to: window.from }).filter((day) => !covered.has(day));
}

/** The same as a sentence; undefined where there are none. */
export function unauditedNote(days: readonly string[]): string | undefined {
  const [first] = days;
  const last = days.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return (
    `${countOf(days.length, 'day')} before this window ${days.length === 1 ? 'was' : 'were'} never completely audited ` +
    `(${first === last ? first : `between ${first} and ${last}`}): fetch the logs and run with --from and --to.`
  );
}
