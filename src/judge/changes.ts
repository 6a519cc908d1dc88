import type { OpenFinding } from '../model/ports.ts';
import type { Change, DomainReport } from '../model/report.ts';

/**
 * Compares the findings of a run with those that were open before it. A domain without a delivery whose TLS was
 * recognised is neither better nor worse: its finding stays open and is not listed. On a first run every finding is
 * new.
 */
export function changesSince(
  before: readonly OpenFinding[] | undefined,
  domains: readonly DomainReport[],
  violationDays: (domain: string) => readonly string[],
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
  return changes;
}
