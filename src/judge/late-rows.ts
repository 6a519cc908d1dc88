import type { DayDomain } from '../model/history.ts';
import { DAY_MS, utcDay } from '../model/window.ts';
import { countOf } from '../support/plural.ts';
import type { DayTally } from './day-tally.ts';
import type { Tally } from './tally.ts';

/** A day that was judged on complete data, and of which more has come to light. */
export interface LateDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** How many deliveries more there are than it was judged on, at least; 0 where something else came to light. */
  readonly deliveries: number;
  /** What else. */
  readonly reason?:
    'rows that cannot be read' | 'rows of an unknown kind' | 'a new log' | 'a new log that cannot be read';
}

/** A late day, and what of the news does not comply, by domain. */
export interface LateRows extends LateDay {
  readonly news: readonly DayDomain[];
}

/**
 * Days that log files now tell more of than they were judged on: rows that came late, or logs that came in parts. More
 * is what goes beyond the recorded count of a domain and what carried its mail, so that nothing that could change a
 * verdict is taken for known; fewer rows than recorded are no news, since old logs are moved away.
 * @param covered the days that count as judged on complete data
 */
export function lateDays(
  recorded: Iterable<DayDomain & { readonly day: string }>,
  covered: ReadonlySet<string>,
  found: Pick<Tally, 'domains'>,
): LateRows[] {
  const known = new Map<string, DayDomain>();
  for (const row of recorded) known.set(`${row.day} ${row.domain}`, row);
  const late = new Map<string, { deliveries: number; news: DayDomain[] }>();
  for (const [domain, { days }] of found.domains) {
    for (const [number, seen] of days) {
      const day = utcDay(new Date(number * DAY_MS));
      const before = known.get(`${day} ${domain}`);
      const more = covered.has(day) ? moreThan(before, seen) : 0;
      if (more === 0) continue;
      const { deliveries, news } = late.get(day) ?? { deliveries: 0, news: [] };
      late.set(day, { deliveries: deliveries + more, news: [...news, ...newsOf(domain, before, seen)] });
    }
  }
  return [...late].map(([day, rows]) => ({ day, ...rows })).sort((a, b) => (a.day < b.day ? -1 : 1));
}

/** Deliveries beyond the recorded ones that do not comply, or nobody can tell; none where all comply. */
function newsOf(domain: string, known: DayDomain | undefined, seen: DayTally): DayDomain[] {
  const beyond = (field: 'violations' | 'plaintext' | 'unrecognised'): number =>
    Math.max(0, seen[field] - (known?.[field] ?? 0));
  const [violations, plaintext, unrecognised] = [beyond('violations'), beyond('plaintext'), beyond('unrecognised')];
  const deliveries = violations + unrecognised;
  return deliveries === 0 ? [] : [{ domain, deliveries, violations, plaintext, unrecognised }];
}

function moreThan(known: DayDomain | undefined, seen: DayTally): number {
  if (known === undefined) return seen.deliveries;
  const { details } = known;
  if (details === undefined) {
    return Math.max(0, seen.deliveries - known.deliveries, seen.plaintext - known.plaintext);
  }
  let more = 0;
  for (const [use, count] of seen.tls) more += Math.max(0, count - (details.tls[use] ?? 0));
  return more;
}

/**
 * What the report says about it; undefined where nothing came late.
 * @param left those of the days that were not judged again since
 */
export function lateNote(late: readonly LateDay[], left: readonly LateDay[]): string | undefined {
  if (late.length === 0) return undefined;
  const days = late.map(
    ({ day, deliveries, reason }) => `${day} (${reason ?? `${countOf(deliveries, 'delivery', 'deliveries')} more`})`,
  );
  return (
    `Late rows: there is more about days that were judged before than was known then: ${days.join(', ')}. ` +
    (left.length === 0
      ? 'They were judged again at once; this report rests on that.'
      : `Until ${left.length === late.length ? 'these days' : left.map(({ day }) => day).join(', ')} are judged again they ` +
        'count as not covered, and as clean for no advice.')
  );
}
