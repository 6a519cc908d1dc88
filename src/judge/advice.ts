import { type Advice, type AdviceRule, LEFT_OUT_REASONS, type LeftOutReason } from '../model/advice.ts';
import type { DayResult, DomainSum } from '../model/ports.ts';
import type { Window } from '../model/window.ts';

/** What a list of domains may hold; anything else in a log is no domain that Salesforce would take. */
const PLAIN_DOMAIN = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/;
const SEPARATOR = ', ';

/**
 * What would happen if TLS were required, from what did happen: how much of the mail would have bounced, and the
 * domains for which requiring it is safe on that evidence.
 */
export function adviceFrom(sums: readonly DomainSum[], window: Window, days: number, rule: AdviceRule): Advice {
  const required = { deliveries: 0, bounced: 0, domains: 0, unrecognised: 0 };
  const safe: DomainSum[] = [];
  const unsafe: string[] = [];
  const leftOut = new Map<LeftOutReason, number>();
  const leaveOut = (reason: LeftOutReason): void => void leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
  for (const sum of sums) {
    required.deliveries += sum.deliveries;
    required.bounced += sum.plaintext;
    required.unrecognised += sum.unrecognised;
    if (sum.plaintext > 0) required.domains++;
    const reason = reasonAgainst(sum, rule);
    if (reason === undefined) safe.push(sum);
    else {
      unsafe.push(sum.domain);
      leaveOut(reason);
    }
  }
  const { entries, covered } = listOf(safe, unsafe, rule.maxListCharacters);
  for (let index = covered; index < safe.length; index++) leaveOut('length');
  return {
    window: { from: window.from.toISOString(), to: window.to.toISOString() },
    days,
    rule,
    required,
    restrictTo: entries,
    covered,
    leftOut: LEFT_OUT_REASONS.flatMap((reason) => {
      const domains = leftOut.get(reason) ?? 0;
      return domains === 0 ? [] : [{ reason, domains }];
    }),
  };
}

/** Adds the days of a run that is not recorded yet to what is recorded. */
export function withDays(sums: readonly DomainSum[], days: readonly DayResult[]): DomainSum[] {
  const byDomain = new Map(sums.map((sum) => [sum.domain, sum]));
  for (const { domains } of days) {
    for (const { domain, deliveries, violations, plaintext, unrecognised } of domains) {
      const sum = byDomain.get(domain);
      byDomain.set(domain, {
        domain,
        deliveries: (sum?.deliveries ?? 0) + deliveries,
        violations: (sum?.violations ?? 0) + violations,
        plaintext: (sum?.plaintext ?? 0) + plaintext,
        unrecognised: (sum?.unrecognised ?? 0) + unrecognised,
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

/**
 * The entries in order of name, and how many of the domains they cover. Every domain stands by itself while that fits:
 * a wildcard also speaks for names never seen. Where it does not fit, wildcards shorten the list, then what got the
 * fewest mails goes.
 */
function listOf(
  safe: readonly DomainSum[],
  unsafe: readonly string[],
  maxCharacters: number,
): { entries: string[]; covered: number } {
  const names = safe.map(({ domain }) => domain).sort();
  if (names.join(SEPARATOR).length <= maxCharacters) return { entries: names, covered: names.length };
  const groups = grouped(names, unsafe);
  const deliveries = new Map(safe.map((sum) => [sum.domain, sum.deliveries]));
  const weight = ({ members }: Group): number => members.reduce((sum, name) => sum + (deliveries.get(name) ?? 0), 0);
  const entries: string[] = [];
  let covered = 0;
  let length = 0;
  for (const group of groups.toSorted((a, b) => weight(b) - weight(a))) {
    const added = group.entries.join(SEPARATOR).length + (length === 0 ? 0 : SEPARATOR.length);
    if (length + added > maxCharacters) continue;
    length += added;
    covered += group.members.length;
    entries.push(...group.entries);
  }
  return { entries: entries.sort(), covered };
}

interface Group {
  readonly entries: readonly string[];
  readonly members: readonly string[];
}

/**
 * `x.com` with at least two safe domains under it becomes `x.com` and `*.x.com`, which does not cover `x.com` itself.
 * Only below a domain that gets mail of its own, which no public suffix does, and where nothing under it is unsafe.
 */
function grouped(names: readonly string[], unsafe: readonly string[]): Group[] {
  const isSafe = new Set(names);
  const under = new Map<string, string[]>();
  for (const name of names) {
    const parent = topmost(name, isSafe);
    if (parent !== undefined) under.set(parent, [...(under.get(parent) ?? []), name]);
  }
  const tainted = new Set(unsafe.flatMap(parentsOf));
  const collapsed = new Map([...under].filter(([parent, members]) => members.length > 1 && !tainted.has(parent)));
  const inGroup = new Set([...collapsed].flatMap(([parent, members]) => [parent, ...members]));
  return [
    ...[...collapsed].map(([parent, members]) => ({ entries: [parent, `*.${parent}`], members: [parent, ...members] })),
    ...names.filter((name) => !inGroup.has(name)).map((name) => ({ entries: [name], members: [name] })),
  ];
}

function topmost(name: string, isSafe: ReadonlySet<string>): string | undefined {
  return parentsOf(name).findLast((parent) => isSafe.has(parent));
}

/** The domains a name stands under, the nearest first, down to two labels. */
function parentsOf(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(1, -1).map((_, index) => labels.slice(index + 1).join('.'));
}
