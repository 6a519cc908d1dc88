import type { DaySummary, Report } from '../model/report.ts';
import { DAY_MS } from '../model/window.ts';
import { countOf } from '../support/plural.ts';
import { MONTHS } from './dates.ts';
import { htmlText } from './escape.ts';
import { heading, scrollable, table } from './page-parts.ts';
import { numberText } from './wording.ts';

// Charts as inline SVG. Colours come from classes, every mark has a second sign beside its colour, and a table says
// the same in words.

const CELL = 26;
/** Of a month with its year. */
const LABEL_WIDTH = 60;
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

type DayState = 'clean' | 'violating' | 'doubt' | 'nodata';

const STATE_SIGNS: Readonly<Record<DayState, string>> = { clean: '✓', violating: '!', doubt: '?', nodata: '–' };
const STATE_WORDS: Readonly<Record<DayState, string>> = {
  clean: 'no violation',
  violating: 'violations',
  doubt: 'incomplete data or unrecognised TLS, no violation',
  nodata: 'no data',
};

/** What a day shows in the calendar and in the digest's trend: a violation weighs more than a doubt. */
export function stateOfDay({ data, deliveries, violations, unrecognised }: DaySummary): DayState {
  // A day that was audited without any log is recorded, and holds as little as one that was not.
  if (data === 'none' || (data === 'incomplete' && deliveries === 0)) return 'nodata';
  if (violations > 0) return 'violating';
  return data === 'incomplete' || unrecognised > 0 ? 'doubt' : 'clean';
}

/** A square for every day, a column for every week; '' without a history. */
export function coverageCalendar({ days = [] }: Report): string {
  const [first] = days;
  if (first === undefined) return '';
  const firstMs = Date.parse(first.day);
  const mondayMs = firstMs - weekdayOf(firstMs) * DAY_MS;
  const weeks = Math.floor((firstMs + (days.length - 1) * DAY_MS - mondayMs) / (7 * DAY_MS)) + 1;
  const squares = days.map((day) => {
    const offset = Math.round((Date.parse(day.day) - mondayMs) / DAY_MS);
    const [x, y] = [40 + Math.floor(offset / 7) * CELL, 20 + (offset % 7) * CELL];
    const state = stateOfDay(day);
    const sign = `<text x="${x + 12}" y="${y + 17}" text-anchor="middle">${STATE_SIGNS[state]}</text>`;
    return `<g class="day ${state}"><title>${dayWords(day)}</title><rect x="${x}" y="${y}" width="24" height="24" rx="3"/>${sign}</g>`;
  });
  const labels = WEEKDAYS.map((name, row) => `<text class="axis" x="0" y="${20 + row * CELL + 17}">${name}</text>`);
  const labelled = monthLabels(days, mondayMs);
  const months = labelled.map(
    ({ column, text }) => `<text class="axis" x="${40 + column * CELL}" y="12">${text}</text>`,
  );
  const labelsEnd = 40 + (labelled.at(-1)?.column ?? 0) * CELL + LABEL_WIDTH;
  const [width, height] = [Math.max(40 + weeks * CELL, labelsEnd, 120), 20 + 7 * CELL];
  const svg = `<svg role="img" aria-labelledby="calendar-title" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><title id="calendar-title">${calendarTitle(days)}</title>\n${[...months, ...labels, ...squares].join('\n')}\n</svg>`;
  const rows = days.map(
    (day) =>
      `<tr><th scope="row">${htmlText(day.day)}</th><td>${STATE_WORDS[stateOfDay(day)]}</td><td class="number">${numberText(day.deliveries)}</td><td class="number">${numberText(day.violations)}</td></tr>`,
  );
  const legend = (Object.keys(STATE_SIGNS) as DayState[])
    .map((state) => `<li><span class="key ${state}">${STATE_SIGNS[state]}</span> ${STATE_WORDS[state]}</li>`)
    .join('\n');
  return [
    `<div class="chart">${scrollable('Coverage calendar', svg)}</div>`,
    `<ul class="legend">\n${legend}\n</ul>`,
    asTable(
      'Days',
      [heading('Day'), heading('State'), heading('Deliveries', 'number'), heading('Violations', 'number')],
      rows,
    ),
  ].join('\n');
}

const SERIES = [
  { name: 'TLS 1.3', className: 'tls13', protocols: ['TLSv1.3'] },
  { name: 'TLS 1.2', className: 'tls12', protocols: ['TLSv1.2'] },
  { name: 'older TLS or SSL', className: 'old', protocols: ['TLSv1.1', 'TLSv1.0', 'SSLv3', 'SSLv2'] },
  { name: 'plaintext', className: 'plain', protocols: ['plaintext'] },
  { name: 'unrecognised', className: 'odd', protocols: ['unrecognised'] },
] as const;

