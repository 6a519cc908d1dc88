import type { DomainPast } from '../model/history.ts';
import type { Downgrade } from '../model/report.ts';
import { DAY_MS, utcDay } from '../model/window.ts';
import type { DayTally } from './day-tally.ts';
import type { Tally } from './tally.ts';

/**
 * Some of a domain's mail servers may have a certificate that holds and others not: which of them a day's few mails meet
 * is chance. Only a loss after this many verified days in a row is one.
 */
const STEADY_DAYS = 3;

const KIND_RANK = { plaintext: 0, unverified: 1 } as const;

/**
 * Domains that lost a protection they had: all their mail of some day went by TLS, and later some did not; or all of
 * it went to verified servers for some days in a row, and later some did not. A day that says nothing about it (no mail, only unrecognised
 * values) changes nothing. Lost TLS first, the newest loss first.
 */
export function downgradesSince(pasts: readonly DomainPast[], tally: Pick<Tally, 'domains'>): Downgrade[] {
  const past = new Map(pasts.map((one) => [one.domain, one]));
  const downgrades: Downgrade[] = [];
  for (const [domain, { days }] of tally.domains) {
    const before = past.get(domain);
    const ordered = [...days].sort(([a], [b]) => a - b);
    const plaintext = lossOf(
      ordered,
      { good: before?.protectedDay, lost: before?.plaintextSince, run: 1, steady: 1 },
      (day) => (day.plaintext > 0 ? 'lost' : day.deliveries > day.unrecognised ? 'good' : undefined),
    );
    if (plaintext !== undefined) downgrades.push({ domain, kind: 'plaintext', ...plaintext });
    const steadily = { run: before?.verifiedDays ?? 0, steady: STEADY_DAYS };
    const verified = { good: before?.verifiedDay, lost: before?.unverifiedSince, ...steadily };
    const unverified = lossOf(ordered, verified, (day) =>
      day.unverified > 0 ? 'lost' : day.verified > 0 ? 'good' : undefined,
    );
    // Without TLS there is no certificate: that would tell the same loss twice.
    if (unverified !== undefined && plaintext === undefined)
      downgrades.push({ domain, kind: 'unverified', ...unverified });
  }
  return downgrades.sort(
    (a, b) =>
      KIND_RANK[a.kind] - KIND_RANK[b.kind] ||
      (a.since === b.since ? 0 : a.since < b.since ? 1 : -1) ||
      (a.domain < b.domain ? -1 : 1),
  );
}

/** The newest loss that shows on a day of the window: the last good day before it, and its first day. */
function lossOf(
  days: readonly [number, DayTally][],
  before: {
    readonly good: string | undefined;
    readonly lost: string | undefined;
    /** Good days in a row so far, and how many of them make a loss. */
    readonly run: number;
    readonly steady: number;
  },
  judge: (day: DayTally) => 'good' | 'lost' | undefined,
): { until: string; since: string } | undefined {
  let { good, lost, run } = before;
  let shown: { until: string; since: string } | undefined;
  for (const [number, tally] of days) {
    const day = utcDay(new Date(number * DAY_MS));
    const verdict = judge(tally);
    if (verdict === 'good') [good, lost, run] = [day, undefined, lost === undefined ? run + 1 : 1];
    if (verdict !== 'lost' || good === undefined) continue;
    lost ??= day;
    if (run >= before.steady) shown = { until: good, since: lost };
  }
  return shown;
}
