import type { DomainReport, Report } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { wordsOf } from './direction-words.ts';
import { changeByDomain, exceptedDomains, isExcepted, plaintextDomains, violatingDomains } from './findings.ts';
import { isPartial, type Loss, newLosses } from './losses.ts';
import { misfitSides, misfitText, numberText } from './wording.ts';

// What of the findings a subject says to be news: in the night that tells of it first, and in no other.

/** `3 domains got plaintext mail, 1 of them lost TLS, 1 new`; weak TLS beside plaintext, and what is excepted, only as news. */
export function failureText(report: Report): string {
  const { plaintextFrom, misfitFrom } = wordsOf(report);
  const violating = violatingDomains(report);
  const plaintext = plaintextDomains(report);
  const weak = violating.filter((domain) => !plaintext.includes(domain));
  const changes = changeByDomain(report);
  const told = plaintext.length === 0 ? weak : weak.filter((domain) => isNew(domain, changes));
  const sides = misfitSides(
    report.policy,
    told.map(({ protocols }) => protocols),
  );
  return [
    ...(plaintext.length === 0 ? [] : [withNews(plaintextFrom(plaintext.length), plaintext, report)]),
    ...(told.length === 0 ? [] : [withNews(misfitFrom(told.length, misfitText(report.policy, sides)), told, report)]),
    ...[exceptedLossText(report) ?? []].flat(),
  ].join('; ');
}

/** `2 domains under an exception, 1 of them lost TLS`. */
export function exceptedText(report: Report): string {
  const domains = exceptedDomains(report);
  return withNews(underException(domains.length), domains, report, underException);
}

/** `1 domain under an exception lost TLS`; undefined where none newly did. */
export function exceptedLossText(report: Report): string | undefined {
  const lost = newLosses(report, 'plaintext').filter(({ domain }) => isExcepted(domain));
  return lost.length === 0
    ? undefined
    : lossCountText(underException(lost.length), lost, 'lost TLS', 'partly lost TLS');
}

/** `3 domains lost TLS, 1 of them partly`. */
export function lossCountText(domains: string, losses: readonly Loss[], wholly: string, partly: string): string {
  const parts = losses.filter(({ downgrade }) => isPartial(downgrade)).length;
  if (parts === losses.length) return `${domains} ${partly}`;
  return `${domains} ${wholly}${parts === 0 ? '' : `, ${numberText(parts)} of them partly`}`;
}

function underException(domains: number): string {
  return `${countOf(domains, 'domain')} under an exception`;
}

/** Where all of them lost TLS, that says what they got. */
function withNews(
  statement: string,
  domains: readonly DomainReport[],
  report: Report,
  named: (count: number) => string = (count) => countOf(count, 'domain'),
): string {
  const lost = newLosses(report, 'plaintext').filter(({ domain }) => domains.includes(domain));
  if (lost.length === domains.length) return lossCountText(named(lost.length), lost, 'lost TLS', 'partly lost TLS');
  const isLost = new Set(lost.map(({ domain }) => domain));
  const changes = changeByDomain(report);
  const fresh = domains.filter((domain) => !isLost.has(domain) && isNew(domain, changes)).length;
  if (fresh === domains.length) return `${statement}, ${fresh === 1 ? 'a new one' : 'all new'}`;
  const partly = lost.filter(({ downgrade }) => isPartial(downgrade)).length;
  const [first, ...others] = (
    [
      [lost.length - partly, 'lost TLS'],
      [partly, 'partly lost TLS'],
      [fresh, 'new'],
    ] as const
  ).filter(([count]) => count > 0);
  if (first === undefined) return statement;
  return [
    `${statement}, ${numberText(first[0])} of them ${first[1]}`,
    ...others.map(([count, what]) => `${numberText(count)} ${what}`),
  ].join(', ');
}

function isNew({ domain }: DomainReport, changes: ReturnType<typeof changeByDomain>): boolean {
  return changes.get(domain)?.state === 'new';
}
