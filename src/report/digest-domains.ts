import type { DomainReport, Report } from '../model/report.ts';
import { domainRows, protocolsOf } from './digest-rows.ts';
import { type DigestFrame, type DigestLimits, type DomainSection, MAX_NAME_LENGTH } from './digest-shape.ts';
import { domainTables, wordsOf } from './direction-words.ts';
import { domainText } from './escape.ts';
import {
  changeByDomain,
  exceptedDomains,
  isExcepted,
  shareText,
  unrecognisedDomains,
  violatingDomains,
} from './findings.ts';
import { earlierLosses, type Loss, newLosses } from './losses.ts';
import { HEADINGS, moreText, numberText } from './wording.ts';

/**
 * The domains that something is wrong with, worst first. Each stands once: one that is in violation, or not recognised, by
 * that, and its row tells of a lost certificate too; only one that complies otherwise stands by its certificate.
 */
export function domainSections(
  report: Report,
  { zone, isAttached }: DigestFrame,
  limits: DigestLimits,
): DomainSection[] {
  const changes = changeByDomain(report);
  const [newlyLost, lostEarlier] = [newLosses(report, 'plaintext'), earlierLosses(report, 'plaintext')];
  const newlyUnverified = newLosses(report, 'unverified');
  const losses = new Set([...newlyLost, ...lostEarlier].map(({ domain }) => domain));
  const news = new Set([...newlyLost, ...newlyUnverified].map(({ domain }) => domain));
  const newsFirst = (domains: readonly DomainReport[]): DomainReport[] => [
    ...domains.filter((domain) => news.has(domain)),
    ...domains.filter((domain) => !news.has(domain)),
  ];
  const [lost, lasting] = [countedOf(newlyLost), newsFirst(countedOf(lostEarlier))];
  const neverLost = newsFirst(violatingDomains(report).filter((domain) => !losses.has(domain)));
  const isNew = ({ domain }: DomainReport): boolean => changes.get(domain)?.state === 'new';
  const [fresh, others] = [neverLost.filter(isNew), neverLost.filter((domain) => !isNew(domain))];
  const unrecognised = newsFirst(unrecognisedDomains(report));
  // One budget for all lists: what is new comes first, and of it what was lost; what was lost earlier leaves room for the rest.
  const shownLost = lost.slice(0, limits.domains);
  const shownFresh = fresh.slice(0, limits.domains - shownLost.length);
  const room = limits.domains - shownLost.length - shownFresh.length;
  const shownLasting = lasting.slice(0, Math.max(room - others.length, Math.floor(room / 2)));
  const shownOthers = others.slice(0, room - shownLasting.length);
  const shownUnrecognised = unrecognised.slice(0, room - shownLasting.length - shownOthers.length);
  const excepted = newsFirst(exceptedDomains(report));
  const allMore = (hidden: number): string | undefined =>
    hidden > 0 ? `${moreText(hidden, '')}, see ${isAttached ? 'the attachment' : reportCommand(report)}` : undefined;
  const title = wordsOf(report).domains;
  const othersTitle = others.length < violatingDomains(report).length ? `Other ${title.toLowerCase()}` : title;
  const rows = domainRows(report, zone);
  const inViolation = (
    heading: string,
    all: readonly DomainReport[],
    shown: readonly DomainReport[],
  ): DomainSection => ({
    kind: 'domains',
    heading: `${heading} (${numberText(all.length)})`,
    shareHeading: 'In violation',
    rows: shown.map((domain) => rows.ofFinding(domain, domain.violations)),
    more: allMore(all.length - shown.length),
  });
  // No violation by itself, so it is not attached.
  const withoutCertificate = (heading: string, found: readonly Loss[]): DomainSection => {
    const all = found.filter(({ domain }) => domain.status === 'compliant');
    return {
      kind: 'domains',
      heading: `${heading} (${numberText(all.length)})`,
      shareHeading: 'Unverified',
      rows: all.slice(0, limits.names).map(({ domain }) => rows.ofCertificate(domain)),
      more: all.length > limits.names ? moreText(all.length - limits.names, '') : undefined,
    };
  };
  return [
    inViolation(HEADINGS.lostTls, lost, shownLost),
    withoutCertificate(HEADINGS.lostVerification, newlyUnverified),
    inViolation(`${title} newly in violation`, fresh, shownFresh),
    inViolation(HEADINGS.stillWithoutTls, lasting, shownLasting),
    inViolation(`${othersTitle} in violation`, others, shownOthers),
    // Told when it was new.
    withoutCertificate(HEADINGS.stillUnverified, earlierLosses(report, 'unverified')),
    inViolation(HEADINGS.excepted, excepted, excepted.slice(0, limits.names)),
    {
      kind: 'domains',
      heading: `${title} with unrecognised TLS (${numberText(unrecognised.length)})`,
      shareHeading: 'Unrecognised',
      rows: shownUnrecognised.map((domain) => rows.ofFinding(domain, domain.unrecognised)),
      more: allMore(unrecognised.length - shownUnrecognised.length),
    },
    ...senderSections(report, limits),
  ];
}

/** What an exception covers stands with what exceptions cover. */
function countedOf(losses: readonly Loss[]): DomainReport[] {
  return losses.map(({ domain }) => domain).filter((domain) => !isExcepted(domain));
}

/** Whose mail it was: servers hand over the mail of many senders. */
function senderSections(report: Report, limits: DigestLimits): DomainSection[] {
  const [, ...others] = domainTables(report);
  return others.map(({ title, domains }) => {
    const violating = domains.filter(({ status }) => status === 'violating');
    const shown = violating.slice(0, limits.names);
    const hidden = violating.length - shown.length;
    return {
      kind: 'domains',
      heading: `${title} in violation (${numberText(violating.length)})`,
      shareHeading: 'In violation',
      rows: shown.map((domain) => ({
        name: domainText(domain.domain, MAX_NAME_LENGTH),
        share: shareText(domain.violations, domain.deliveries),
        protocols: protocolsOf(domain),
        change: undefined,
      })),
      more: hidden > 0 ? moreText(hidden, '') : undefined,
    };
  });
}

/** What prints every finding of the report. */
function reportCommand({ run }: Report): string {
  return `tls-audit report${run === undefined ? '' : ` --run ${run.id}`} --format csv`;
}
