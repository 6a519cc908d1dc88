import type { OpenFinding, RecordedRun } from '../model/history.ts';
import type { Change, DomainReport } from '../model/report.ts';

/** A finding as an earlier run reported it. */
type ReportedFinding = Omit<Change, 'state'>;

/**
 * Compares the findings of a run with those that were open before it. A domain without a delivery whose TLS was
 * recognised is neither better nor worse: its finding stays open and is not listed. On a first run every finding is
 * new.
 * @param reported domains that the run before reported in violation: where its own window saw the end of a finding, this
 *   run is the first that can say so.
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

/** What the report of an earlier run said was in violation; nothing where that run's window does not end before `from`. */
export function reportedFindings(run: RecordedRun | undefined, from: Date): ReportedFinding[] {
  if (run === undefined || run.window.to > from) return [];
  const told = new Map(run.report.changes?.map((change) => [change.domain, change]));
  return run.report.domains
    .filter(({ status }) => status === 'violating')
    .map(({ domain, firstSeen }) => {
      const { since = firstSeen.slice(0, 10), nights } = told.get(domain) ?? {};
      return { domain, since, ...(nights === undefined ? {} : { nights }) };
    });
}
