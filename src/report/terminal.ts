import { type Report, sourceLabel } from '../model/report.ts';
import { exclusionsOf, runText, shortfallsOf, sourceFacts } from './account.ts';
import { changePeriod, changeSummary } from './changes.ts';
import { clockText, periodText } from './dates.ts';
import { domainTables } from './direction-words.ts';
import { domainText, MAX_PROSE, nameText, prose, visible } from './escape.ts';
import { coverageText, evidenceLines } from './evidence.ts';
import { endedSentences, exceptionLines } from './exceptions.ts';
import { outcomeText, reasonSentences } from './findings.ts';
import { generalRemedies, remediesOf } from './remedies.ts';
import { resolvedOf } from './resolved.ts';
import { isToldAgain, judgedBeforeSentences, verdictWord } from './judged-again.ts';
import { wrap } from './layout.ts';
import { earlierLosses, lossText, newLosses } from './losses.ts';
import { adviceLines } from './terminal-advice.ts';
import { CODES, domainsBlock, MAX_DOMAINS, type Paint } from './terminal-domains.ts';
import { BASELINE, HEADINGS, deliveriesText, moreText, numberText, policyText, VERDICT_WORDS } from './wording.ts';

const MAX_REASONS = 6;
const MAX_DETAILS = 5;
const MAX_NOTES = 10;
const MIN_WIDTH = 60;
const MAX_WIDTH = 120;

const VERDICT_CODES = { pass: CODES.green, fail: CODES.red, inconclusive: CODES.yellow } as const;

export interface Screen {
  /** Whether escape codes may be written. */
  readonly color: boolean;
  /** Columns; what is wider than 120 or narrower than 60 is treated as that. */
  readonly width: number;
  /** IANA name of the zone of times; UTC where left out. */
  readonly zone?: string;
}

/**
 * What a person reads after `scan` and `run`: verdict, worst domains, then what was left out, what is missing and
 * what it rests on. Nothing from a log reaches the terminal with its control characters.
 */
