import type { Change, DomainReport, Report } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { dayText } from './dates.ts';
import { prose } from './escape.ts';
import { exceptedViolations } from './exceptions.ts';
import { passSentence, numberText, sentenceOf } from './wording.ts';

/** Domains with a violation that counts; those under an exception are in the report, but not here. */
export function violatingDomains(report: Report): DomainReport[] {
  return report.domains.filter((domain) => domain.status === 'violating' && !isExcepted(domain));
}

/** Domains whose violations all are under an exception. */
export function exceptedDomains(report: Report): DomainReport[] {
  return report.domains.filter(isExcepted);
}

/** Whether an exception covers every violation of the domain. */
export function isExcepted({ violations, excepted = 0 }: DomainReport): boolean {
  return violations > 0 && excepted >= violations;
}

export function unrecognisedDomains(report: Report): DomainReport[] {
  return report.domains.filter(({ status }) => status === 'unrecognised');
}

export function plaintextDomains(report: Report): DomainReport[] {
  return violatingDomains(report).filter(({ protocols }) => (protocols.plaintext ?? 0) > 0);
}

/** Why the verdict is what it is, most important first, as sentences safe to show; never empty. */
export function reasonSentences(report: Report, maxLength: number): string[] {
  if (report.verdict === 'pass') return [passSentence(report, exceptedViolations(report))];
  const reasons = report.reasons.map((reason) => sentenceOf(prose(reason, maxLength)));
  return reasons.length > 0 ? reasons : ['No reason was recorded.'];
}

export function changeByDomain(report: Report): ReadonlyMap<string, Change> {
  return new Map((report.changes ?? []).map((change) => [change.domain, change]));
}

/** What no earlier run said to be resolved. */
export function resolvedChanges(report: Report): Change[] {
  return (report.changes ?? []).filter(({ state, told }) => state === 'resolved' && told !== true);
}

/** What stands behind a domain's name: its life, and whether an exception covers all of it. */
export function tagOf(domain: DomainReport, change: Change | undefined, report: Report): string | undefined {
  const parts = [...[changeText(change, report) ?? []].flat(), ...(isExcepted(domain) ? ['under an exception'] : [])];
  return parts.length === 0 ? undefined : parts.join('; ');
}

/** `new`, `since Nov 18, 4 nights`, `resolved`; undefined where there is nothing to compare with. */
function changeText(change: Change | undefined, report: Report): string | undefined {
  if (change === undefined) return undefined;
  if (change.state !== 'ongoing') return change.state;
  const since = `since ${dayText(change.since, report.window.from)}`;
  return change.nights === undefined ? since : `${since}, ${countOf(change.nights, 'night')}`;
}

/** `2 of 3` deliveries. */
export function shareText(part: number, whole: number): string {
  return `${numberText(part)} of ${numberText(whole)}`;
}

/** `808 compliant, 3 in violation, 1 unrecognised`. */
export function outcomeText(report: Report): string {
  const { compliant, violations, unrecognised } = report.counts;
  const excepted = exceptedViolations(report);
  return [
    `${numberText(compliant)} compliant`,
    countOf(violations, 'violation') + (excepted === 0 ? '' : ` (${numberText(excepted)} under an exception)`),
    `${numberText(unrecognised)} unrecognised`,
  ].join(', ');
}
