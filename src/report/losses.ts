import { type DomainReport, type Downgrade, type Report, UNITS } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { dayText } from './dates.ts';
import { changeByDomain, isExcepted, shareText } from './findings.ts';
import { againText, restoredOf } from './resolved.ts';
import { numberText } from './wording.ts';

/** A domain of the report that lost a protection it had. */
export interface Loss {
  readonly domain: DomainReport;
  readonly downgrade: Downgrade;
}

/** The worse loss of each domain. */
export function downgradeByDomain(report: Report): ReadonlyMap<string, Downgrade> {
  return new Map((report.downgrades ?? []).toReversed().map((downgrade) => [downgrade.domain, downgrade]));
}

/** Losses of a kind whose domain stands in the report: those that show in the most deliveries first, then the newest. */
export function lossesOf(report: Report, kind: Downgrade['kind']): Loss[] {
  const byName = new Map(report.domains.map((domain) => [domain.domain, domain]));
  const losses = (report.downgrades ?? []).flatMap((downgrade) => {
    const domain = downgrade.kind === kind ? byName.get(downgrade.domain) : undefined;
    return domain === undefined ? [] : [{ domain, downgrade }];
  });
  const shown = ({ domain }: Loss): number =>
    kind === 'plaintext' ? (domain.protocols.plaintext ?? 0) : domain.unverified;
  return losses.toSorted((a, b) => shown(b) - shown(a));
}

/** Losses that this report is the first to tell of. */
export function newLosses(report: Report, kind: Downgrade['kind']): Loss[] {
  return lossesOf(report, kind).filter(({ downgrade }) => isNew(downgrade, report));
}

/** Losses that an earlier report told of, and that last. */
export function earlierLosses(report: Report, kind: Downgrade['kind']): Loss[] {
  return lossesOf(report, kind).filter(({ downgrade }) => !isNew(downgrade, report));
}

/** Whether some of the mail still is protected: usually one of several mail servers differs. */
export function isPartial({ exposed }: Downgrade): boolean {
  return exposed !== undefined && exposed.deliveries < exposed.of;
}

/** A loss is told as news once: by the first run whose window holds the first day that it can be told on. */
function isNew({ since, toldFrom = since, told }: Downgrade, { window }: Report): boolean {
  if (told === true) return false;
  return window.from === null || toldFrom >= window.from.slice(0, 10);
}

/** `12 of 40 deliveries unverified`, `all 40 messages in plaintext`, `both deliveries unverified`; undefined where it was not counted. */
export function exposedText({ kind, exposed }: Downgrade, { direction }: Report): string | undefined {
  if (exposed === undefined) return undefined;
  const { deliveries, of } = exposed;
  const { one, many } = UNITS[direction];
  const is = kind === 'plaintext' ? 'in plaintext' : 'unverified';
  if (deliveries < of) return `${shareText(deliveries, of)} ${many} ${is}`;
  const all = of === 1 ? `the only ${one}` : of === 2 ? `both ${many}` : `all ${numberText(of)} ${many}`;
  return `${all} ${is}`;
}

/**
 * `2 of 300 deliveries in plaintext since Nov 22, all by TLS until Nov 21`; of an earlier loss without the last day, and
 * with its nights: `all 40 deliveries in plaintext since Nov 3, 19 nights`.
 */
export function lossText({ domain, downgrade }: Loss, report: Report): string {
  const lost = isNew(downgrade, report) ? newText(downgrade, report) : lastingText({ domain, downgrade }, report);
  const end = restoredOf(downgrade, report);
  const text = end === undefined ? lost : `${lost}; ${againText(end)} by ${dayText(end.on, report.window.from)}`;
  return downgrade.kind === 'plaintext' && isExcepted(domain) ? `${text}; under an exception` : text;
}

function newText(downgrade: Downgrade, report: Report): string {
  const { kind, until, since, before = 'all' } = downgrade;
  const { window } = report;
  const exposed = exposedText(downgrade, report);
  if (exposed !== undefined) {
    const was = `${before} ${kind === 'plaintext' ? 'by TLS' : 'verified'}`;
    return `${exposed} since ${dayText(since, window.from)}, ${was} until ${dayText(until, window.from)}`;
  }
  const [was, is] = kind === 'plaintext' ? ['TLS', 'plaintext'] : ['verified', 'unverified'];
  return `${was} until ${dayText(until, window.from)}, ${is} since ${dayText(since, window.from)}`;
}

function lastingText({ domain, downgrade }: Loss, report: Report): string {
  const { kind, since } = downgrade;
  const text = `${exposedText(downgrade, report) ?? uncountedText(domain, kind)} since ${dayText(since, report.window.from)}`;
  // What is counted are nights in violation: an unverified certificate is none, and weak TLS may have come before.
  const finding = kind === 'plaintext' ? changeByDomain(report).get(domain.domain) : undefined;
  if (finding?.nights === undefined || finding.since !== since) return text;
  return `${text}, ${countOf(finding.nights, 'night')}`;
}

/** Of a loss recorded before it was counted: by what this report sees of it. */
function uncountedText(
  { deliveries, unrecognised, protocols, verified }: DomainReport,
  kind: Downgrade['kind'],
): string {
  const partly = kind === 'plaintext' ? (protocols.plaintext ?? 0) < deliveries - unrecognised : verified > 0;
  return `${partly ? 'partly ' : ''}${kind === 'plaintext' ? 'without TLS' : 'unverified'}`;
}
