import { createHash } from 'node:crypto';
import { domainToUnicode } from 'node:url';
import { type DomainReport, type Report, sourceLabel } from '../model/report.ts';
import { exclusionsOf, runText, shortfallsOf, sourceFacts } from './account.ts';
import { changePeriod, changeSummary } from './changes.ts';
import { clockText, minuteText, periodText } from './dates.ts';
import { type DomainTable, domainTables, wordsOf } from './direction-words.ts';
import { domainText, htmlText, MAX_PROSE, nameText, prose, visible } from './escape.ts';
import { evidenceTables } from './page-evidence.ts';
import { endedSentences, exceptionLines } from './exceptions.ts';
import { reasonSentences, tagOf } from './findings.ts';
import { judgedBeforeSentences, verdictWord } from './judged-again.ts';
import { earlierLosses, lossText, newLosses } from './losses.ts';
import { coverageCalendar, protocolShares } from './page-charts.ts';
import { adviceSection } from './page-advice.ts';
import { findingsTable, remedyTable } from './page-findings.ts';
import { cipherInventory } from './page-inventory.ts';
import { heading, list, muted, proseText, table } from './page-parts.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import {
  BASELINE,
  HEADINGS,
  moreText,
  numberText,
  policyText,
  protocolParts,
  STATUS_WORDS,
  VERDICT_WORDS,
  verifiedText,
} from './wording.ts';

const MAX_DETAILS = 100;
const MAX_REASONS = 12;
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64');
/** Nothing may load or run but the one style and the one script; a hostile domain that got past the escaping would stay text. */
const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src 'sha256-${hashOf(PAGE_STYLE)}'; script-src 'sha256-${hashOf(PAGE_SCRIPT)}'; base-uri 'none'; form-action 'none'`;

/** The whole report as one page that needs nothing else: no request, and a script only to search and sort; fit for disk, mail and print. */
export function renderHtml(report: Report, zone = 'UTC'): string {
  const period = periodText(report.window, { year: true });
  const title = `${wordsOf(report).title}, ${period === undefined ? 'no dated rows' : `${period} (UTC)`}`;
  const sections = sectionsOf(report, zone);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${htmlText(`${VERDICT_WORDS[report.verdict]}: ${title}`)}</title>
<style>${PAGE_STYLE}</style>
<script>${PAGE_SCRIPT}</script>
</head>
<body>
<main>
<h1>${htmlText(title)}</h1>
${verdictBanner(report, zone)}
${figures(report)}
${contents(sections)}
${sections.map(({ id, title, inside }) => `<section aria-labelledby="${id}">\n<h2 id="${id}">${title}</h2>\n${inside}\n</section>`).join('\n')}
</main>
<footer>
<p class="wrap">${htmlText(footerText(report, zone))}</p>
</footer>
</body>
</html>
`;
}

function footerText(report: Report, zone: string): string {
  const judged = runText(report, zone) ?? `Judged ${report.days === undefined ? 'without a' : 'from the'} history`;
  return `${judged}${report.program === undefined ? '' : `; page made by ${prose(report.program, 40)}`}.`;
}

/** A part of the page under its heading; `inside` is HTML. */
interface Section {
  readonly id: string;
  readonly title: string;
  readonly inside: string;
}

/** What is missing stands before the domains, which may be ten thousand. Parts with nothing to say are left out. */
function sectionsOf(report: Report, zone: string): Section[] {
  const policy = `<p>Policy: <strong>${htmlText(policyText(report.policy))}</strong>; plaintext never complies.</p>\n`;
  const notes = report.notes.map((note) => proseText(prose(note, MAX_PROSE)));
  const { method, limits } = wordsOf(report);
  return [
    { id: 'downgrades', title: HEADINGS.downgrades, inside: losses(report, newLosses) },
    { id: 'lost-earlier', title: HEADINGS.lostEarlier, inside: losses(report, earlierLosses) },
    { id: 'missing', title: HEADINGS.missing, inside: missing(report) },
    { id: 'coverage', title: HEADINGS.coverage, inside: coverageCalendar(report) },
    { id: 'shares', title: HEADINGS.shares, inside: protocolShares(report) },
    { id: 'findings', title: HEADINGS.findings, inside: findingsTable(report, zone) },
    { id: 'remedies', title: HEADINGS.remedies, inside: remedyTable(report) },
    ...domainTables(report).map((shown) => ({
      id: shown.id,
      title: `${shown.title}, worst first (${numberText(shown.domains.length)})`,
      inside: domains(shown, report, zone),
    })),
    { id: 'inventory', title: HEADINGS.inventory, inside: cipherInventory(report) },
    { id: 'exceptions', title: HEADINGS.exceptions, inside: exceptions(report) },
    { id: 'advice', title: HEADINGS.advice, inside: adviceSection(report) },
    { id: 'excluded', title: HEADINGS.excluded, inside: excluded(report) },
    { id: 'notes', title: HEADINGS.notes, inside: list(notes) },
    { id: 'sources', title: HEADINGS.sources, inside: sources(report) },
    { id: 'evidence', title: HEADINGS.evidence, inside: evidenceTables(report, zone) },
    { id: 'method', title: HEADINGS.method, inside: policy + list(method.map(htmlText)) },
    { id: 'limits', title: HEADINGS.limits, inside: list([...limits, clockText(zone)].map(htmlText)) },
  ].filter(({ inside }) => inside !== '');
}

