import type { DomainReport, Downgrade, Report, Restored } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { dayText } from './dates.ts';
import { resolvedChanges } from './findings.ts';

/** A finding that ended, or a protection that is whole again. */
export interface Resolved {
  readonly domain: string;
  /** `was in violation from Nov 12, 9 nights`, `all verified again, lost on Nov 9`. */
  readonly text: string;
}

/** What no earlier run said to be resolved. */
export function resolvedOf(report: Report): Resolved[] {
  return [
    ...resolvedChanges(report).map(({ domain, since, nights }) => ({
      domain,
      text: `was in violation from ${dayText(since, report.window.from)}${nights === undefined ? '' : `, ${countOf(nights, 'night')}`}`,
    })),
    ...newlyRestored(report).map(({ domain, since, ...end }) => ({
      domain,
      text: `${againText(end)}, lost on ${dayText(since, report.window.from)}`,
    })),
  ];
}

/**
 * Whose mail is wholly protected again: where most of it may still not be, nothing is resolved. Of TLS only where the violation
 * goes on without plaintext: else the end of the violation says it, now or when it is told.
 */
export function newlyRestored(report: Report): Restored[] {
  const byName = new Map(report.domains.map((domain) => [domain.domain, domain]));
  const isWeak = ({ violations, protocols }: DomainReport): boolean =>
    violations > 0 && protocols.plaintext === undefined;
  return (report.restored ?? []).filter(({ domain, kind, now, told }) => {
    const current = byName.get(domain);
    return now === 'all' && told !== true && (kind === 'unverified' || (current !== undefined && isWeak(current)));
  });
}

/** `all verified again`, `some by TLS again`. */
export function againText({ kind, now }: Pick<Restored, 'kind' | 'now'>): string {
  return `${now} ${kind === 'plaintext' ? 'by TLS' : 'verified'} again`;
}

/** Of several days one may bring a loss and a later one its end. */
export function restoredOf({ domain, kind, since }: Downgrade, { restored = [] }: Report): Restored | undefined {
  return restored.find((end) => end.domain === domain && end.kind === kind && end.since === since);
}
