import { type DayDomain, type DayResult, type RecordedDay, type RecordedRun, takesPlaceOf } from '../model/history.ts';
import type { JudgedBefore } from '../model/judged-before.ts';
import type { Policy } from '../model/policy.ts';
import { DAY_MS, type Window } from '../model/window.ts';
import { judgeProtocol } from './compliance.ts';
import { protocolOf } from './day-tally.ts';

/** What is recorded of the window of a run that is not recorded yet, and what the run found. */
interface Rejudgement {
  readonly window: Window;
  readonly recorded: readonly RecordedDay[];
  readonly recordedDomains: Iterable<DayDomain & { readonly day: string }>;
  /** What the run found, and what is recorded of it: a day keeps what an earlier run found of it and logs no longer tell. */
  readonly found: readonly DayResult[];
  readonly days: readonly DayResult[];
  readonly policy: Policy;
  /** True where the run was begun because rows came late: the days may not be marked yet. */
  readonly rowsCameLate: boolean;
  readonly runOf: (id: string) => RecordedRun | undefined;
  readonly isUnmailed: (run: RecordedRun) => boolean;
}

/** What earlier runs said of the days of the window, oldest run first; undefined where none of them was judged before. */
export function judgedBefore(facts: Rejudgement): JudgedBefore[] | undefined {
  const runIds = [...new Set(facts.recorded.map(({ runId }) => runId))];
  const runs = runIds.flatMap((id) => facts.runOf(id) ?? []);
  runs.sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
  if (runs.length === 0) return undefined;
  const known = new Map<string, Map<string, DayDomain>>();
  for (const domain of facts.recordedDomains) {
    const ofDay = known.get(domain.day) ?? new Map<string, DayDomain>();
    known.set(domain.day, ofDay.set(domain.domain, domain));
  }
  return runs.map((run) => entryOf(run, facts, known));
}

function entryOf(
  run: RecordedRun,
  { window, recorded, found, days, policy, rowsCameLate, isUnmailed }: Rejudgement,
  known: ReadonlyMap<string, ReadonlyMap<string, DayDomain>>,
): JudgedBefore {
  const its = recorded.filter(({ runId }) => runId === run.id);
  const foundOf = new Map(found.map((day) => [day.day, day]));
  const keptOf = new Map(days.map((day) => [day.day, day]));
  const sum = { more: 0, moreViolations: 0, fewer: 0 };
  const appeared = new Set<string>();
  const vanished = new Set<string>();
  for (const { day } of its) {
    const before = known.get(day) ?? new Map<string, DayDomain>();
    const now = new Map(foundOf.get(day)?.domains.map((domain) => [domain.domain, domain]));
    for (const domain of new Set([...before.keys(), ...now.keys()])) {
      const [was, is] = [before.get(domain), now.get(domain)];
      const difference = differenceOf(was, is, policy);
      for (const name of ['more', 'moreViolations', 'fewer'] as const) sum[name] += difference[name];
      if (isViolating(is) && !isViolating(was)) appeared.add(domain);
      if (isViolating(was) && !isViolating(is)) vanished.add(domain);
    }
  }
  const total = (field: 'deliveries' | 'violations') => its.reduce((all, day) => all + day[field], 0);
  return {
    id: run.id,
    startedAt: run.startedAt.toISOString(),
    window: { from: run.window.from.toISOString(), to: run.window.to.toISOString() },
    verdict: run.verdict,
    days: its.map(({ day }) => day),
    deliveries: total('deliveries'),
    violations: total('violations'),
    why:
      rowsCameLate || its.some(({ late }) => late)
        ? 'late'
        : its.every(({ complete }) => complete)
          ? 'repeated'
          : 'incomplete',
    replaced: its.every((day) => isReplaced(day, keptOf.get(day.day), window)),
    ...sum,
    appeared: [...appeared].sort(),
    vanished: [...vanished].sort(),
    ...(isUnmailed(run) ? { unmailed: true } : {}),
  };
}

function differenceOf(was: DayDomain | undefined, is: DayDomain | undefined, policy: Policy) {
  const beyond = (a: number, b: number) => Math.max(0, a - b);
  const [before, now] = [usesOf(was), usesOf(is)];
  if (before === undefined || now === undefined) {
    const [a, b] = [is?.deliveries ?? 0, was?.deliveries ?? 0];
    const moreViolations = beyond(is?.violations ?? 0, was?.violations ?? 0);
    return { more: beyond(a, b), moreViolations, fewer: beyond(b, a) };
  }
  const difference = { more: 0, moreViolations: 0, fewer: 0 };
  for (const use of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [a, b] = [now[use] ?? 0, before[use] ?? 0];
    difference.more += beyond(a, b);
    difference.fewer += beyond(b, a);
    if (judgeProtocol(protocolOf(use), policy) === 'violation') difference.moreViolations += beyond(a, b);
  }
  return difference;
}

/** Undefined where a result of an earlier version kept none. */
function usesOf(domain: DayDomain | undefined): Readonly<Record<string, number>> | undefined {
  return domain === undefined ? {} : domain.details?.tls;
}

function isViolating(domain: DayDomain | undefined): boolean {
  return domain !== undefined && domain.violations > 0;
}

function isReplaced(held: RecordedDay, found: DayResult | undefined, { from, to }: Window): boolean {
  const startMs = Date.parse(held.day);
  const whole = from.getTime() <= startMs && startMs + DAY_MS <= to.getTime();
  const deliveries = found?.domains.reduce((all, domain) => all + domain.deliveries, 0) ?? 0;
  return takesPlaceOf(
    { whole, complete: found?.complete === true && whole, deliveries },
    // A day is marked late where it was complete.
    { ...held, complete: held.complete || held.late },
  );
}