export function renderTerminal(report: Report, screen: Screen): string {
  const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, Math.floor(screen.width) || MIN_WIDTH));
  const paint: Paint = (text, ...codes) => (screen.color ? `\u001b[${codes.join(';')}m${text}\u001b[0m` : text);
  const blocks = [
    verdictBlock(report, width, paint, screen.zone ?? 'UTC'),
    factsBlock(report, width, paint),
    listBlock(HEADINGS.downgrades, lossLines(report, newLosses, '  ! ', width), paint),
    listBlock(HEADINGS.lostEarlier, lossLines(report, earlierLosses, '  - ', width), paint),
    ...domainTables(report).map((table) => domainsBlock(table, report, width, paint)),
    listBlock(resolvedHeading(report), resolvedLines(report, width), paint),
    listBlock(HEADINGS.exceptions, exceptionBlock(report, width), paint),
    listBlock(HEADINGS.remedies, remedyLines(report, width), paint),
    listBlock(HEADINGS.advice, adviceLines(report, width), paint),
    listBlock(HEADINGS.missing, shortfallLines(report, width), paint),
    listBlock(HEADINGS.excluded, exclusionLines(report, width), paint),
    listBlock(HEADINGS.sources, sourceLines(report, width), paint),
    listBlock(
      HEADINGS.notes,
      report.notes.slice(0, MAX_NOTES).flatMap((note) => wrap(prose(note, MAX_PROSE), width, '  - ')),
      paint,
    ),
    evidenceBlock(report, width, paint, screen.zone ?? 'UTC'),
  ];
  const shown = blocks.filter((lines) => lines.some((line) => line !== ''));
  return `${shown.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function verdictBlock(report: Report, width: number, paint: Paint, zone: string): string[] {
  const word = verdictWord(report);
  const [sentence = '', ...others] = reasonSentences(report, MAX_PROSE);
  const [first = '', ...rest] = wrap(sentence, width, `${word}  `);
  const shown = others.slice(0, MAX_REASONS);
  const indent = ' '.repeat(VERDICT_WORDS[report.verdict].length + 2);
  if (others.length > shown.length) shown.push(moreText(others.length - shown.length, 'see what is missing'));
  shown.push(...endedSentences(report, MAX_DETAILS));
  return [
    paint(word, CODES.bold, VERDICT_CODES[report.verdict]) + paint(first.slice(word.length), CODES.bold),
    ...rest.map((line) => paint(line, CODES.bold)),
    ...[...shown, ...judgedBeforeSentences(report, zone)].flatMap((text) => wrap(text, width, indent)),
  ];
}

function factsBlock(report: Report, width: number, paint: Paint): string[] {
  const period = periodText(report.window, { year: true });
  const changes = changeSummary(report);
  const findings = changes === undefined ? BASELINE : `${changes} ${changePeriod(report)}`;
  const facts: [string, string][] = [
    ['Window', period === undefined ? 'unknown: no dated row' : `${period} (UTC)`],
    ['Policy', policyText(report.policy)],
    ['Judged', `${deliveriesText(report)}: ${outcomeText(report)}`],
    ['Coverage', coverageText(report)],
    // Without a run there is no history to compare with, now or later.
    ...(report.run === undefined && report.changes === undefined
      ? []
      : ([['Findings', findings]] satisfies [string, string][])),
  ];
  return facts.flatMap(([label, value]) =>
    wrap(value, width, label.padEnd(10)).map((line, index) =>
      index === 0 ? paint(line.slice(0, 10), CODES.dim) + line.slice(10) : line,
    ),
  );
}

function listBlock(heading: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : [paint(heading, CODES.bold), ...lines];
}

function lossLines(report: Report, losses: typeof newLosses, bullet: string, width: number): string[] {
  const all = [...losses(report, 'plaintext'), ...losses(report, 'unverified')];
  const hidden = all.length - MAX_DOMAINS;
  return [
    ...all
      .slice(0, MAX_DOMAINS)
      .flatMap((loss) => wrap(`${domainText(loss.domain.domain)}: ${lossText(loss, report)}`, width, bullet)),
    ...(hidden > 0 ? [`  ${moreText(hidden, 'use --json for all')}`] : []),
  ];
}

function resolvedLines(report: Report, width: number): string[] {
  const resolved = resolvedOf(report);
  const hidden = resolved.length - MAX_DOMAINS;
  return [
    ...resolved
      .slice(0, MAX_DOMAINS)
      .flatMap(({ domain, text }) => wrap(`${domainText(domain)}: ${text}`, width, '  - ')),
    ...(hidden > 0 ? [`  ${moreText(hidden, 'use --json for all')}`] : []),
  ];
}

function exceptionBlock(report: Report, width: number): string[] {
  const lines = exceptionLines(report);
  const hidden = lines.length - MAX_DOMAINS;
  return [
    ...lines
      .slice(0, MAX_DOMAINS)
      .flatMap(({ text, details }) => [
        ...wrap(text, width, '  '),
        ...details.flatMap((detail) => wrap(detail, width, '    - ')),
      ]),
    ...(hidden > 0 ? [`  ${moreText(hidden, 'use --json for all')}`] : []),
  ];
}

function remedyLines(report: Report, width: number): string[] {
  return [
    ...remediesOf(report).map(({ full, domains }) => {
      const [first] = domains;
      // The remedies speak of one domain.
      const isOne = domains.length === 1 && first !== undefined;
      return `${isOne ? domainText(first.domain) : `Each of ${numberText(domains.length)} domains`}: ${full}`;
    }),
    ...generalRemedies(report),
  ].flatMap((text) => wrap(text, width, '  - '));
}

function resolvedHeading(report: Report): string {
  if (report.run === undefined) return 'Resolved';
  return isToldAgain(report) ? HEADINGS.resolvedAgain : HEADINGS.resolved;
}

function shortfallLines(report: Report, width: number): string[] {
  return shortfallsOf(report, MAX_DETAILS, MAX_PROSE).flatMap(({ what, details, more }) => [
    ...wrap(what, width, '  '),
    ...details.flatMap((detail) => wrap(detail, width, '    - ')),
    ...(more > 0 && details.length > 0 ? [`    - ${moreText(more, '')}`] : []),
  ]);
}

function exclusionLines(report: Report, width: number): string[] {
  const exclusions = exclusionsOf(report);
  const countWidth = Math.max(0, ...exclusions.map(({ count }) => numberText(count).length));
  const whatWidth = Math.max(0, ...exclusions.map(({ what }) => what.length));
  return exclusions.flatMap(({ count, what, why }) =>
    wrap(why, width, `  ${numberText(count).padStart(countWidth)} ${what.padEnd(whatWidth)}  `),
  );
}

/** Which runs and versions stand behind it; the hashes prove that they are as they were recorded. */
function evidenceBlock(report: Report, width: number, paint: Paint, zone: string): string[] {
  const all = evidenceLines(report, zone);
  const shown = all.slice(0, MAX_DETAILS);
  const lines = all.length === 0 ? [runText(report, zone) ?? ''] : shown.flatMap(({ run, hash }) => [run, `  ${hash}`]);
  if (all.length > shown.length) lines.push(moreText(all.length - shown.length, 'use --json for all'));
  if (all.length === 0 && report.run === undefined && report.program !== undefined) lines.push(report.program);
  if (zone !== 'UTC') lines.push(clockText(zone));
  return lines.filter((line) => line !== '').flatMap((line) => wrap(line, width).map((text) => paint(text, CODES.dim)));
}

function sourceLines(report: Report, width: number): string[] {
  const shown = report.sources.slice(0, MAX_DOMAINS);
  const lines = shown.flatMap((source) => [
    ...wrap(`${nameText(sourceLabel(source.name))}: ${sourceFacts(source, report)}`, width, '  '),
    ...wrap(`SHA-256 ${visible(source.sha256)}`, width, '    '),
  ]);
  const hidden = report.sources.length - shown.length;
  return hidden > 0 ? [...lines, `  ${moreText(hidden, 'use --json for all')}`] : lines;
}
