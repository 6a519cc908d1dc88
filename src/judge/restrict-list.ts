import type { DomainSum } from '../model/history.ts';

const SEPARATOR = ', ';

/**
 * The entries in order of name, and which of the domains they cover. Every domain stands by itself while that fits:
 * a wildcard also speaks for names never seen. Where it does not fit, wildcards shorten the list, then what got the
 * fewest mails goes.
 */
export function listOf(
  safe: readonly Pick<DomainSum, 'domain' | 'deliveries'>[],
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
