import type { DayDomain, DayResult } from '../model/history.ts';
import type { Gap } from '../model/report.ts';
import { DAY_MS, utcDay, utcDaysOf, type Window } from '../model/window.ts';
import type { DayTally } from './day-tally.ts';
import type { Tally } from './tally.ts';

/**
 * Cuts a run's result into UTC days. A day is complete where the window holds all of it, it was over when the run
 * began, no gap touches it, and every log that may tell of it could be read to its end: only then it need not be audited again. Rows that could
 * not be read make the verdict inconclusive, but reading the same file again would not mend them.
 */
export function dayResults(facts: {
  readonly window: Window;
  readonly startedAt: Date;
  readonly tally: Tally;
  readonly gaps: readonly Gap[];
  /** What logs tell of that could not be read to their ends. */
  readonly unread: readonly Window[];
}): DayResult[] {
  const { window, startedAt, tally, gaps, unread } = facts;
  return utcDaysOf(window).map((day) => {
    const startMs = Date.parse(`${day}T00:00:00.000Z`);
    const endMs = startMs + DAY_MS;
    const whole = window.from.getTime() <= startMs && endMs <= window.to.getTime();
    const isRead = !unread.some(({ from, to }) => from.getTime() < endMs && startMs < to.getTime());
    const gapped = gaps.some((gap) => Date.parse(gap.from) < endMs && startMs < Date.parse(gap.to));
    return {
      day,
      complete: whole && endMs <= startedAt.getTime() && !gapped && isRead,
      domains: [...tally.domains].flatMap(([domain, { days }]) => {
        const seen = days.get(startMs / DAY_MS);
        return seen === undefined ? [] : [dayDomain(domain, seen)];
      }),
    };
  });
}

function dayDomain(domain: string, seen: DayTally): DayDomain {
  const { deliveries, violations, plaintext, unrecognised } = seen;
  const { verified, unverified, verifiedTls, unverifiedTls } = seen;
  return {
    domain,
    deliveries,
    violations,
    plaintext,
    unrecognised,
    details: {
      verified,
      unverified,
      verifiedTls,
      unverifiedTls,
      tls: Object.fromEntries([...seen.tls].sort(([a], [b]) => (a < b ? -1 : 1))),
      firstSeen: new Date(seen.firstMs).toISOString(),
      lastSeen: new Date(seen.lastMs).toISOString(),
    },
  };
}

/** The UTC days (`YYYY-MM-DD`) on which the domain had a violation, oldest first. */
export function violationDays(tally: Pick<Tally, 'domains'>, domain: string): string[] {
  return [...(tally.domains.get(domain)?.days ?? [])]
    .filter(([, { violations }]) => violations > 0)
    .map(([number]) => utcDay(new Date(number * DAY_MS)))
    .sort();
}
