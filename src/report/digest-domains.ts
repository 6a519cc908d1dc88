import type { DomainReport, Report } from '../model/report.ts';
import { momentText } from './dates.ts';
import { type DigestLimits, type DomainRow, type DomainSection, MAX_NAME_LENGTH } from './digest-shape.ts';
import { domainTables, wordsOf } from './direction-words.ts';
import { domainText } from './escape.ts';
import {
  changeByDomain,
  exceptedDomains,
  shareText,
  tagOf,
  unrecognisedDomains,
  violatingDomains,
} from './findings.ts';
import { earlierLosses, type Loss, lossText, newLosses } from './losses.ts';
import { remedyByDomain, verificationRemedy } from './remedies.ts';
import { HEADINGS, moreText, numberText, protocolParts, verifiedText } from './wording.ts';

/** The domains that something is wrong with, worst first. */
export function domainSections(report: Report, zone: string, limits: DigestLimits): DomainSection[] {
  const violating = violatingDomains(report);
  const unrecognised = unrecognisedDomains(report);
  const [lost, lasting] = [newLosses(report, 'plaintext'), earlierLosses(report, 'plaintext')];
  const [unverified, stillUnverified] = [newLosses(report, 'unverified'), earlierLosses(report, 'unverified')];
  const isLost = new Set([...lost, ...lasting].map(({ domain }) => domain.domain));
  const others = violating.filter(({ domain }) => !isLost.has(domain));
  // One budget for all lists: what was lost comes first, then what is known to be wrong.
  const shownLost = lost.slice(0, limits.domains);
  // What lasts leaves room for what is new.
  const room = limits.domains - shownLost.length;
  const shownLasting = lasting.slice(0, Math.max(room - others.length, Math.floor(room / 2)));
  const shown = others.slice(0, room - shownLasting.length);
  const shownUnrecognised = unrecognised.slice(0, room - shownLasting.length - shown.length);
  const excepted = exceptedDomains(report).filter(({ domain }) => !isLost.has(domain));
  const shownExcepted = excepted.slice(0, limits.names);
  const changes = changeByDomain(report);
  const title = wordsOf(report).domains;
  const remedies = remedyByDomain(report);
  const row = (domain: DomainReport, count: number): DomainRow => ({
    name: domainText(domain.domain, MAX_NAME_LENGTH),
    share: shareText(count, domain.deliveries),
    protocols: protocolsOf(domain),
    change: tagOf(domain, changes.get(domain.domain), report),
    sample: sampleText(domain, zone),
    remedy: remedies.get(domain.domain),
  });
  const withoutTls = (heading: string, all: readonly Loss[], listed: readonly Loss[]): DomainSection => ({
    kind: 'domains',
    heading: `${heading} (${numberText(all.length)})`,
    shareHeading: 'In violation',
    rows: listed.map((loss) => ({ ...row(loss.domain, loss.domain.violations), change: lossText(loss, report) })),
    more: attachedMore(all.length - listed.length),
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
    withoutTls(HEADINGS.lostTls, lost, shownLost),
    withoutCertificate(HEADINGS.lostVerification, unverified),
    withoutTls(HEADINGS.stillWithoutTls, lasting, shownLasting),
    {
      kind: 'domains',
      heading: `${isLost.size > 0 ? `Other ${title.toLowerCase()}` : title} in violation (${numberText(others.length)})`,
      shareHeading: 'In violation',
      rows: shown.map((domain) => row(domain, domain.violations)),
      more: attachedMore(others.length - shown.length),
    },
    // No violation by itself, and told when it was new.
    withoutCertificate(HEADINGS.stillUnverified, stillUnverified),
    {
      kind: 'domains',
      heading: `${HEADINGS.excepted} (${numberText(excepted.length)})`,
      shareHeading: 'In violation',
      rows: shownExcepted.map((domain) => row(domain, domain.violations)),
      more: attachedMore(excepted.length - shownExcepted.length),
    },
    {
      kind: 'domains',
      heading: `${title} with unrecognised TLS (${numberText(unrecognised.length)})`,
      shareHeading: 'Unrecognised',
      rows: shownUnrecognised.map((domain) => row(domain, domain.unrecognised)),
      more: attachedMore(unrecognised.length - shownUnrecognised.length),
    },
    ...senderSections(report, limits),
  ];
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

function attachedMore(hidden: number): string | undefined {
  return hidden > 0 ? `${moreText(hidden, '')}, see the attachment` : undefined;
}
