import type { OpenFinding, RecordedRun } from '../model/ports.ts';
import type { Change, DomainReport } from '../model/report.ts';
import { utcDay } from '../model/window.ts';

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
  firstViolation: (domain: string) => Date,
  reported: readonly OpenFinding[] = [],
): Change[] {
  const open = new Map((before ?? []).map((finding) => [finding.domain, finding.since]));
  const changes: Change[] = [];
  for (const { domain, status, deliveries, unrecognised } of domains) {
    const since = open.get(domain);
    if (status === 'violating') {
      changes.push(
        since === undefined
          ? { domain, state: 'new', since: utcDay(firstViolation(domain)) }
          : { domain, state: 'ongoing', since },
      );
    } else if (since !== undefined && deliveries > unrecognised) {
      changes.push({ domain, state: 'resolved', since });
    }
  }
  const told = new Set([...open.keys(), ...changes.map(({ domain }) => domain)]);
  for (const { domain, since } of reported) {
    if (!told.has(domain)) changes.push({ domain, state: 'resolved', since });
  }
  return changes;
}

/** What the report of an earlier run said was in violation; nothing where that run's window does not end before `from`. */
export function reportedFindings(run: RecordedRun | undefined, from: Date): OpenFinding[] {
  if (run === undefined || run.window.to > from) return [];
  const since = new Map(run.report.changes?.map((change) => [change.domain, change.since]));
  return run.report.domains
    .filter(({ status }) => status === 'violating')
    .map(({ domain, firstSeen }) => ({ domain, since: since.get(domain) ?? firstSeen.slice(0, 10) }));
}
