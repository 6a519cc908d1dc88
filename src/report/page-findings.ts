import type { Change, DomainReport, Downgrade, Report } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { dayText, momentText } from './dates.ts';
import { domainText, htmlText } from './escape.ts';
import { changeByDomain, exceptedDomains } from './findings.ts';
import { downgradeByDomain, exposedText } from './losses.ts';
import { heading, list, muted, proseText, table } from './page-parts.ts';
import { generalRemedies, remediesOf, remedyByDomain } from './remedies.ts';
import { againText, newlyRestored, restoredOf } from './resolved.ts';
import { moreText, numberText } from './wording.ts';

const MAX_NAMES = 30;

/** Worst first; a table of thousands stands below it, which can be searched and sorted. */
const MAX_FINDINGS = 200;

/** A finding with what is known about it; `state` is `baseline` where there is nothing to compare with. */
interface Finding {
  readonly name: string;
  readonly domain: DomainReport | undefined;
  readonly state: Change['state'] | 'baseline' | 'downgrade';
  readonly since: string;
  readonly nights: number | undefined;
  /** Of a protection that is whole again: what it is now. */
  readonly again?: string;
}

/** Every finding with its life, what to do about it and a few of its messages; '' where there is none. */
export function findingsTable(report: Report, zone: string): string {
  const downgrades = downgradeByDomain(report);
  const remedies = remedyByDomain(report);
  const excepted = new Set(exceptedDomains(report).map(({ domain }) => domain));
  const findings = findingsOf(report);
  const rows = findings.slice(0, MAX_FINDINGS).map(({ name, domain, state, since, nights, again }) => {
    const samples = (domain?.samples ?? []).map(
      ({ internalMessageId: id, at }) => `${htmlText(domainText(id, 40))}, ${proseText(momentText(at, zone))}`,
    );
    const cells = [
      `<td>${state}</td>`,
      `<td class="fixed">${htmlText(dayText(since, report.window.from))}</td>`,
      `<td class="number">${nights === undefined ? '' : numberText(nights)}</td>`,
      `<td>${again ?? lostCell(downgrades.get(name), report)}</td>`,
      `<td>${htmlText(excepted.has(name) ? 'under an exception' : (remedies.get(name) ?? ''))}</td>`,
      `<td class="wrap">${samples.join('<br>')}</td>`,
    ];
    return `<tr><th scope="row">${htmlText(domainText(name, 260))}</th>${cells.join('')}</tr>`;
  });
  if (rows.length === 0) return '';
  const headings = [
    heading('Domain'),
    heading('State'),
    heading('Since'),
    heading('Nights', 'number'),
    heading('Downgrade'),
    heading('What to do'),
    heading('Messages to look up'),
  ];
  const hidden = findings.length - rows.length;
  const more =
    hidden > 0 ? `<p>${htmlText(moreText(hidden, 'see the table of domains; the report as JSON lists all'))}</p>` : '';
  return table('Findings and their history', headings, rows, { stacked: 'wide findings' }) + more;
}

function lostCell(downgrade: Downgrade | undefined, report: Report): string {
  if (downgrade === undefined) return '';
  const exposed = exposedText(downgrade, report);
  const was = downgrade.kind === 'plaintext' ? 'had TLS' : 'was verified';
  return exposed === undefined ? was : `${was}<br>${muted(htmlText(exposed))}`;
}

function findingsOf(report: Report): Finding[] {
  const byName = new Map(report.domains.map((domain) => [domain.domain, domain]));
  const changes = changeByDomain(report);
  const violating = report.domains.filter(({ violations }) => violations > 0);
  const current = violating.map((domain): Finding => {
    const change = changes.get(domain.domain);
    const { state = 'baseline', since = domain.firstSeen.slice(0, 10), nights } = change ?? {};
    return { name: domain.domain, domain, state, since, nights };
  });
  const told = new Set(current.map(({ name }) => name));
  const others = (report.changes ?? []).filter(({ domain }) => !told.has(domain));
  const lost = (report.downgrades ?? []).filter(
    (loss) => !told.has(loss.domain) && byName.has(loss.domain) && restoredOf(loss, report)?.now !== 'all',
  );
  return [
    ...current,
    ...lost.map(({ domain, since }): Finding => {
      return { name: domain, domain: byName.get(domain), state: 'downgrade', since, nights: undefined };
    }),
    ...others.map(({ domain, state, since, nights }): Finding => ({
      name: domain,
      domain: undefined,
      state,
      since,
      nights,
    })),
    ...newlyRestored(report).map((end): Finding => {
      return {
        name: end.domain,
        domain: undefined,
        state: 'resolved',
        since: end.since,
        nights: undefined,
        again: againText(end),
      };
    }),
  ];
}

/** The remedies in full, each with the domains it is for. */
export function remedyTable(report: Report): string {
  const rows = remediesOf(report).map(({ full, domains, byLetter }) => {
    const names = domains.slice(0, MAX_NAMES).map(({ domain }) => htmlText(domainText(domain, 120)));
    const hidden = domains.length - names.length;
    const listed = [...names, ...(hidden > 0 ? [moreText(hidden, 'see the table of domains')] : [])].join(', ');
    const whose = domains.length === 1 ? 'its postmaster' : 'each postmaster';
    const letter = byLetter ? `<br><span class="muted">A letter to ${whose}: see --letter below.</span>` : '';
    return `<tr><th scope="row">${countOf(domains.length, 'domain')}: ${listed}</th><td>${htmlText(full)}${letter}</td></tr>`;
  });
  const findings =
    rows.length === 0
      ? ''
      : table('What to do', [heading('Findings'), heading('What to do')], rows, { stacked: 'remedies' });
  return findings + list(generalRemedies(report).map(htmlText));
}
