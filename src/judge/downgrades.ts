import type { DomainPast } from '../model/ports.ts';
import type { Downgrade } from '../model/report.ts';
import { DAY_MS, utcDay } from '../model/window.ts';
import type { DayTally } from './day-tally.ts';
import type { Tally } from './tally.ts';

const KIND_RANK = { plaintext: 0, unverified: 1 } as const;

/**
 * Domains that lost a protection they had: all their mail of some day went by TLS, and later some did not; or all of
 * it went to verified servers, and later some did not. A day that says nothing about it (no mail, only unrecognised
 * values) changes nothing. Lost TLS first, the newest loss first.
 */
export function downgradesSince(pasts: readonly DomainPast[], tally: Pick<Tally, 'domains'>): Downgrade[] {
  const past = new Map(pasts.map((one) => [one.domain, one]));
  const downgrades: Downgrade[] = [];
  for (const [domain, { days }] of tally.domains) {
    const before = past.get(domain);
    const ordered = [...days].sort(([a], [b]) => a - b);
    const plaintext = lossOf(ordered, { good: before?.protectedDay, lost: before?.plaintextSince }, (day) =>
      day.plaintext > 0 ? 'lost' : day.deliveries > day.unrecognised ? 'good' : undefined,
    );
    if (plaintext !== undefined) downgrades.push({ domain, kind: 'plaintext', ...plaintext });
    const unverified = lossOf(ordered, { good: before?.verifiedDay, lost: before?.unverifiedSince }, (day) =>
      day.unverified > 0 ? 'lost' : day.verified > 0 ? 'good' : undefined,
    );
    if (unverified !== undefined) downgrades.push({ domain, kind: 'unverified', ...unverified });
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
  before: { readonly good: string | undefined; readonly lost: string | undefined },
  judge: (day: DayTally) => 'good' | 'lost' | undefined,
): { until: string; since: string } | undefined {
  let { good, lost } = before;
  let shown: { until: string; since: string } | undefined;
  for (const [number, tally] of days) {
    const day = utcDay(new Date(number * DAY_MS));
    const verdict = judge(tally);
    if (verdict === 'good') [good, lost] = [day, undefined];
    if (verdict !== 'lost' || good === undefined) continue;
    lost ??= day;
    shown = { until: good, since: lost };
  }
  return shown;
}
