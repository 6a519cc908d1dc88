import type { PolicyException } from '../model/exception.ts';
import type { Policy } from '../model/policy.ts';
import { compareTlsVersions, TLS_VERSIONS, type Protocol } from '../model/protocol.ts';
import {
  type Counts,
  type Direction,
  type DomainReport,
  type DomainStatus,
  type Gap,
  type Reject,
  type Report,
  type SourceFailure,
  type SourceSummary,
  type UnrecognisedValue,
  VALUE_COLUMNS,
} from '../model/report.ts';
import { utcDay } from '../model/window.ts';
import { type ExceptedViolations, applyExceptions } from './exceptions.ts';
import type { DomainTally } from './domain-tally.ts';
import type { Tally } from './tally.ts';
import { decideVerdict } from './verdict.ts';

export interface AssessmentFacts {
  /** Outbound where it is left out. */
  readonly direction?: Direction;
  readonly policy: Policy;
  readonly window: Report['window'];
  readonly tally: Pick<Tally, 'counts' | 'domains' | 'unrecognised'>;
  /** The same messages by sender, where they are inbound. */
  readonly senders?: Tally;
  readonly sources: readonly SourceSummary[];
  readonly rejected: number;
  readonly duplicates: number;
  readonly rejects: readonly Reject[];
  readonly gaps: readonly Gap[];
  readonly failures: readonly SourceFailure[];
  readonly notes: readonly string[];
  readonly exceptions?: readonly PolicyException[];
}

const PROTOCOL_ORDER: readonly Protocol[] = [...TLS_VERSIONS.toReversed(), 'plaintext', 'unrecognised'];

const MAX_UNRECOGNISED_VALUES = 20;

const STATUS_RANK: Readonly<Record<DomainStatus, number>> = { violating: 0, unrecognised: 1, compliant: 2 };

/** Turns what was added up into the report: domains worst first, the verdict and why. */
export function assess(facts: AssessmentFacts): Report {
  const { tally, senders, policy, sources, gaps, failures, direction = 'outbound' } = facts;
  const counts: Counts = {
    rows: sources.reduce((sum, source) => sum + source.rows, 0),
    rejected: facts.rejected,
    duplicates: facts.duplicates,
    ...tally.counts,
  };
  const { exceptions = [] } = facts;
  const { byDomain: excepted, uses } = applyExceptions(exceptions, tally.domains, policy, lastDayOf(facts.window));
  const domains = reportDomains(tally, excepted);
  const { verdict, reasons } = decideVerdict({ direction, policy, counts, domains, sources, gaps, failures, excepted });
  return {
    schema: 'tls-audit/report/1',
    direction,
    verdict,
    reasons,
    policy,
    window: facts.window,
    sources,
    counts,
    domains,
    ...(senders === undefined ? {} : { senders: reportDomains(senders) }),
    rejects: facts.rejects,
    unrecognisedValues: mostFrequentUnrecognised(tally),
    gaps,
    failures,
    notes: [...policyNotes(policy), ...facts.notes],
    ...(exceptions.length === 0 ? {} : { exceptions: uses }),
  };
}

function reportDomains(
  tally: Pick<Tally, 'domains'>,
  excepted: ReadonlyMap<string, ExceptedViolations> = new Map(),
): DomainReport[] {
  return [...tally.domains].map(([domain, seen]) => reportDomain(domain, seen, excepted.get(domain))).sort(worstFirst);
}

/** TLS 1.0 and 1.1 are forbidden (RFC 8996): a policy that takes them says so wherever its verdict is read. */
function policyNotes({ minimum }: Policy): string[] {
  if (compareTlsVersions(minimum, 'TLSv1.2') >= 0) return [];
  return [`The policy accepts ${minimum}: deliveries below TLS 1.2 count as compliant.`];
}

function lastDayOf({ to }: Report['window']): string | undefined {
  return to === null ? undefined : utcDay(new Date(Date.parse(to) - 1));
}

/** Plaintext before weak TLS, then by violations, then by name; unrecognised before compliant. */
function worstFirst(a: DomainReport, b: DomainReport): number {
  return (
    STATUS_RANK[a.status] - STATUS_RANK[b.status] ||
    Number(hasPlaintext(b)) - Number(hasPlaintext(a)) ||
    b.violations - a.violations ||
    (a.domain < b.domain ? -1 : 1)
  );
}

function hasPlaintext(domain: DomainReport): boolean {
  return (domain.protocols.plaintext ?? 0) > 0;
}

function reportDomain(domain: string, tally: DomainTally, excepted: ExceptedViolations | undefined): DomainReport {
  return {
    domain,
    status: tally.violations > 0 ? 'violating' : tally.unrecognised > 0 ? 'unrecognised' : 'compliant',
    deliveries: tally.deliveries,
    violations: tally.violations,
    unrecognised: tally.unrecognised,
    protocols: Object.fromEntries(
      PROTOCOL_ORDER.filter((protocol) => tally.protocols.has(protocol)).map((protocol) => [
        protocol,
        tally.protocols.get(protocol),
      ]),
    ),
    ciphers: Object.fromEntries([...tally.ciphers].sort(byCountThenName)),
    verified: tally.verified,
    unverified: tally.unverified,
    firstSeen: new Date(tally.firstMs).toISOString(),
    lastSeen: new Date(tally.lastMs).toISOString(),
    ...(tally.samples.length === 0
      ? {}
      : {
          samples: tally.samples.map(({ internalId, timeMs, protocol }) => ({
            internalMessageId: internalId,
            at: new Date(timeMs).toISOString(),
            protocol,
          })),
        }),
    ...(excepted === undefined ? {} : { excepted: excepted.violations }),
  };
}

function mostFrequentUnrecognised(tally: AssessmentFacts['tally']): UnrecognisedValue[] {
  return VALUE_COLUMNS.flatMap((column) =>
    [...tally.unrecognised[column]].map(([value, count]) => ({ column, value, count })),
  )
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, MAX_UNRECOGNISED_VALUES);
}

function byCountThenName([a, countA]: [string, number], [b, countB]: [string, number]): number {
  return countB - countA || (a < b ? -1 : 1);
}
