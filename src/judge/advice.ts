import { type Advice, type AdviceRule, LEFT_OUT_REASONS, type LeftOutReason } from '../model/advice.ts';
import type { DayResult, DomainSum } from '../model/history.ts';
import type { Window } from '../model/window.ts';

/** What a list of domains may hold; anything else in a log is no domain that Salesforce would take. */
const PLAIN_DOMAIN = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/;
const SEPARATOR = ', ';
const MAX_NAMED = 20;

/**
 * What would happen if TLS were required, from what did happen: how much of the mail would have bounced, and the
 * domains for which requiring it is safe on that evidence.
 */
export function adviceFrom(sums: readonly DomainSum[], window: Window, days: number, rule: AdviceRule): Advice {
  const required = { deliveries: 0, bounced: 0, domains: 0, unrecognised: 0, weak: 0 };
  const safe: DomainSum[] = [];
  const unsafe: string[] = [];
  const leftOut = new Map<LeftOutReason, DomainSum[]>();
  const leaveOut = (reason: LeftOutReason, sum: DomainSum): void => {
    const sums = leftOut.get(reason) ?? [];
    leftOut.set(reason, sums);
    sums.push(sum);
  };
  for (const sum of sums) {
    required.deliveries += sum.deliveries;
    required.bounced += sum.plaintext;
    required.unrecognised += sum.unrecognised;
    required.weak += sum.violations - sum.plaintext;
    if (sum.plaintext > 0) required.domains++;
    const reason = reasonAgainst(sum, rule);
    if (reason === undefined) safe.push(sum);
    else {
      unsafe.push(sum.domain);
      leaveOut(reason, sum);
    }
  }
  const { entries, covered } = listOf(safe, unsafe, rule.maxListCharacters);
  for (const sum of safe) if (!covered.has(sum.domain)) leaveOut('length', sum);
  return {
    window: { from: window.from.toISOString(), to: window.to.toISOString() },
    days,
    rule,
    required,
    restrictTo: entries,
    covered: covered.size,
    leftOut: LEFT_OUT_REASONS.flatMap((reason) => {
      const sums = leftOut.get(reason) ?? [];
      const mostMail = sums.toSorted((a, b) => b.deliveries - a.deliveries || (a.domain < b.domain ? -1 : 1));
      const names = mostMail.slice(0, MAX_NAMED).map(({ domain }) => domain);
      return sums.length === 0 ? [] : [{ reason, domains: sums.length, names }];
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
 * The entries in order of name, and which of the domains they cover. Every domain stands by itself while that fits:
 * a wildcard also speaks for names never seen. Where it does not fit, wildcards shorten the list, then what got the
 * fewest mails goes.
 */
function listOf(
  safe: readonly DomainSum[],
  unsafe: readonly string[],
  maxCharacters: number,
): { entries: string[]; covered: ReadonlySet<string> } {
  const names = safe.map(({ domain }) => domain).sort();
  if (names.join(SEPARATOR).length <= maxCharacters) return { entries: names, covered: new Set(names) };
  const groups = grouped(names, unsafe);
  const deliveries = new Map(safe.map((sum) => [sum.domain, sum.deliveries]));
  const weight = ({ members }: Group): number => members.reduce((sum, name) => sum + (deliveries.get(name) ?? 0), 0);
  const entries: string[] = [];
  const covered = new Set<string>();
  let length = 0;
  for (const group of groups.toSorted((a, b) => weight(b) - weight(a))) {
    const added = group.entries.join(SEPARATOR).length + (length === 0 ? 0 : SEPARATOR.length);
    if (length + added > maxCharacters) continue;
    length += added;
    for (const member of group.members) covered.add(member);
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
