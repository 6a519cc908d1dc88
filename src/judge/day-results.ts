import type { DayResult } from '../model/ports.ts';
import type { Gap } from '../model/report.ts';
import { DAY_MS, utcDaysOf, type Window } from '../model/window.ts';
import type { Tally } from './tally.ts';

/**
 * Cuts a run's result into UTC days. A day is complete where the window holds all of it, it was over when the run
 * began, no gap touches it, and every source could be read to its end: only then it need not be audited again. Rows that could
 * not be read make the verdict inconclusive, but reading the same file again would not mend them.
 */
export function dayResults(facts: {
  readonly window: Window;
  readonly startedAt: Date;
  readonly tally: Tally;
  readonly gaps: readonly Gap[];
  /** False where a source, or the rest of one, could not be read: it may hold rows of any day. */
  readonly allRead: boolean;
}): DayResult[] {
  const { window, startedAt, tally, gaps, allRead } = facts;
  return utcDaysOf(window).map((day) => {
    const startMs = Date.parse(`${day}T00:00:00.000Z`);
    const endMs = startMs + DAY_MS;
    const whole = window.from.getTime() <= startMs && endMs <= window.to.getTime();
    const gapped = gaps.some((gap) => Date.parse(gap.from) < endMs && startMs < Date.parse(gap.to));
    return {
      day,
      complete: whole && endMs <= startedAt.getTime() && !gapped && allRead,
      domains: [...tally.domains].flatMap(([domain, { days }]) => {
        const seen = days.get(startMs / DAY_MS);
        return seen === undefined ? [] : [{ domain, ...seen }];
      }),
    };
  });
}

/** The first UTC midnight of a day on which the domain had a violation. */
export function firstViolationDay(tally: Tally, domain: string): Date {
  const days = [...(tally.domains.get(domain)?.days ?? [])].filter(([, { violations }]) => violations > 0);
  return new Date(Math.min(...days.map(([number]) => number)) * DAY_MS);
}
