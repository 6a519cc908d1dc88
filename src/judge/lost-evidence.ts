import type { DayDomain, DayResult } from '../model/history.ts';
import type { Policy } from '../model/policy.ts';
import type { Gap } from '../model/report.ts';
import type { Window } from '../model/window.ts';
import { countOf } from '../support/plural.ts';
import { judgeProtocol } from './compliance.ts';
import { protocolOf } from './day-tally.ts';
import type { LateDay } from './late-rows.ts';

type RecordedDomain = DayDomain & { readonly day: string };

/** Days of which more is recorded than the logs at hand tell: logs were moved away or replaced. */
export function lostDays(recorded: Iterable<RecordedDomain>, days: readonly DayResult[]): LateDay[] {
  const found = new Map(
    days.flatMap(({ day, domains }) => domains.map((domain) => [`${day} ${domain.domain}`, domain] as const)),
  );
  const judged = new Set(days.map(({ day }) => day));
  const lost = new Map<string, number>();
  for (const row of recorded) {
    const missing = judged.has(row.day) ? missingFrom(found.get(`${row.day} ${row.domain}`), row) : 0;
    if (missing > 0) lost.set(row.day, (lost.get(row.day) ?? 0) + missing);
  }
  return [...lost].map(([day, deliveries]) => ({ day, deliveries })).sort((a, b) => (a.day < b.day ? -1 : 1));
}

function missingFrom(found: DayDomain | undefined, known: DayDomain): number {
  if (found?.details === undefined || known.details === undefined) {
    const { deliveries = 0, plaintext = 0, violations = 0 } = found ?? {};
    return Math.max(0, known.deliveries - deliveries, known.plaintext - plaintext, known.violations - violations);
  }
  let missing = 0;
  for (const [use, count] of Object.entries(known.details.tls)) {
    missing += Math.max(0, count - (found.details.tls[use] ?? 0));
  }
  return missing;
}

/** What the report says about it; undefined where nothing is lost. `byHand`: whoever reads it named the days. */
export function lostReason(lost: readonly LateDay[], byHand: boolean): string | undefined {
  if (lost.length === 0) return undefined;
  const days = lost.map(({ day, deliveries }) => `${day} (${countOf(deliveries, 'delivery', 'deliveries')} fewer)`);
  return (
    `there is less at hand than an earlier run judged: ${days.join(', ')}; what that run found stays recorded` +
    (byHand ? '' : ' (where less is right, run these days by hand)')
  );
}

/** The report's gaps, and what else of the lost days there is: their data is not complete. */
export function withLost(gaps: readonly Gap[], lost: readonly Gap[], { from, to }: Window): Gap[] {
  const bounds = { from: from.toISOString(), to: to.toISOString() };
  const all = [...gaps];
  for (const day of lost) {
    let start = day.from < bounds.from ? bounds.from : day.from;
    const end = day.to > bounds.to ? bounds.to : day.to;
    const within = gaps.filter((gap) => gap.from < end && start < gap.to);
    for (const gap of within.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
      if (start < gap.from) all.push({ from: start, to: gap.from, partial: true });
      if (start < gap.to) start = gap.to;
    }
    if (start < end) all.push({ from: start, to: end, partial: true });
  }
  return all.sort((a, b) => (a.from < b.from ? -1 : 1));
}

/**
 * The day with all that is recorded and all that was found: of every domain and what carried its mail the larger count. It
 * is never complete, because nobody knows how many of the deliveries were the same.
 */
export function withRecorded(found: DayResult, recorded: readonly RecordedDomain[], policy: Policy): DayResult {
  const domains = new Map(found.domains.map((domain) => [domain.domain, domain]));
  for (const known of recorded.filter(({ day }) => day === found.day)) {
    const other = domains.get(known.domain);
    domains.set(known.domain, other === undefined ? known : larger(other, known, policy));
  }
  return { day: found.day, complete: false, domains: [...domains.values()] };
}

function larger(one: DayDomain, other: DayDomain, policy: Policy): DayDomain {
  const [a, b] = [one.details, other.details];
  // Results of earlier versions kept no details: then the one with more in it stands.
  if (a === undefined || b === undefined) {
    const isMore =
      one.violations > other.violations || (one.violations === other.violations && one.deliveries > other.deliveries);
    return isMore ? one : other;
  }
  const tls: Record<string, number> = { ...a.tls };
  for (const [use, count] of Object.entries(b.tls)) tls[use] = Math.max(count, tls[use] ?? 0);
  const sum = (isCounted: (protocol: ReturnType<typeof protocolOf>) => boolean): number =>
    Object.entries(tls).reduce((total, [use, count]) => total + (isCounted(protocolOf(use)) ? count : 0), 0);
  return {
    domain: one.domain,
    deliveries: sum(() => true),
    violations: sum((protocol) => judgeProtocol(protocol, policy) === 'violation'),
    plaintext: sum((protocol) => protocol === 'plaintext'),
    unrecognised: sum((protocol) => protocol === 'unrecognised'),
    details: {
      verified: Math.max(a.verified, b.verified),
      unverified: Math.max(a.unverified, b.unverified),
      verifiedTls: Math.max(a.verifiedTls, b.verifiedTls),
      unverifiedTls: Math.max(a.unverifiedTls, b.unverifiedTls),
      tls,
      firstSeen: a.firstSeen < b.firstSeen ? a.firstSeen : b.firstSeen,
      lastSeen: a.lastSeen > b.lastSeen ? a.lastSeen : b.lastSeen,
    },
  };
}
