import type { HourCoverage } from '../model/history.ts';
import type { Gap } from '../model/report.ts';
import { DAY_MS, HOUR_MS, type Window } from '../model/window.ts';
import { SUSPECTED_ROW_LIMIT } from './verdict.ts';

/** What of the window a source tells of. */
export interface Extent {
  readonly name: string;
  readonly rows: number;
  /** UTC hours (counted from 1970-01-01) of the window with a row. */
  readonly hours: ReadonlySet<number>;
  /** Times of its first and last row, in the window or not, epoch milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** A file with rows in fewer hours than these tells nothing about how long an org is silent by itself. */
const TELLING_HOURS = 6;
/** Except where they are so many. */
const TELLING_ROWS = 60;
const SUSPICIOUS_HOURS = 6;
/** How many times as long as the longest silence within a file, and at most `SUSPICIOUS_HOURS` longer. */
const SUSPICIOUS_RATIO = 4;

/** What comes after a file of exactly the row limit: the rest of its window may be missing. */
export function rowLimitGaps(window: Window, extents: readonly Extent[]): Gap[] {
  return joinGaps(afterRowLimit(window, extents));
}

/**
 * Stretches that look like missing rows rather than like no mail: hours before or after a file that holds rows hour after
 * hour, which no other file spans, longer by far than any silence within a file. Only a file that goes on after a
 * silence shows that nothing was cut.
 */
export function silencesOf(window: Window, extents: readonly Extent[]): Gap[] {
  const isTelling = ({ hours, rows }: Extent) =>
    hours.size >= TELLING_HOURS || (hours.size > 0 && rows >= TELLING_ROWS);
  const telling = extents.filter(isTelling).map(spanOf);
  // A file with few rows proves no hour but those it has rows in.
  const points = extents.filter((extent) => !isTelling(extent)).flatMap(({ hours }) => [...hours].map(pointAt));
  const longest = longestSilence(telling, new Set(extents.flatMap(({ hours }) => [...hours])), window);
  const suspiciousFrom = Math.max(
    SUSPICIOUS_HOURS,
    Math.min(SUSPICIOUS_RATIO * longest + 1, longest + SUSPICIOUS_HOURS),
  );
  return stretchesOutside([...telling, ...points], window)
    .filter(([first, last]) => last - first + 1 >= suspiciousFrom)
    .filter(([first, last]) => telling.some(([from, to]) => to === first - 1 || from === last + 1))
    .map(([first, last]) => ({ from: gapOf(first, window).from, to: gapOf(last, window).to }));
}

/** First and last hour. */
type Span = readonly [number, number];

function pointAt(hour: number): Span {
  return [hour, hour];
}

function spanOf({ firstMs, lastMs }: Extent): Span {
  return [Math.floor(firstMs / HOUR_MS), Math.floor(lastMs / HOUR_MS)];
}

/** The most hours in a row without a row in any file, within the span of a file that goes on after them. */
function longestSilence(spans: readonly Span[], hoursWithRows: ReadonlySet<number>, window: Window): number {
  let longest = 0;
  for (const [from, to] of spans) {
    let silent = 0;
    for (const hour of hoursOf(window)) {
      silent = hour < from || hour > to || hoursWithRows.has(hour) ? 0 : silent + 1;
      longest = Math.max(longest, silent);
    }
  }
  return longest;
}

/** Hours of the window in a row that no span holds. */
function stretchesOutside(spans: readonly Span[], window: Window): Span[] {
  const stretches: [number, number][] = [];
  for (const hour of hoursOf(window)) {
    if (spans.some(([from, to]) => from <= hour && hour <= to)) continue;
    const last = stretches.at(-1);
    if (last?.[1] === hour - 1) last[1] = hour;
    else stretches.push([hour, hour]);
  }
  return stretches;
}

function afterRowLimit(window: Window, extents: readonly Extent[]): Gap[] {
  return extents
    .filter(({ rows, hours }) => rows === SUSPECTED_ROW_LIMIT && hours.size > 0)
    .flatMap((limited) => {
      // The hour of its last row is itself cut somewhere.
      const last = Math.max(...limited.hours);
      const others = extents.filter(({ name, hours }) => name !== limited.name && hours.size > 0);
      const spans = others.map(({ hours }) => [Math.min(...hours), Math.max(...hours)] as const);
      return hoursOf(window)
        .filter((hour) => hour >= last && !spans.some(([from, to]) => from <= hour && hour <= to))
        .map((hour) => gapOf(hour, window));
    });
}

/**
 * What the report says about such stretches; undefined where there is nothing to say beyond the gaps. A whole day without a row is
 * missing however silent the org may be: no setting helps, only its log.
 */
export function silenceNote(silences: readonly Gap[]): string | undefined {
  const parts = silences.filter(({ from, to }) => !(isMidnight(from) && isMidnight(to)));
  if (parts.length === 0) return undefined;
  const hours = parts.filter((silence) => !holdsWholeDay(silence)).map(hoursIn);
  const longest = Math.max(0, ...hours);
  return (
    'The logs begin or end hours away from the window, while they are never silent that long in between: rows may be missing.' +
    (longest === 0
      ? ''
      : ` Where your org sends no mail for ${longest} hours by itself, set source.quietHours to ${longest + 1} or more.`)
  );
}

function hoursIn({ from, to }: Gap): number {
  return Math.ceil((Date.parse(to) - Date.parse(from)) / HOUR_MS);
}

function holdsWholeDay({ from, to }: Gap): boolean {
  return Math.ceil(Date.parse(from) / DAY_MS) < Math.floor(Date.parse(to) / DAY_MS);
}

function isMidnight(time: string): boolean {
  return Date.parse(time) % DAY_MS === 0;
}

/** The hours of the window for the ledger: covered where no gap touches them, and by which file where one has rows. */
export function coverHours(window: Window, gaps: readonly Gap[], extents: readonly Extent[]): HourCoverage[] {
  return hoursOf(window).map((hour) => {
    const { from, to } = gapOf(hour, window);
    const source = extents.find(({ hours }) => hours.has(hour))?.name ?? null;
    return {
      hour: new Date(hour * HOUR_MS).toISOString(),
      covered: !gaps.some((gap) => gap.from < to && from < gap.to),
      source,
    };
  });
}

/** The same stretches, ordered, none touching another. */
export function joinGaps(gaps: readonly Gap[]): Gap[] {
  const joined: { from: string; to: string }[] = [];
  for (const { from, to } of gaps.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))) {
    const last = joined.at(-1);
    if (last === undefined || last.to < from) joined.push({ from, to });
    else if (last.to < to) last.to = to;
  }
  return joined;
}

function hoursOf(window: Window): number[] {
  const first = Math.floor(window.from.getTime() / HOUR_MS);
  const end = Math.ceil(window.to.getTime() / HOUR_MS);
  return Array.from({ length: end - first }, (_, index) => first + index);
}

/** The part of the hour that lies in the window. */
function gapOf(hour: number, window: Window): Gap {
  const from = Math.max(hour * HOUR_MS, window.from.getTime());
  const to = Math.min((hour + 1) * HOUR_MS, window.to.getTime());
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
