import type { DomainReport, Downgrade, Report } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { dayText } from './dates.ts';
import { changeByDomain, isExcepted } from './findings.ts';

/** A domain of the report that lost a protection it had. */
export interface Loss {
  readonly domain: DomainReport;
  readonly downgrade: Downgrade;
}

/** The worse loss of each domain. */
export function downgradeByDomain(report: Report): ReadonlyMap<string, Downgrade['kind']> {
  return new Map((report.downgrades ?? []).toReversed().map(({ domain, kind }) => [domain, kind]));
}

/** Losses of a kind whose domain stands in the report. */
export function lossesOf(report: Report, kind: Downgrade['kind']): Loss[] {
  const byName = new Map(report.domains.map((domain) => [domain.domain, domain]));
  return (report.downgrades ?? []).flatMap((downgrade) => {
    const domain = downgrade.kind === kind ? byName.get(downgrade.domain) : undefined;
    return domain === undefined ? [] : [{ domain, downgrade }];
  });
}

/** Losses that this report is the first to tell of. */
export function newLosses(report: Report, kind: Downgrade['kind']): Loss[] {
  return lossesOf(report, kind).filter(({ downgrade }) => isNew(downgrade, report));
}

/** Losses that an earlier report told of, and that last. */
export function earlierLosses(report: Report, kind: Downgrade['kind']): Loss[] {
  return lossesOf(report, kind).filter(({ downgrade }) => !isNew(downgrade, report));
}

/** Every window is audited once: a loss is told as news where its first day lies in the window. */
function isNew({ since }: Downgrade, { window }: Report): boolean {
  return window.from === null || since >= window.from.slice(0, 10);
}

/** `TLS until Nov 21, plaintext since Nov 22`; of an earlier loss `without TLS since Nov 3, 19 nights`. */
export function lossText({ domain, downgrade }: Loss, report: Report): string {
  const text = isNew(downgrade, report) ? newText(downgrade, report) : lastingText({ domain, downgrade }, report);
  return downgrade.kind === 'plaintext' && isExcepted(domain) ? `${text}; under an exception` : text;
}

function newText({ kind, until, since }: Downgrade, { window }: Report): string {
  const [was, is] = kind === 'plaintext' ? ['TLS', 'plaintext'] : ['verified', 'unverified'];
  return `${was} until ${dayText(until, window.from)}, ${is} since ${dayText(since, window.from)}`;
}

function lastingText({ domain, downgrade: { kind, since } }: Loss, report: Report): string {
  const { deliveries, unrecognised, protocols, verified } = domain;
  const partly = kind === 'plaintext' ? (protocols.plaintext ?? 0) < deliveries - unrecognised : verified > 0;
  const is = `${partly ? 'partly ' : ''}${kind === 'plaintext' ? 'without TLS' : 'unverified'}`;
  const text = `${is} since ${dayText(since, report.window.from)}`;
  // What is counted are nights in violation: an unverified certificate is none, and weak TLS may have come before.
  const finding = kind === 'plaintext' ? changeByDomain(report).get(domain.domain) : undefined;
  if (finding?.nights === undefined || finding.since !== since) return text;
  return `${text}, ${countOf(finding.nights, 'night')}`;
}
