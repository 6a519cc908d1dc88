import type { DomainReport, Report } from '../model/report.ts';
import { momentText } from './dates.ts';
import {
  type DigestFrame,
  type DigestLimits,
  type DomainRow,
  type DomainSection,
  MAX_NAME_LENGTH,
} from './digest-shape.ts';
import { domainTables, wordsOf } from './direction-words.ts';
import { domainText } from './escape.ts';
import {
  changeByDomain,
  exceptedDomains,
  isExcepted,
  shareText,
  tagOf,
  unrecognisedDomains,
  violatingDomains,
} from './findings.ts';
import { earlierLosses, type Loss, lossText, newLosses } from './losses.ts';
import { remedyByDomain, verificationRemedy } from './remedies.ts';
import { HEADINGS, moreText, numberText, protocolParts, verifiedText } from './wording.ts';

/** The domains that something is wrong with, worst first. */
export function domainSections(
  report: Report,
  { zone, isAttached }: DigestFrame,
  limits: DigestLimits,
): DomainSection[] {
  const changes = changeByDomain(report);
  const [newlyLost, lostEarlier] = [newLosses(report, 'plaintext'), earlierLosses(report, 'plaintext')];
  const losses = new Map([...newlyLost, ...lostEarlier].map((loss) => [loss.domain, loss]));
  const [lost, lasting] = [countedOf(newlyLost), countedOf(lostEarlier)];
  const neverLost = violatingDomains(report).filter((domain) => !losses.has(domain));
  const isNew = ({ domain }: DomainReport): boolean => changes.get(domain)?.state === 'new';
  const [fresh, others] = [neverLost.filter(isNew), neverLost.filter((domain) => !isNew(domain))];
  const unrecognised = unrecognisedDomains(report);
  // One budget for all lists: what is new comes first, and of it what was lost; what was lost earlier leaves room for the rest.
  const shownLost = lost.slice(0, limits.domains);
  const shownFresh = fresh.slice(0, limits.domains - shownLost.length);
  const room = limits.domains - shownLost.length - shownFresh.length;
  const shownLasting = lasting.slice(0, Math.max(room - others.length, Math.floor(room / 2)));
  const shownOthers = others.slice(0, room - shownLasting.length);
  const shownUnrecognised = unrecognised.slice(0, room - shownLasting.length - shownOthers.length);
  const excepted = exceptedDomains(report);
  const exceptedLosses = newlyLost.map(({ domain }) => domain).filter(isExcepted);
  const exceptedNewsFirst = [...new Set([...exceptedLosses, ...excepted])];
  const allMore = (hidden: number): string | undefined =>
    hidden > 0 ? `${moreText(hidden, '')}, see ${isAttached ? 'the attachment' : reportCommand(report)}` : undefined;
  const title = wordsOf(report).domains;
  const othersTitle = others.length < violatingDomains(report).length ? `Other ${title.toLowerCase()}` : title;
  const remedies = remedyByDomain(report);
  const row = (domain: DomainReport, count: number): DomainRow => ({
    name: domainText(domain.domain, MAX_NAME_LENGTH),
    share: shareText(count, domain.deliveries),
    protocols: protocolsOf(domain),
    change: tagOf(domain, changes.get(domain.domain), report),
    sample: sampleText(domain, zone),
    remedy: remedies.get(domain.domain),
  });
  const inViolation = (
    heading: string,
    all: readonly DomainReport[],
    shown: readonly DomainReport[],
  ): DomainSection => ({
    kind: 'domains',
    heading: `${heading} (${numberText(all.length)})`,
    shareHeading: 'In violation',
    rows: shown.map((domain) => {
      const loss = losses.get(domain);
      return { ...row(domain, domain.violations), ...(loss === undefined ? {} : { change: lossText(loss, report) }) };
    }),
    more: allMore(all.length - shown.length),
  });
  const withoutCertificate = (heading: string, all: readonly Loss[]): DomainSection => ({
    kind: 'domains',
    heading: `${heading} (${numberText(all.length)})`,
    shareHeading: 'Unverified',
    rows: all.slice(0, limits.names).map((loss) => ({
      ...row(loss.domain, loss.domain.unverified),
      remedy: verificationRemedy(loss.downgrade, report),
      change: lossText(loss, report),
    })),
    more: all.length > limits.names ? moreText(all.length - limits.names, '') : undefined,
  });
  return [
    inViolation(HEADINGS.lostTls, lost, shownLost),
    withoutCertificate(HEADINGS.lostVerification, newLosses(report, 'unverified')),
    inViolation(`${title} newly in violation`, fresh, shownFresh),
    inViolation(HEADINGS.stillWithoutTls, lasting, shownLasting),
    inViolation(`${othersTitle} in violation`, others, shownOthers),
    // No violation by itself, and told when it was new.
    withoutCertificate(HEADINGS.stillUnverified, earlierLosses(report, 'unverified')),
    inViolation(HEADINGS.excepted, excepted, exceptedNewsFirst.slice(0, limits.names)),
    {
      kind: 'domains',
      heading: `${title} with unrecognised TLS (${numberText(unrecognised.length)})`,
      shareHeading: 'Unrecognised',
      rows: shownUnrecognised.map((domain) => row(domain, domain.unrecognised)),
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

function protocolsOf(domain: DomainReport): string {
  const verified = verifiedText(domain);
  return [...protocolParts(domain.protocols), ...(verified === undefined ? [] : [`${verified} verified`])].join(', ');
}

/** `e.g. message 16/A4-20983-88E21E84, 2026-11-22 09:00 UTC` */
function sampleText({ samples: [first] = [] }: DomainReport, zone: string): string | undefined {
  if (first === undefined) return undefined;
  const id = domainText(first.internalMessageId, 40);
  return `e.g. message ${id}, ${momentText(first.at, zone)}`;
}

/** What prints every finding of the report. */
function reportCommand({ run }: Report): string {
  return `tls-audit report${run === undefined ? '' : ` --run ${run.id}`} --format csv`;
}
