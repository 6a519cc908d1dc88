import type { DomainReport, Report } from '../model/report.ts';
import { type DomainTable, wordsOf } from './direction-words.ts';
import { domainText } from './escape.ts';
import { tagOf } from './findings.ts';
import { type Column, cut, tableRow } from './layout.ts';
import { moreText, numberText, protocolParts, verifiedText } from './wording.ts';

/** Domains that need a look, and, where there are fewer of those, how far compliant ones fill the table. */
export const MAX_DOMAINS = 20;
const FILLED_DOMAINS = 8;
/** On a narrower screen a column for the verified share would leave names no room: it stands with the protocols. */
const VERIFIED_COLUMN_WIDTH = 72;

export const CODES = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33' } as const;
const STATUS_CODES = { violating: CODES.red, unrecognised: CODES.yellow, compliant: undefined } as const;

export type Paint = (text: string, ...codes: string[]) => string;

/** The worst domains, as many as need a look; compliant ones fill the table a little. */
export function domainsBlock(table: DomainTable, report: Report, width: number, paint: Paint): string[] {
  const { domains, changes } = table;
  const bad = domains.filter(({ status }) => status !== 'compliant').length;
  const shown = domains.slice(0, Math.max(Math.min(bad, MAX_DOMAINS), FILLED_DOMAINS));
  if (shown.length === 0) return [];
  const isWide = width >= VERIFIED_COLUMN_WIDTH;
  const rows = shown.map((domain) => {
    const verified = verifiedText(domain);
    return {
      domain,
      name: domainText(domain.domain),
      change: tagOf(domain, changes.get(domain.domain), report),
      protocols: [
        ...protocolParts(domain.protocols),
        ...(isWide || verified === undefined ? [] : [`${verified} verified`]),
      ],
      verified: verified ?? '',
    };
  });
  const hasVerified = isWide && rows.some(({ verified }) => verified !== '');
  const [nameWidth, protocolsWidth] = flexibleWidths(rows, width - (hasVerified ? 36 : 26));
  const columns: Column[] = [
    { heading: table.heading, align: 'left', width: nameWidth },
    { heading: wordsOf(report).judged, align: 'right', width: 10 },
    { heading: 'Violations', align: 'right', width: 10 },
    { heading: 'Protocols', align: 'left', width: protocolsWidth },
    ...(hasVerified ? [{ heading: 'Verified', align: 'right', width: 8 } satisfies Column] : []),
  ];
  const body = rows.flatMap(({ domain, name, change, protocols, verified }) => {
    const nameLines = cut(name, nameWidth);
    const cells = [
      change === undefined ? nameLines : [...nameLines, `  ${change}`],
      [numberText(domain.deliveries)],
      [numberText(domain.violations)],
      packed(protocols, protocolsWidth),
      [verified],
    ];
    return tableRow(columns, cells).map((line, index) =>
      index < nameLines.length ? paintName(line, domain, nameWidth, paint) : line,
    );
  });
  const headings = columns.map((column) => [column.heading]);
  const hidden = domains.length - shown.length;
  return [
    ...tableRow(columns, headings).map((line) => paint(line, CODES.dim)),
    ...body,
    ...(hidden > 0
      ? [moreText(hidden, `${bad > shown.length ? '' : 'all compliant; '}use ${table.wholeIn} for all`)]
      : []),
  ];
}

/** Widths of the domains and the protocols: names are shown whole where that leaves room for every single protocol. */
function flexibleWidths(
  rows: readonly { readonly name: string; readonly protocols: readonly string[] }[],
  room: number,
): [number, number] {
  const longestName = Math.max(18, ...rows.map(({ name }) => name.length));
  const longestPart = Math.max('Protocols'.length, ...rows.flatMap(({ protocols }) => protocols.map(partLength)));
  const longestList = Math.max('Protocols'.length, ...rows.map(({ protocols }) => protocols.join(', ').length));
  const nameWidth = Math.min(longestName, room - longestPart);
  return [nameWidth, Math.min(longestList, room - nameWidth)];
}

/** With the comma that may follow it. */
function partLength(part: string): number {
  return part.length + 1;
}

function paintName(line: string, { status }: DomainReport, nameWidth: number, paint: Paint): string {
  const code = STATUS_CODES[status];
  return code === undefined ? line : paint(line.slice(0, nameWidth), code) + line.slice(nameWidth);
}

/** Parts joined by commas, as many on a line as fit; a part is never broken. */
function packed(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const [index, part] of parts.entries()) {
    const text = index === parts.length - 1 ? part : `${part},`;
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + text.length <= width) lines[lines.length - 1] = `${line} ${text}`;
    else lines.push(text);
  }
  return lines.flatMap((line) => cut(line, width));
}
