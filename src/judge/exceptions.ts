import { coversDomain, narrowerFirst, type PolicyException } from '../model/exception.ts';
import type { Policy } from '../model/policy.ts';
import type { Protocol } from '../model/protocol.ts';
import type { DomainReport, ExceptionUse } from '../model/report.ts';
import { DAY_MS, utcDay } from '../model/window.ts';
import { proseWithoutAddresses } from '../support/addresses.ts';
import { judgeProtocol } from './compliance.ts';
import { type DayTally, protocolOf } from './day-tally.ts';

/** Violations of one domain that exceptions take out of the verdict. */
export interface ExceptedViolations {
  readonly violations: number;
  readonly protocols: DomainReport['protocols'];
}

export interface AppliedExceptions {
  readonly byDomain: ReadonlyMap<string, ExceptedViolations>;
  readonly uses: readonly ExceptionUse[];
}

/** How long before it expires an exception is announced. */
const ANNOUNCED_DAYS = 7;

/**
 * Takes violations out of the verdict, by the day of the delivery: an exception covers deliveries up to its last day,
 * so that a later run over the same days comes to the same verdict. The domain's own entry goes before wildcards, the
 * narrower wildcard before the wider one, and an expired entry hides no other one that still covers.
 * @param lastDay the last audited day (`YYYY-MM-DD`), against which an exception is expired or about to expire.
 */
export function applyExceptions(
  exceptions: readonly PolicyException[],
  domains: ReadonlyMap<string, { readonly days: ReadonlyMap<number, DayTally> }>,
  policy: Policy,
  lastDay: string | undefined,
): AppliedExceptions {
  const ordered = exceptions.toSorted(narrowerFirst);
  const byDomain = new Map<string, ExceptedViolations>();
  const taken = new Map<PolicyException, { deliveries: number; domains: Set<string> }>();
  for (const [domain, { days }] of exceptions.length === 0 ? [] : domains) {
    const candidates = ordered.filter((exception) => coversDomain(exception.domain, domain));
    if (candidates.length === 0) continue;
    const protocols: Partial<Record<Protocol, number>> = {};
    let violations = 0;
    for (const [number, day] of days) {
      const date = utcDay(new Date(number * DAY_MS));
      const exception = candidates.find(({ expires }) => expires !== null && date <= expires);
      if (exception === undefined || day.violations === 0) continue;
      violations += day.violations;
      addViolating(protocols, day, policy);
      const use = taken.get(exception) ?? { deliveries: 0, domains: new Set() };
      use.deliveries += day.violations;
      use.domains.add(domain);
      taken.set(exception, use);
    }
    if (violations > 0) byDomain.set(domain, { violations, protocols });
  }
  const uses = exceptions.map((exception): ExceptionUse => {
    const use = taken.get(exception);
    const state = stateOf(exception, lastDay);
    return { ...withoutPeople(exception), state, deliveries: use?.deliveries ?? 0, domains: use?.domains.size ?? 0 };
  });
  return { byDomain, uses };
}

/** Before it is recorded: what stands in a report once is printed as it was recorded. */
function withoutPeople(exception: PolicyException): PolicyException {
  const [reason, owner] = [proseWithoutAddresses(exception.reason), proseWithoutAddresses(exception.owner)];
  return { ...exception, reason, owner };
}

function addViolating(into: Partial<Record<Protocol, number>>, day: DayTally, policy: Policy): void {
  for (const [use, count] of day.tls) {
    const protocol = protocolOf(use);
    if (judgeProtocol(protocol, policy) === 'violation') into[protocol] = (into[protocol] ?? 0) + count;
  }
}

function stateOf({ expires }: PolicyException, lastDay: string | undefined): ExceptionUse['state'] {
  if (expires === null) return 'expired';
  if (lastDay === undefined) return 'valid';
  const daysLeft = (Date.parse(expires) - Date.parse(lastDay)) / DAY_MS;
  if (daysLeft < 0) return 'expired';
  return daysLeft <= ANNOUNCED_DAYS ? 'expiring' : 'valid';
}
