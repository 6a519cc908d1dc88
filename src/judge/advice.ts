import {
  type Advice,
  type AdviceRule,
  LEFT_OUT_REASONS,
  type LeftOut,
  type LeftOutReason,
  REQUIRED_ONLY_REASONS,
  type RequiredOnlyReason,
  type VerifyAdvice,
} from '../model/advice.ts';
import type { DayResult, DomainSum } from '../model/history.ts';
import type { Window } from '../model/window.ts';
import { listOf } from './restrict-list.ts';

/** What a list of domains may hold; anything else in a log is no domain that Salesforce would take. */
const PLAIN_DOMAIN = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/;
const MAX_NAMED = 20;

/** The days of a window that were audited, and those of them that hold deliveries recorded before verification was kept. */
export interface AuditedDays {
  readonly audited: number;
  readonly withoutVerification: number;
}

/**
 * What would happen if TLS were required, from what did happen: how much of the mail would have bounced, and the
 * domains for which requiring it is safe on that evidence.
 */
export function adviceFrom(sums: readonly DomainSum[], window: Window, days: AuditedDays, rule: AdviceRule): Advice {
  const required = { deliveries: 0, bounced: 0, domains: 0, unrecognised: 0, weak: 0 };
  const leftOut = new LeftOutDomains<LeftOutReason>();
  const safe: DomainSum[] = [];
  for (const sum of sums) {
    required.deliveries += sum.deliveries;
    required.bounced += sum.plaintext;
    required.unrecognised += sum.unrecognised;
    required.weak += sum.violations - sum.plaintext;
    if (sum.plaintext > 0) required.domains++;
    const reason = reasonAgainst(sum, rule);
    if (reason === undefined) safe.push(sum);
    else leftOut.add(reason, sum);
  }
  const { entries, covered } = listOf(safe, without(sums, safe), rule.maxListCharacters);
  for (const sum of safe) if (!covered.has(sum.domain)) leftOut.add('length', sum);
  return {
    window: { from: window.from.toISOString(), to: window.to.toISOString() },
    days: days.audited,
    rule,
    required,
    restrictTo: entries,
    covered: covered.size,
    leftOut: leftOut.by(LEFT_OUT_REASONS),
    requiredVerify: verifyAdvice(sums, safe, covered, days, rule),
  };
}

/**
 * The same for a setting that also asks for a certificate that holds. Where the log calls no delivery verified, the org's
 * setting verifies none, and what it calls unverified tells nothing (Salesforce article 000383894).
 * @param ready the domains that TLS may be required for
 * @param listed those of them that fitted into the list: this one has room of its own
 */
function verifyAdvice(
  sums: readonly DomainSum[],
  ready: readonly DomainSum[],
  listed: ReadonlySet<string>,
  { withoutVerification: unknownDays }: AuditedDays,
  rule: AdviceRule,
): VerifyAdvice {
  const verified = sums.reduce((total, { verifiedTls }) => total + verifiedTls, 0);
  const unverifiedOf = (sum: DomainSum): number => (verified === 0 ? 0 : sum.unverifiedTls);
  const unknownOf = (sum: DomainSum): number =>
    Math.max(0, sum.deliveries - sum.plaintext - unverifiedOf(sum) - sum.verifiedTls);
  const total = { bounced: 0, domains: 0, unknown: 0 };
  for (const sum of sums) {
    // Of a day whose rows came late, deliveries that complied are not counted, unverified ones are.
    const bounced = Math.min(sum.deliveries, sum.plaintext + unverifiedOf(sum));
    total.bounced += bounced;
    if (bounced > 0) total.domains++;
    total.unknown += unknownOf(sum);
  }
  const requiredOnly = new LeftOutDomains<RequiredOnlyReason>();
  const safe: DomainSum[] = [];
  for (const sum of ready) {
    if (unverifiedOf(sum) === 0 && unknownOf(sum) === 0) safe.push(sum);
    else if (listed.has(sum.domain)) requiredOnly.add(unverifiedOf(sum) > 0 ? 'unverified' : 'unknown', sum);
  }
  const { entries, covered } = listOf(safe, without(sums, safe), rule.maxListCharacters);
  for (const sum of safe) {
    if (listed.has(sum.domain) && !covered.has(sum.domain)) requiredOnly.add('length', sum);
  }
  return {
    verified,
    ...total,
    unknownDays,
    restrictTo: entries,
    covered: covered.size,
    requiredOnly: requiredOnly.by(REQUIRED_ONLY_REASONS),
  };
}

/** Domains that a list does not hold, by why. */
class LeftOutDomains<Reason> {
  readonly #sums = new Map<Reason, DomainSum[]>();

  add(reason: Reason, sum: DomainSum): void {
    const sums = this.#sums.get(reason) ?? [];
    this.#sums.set(reason, sums);
    sums.push(sum);
  }

  by(reasons: readonly Reason[]): LeftOut<Reason>[] {
    return reasons.flatMap((reason) => {
      const sums = this.#sums.get(reason) ?? [];
      const mostMail = sums.toSorted((a, b) => b.deliveries - a.deliveries || (a.domain < b.domain ? -1 : 1));
      const names = mostMail.slice(0, MAX_NAMED).map(({ domain }) => domain);
      return sums.length === 0 ? [] : [{ reason, domains: sums.length, names }];
    });
  }
}

function without(sums: readonly DomainSum[], some: readonly DomainSum[]): string[] {
  const left = new Set(some);
  return sums.filter((sum) => !left.has(sum)).map(({ domain }) => domain);
}

/** How many of these days hold deliveries recorded before verification was kept. */
export function daysWithoutVerification(days: readonly DayResult[]): number {
  return days.filter(({ domains }) => domains.some(({ details }) => details === undefined)).length;
}

/** Adds the days of a run that is not recorded yet to what is recorded. */
export function withDays(sums: readonly DomainSum[], days: readonly DayResult[]): DomainSum[] {
  const byDomain = new Map(sums.map((sum) => [sum.domain, sum]));
  for (const { domains } of days) {
    for (const { domain, deliveries, violations, plaintext, unrecognised, details } of domains) {
      const sum = byDomain.get(domain);
      byDomain.set(domain, {
        domain,
        deliveries: (sum?.deliveries ?? 0) + deliveries,
        violations: (sum?.violations ?? 0) + violations,
        plaintext: (sum?.plaintext ?? 0) + plaintext,
        unrecognised: (sum?.unrecognised ?? 0) + unrecognised,
        verifiedTls: (sum?.verifiedTls ?? 0) + (details?.verifiedTls ?? 0),
        unverifiedTls: (sum?.unverifiedTls ?? 0) + (details?.unverifiedTls ?? 0),
        days: (sum?.days ?? 0) + Number(deliveries > 0),
      });
    }
  }
  return [...byDomain.values()];
}

function reasonAgainst(sum: DomainSum, rule: AdviceRule): LeftOutReason | undefined {
  if (sum.violations > 0) return 'violations';
  if (sum.unrecognised > 0) return 'unrecognised';
  if (!PLAIN_DOMAIN.test(sum.domain)) return 'unusual';
  return sum.deliveries < rule.minDeliveries || sum.days < rule.minDays ? 'few' : undefined;
}
