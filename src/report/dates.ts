import { DAY_MS, HOUR_MS, startOfUtcDay } from '../model/window.ts';
import { wallTimeAt } from '../support/zoned-time.ts';

export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** ISO 8601, UTC, half-open; a null bound is unknown. */
interface Period {
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * A period for people: `Nov 22`, `Nov 16 to Nov 22`, `Nov 22 03:00 to 06:00`. Whole days are named by the first and
 * the last day they hold, so `[Nov 16, Nov 23)` ends on Nov 22. Years stand where they differ or when asked for.
 * Undefined where neither bound is known.
 */
export function periodText(period: Period, options: { year: boolean } = { year: false }): string | undefined {
  const from = timeOf(period.from);
  const to = timeOf(period.to);
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined) return `until ${boundText(to ?? 0, options.year, 'end')}`;
  if (to === undefined) return `from ${boundText(from, options.year, 'start')}`;

  const last = Math.max(from, to - 1);
  const yearsDiffer = yearOf(from) !== yearOf(last);
  const sameDay = startOfUtcDay(from) === startOfUtcDay(last);
  const year = options.year && !yearsDiffer ? `, ${yearOf(last)}` : '';
  if (isMidnight(from) && isMidnight(to)) {
    return sameDay
      ? `${dayOf(from, false)}${year}`
      : `${dayOf(from, yearsDiffer)} to ${dayOf(last, yearsDiffer)}${year}`;
  }
  const start = `${dayOf(from, yearsDiffer || (sameDay && options.year))} ${clockOf(from)}`;
  if (sameDay) return `${start} to ${endClockOf(to)}`;
  return `${start} to ${dayOf(last, yearsDiffer || options.year)} ${endClockOf(to)}`;
}

/** `Nov 18`; with the year where it is not the year of the reference time. `day` is `YYYY-MM-DD`. */
export function dayText(day: string, reference: string | null): string {
  const time = timeOf(day);
  if (time === undefined) return 'an unknown day';
  const referenceTime = timeOf(reference);
  return dayOf(time, referenceTime !== undefined && yearOf(referenceTime) !== yearOf(time));
}

/** `2026-11-22 03:15`: what the clocks of the zone (an IANA name) show at an ISO 8601 time. */
export function minuteText(time: string, zone = 'UTC'): string {
  const timeMs = timeOf(time);
  if (timeMs === undefined) return 'unknown';
  const wallMs = zone === 'UTC' ? timeMs : wallTimeAt(timeMs, zone);
  return new Date(wallMs).toISOString().slice(0, 16).replace('T', ' ');
}

/**
 * A time with the name of its zone: `2026-11-22 03:15 UTC`, `2026-11-22 04:15 Europe/Amsterdam (03:15 UTC)`. UTC stands
 * beside it because the log is written in it, and because clocks that are put back show an hour twice.
 */
export function momentText(time: string, zone: string): string {
  const utc = `${minuteText(time)} UTC`;
  if (zone === 'UTC' || timeOf(time) === undefined) return utc;
  const local = minuteText(time, zone);
  return `${local} ${zone} (${local.slice(0, 10) === utc.slice(0, 10) ? utc.slice(11) : utc})`;
}

/** What the days and times of a report are. */
export function clockText(zone: string): string {
  return zone === 'UTC'
    ? 'All days and times are UTC.'
    : `Days and windows are UTC days, as logs are written and coverage is kept; times of day are those of ${zone}.`;
}

/** `2026-11-22`, or `2026-11-16-to-2026-11-22`: the days of a period in a file name; undefined without both bounds. */
export function periodSlug(period: Period): string | undefined {
  const [first, last] = [firstDay(period), lastDay(period)];
  if (first === undefined || last === undefined) return undefined;
  return first === last ? first : `${first}-to-${last}`;
}

/** First UTC day (`YYYY-MM-DD`) that the period holds. */
function firstDay(period: Period): string | undefined {
  const from = timeOf(period.from);
  return from === undefined ? undefined : isoDay(from);
}

/** Last UTC day (`YYYY-MM-DD`) that the period holds. */
function lastDay(period: Period): string | undefined {
  const to = timeOf(period.to);
  return to === undefined ? undefined : isoDay(to - 1);
}

/** Length of the periods together, in days where each is one of whole UTC days, else in begun hours. */
export function durationOf(periods: readonly Period[]): { amount: number; unit: 'day' | 'hour' } {
  let totalMs = 0;
  let areDays = true;
  for (const period of periods) {
    const [from, to] = [timeOf(period.from) ?? 0, timeOf(period.to) ?? 0];
    totalMs += Math.max(0, to - from);
    areDays &&= isMidnight(from) && isMidnight(to);
  }
  if (totalMs > 0 && areDays) return { amount: totalMs / DAY_MS, unit: 'day' };
  return { amount: Math.ceil(totalMs / HOUR_MS), unit: 'hour' };
}

function timeOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function isMidnight(timeMs: number): boolean {
  return startOfUtcDay(timeMs) === timeMs;
}

function yearOf(timeMs: number): number {
  return new Date(timeMs).getUTCFullYear();
}

function dayOf(timeMs: number, withYear: boolean): string {
  const date = new Date(timeMs);
  const day = `${MONTHS[date.getUTCMonth()] ?? ''} ${date.getUTCDate()}`;
  return withYear ? `${day}, ${date.getUTCFullYear()}` : day;
}

function clockOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(11, 16);
}

function endClockOf(timeMs: number): string {
  return isMidnight(timeMs) ? '24:00' : clockOf(timeMs);
}

function boundText(timeMs: number, withYear: boolean, side: 'start' | 'end'): string {
  if (isMidnight(timeMs)) return dayOf(side === 'end' ? timeMs - 1 : timeMs, withYear);
  return `${dayOf(timeMs, withYear)} ${clockOf(timeMs)}`;
}

function isoDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
