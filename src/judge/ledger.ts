import type { HourCoverage } from '../model/history.ts';
import { DAY_MS, HOUR_MS, type Window } from '../model/window.ts';

/**
 * Covered: data tells of it. Late: it may still come by itself. Gap: it has to be fetched. Lost: the source cannot
 * deliver it any more.
 */
type LedgerState = 'covered' | 'late' | 'gap' | 'lost';

export interface LedgerStretch extends Window {
  readonly state: LedgerState;
}

/** Salesforce delivers hours late, and the nightly run comes a night later. */
const LATE_MS = 36 * HOUR_MS;

/** What is known of every hour of the window, in stretches of one state, oldest first. */
export function ledgerOf(facts: {
  readonly window: Window;
  readonly hours: readonly HourCoverage[];
  readonly now: Date;
  /** What comes after it the schedule has not asked for yet. */
  readonly askedTo: Date;
  readonly reachDays: number;
}): LedgerStretch[] {
  const { window, now, askedTo, reachDays } = facts;
  const covered = new Set(facts.hours.filter((hour) => hour.covered).map(({ hour }) => Date.parse(hour)));
  const stretches: { state: LedgerState; from: Date; to: Date }[] = [];
  for (let hourMs = window.from.getTime(); hourMs < window.to.getTime(); hourMs += HOUR_MS) {
    const ageMs = now.getTime() - hourMs;
    const missing =
      ageMs > reachDays * DAY_MS ? 'lost' : ageMs <= LATE_MS || hourMs >= askedTo.getTime() ? 'late' : 'gap';
    const state = covered.has(hourMs) ? 'covered' : missing;
    const last = stretches.at(-1);
    const to = new Date(hourMs + HOUR_MS);
    if (last?.state === state) last.to = to;
    else stretches.push({ state, from: new Date(hourMs), to });
  }
  return stretches;
}
