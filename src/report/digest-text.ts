import type { DigestContent, DigestSection, DomainRow, ListItem } from './digest-shape.ts';
import type { Trend } from './digest-trend.ts';
import { wrap } from './layout.ts';

/** Mail clients quote and indent: lines stay below the 78 characters that RFC 5322 recommends. */
const WIDTH = 76;

export function digestText(content: DigestContent): string {
  const labelWidth = Math.max(...content.facts.map(({ label }) => label.length)) + 2;
  const blocks = [
    [`${content.word}: ${content.period}`],
    wrap(content.sentence, WIDTH),
    content.furtherReasons.flatMap((reason) => wrap(reason, WIDTH, '- ')),
    ...content.wrong.map(sectionLines),
    content.facts.flatMap(({ label, value }) => wrap(value, WIDTH, `${label}:`.padEnd(labelWidth))),
    content.trend === undefined ? [] : trendLines(content.trend),
    ...content.sections.map(sectionLines),
    ['-- ', ...content.footer.flatMap((line) => wrap(line, WIDTH))],
  ];
  const shown = blocks.filter((lines) => lines.length > 0);
  return `${shown.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function trendLines({ bars, first, last, sentence }: Trend): string[] {
  return [
    ...wrap(sentence, WIDTH),
    `${first} [${bars.map(({ sign }) => sign).join('')}] ${last}`,
    '(# violations, . none, ? in doubt, blank no data)',
  ];
}

function sectionLines(section: DigestSection): string[] {
  const lines =
    section.kind === 'domains'
      ? section.rows.flatMap((row) => rowLines(row, section.shareHeading))
      : section.items.flatMap(itemLines);
  return [
    section.heading.toUpperCase(),
    '',
    ...lines,
    ...(section.more === undefined ? [] : wrap(section.more, WIDTH, '  ')),
  ];
}

function rowLines({ name, share, protocols, change, sample, remedy }: DomainRow, shareHeading: string): string[] {
  return [
    ...wrap(change === undefined ? name : `${name} (${change})`, WIDTH, '  '),
    ...wrap(`${shareHeading.toLowerCase()} ${share}: ${protocols}`, WIDTH, '    '),
    ...(sample === undefined ? [] : wrap(sample, WIDTH, '    ')),
    ...(remedy === undefined ? [] : wrap(`Do: ${remedy}`, WIDTH, '    ')),
  ];
}

function itemLines({ text, details }: ListItem): string[] {
  return [...wrap(text, WIDTH, '- '), ...details.flatMap((detail) => wrap(detail, WIDTH, '  - '))];
}
