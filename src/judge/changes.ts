import type { OpenFinding, RecordedRun } from '../model/history.ts';
import { isJudgedAgain } from '../model/judged-before.ts';
import type { Change, DomainReport } from '../model/report.ts';
import { DAY_MS, utcDay } from '../model/window.ts';
import type { DayTally } from './day-tally.ts';

/** A finding as an earlier run reported it. */
type ReportedFinding = Omit<Change, 'state'>;

/**
 * Compares the findings of a run with those that were open before it. A domain without a delivery whose TLS was
 * recognised is neither better nor worse: its finding stays open and is not listed. On a first run every finding is
 * new.
 * @param reported domains that earlier runs reported in violation: where the end of a finding lies in the window of such a
 *   run, or in days that were judged before it, this run is the first that can say so.
 */
export function changesSince(
  before: readonly OpenFinding[] | undefined,
  domains: readonly DomainReport[],
  violationDays: (domain: string) => readonly string[],
  reported: readonly ReportedFinding[] = [],
): Change[] {
  const open = new Map((before ?? []).map((finding) => [finding.domain, finding]));
  const changes: Change[] = [];
  for (const { domain, status, deliveries, unrecognised } of domains) {
    const finding = open.get(domain);
    if (status === 'violating') {
      const days = violationDays(domain);
      const nights = (finding?.nights ?? 0) + days.length;
      changes.push(
        finding === undefined
          ? { domain, state: 'new', since: days[0] ?? '', nights }
          : { domain, state: 'ongoing', since: finding.since, nights },
      );
    } else if (finding !== undefined && deliveries > unrecognised) {
      changes.push({ domain, state: 'resolved', since: finding.since, nights: finding.nights });
    }
  }
  const told = new Set([...open.keys(), ...changes.map(({ domain }) => domain)]);
  for (const finding of reported) {
    if (!told.has(finding.domain)) changes.push({ state: 'resolved', ...finding });
  }
  return changes;
}

/**
 * The findings of a range of days, each told once from its first night on, also where clean days lie between: one that a clean
 * day ended last is resolved, one that began in the range is new, except on the first day ever audited, where nobody knows how
 * long it stood. A day without a recognised value changes nothing; a finding that nothing in the range tells of is left out.
 * @param before undefined where no earlier day was audited.
 */
export function changesWithin(
  before: readonly OpenFinding[] | undefined,
  domains: ReadonlyMap<string, { readonly days: ReadonlyMap<number, DayTally> }>,
): Change[] {
  const open = new Map((before ?? []).map((finding) => [finding.domain, finding]));
  let firstNumber = Infinity;
  for (const { days } of domains.values())
    for (const number of days.keys()) firstNumber = Math.min(firstNumber, number);
  const baseline = before === undefined && firstNumber < Infinity ? utcDay(new Date(firstNumber * DAY_MS)) : undefined;
  const changes: Change[] = [];
  for (const [domain, { days }] of domains) {
    const earlier = open.get(domain);
    let { since, nights } = earlier ?? { since: undefined, nights: 0 };
    let isOpen = earlier !== undefined;
    let isTold = false;
    for (const [number, day] of [...days].sort(([a], [b]) => a - b)) {
      if (day.deliveries <= day.unrecognised) continue;
      isTold = true;
      isOpen = day.violations > 0;
      if (!isOpen) continue;
      since ??= utcDay(new Date(number * DAY_MS));
      nights++;
    }
    if (since === undefined || !isTold) continue;
    const state = !isOpen ? 'resolved' : since === (earlier?.since ?? baseline) ? 'ongoing' : 'new';
    changes.push({ domain, state, since, nights });
  }
  return changes;
}

/**
 * What the reports of earlier runs said was in violation, and none of them that it is resolved. Days that were judged again
 * bring what was not known of them then: the rest was told of, and its end too. The latest days bring all they have, because
 * what came after them is not told yet.
 * @param runs in the order in which they were recorded
 */
export function reportedFindings(runs: readonly RecordedRun[]): ReportedFinding[] {
  const reported = new Map<string, ReportedFinding>();
  const latestMs = Math.max(...runs.map(({ window }) => window.to.getTime()));
  for (const { report, window } of runs) {
    const isOld = window.to.getTime() < latestMs && isJudgedAgain(report);
    const appeared = new Set(report.judgedBefore?.flatMap((entry) => entry.appeared));
    const changes = new Map(report.changes?.map((change) => [change.domain, change]));
    for (const { domain, state } of changes.values()) if (state === 'resolved') reported.delete(domain);
    for (const { domain, status, firstSeen } of report.domains) {
      if (status !== 'violating' || (isOld && !appeared.has(domain))) continue;
      const { since = firstSeen.slice(0, 10), nights } = changes.get(domain) ?? {};
      reported.set(domain, { domain, since, ...(nights === undefined ? {} : { nights }) });
    }
  }
  return [...reported.values()];
}
