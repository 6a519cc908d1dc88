import type { DomainReport, Report } from '../model/report.ts';
import { momentText } from './dates.ts';
import { type DomainRow, MAX_NAME_LENGTH } from './digest-shape.ts';
import { domainText } from './escape.ts';
import { changeByDomain, shareText, tagOf } from './findings.ts';
import { lossesOf, lossText } from './losses.ts';
import { remedyByDomain, verificationRemedy } from './remedies.ts';
import { protocolParts, verifiedText } from './wording.ts';

// A domain's row in the digest tells all that is wrong with it: it stands in one place only.

interface DomainRows {
  /** `count` of its deliveries are in violation, or unrecognised. */
  readonly ofFinding: (domain: DomainReport, count: number) => DomainRow;
  /** Nothing else is wrong with it. */
  readonly ofCertificate: (domain: DomainReport) => DomainRow;
}

export function domainRows(report: Report, zone: string): DomainRows {
  const changes = changeByDomain(report);
  const remedies = remedyByDomain(report);
  const [plaintext, unverified] = (['plaintext', 'unverified'] as const).map(
    (kind) => new Map(lossesOf(report, kind).map((loss) => [loss.domain, loss])),
  );
  const lifeOf = (domain: DomainReport): string | undefined => {
    const loss = plaintext?.get(domain);
    return loss === undefined ? tagOf(domain, changes.get(domain.domain), report) : lossText(loss, report);
  };
  const certificateOf = (domain: DomainReport): string | undefined => {
    const loss = unverified?.get(domain);
    return loss === undefined ? undefined : lossText(loss, report);
  };
  const row = (domain: DomainReport, count: number, change: string | undefined): DomainRow => {
    const certificate = unverified?.get(domain)?.downgrade;
    return {
      name: domainText(domain.domain, MAX_NAME_LENGTH),
      share: shareText(count, domain.deliveries),
      protocols: protocolsOf(domain),
      change,
      sample: sampleText(domain, zone),
      remedy: joinedRemedy(
        remedies.get(domain.domain),
        certificate === undefined ? undefined : verificationRemedy(certificate, report),
      ),
    };
  };
  return {
    ofFinding: (domain, count) => row(domain, count, joined([lifeOf(domain), certificateOf(domain)])),
    ofCertificate: (domain) => row(domain, domain.unverified, certificateOf(domain)),
  };
}

function joined(parts: readonly (string | undefined)[]): string | undefined {
  const told = parts.filter((part) => part !== undefined);
  return told.length === 0 ? undefined : told.join('; ');
}

/** Whom to tell is said once. */
function joinedRemedy(first: string | undefined, second: string | undefined): string | undefined {
  if (first === second) return first;
  const isNamed = first?.includes('its postmaster') === true;
  return joined([first, isNamed ? second?.replace(/^tell its postmaster, /, '') : second]);
}

export function protocolsOf(domain: DomainReport): string {
  const verified = verifiedText(domain);
  return [...protocolParts(domain.protocols), ...(verified === undefined ? [] : [`${verified} verified`])].join(', ');
}

/** `e.g. message 16/A4-20983-88E21E84, 2026-11-22 09:00 UTC` */
function sampleText({ samples: [first] = [] }: DomainReport, zone: string): string | undefined {
  if (first === undefined) return undefined;
  const id = domainText(first.internalMessageId, 40);
  return `e.g. message ${id}, ${momentText(first.at, zone)}`;
}