/** Share of each protocol in the deliveries of each day, stacked to 100%; '' where days keep no protocols. */
export function protocolShares({ days = [] }: Report): string {
  const counted = days.map(({ day, protocols = {} }) => ({
    day,
    counts: SERIES.map((series) => series.protocols.reduce((sum, name) => sum + (protocols[name] ?? 0), 0)),
  }));
  const used = SERIES.map((series, index) => ({ ...series, index })).filter(({ index }) =>
    counted.some(({ counts }) => (counts[index] ?? 0) > 0),
  );
  if (used.length === 0) return '';
  const step = Math.max(4, Math.min(40, Math.floor(960 / counted.length)));
  const [width, height] = [Math.max(40 + step * counted.length, 220), 180];
  const bars = counted.flatMap(({ day, counts }, column) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    let top = 150;
    return used.flatMap(({ index, className, name }) => {
      const count = counts[index] ?? 0;
      if (count === 0) return [];
      const size = (140 * count) / total;
      top -= size;
      const title = `${day}: ${percent(count, total)} ${name} (${numberText(count)} of ${numberText(total)})`;
      return [
        `<rect class="${className}" x="${40 + column * step}" y="${top.toFixed(2)}" width="${step - 1}" height="${size.toFixed(2)}"><title>${title}</title></rect>`,
      ];
    });
  });
  const axis = [
    '<text class="axis" x="0" y="16">100%</text>',
    '<text class="axis" x="0" y="154">0%</text>',
    `<text class="axis" x="40" y="172">${htmlText(counted[0]?.day ?? '')}</text>`,
    ...(counted.length > 1
      ? [`<text class="axis" x="${width}" y="172" text-anchor="end">${htmlText(counted.at(-1)?.day ?? '')}</text>`]
      : []),
  ];
  const svg = `<svg role="img" aria-labelledby="share-title" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><title id="share-title">Share of each protocol by day; the table below says the same.</title>\n${[...axis, ...bars].join('\n')}\n</svg>`;
  const legend = used
    .map(({ className, name }) => `<li><span class="key ${className}"></span> ${name}</li>`)
    .join('\n');
  const rows = counted.map(
    ({ day, counts }) =>
      `<tr><th scope="row">${htmlText(day)}</th>${used.map(({ index }) => `<td class="number">${numberText(counts[index] ?? 0)}</td>`).join('')}</tr>`,
  );
  return [
    `<div class="chart">${scrollable('Protocol share by day', svg)}</div>`,
    `<ul class="legend">\n${legend}\n</ul>`,
    asTable('Deliveries by protocol', [heading('Day'), ...used.map(({ name }) => heading(name, 'number'))], rows),
  ].join('\n');
}

function asTable(label: string, headings: readonly string[], rows: readonly string[]): string {
  return `<details><summary>${label} as a table</summary>\n${table(label, headings, rows)}\n</details>`;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)}%`;
}

function dayWords(day: DaySummary): string {
  const state = stateOfDay(day);
  const words = STATE_WORDS[state];
  if (state === 'nodata') return `${htmlText(day.day)}: ${words}`;
  return `${htmlText(day.day)}: ${words}, ${numberText(day.violations)} of ${countOf(day.deliveries, 'delivery', 'deliveries')} in violation`;
}

function calendarTitle(days: readonly DaySummary[]): string {
  const count = (state: DayState): number => days.filter((day) => stateOfDay(day) === state).length;
  return `Coverage by day: ${countOf(days.length, 'day')}, ${count('violating')} with violations, ${count('doubt')} in doubt, ${count('nodata')} without data; the table below says the same.`;
}

/** The month's name over the first week that begins in it, or over the first week; with the year where another begins or has begun. */
function monthLabels(days: readonly DaySummary[], mondayMs: number): { column: number; text: string }[] {
  const labels: { column: number; text: string }[] = [];
  let [labelledYear, labelledMonth] = ['', ''];
  for (const { day } of days) {
    const offset = Math.round((Date.parse(day) - mondayMs) / DAY_MS);
    const [year = '', month = ''] = day.split('-');
    const isBegin = labels.length === 0 || offset % 7 === 0;
    if (!isBegin || month === labelledMonth) continue;
    const name = MONTHS[Number(month) - 1] ?? '';
    const isOtherYear = labels.length > 0 && year !== labelledYear;
    labels.push({ column: Math.floor(offset / 7), text: isOtherYear ? `${name} ${year}` : name });
    [labelledYear, labelledMonth] = [year, month];
  }
  const [last, lastDay] = [labels.at(-1), days.at(-1)?.day ?? ''];
  if (last !== undefined && !lastDay.startsWith(labelledYear)) last.text += ` ${labelledYear}`;
  return labels;
}

/** 0 is Monday. */
function weekdayOf(timeMs: number): number {
  return (new Date(timeMs).getUTCDay() + 6) % 7;
}
