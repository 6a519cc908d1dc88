import type { Policy } from '../model/policy.ts';
import { compareTlsVersions, TLS_VERSIONS, type Protocol, type TlsVersion } from '../model/protocol.ts';
import type { Counts, DomainReport, Gap, SourceFailure, SourceSummary, Verdict } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import type { ExceptedViolations } from './exceptions.ts';

/** A log of exactly this many rows is said to have been cut by Salesforce: rows may be missing. */
export const SUSPECTED_ROW_LIMIT = 500_000;

export interface VerdictFacts {
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

function violationReasons({ policy, domains, excepted }: VerdictFacts): string[] {
  const { minimum, maximum } = policy;
  const older = TLS_VERSIONS.filter((version) => compareTlsVersions(version, minimum) < 0);
  const newer = maximum === null ? [] : TLS_VERSIONS.filter((version) => compareTlsVersions(version, maximum) > 0);
  return [
    reason(domains, excepted, ['plaintext'], (was) => `${was} sent in plaintext`),
    reason(domains, excepted, older, (_, versions) => `used TLS older than ${minimum} (${versions})`),
    reason(domains, excepted, newer, (_, versions) => `used TLS newer than ${String(maximum)} (${versions})`),
  ].filter((text) => text !== undefined);
}

function reason(
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
  const subject = `${countOf(deliveries, 'delivery', 'deliveries')} to ${countOf(affected, 'domain')}`;
  return `${subject} ${predicate(deliveries === 1 ? 'was' : 'were', versions)}`;
}

function doubtReasons({ counts, domains, sources, gaps, failures }: VerdictFacts): string[] {
  const reasons: string[] = [];
  for (const failure of failures) reasons.push(`${failure.source} could not be read: ${failure.reason}`);
  for (const gap of gaps) reasons.push(`no data for ${describeGap(gap)}`);
  if (counts.rejected > 0) reasons.push(`${countOf(counts.rejected, 'row')} could not be read`);
  if (counts.unrecognised > 0) {
    const affected = domains.filter((domain) => domain.unrecognised > 0).length;
    reasons.push(
      `${countOf(counts.unrecognised, 'delivery', 'deliveries')} to ${countOf(affected, 'domain')} ` +
        `${counts.unrecognised === 1 ? 'has' : 'have'} a TLS value that is not recognised`,
    );
  }
  if (counts.events.other > 0) {
    const verb = counts.events.other === 1 ? 'has' : 'have';
    reasons.push(`${countOf(counts.events.other, 'row')} ${verb} an unknown Mail Event`);
  }
  for (const source of sources.filter(({ rows }) => rows === SUSPECTED_ROW_LIMIT)) {
    reasons.push(
      `${source.name} has exactly ${countOf(SUSPECTED_ROW_LIMIT, 'row')}, the size at which Salesforce is said to cut a log: ` +
        'rows may be missing',
    );
  }
  if (counts.deliveries === 0) reasons.push('no delivery was judged');
  return reasons;
}

function describeGap(gap: Gap): string {
  const midnight = 'T00:00:00.000Z';
  if (!gap.from.endsWith(midnight) || !gap.to.endsWith(midnight)) return `${gap.from} to ${gap.to}`;
  const first = gap.from.slice(0, 10);
  const last = new Date(Date.parse(gap.to) - 1).toISOString().slice(0, 10);
  return first === last ? first : `${first} to ${last}`;
}
