import { gzipSync } from 'node:zlib';

import { DAY_MS } from '../model/window.ts';
import type { DayOptions, Oddity } from './traffic/day.ts';
import { composeDay } from './traffic/day.ts';
import { toCsv } from './traffic/log-row.ts';

/** A log file as an admin or a flow puts it into Salesforce Files. */
export interface DemoFile {
  readonly title: string;
  /** `csv`, or `gz` behind a title that ends in `.csv`. */
  readonly extension: 'csv' | 'gz';
  readonly content: Buffer;
  /** Shortly after the last row. */
  readonly createdDate: Date;
  /** The UTC days whose rows it holds, oldest first. */
  readonly days: readonly string[];
}

/** Days of night 0. */
const FIRST_WEEK_DAYS = 7;

const PUBLISHED_AFTER_MIDNIGHT_MS = 40 * 60_000;

/** What makes single days of the first week special; counted from its first day. */
const GZIPPED_DAY = 1;
const OVERLAPPING_DAY = 3;
const ODDITIES: ReadonlyMap<number, Oddity> = new Map([
  [4, 'unrecognised'],
  [5, 'ragged'],
]);

/** One UTC day (`YYYY-MM-DD`) of an Email Log as CSV. Day-first dates, deterministic for day and options. */
export function writeDayLog(day: string, options: DayOptions): string {
  return toCsv(composeDay(day, options));
}

/**
 * The files that come into the org for one night: night 0 brings the whole first week, every later night one day more.
 * `firstDay` is the first UTC day (`YYYY-MM-DD`) of that week; it and the seed decide everything.
 */
export function demoFiles(options: {
  readonly seed: string | number;
  readonly firstDay: string;
  readonly night: number;
  readonly deliveriesPerDay?: number;
}): DemoFile[] {
  if (options.night > 0) return [demoFile(options, FIRST_WEEK_DAYS - 1 + options.night)];
  return Array.from({ length: FIRST_WEEK_DAYS }, (_, index) => demoFile(options, index));
}

/** The UTC days that night's run is about, oldest first. */
export function demoDays(firstDay: string, night: number): string[] {
  if (night > 0) return [dayAfter(firstDay, FIRST_WEEK_DAYS - 1 + night)];
  return Array.from({ length: FIRST_WEEK_DAYS }, (_, index) => dayAfter(firstDay, index));
}

function demoFile(options: Parameters<typeof demoFiles>[0], index: number): DemoFile {
  const { seed, firstDay, deliveriesPerDay } = options;
  // An export can reach back over days that another one holds as well.
  const indexes = index === OVERLAPPING_DAY ? [index - 1, index] : [index];
  const rows = indexes.flatMap((dayIndex) => {
    const oddity = ODDITIES.get(dayIndex);
    return composeDay(dayAfter(firstDay, dayIndex), {
      seed,
      night: Math.max(0, dayIndex - FIRST_WEEK_DAYS + 1),
      ...(deliveriesPerDay === undefined ? {} : { deliveriesPerDay }),
      ...(oddity === undefined ? {} : { oddities: [oddity] }),
    });
  });
  const days = indexes.map((dayIndex) => dayAfter(firstDay, dayIndex));
  const csv = Buffer.from(toCsv(rows));
  const title = `EmailLog-${days.join('-to-')}`;
  const isGzipped = index === GZIPPED_DAY;
  return {
    title: isGzipped ? `${title}.csv` : title,
    extension: isGzipped ? 'gz' : 'csv',
    content: isGzipped ? gzipSync(csv) : csv,
    createdDate: new Date(Date.parse(dayAfter(firstDay, index + 1)) + PUBLISHED_AFTER_MIDNIGHT_MS),
    days,
  };
}

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}
