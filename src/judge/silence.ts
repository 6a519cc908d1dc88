import type { HourCoverage } from '../model/ports.ts';
import type { Gap } from '../model/report.ts';
import { HOUR_MS, type Window } from '../model/window.ts';
import { SUSPECTED_ROW_LIMIT } from './verdict.ts';

/** What of the window a source tells of. */
export interface Extent {
  readonly name: string;
  readonly rows: number;
  /** UTC hours (counted from 1970-01-01) of the window with a row. */
  readonly hours: ReadonlySet<number>;
}

/** A log is busy when so many of its hours, over at least a day, hold a row: then hours of silence at its end are no chance. */
const BUSY_SHARE = 0.8;
const BUSY_HOURS = 24;
const SUSPICIOUS_SILENCE_HOURS = 6;

/**
 * Stretches at the end of the data that look like missing rows rather than like no mail: what comes after a file of
 * exactly the row limit, and hours of silence at the end of a log that is busy otherwise.
 */
export function silencesOf(window: Window, extents: readonly Extent[]): Gap[] {
  return joinGaps([...afterRowLimit(window, extents), ...suddenSilence(window, extents)]);
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

function suddenSilence(window: Window, extents: readonly Extent[]): Gap[] {
  const hours = new Set(extents.flatMap((extent) => [...extent.hours]));
  if (hours.size === 0) return [];
  const [first, last] = [Math.min(...hours), Math.max(...hours)];
  const span = last - first + 1;
  if (span < BUSY_HOURS || hours.size / span < BUSY_SHARE) return [];
  const from = (last + 1) * HOUR_MS;
  const to = window.to.getTime();
  if (to - from < SUSPICIOUS_SILENCE_HOURS * HOUR_MS) return [];
  return [{ from: new Date(from).toISOString(), to: new Date(to).toISOString() }];
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
