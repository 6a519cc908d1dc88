import type { ExceptionUse, Report } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { dayText } from './dates.ts';
import { domainText, prose } from './escape.ts';

const STATE_RANK = { expired: 0, expiring: 1, valid: 2 } as const;

export interface ExceptionLine {
  /** `legacy.example: expired Nov 20` */
  readonly text: string;
  /** What it took out, why, and who answers for it. */
  readonly details: readonly string[];
}

/** Exceptions that did something or need somebody: expired ones first, then those about to expire, then the others. */
export function exceptionLines(report: Report, everyOne = false): ExceptionLine[] {
  return (report.exceptions ?? [])
    .filter(({ state, deliveries }) => everyOne || state !== 'valid' || deliveries > 0)
    .toSorted((a, b) => STATE_RANK[a.state] - STATE_RANK[b.state] || b.deliveries - a.deliveries)
    .map((use) => ({
      text: `${domainText(use.domain, 64)}: ${validityText(use, report)}`,
      details: [
        use.deliveries === 0
          ? 'took nothing out of the verdict'
          : `${countOf(use.deliveries, 'violation')} of ${countOf(use.domains, 'domain')} left out of the verdict`,
        `${prose(use.reason, 200)} (${prose(use.owner, 80)})`,
      ],
    }));
}

function validityText({ expires, state }: ExceptionUse, report: Report): string {
  if (expires === null) return 'expired, because its expiry cannot be read';
  const day = dayText(expires, report.window.from);
  return state === 'expired'
    ? `expired after ${day}`
    : `${state === 'expiring' ? 'expires soon, ' : ''}valid to ${day}`;
}

/** Violations of the report that exceptions took out of the verdict. */
export function exceptedViolations(report: Report): number {
  return report.domains.reduce((sum, { excepted = 0 }) => sum + excepted, 0);
}
