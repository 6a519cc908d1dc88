import type { OpenFinding } from '../model/ports.ts';
import type { Change, DomainReport } from '../model/report.ts';
import { utcDay } from '../model/window.ts';

/**
 * Compares the findings of a run with those that were open before it. A domain without a delivery whose TLS was
 * recognised is neither better nor worse: its finding stays open and is not listed. On a first run every finding is
 * new.
 */
export function changesSince(
  before: readonly OpenFinding[] | undefined,
  domains: readonly DomainReport[],
  firstViolation: (domain: string) => Date,
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
  return changes;
}
