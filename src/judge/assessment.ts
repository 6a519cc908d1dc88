import type { PolicyException } from '../model/exception.ts';
import type { Policy } from '../model/policy.ts';
import { TLS_VERSIONS, type Protocol } from '../model/protocol.ts';
import type {
  Counts,
  DomainReport,
  DomainStatus,
  Gap,
  Reject,
  Report,
  SourceFailure,
  SourceSummary,
  UnrecognisedValue,
} from '../model/report.ts';
import { utcDay } from '../model/window.ts';
import { type ExceptedViolations, applyExceptions } from './exceptions.ts';
import type { DomainTally, Tally } from './tally.ts';
import { decideVerdict } from './verdict.ts';

export interface AssessmentFacts {
  readonly policy: Policy;
  readonly window: Report['window'];
  readonly tally: Pick<Tally, 'counts' | 'domains' | 'unrecognised'>;
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
  const { tally, policy, sources, gaps, failures } = facts;
  const counts: Counts = {
    rows: sources.reduce((sum, source) => sum + source.rows, 0),
    rejected: facts.rejected,
    duplicates: facts.duplicates,
    ...tally.counts,
  };
  const { exceptions = [] } = facts;
  const { byDomain: excepted, uses } = applyExceptions(exceptions, tally.domains, policy, lastDayOf(facts.window));
  const domains = [...tally.domains]
    .map(([domain, seen]) => reportDomain(domain, seen, excepted.get(domain)))
    .sort(worstFirst);
  const { verdict, reasons } = decideVerdict({ policy, counts, domains, sources, gaps, failures, excepted });
  return {
    schema: 'tls-audit/report/1',
    direction: 'outbound',
    verdict,
    reasons,
    policy,
    window: facts.window,
    sources,
    counts,
    domains,
    rejects: facts.rejects,
    unrecognisedValues: mostFrequentUnrecognised(tally),
    gaps,
    failures,
    notes: facts.notes,
    ...(exceptions.length === 0 ? {} : { exceptions: uses }),
  };
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
  return (['TLS_Cipher', 'Mail Event'] as const)
    .flatMap((column) => [...tally.unrecognised[column]].map(([value, count]) => ({ column, value, count })))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, MAX_UNRECOGNISED_VALUES);
}

function byCountThenName([a, countA]: [string, number], [b, countB]: [string, number]): number {
  return countB - countA || (a < b ? -1 : 1);
}
