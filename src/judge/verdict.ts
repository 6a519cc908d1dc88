import type { Policy } from '../model/policy.ts';
import { compareTlsVersions, TLS_VERSIONS, type Protocol, type TlsVersion } from '../model/protocol.ts';
import {
  type Counts,
  type Direction,
  type DomainReport,
  type Gap,
  type SourceFailure,
  type SourceSummary,
  UNITS,
} from '../model/report.ts';
import type { Verdict } from '../model/verdict.ts';
import { countOf } from '../support/plural.ts';
import type { ExceptedViolations } from './exceptions.ts';

/** A log of exactly this many rows is said to have been cut by Salesforce: rows may be missing. */
export const SUSPECTED_ROW_LIMIT = 500_000;

/** What is said of mail that went one way and of mail that came the other. */
const WORDS = {
  outbound: {
    inPlaintext: 'sent in plaintext',
    used: 'used',
    unrecognised: (count: number) => `${count === 1 ? 'has' : 'have'} a TLS value that is not recognised`,
  },
  inbound: {
    inPlaintext: 'received in plaintext',
    used: 'came over',
    unrecognised: (count: number) => `${count === 1 ? 'does' : 'do'} not tell what TLS was used`,
  },
} as const;

export interface VerdictFacts {
  readonly direction: Direction;
  readonly policy: Policy;
  readonly counts: Counts;
  readonly domains: readonly DomainReport[];
  readonly sources: readonly SourceSummary[];
  readonly gaps: readonly Gap[];
  readonly failures: readonly SourceFailure[];
  /** Violations that exceptions take out of the verdict, by domain. */
  readonly excepted?: ReadonlyMap<string, ExceptedViolations>;
}

/**
 * `fail` when any delivery violates the policy without an exception; else `inconclusive` when anything is missing, unread or not
 * recognised, or nothing was judged; else `pass`. The reasons are empty only for `pass`.
 */
export function decideVerdict(facts: VerdictFacts): { verdict: Verdict; reasons: string[] } {
  const violations = violationReasons(facts);
  const doubts = doubtReasons(facts);
  let excepted = 0;
  for (const one of facts.excepted?.values() ?? []) excepted += one.violations;
  const verdict = facts.counts.violations > excepted ? 'fail' : doubts.length > 0 ? 'inconclusive' : 'pass';
  return { verdict, reasons: [...violations, ...doubts] };
}

function violationReasons({ direction, policy, domains, excepted }: VerdictFacts): string[] {
  const { minimum, maximum } = policy;
  const { inPlaintext, used } = WORDS[direction];
  const older = TLS_VERSIONS.filter((version) => compareTlsVersions(version, minimum) < 0);
  const newer = maximum === null ? [] : TLS_VERSIONS.filter((version) => compareTlsVersions(version, maximum) > 0);
  const reason = (protocols: readonly Protocol[], predicate: (was: string, versions: string) => string) =>
    reasonOf(direction, domains, excepted, protocols, predicate);
  return [
    reason(['plaintext'], (was) => `${was} ${inPlaintext}`),
    reason(older, (_, versions) => `${used} TLS older than ${minimum} (${versions})`),
    reason(newer, (_, versions) => `${used} TLS newer than ${String(maximum)} (${versions})`),
  ].filter((text) => text !== undefined);
}

function reasonOf(
  direction: Direction,
  domains: readonly DomainReport[],
  excepted: VerdictFacts['excepted'],
  protocols: readonly Protocol[],
  predicate: (was: string, versions: string) => string,
): string | undefined {
  const seen = new Set<Protocol>();
  let deliveries = 0;
  let affected = 0;
  for (const domain of domains) {
    const before = deliveries;
    for (const protocol of protocols) {
      const count = (domain.protocols[protocol] ?? 0) - (excepted?.get(domain.domain)?.protocols[protocol] ?? 0);
      deliveries += count;
      if (count > 0) seen.add(protocol);
    }
    if (deliveries > before) affected++;
  }
  if (deliveries === 0) return undefined;
  const versions = protocols.filter((protocol): protocol is TlsVersion => seen.has(protocol)).join(', ');
  return `${subjectOf(direction, deliveries, affected)} ${predicate(deliveries === 1 ? 'was' : 'were', versions)}`;
}

/** `3 deliveries to 2 domains`. */
function subjectOf(direction: Direction, count: number, domains: number): string {
  const { one, many, preposition } = UNITS[direction];
  return `${countOf(count, one, many)} ${preposition} ${countOf(domains, 'domain')}`;
}

function doubtReasons({ direction, counts, domains, sources, gaps, failures }: VerdictFacts): string[] {
  const reasons: string[] = [];
  for (const { source, reason } of failures) reasons.push(`${source} could not be read: ${reason}`);
  for (const gap of gaps) {
    reasons.push(
      gap.partial === true ? `data is not complete for ${describeGap(gap)}` : `no data for ${describeGap(gap)}`,
    );
  }
  if (counts.rejected > 0) reasons.push(`${countOf(counts.rejected, 'row')} could not be read`);
  if (counts.unrecognised > 0) {
    const affected = domains.filter((domain) => domain.unrecognised > 0).length;
    const subject = subjectOf(direction, counts.unrecognised, affected);
    reasons.push(`${subject} ${WORDS[direction].unrecognised(counts.unrecognised)}`);
  }
  if (counts.events.other > 0) {
    const verb = counts.events.other === 1 ? 'has' : 'have';
    reasons.push(`${countOf(counts.events.other, 'row')} ${verb} an unknown Mail Event`);
  }
  for (const source of direction === 'outbound' ? sources.filter(({ rows }) => rows === SUSPECTED_ROW_LIMIT) : []) {
    reasons.push(
      `${source.name} has exactly ${countOf(SUSPECTED_ROW_LIMIT, 'row')}, the size at which Salesforce is said to cut a log: ` +
        'rows may be missing',
    );
  }
  if (counts.deliveries === 0) reasons.push(`no ${UNITS[direction].one} was judged`);
  return reasons;
}

function describeGap(gap: Gap): string {
  const midnight = 'T00:00:00.000Z';
  if (!gap.from.endsWith(midnight) || !gap.to.endsWith(midnight)) return hoursOf(gap);
  const first = gap.from.slice(0, 10);
  const last = new Date(Date.parse(gap.to) - 1).toISOString().slice(0, 10);
  return first === last ? first : `${first} to ${last}`;
}

/** `2026-11-15 00:00 to 12:00 UTC`, `2026-11-15 22:00 to 2026-11-16 02:00 UTC`. */
function hoursOf({ from, to }: Gap): string {
  const last = new Date(Date.parse(to) - 1).toISOString().slice(0, 10);
  const end = to.startsWith(last) ? to.slice(11, 16) : '24:00';
  return `${from.slice(0, 16).replace('T', ' ')} to ${from.startsWith(last) ? end : `${last} ${end}`} UTC`;
}
