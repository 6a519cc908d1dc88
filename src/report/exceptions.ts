import { coversDomain, narrowerFirst } from '../model/exception.ts';
import type { ExceptionUse, Report } from '../model/report.ts';
import { DAY_MS } from '../model/window.ts';
import { countOf } from '../support/plural.ts';
import { dayText } from './dates.ts';
import { domainText, MAX_PROSE, prose } from './escape.ts';

const STATE_RANK = { expired: 0, expiring: 1, valid: 2 } as const;

export interface ExceptionLine {
  /** `legacy.example: expired Nov 20` */
  readonly text: string;
  /** What it took out, why, and who answers for it. */
  readonly details: readonly string[];
}

/** Exceptions that did something or need somebody: expired ones first, then those about to expire, then the others. */
export function exceptionLines(report: Report, everyOne = false, maxLength = MAX_PROSE): ExceptionLine[] {
  return (report.exceptions ?? [])
    .filter(({ state, deliveries }) => everyOne || state !== 'valid' || deliveries > 0)
    .toSorted((a, b) => STATE_RANK[a.state] - STATE_RANK[b.state] || b.deliveries - a.deliveries)
    .map((use) => ({
      text: `${domainText(use.domain, 64)}: ${validityText(use, report)}`,
      details: [
        use.deliveries === 0
          ? 'took nothing out of the verdict'
          : `${countOf(use.deliveries, 'violation')} of ${countOf(use.domains, 'domain')} left out of the verdict`,
        `${prose(use.reason, maxLength)} (${prose(use.owner, maxLength)})`,
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

/** Exceptions that end within the week, a sentence each, soonest first; the mail says them at once. */
export function endingSentences(report: Report, max: number): string[] {
  const ending = (report.exceptions ?? [])
    .filter(({ state }) => state === 'expiring')
    .toSorted((a, b) => ((a.expires ?? '') < (b.expires ?? '') ? -1 : 1));
  const shown = ending.slice(0, max).map(({ domain, expires, owner }) => {
    const day = expires === null ? 'an unknown day' : dayText(expires, report.window.from);
    return `The exception for ${domainText(domain, 64)} ends after ${day} (${prose(owner, 80)}).`;
  });
  const hidden = ending.length - shown.length;
  return hidden > 0
    ? [...shown, `${countOf(hidden, 'more exception')} ${hidden === 1 ? 'ends' : 'end'} within the week.`]
    : shown;
}

/** An exception that covers nothing any more. */
interface EndedException {
  readonly use: ExceptionUse;
  /** Violations of the report that it covered last of all, and of how many domains they are. */
  violations: number;
  domains: number;
}

/** Exceptions that ended and whose findings count again, or that ended since the window before; the most findings first. */
function endedExceptions(report: Report): EndedException[] {
  // A finding counts again by the one that covered it last, as it was applied.
  const expired = (report.exceptions ?? []).filter(({ state }) => state === 'expired').toSorted(narrowerFirst);
  const latestFirst = expired.toSorted((a, b) => lastDayOf(b) - lastDayOf(a));
  const ended = new Map<ExceptionUse, EndedException>(expired.map((use) => [use, { use, violations: 0, domains: 0 }]));
  for (const { domain, violations, excepted = 0 } of report.domains) {
    if (violations <= excepted) continue;
    const use = latestFirst.find(({ domain: pattern }) => coversDomain(pattern, domain));
    const sum = use === undefined ? undefined : ended.get(use);
    if (sum === undefined) continue;
    sum.violations += violations - excepted;
    sum.domains++;
  }
  return [...ended.values()]
    .filter(({ use, violations }) => violations > 0 || endedLately(use, report))
    .toSorted((a, b) => b.violations - a.violations);
}

/** Epoch milliseconds; 0 where it never covered anything. */
function lastDayOf({ expires }: ExceptionUse): number {
  return expires === null ? 0 : Date.parse(expires);
}

/** How many ended since the window before: what ended earlier is no news, and neither is one that never covered anything. */
export function endedLatelyCount(report: Report): number {
  return (report.exceptions ?? []).filter((use) => use.state === 'expired' && endedLately(use, report)).length;
}

/** Whether the first day it did not cover lies in the window. */
function endedLately({ expires }: ExceptionUse, { window }: Report): boolean {
  return expires !== null && window.from !== null && Date.parse(expires) + DAY_MS >= Date.parse(window.from);
}

/** That an exception ended and what counts again by it, a sentence each: whoever reads the mail has to know at once. */
export function endedSentences(report: Report, max: number): string[] {
  const ended = endedExceptions(report);
  const shown = ended.slice(0, max).map(({ use, violations, domains }) => {
    const end =
      use.expires === null
        ? 'covers nothing, because its expiry cannot be read'
        : `ended on ${dayText(use.expires, report.window.from)}`;
    const whose = use.domain.startsWith('*.') ? ` of ${countOf(domains, 'domain')}` : '';
    const again =
      violations === 0
        ? ''
        : `: ${countOf(violations, 'violation')}${whose} ${violations === 1 ? 'counts' : 'count'}${use.expires === null ? '' : ' again'}`;
    return `The exception for ${domainText(use.domain, 64)} ${end}${again} (${prose(use.owner, 80)}).`;
  });
  const hidden = ended.length - shown.length;
  return hidden > 0 ? [...shown, `${countOf(hidden, 'more exception')} ended.`] : shown;
}

/** Violations of the report that exceptions took out of the verdict. */
export function exceptedViolations(report: Report): number {
  return report.domains.reduce((sum, { excepted = 0 }) => sum + excepted, 0);
}