function contents(sections: readonly Section[]): string {
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${title}</a></li>`);
  return `<nav aria-label="Contents"><ul>\n${links.join('\n')}\n</ul></nav>`;
}

function verdictBanner(report: Report, zone: string): string {
  const [sentence = '', ...reasons] = reasonSentences(report, MAX_PROSE);
  const others = [...judgedBeforeSentences(report, zone), ...reasons.slice(0, MAX_REASONS)];
  if (reasons.length > MAX_REASONS) others.push(moreText(reasons.length - MAX_REASONS, 'see what is missing'));
  others.push(...endedSentences(report, MAX_REASONS));
  return `<section class="verdict ${report.verdict}" aria-label="Verdict">
<p class="word">${verdictWord(report)}</p>
<p class="lead wrap">${htmlText(sentence)}</p>
${list(others.map(proseText))}
</section>`;
}

function figures(report: Report): string {
  const { deliveries, compliant, violations, unrecognised, rows } = report.counts;
  const changes = changeSummary(report);
  const words = wordsOf(report);
  const cells: [string, number][] = [
    [words.judged, deliveries],
    ['Compliant', compliant],
    ['Violations', violations],
    ['Unrecognised', unrecognised],
    [words.domains, report.domains.length],
    [words.rowsRead, rows],
  ];
  const items = cells.map(([label, value]) => `<div><dt>${label}</dt><dd>${numberText(value)}</dd></div>`).join('\n');
  const since = changes === undefined ? BASELINE : `Findings ${changePeriod(report)}: ${changes}.`;
  const compared = report.run === undefined && changes === undefined ? '' : `\n<p>${htmlText(since)}</p>`;
  return `<dl class="figures">\n${items}\n</dl>${compared}`;
}

function domains(shown: DomainTable, report: Report, zone: string): string {
  const { judged, noneJudged } = wordsOf(report);
  if (shown.domains.length === 0) return `<p>${noneJudged}</p>`;
  const rows = shown.domains.map((domain) =>
    domainRow(domain, tagOf(domain, shown.changes.get(domain.domain), report), zone),
  );
  const head = [
    heading(shown.heading),
    heading('Status'),
    heading(judged, 'number'),
    heading('Violations', 'number'),
    heading('Protocols'),
    heading('Cipher suites'),
    heading(`First and last (${zone})`),
  ];
  return table(`${shown.title}, worst first`, head, rows, {
    id: `${shown.id}-table`,
    stacked: `wide ${report.direction}`,
  });
}

function domainRow(domain: DomainReport, change: string | undefined, zone: string): string {
  const verified = verifiedText(domain);
  const suites = Object.entries(domain.ciphers).map(
    ([suite, count]) => `${htmlText(nameText(suite, 60))} (${numberText(count)})`,
  );
  const protocols = [
    ...protocolParts(domain.protocols).map(htmlText),
    ...(verified === undefined ? [] : [muted(`${verified} verified`)]),
  ];
  return `<tr${searchName(domain.domain)}>${[
    `<th scope="row">${htmlText(domainText(domain.domain, 260))}</th>`,
    `<td class="${domain.status}">${STATUS_WORDS[domain.status]}${change === undefined ? '' : `<br>${muted(change)}`}</td>`,
    `<td class="number">${numberText(domain.deliveries)}</td>`,
    `<td class="number">${numberText(domain.violations)}</td>`,
    `<td class="fixed">${protocols.join('<br>')}</td>`,
    `<td class="suites">${suites.join('<br>')}</td>`,
    `<td class="fixed">${htmlText(minuteText(domain.firstSeen, zone))}<br>${htmlText(minuteText(domain.lastSeen, zone))}</td>`,
  ].join('')}</tr>`;
}

/** The name as its owner writes it, for the search only: shown, it could look like another. */
function searchName(domain: string): string {
  const name = domain.includes('xn--') ? domainToUnicode(domain) : '';
  return name === '' || name === domain ? '' : ` data-name="${htmlText(visible(name))}"`;
}

function losses(report: Report, ofKind: typeof newLosses): string {
  const all = [...ofKind(report, 'plaintext'), ...ofKind(report, 'unverified')];
  const items = all
    .slice(0, MAX_DETAILS)
    .map(
      (loss) =>
        `<strong>${htmlText(domainText(loss.domain.domain, 260))}</strong>: ${htmlText(lossText(loss, report))}`,
    );
  const hidden = all.length - items.length;
  return list(hidden > 0 ? [...items, htmlText(moreText(hidden, 'see the table of domains'))] : items);
}

function exceptions(report: Report): string {
  return list(exceptionLines(report, true).map(({ text, details }) => htmlText(text) + list(details.map(htmlText))));
}

function missing(report: Report): string {
  return list(
    shortfallsOf(report, MAX_DETAILS, MAX_PROSE).map(({ what, details, more }) => {
      const items = more > 0 && details.length > 0 ? [...details, moreText(more, '')] : details;
      return htmlText(what) + list(items.map(htmlText));
    }),
  );
}

function excluded(report: Report): string {
  const rows = exclusionsOf(report).map(
    ({ count, what, why }) =>
      `<tr><td class="number">${numberText(count)}</td><th scope="row">${htmlText(what)}</th><td>${htmlText(why)}</td></tr>`,
  );
  if (rows.length === 0) return '';
  return table('What was left out', [heading('Count', 'number'), heading('What'), heading('Why')], rows);
}

function sources(report: Report): string {
  const rows = report.sources.map((source) => {
    const name = htmlText(nameText(sourceLabel(source.name), 260));
    const facts = proseText(sourceFacts(source, report));
    return `<tr><th scope="row">${name}</th><td>${facts}</td><td><code>${htmlText(visible(source.sha256))}</code></td></tr>`;
  });
  if (rows.length === 0) return '<p>No log file was read.</p>';
  return table('Sources', [heading('File'), heading('Content'), heading('SHA-256')], rows, { stacked: 'sources' });
}
