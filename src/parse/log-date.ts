import type { TimeReadings } from '../model/log-row.ts';

const CLOCK = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?`;
const HALF = String.raw`(?:\s*([ap])\.?m\.?)?`;
const OFFSET = String.raw`(?:\s*(z|gmt|utc|[+-]\d{2}(?::?\d{2})?))?`;
const SLASHED = new RegExp(
  String.raw`^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:,?\s+|t)${CLOCK}${HALF}${OFFSET}$`,
  'i',
);
const YEAR_FIRST = new RegExp(String.raw`^(\d{4})([/.-])(\d{1,2})\2(\d{1,2})(?:\s+|t)${CLOCK}${HALF}${OFFSET}$`, 'i');
const BASIC_ISO = /^(\d{4})(\d{2})(\d{2})t(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9}))?)?(z|[+-]\d{2}(?::?\d{2})?)?$/i;

const UNREADABLE: TimeReadings = { dayFirstMs: NaN, monthFirstMs: NaN };

/**
 * Reads a Date/Time value, GMT unless an offset stands in it. The only documented example is `3/06/2009 13:37`, so
 * a value with day and month in doubt gives both readings; a year-first value gives the same time twice.
 */
export function readLogDate(text: string): TimeReadings {
  const value = text.trim();
  const slashed = SLASHED.exec(value);
  if (slashed !== null) {
    const [, first, , second, year = '', hour, minute, secondOfMinute, fraction, half, offset] = slashed;
    const timeMs = timeOfDayMs(hour, minute, secondOfMinute, fraction, half);
    const shiftMs = offsetMs(offset);
    const fullYear = year.length === 2 ? 2000 + Number(year) : Number(year);
    return {
      dayFirstMs: dateMs(fullYear, Number(second), Number(first)) + timeMs - shiftMs,
      monthFirstMs: dateMs(fullYear, Number(first), Number(second)) + timeMs - shiftMs,
    };
  }
  const yearFirst = YEAR_FIRST.exec(value);
  if (yearFirst !== null) {
    const [, year, , month, day, hour, minute, second, fraction, half, offset] = yearFirst;
    return bothReadings(
      dateMs(Number(year), Number(month), Number(day)) +
        timeOfDayMs(hour, minute, second, fraction, half) -
        offsetMs(offset),
    );
  }
  const basic = BASIC_ISO.exec(value);
  if (basic !== null) {
    const [, year, month, day, hour, minute, second, fraction, offset] = basic;
    return bothReadings(
      dateMs(Number(year), Number(month), Number(day)) +
        timeOfDayMs(hour, minute, second, fraction, undefined) -
        offsetMs(offset),
    );
  }
  return UNREADABLE;
}

function bothReadings(timeMs: number): TimeReadings {
  return { dayFirstMs: timeMs, monthFirstMs: timeMs };
}

/** Midnight UTC of a calendar date, NaN where the calendar has no such date. */
function dateMs(year: number, month: number, day: number): number {
  const timeMs = Date.UTC(year, month - 1, day);
  const date = new Date(timeMs);
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? timeMs : NaN;
}

function timeOfDayMs(
  hourText: string | undefined,
  minuteText: string | undefined,
  secondText: string | undefined,
  fraction: string | undefined,
  half: string | undefined,
): number {
  const minute = Number(minuteText);
  const second = Number(secondText ?? '0');
  const millisecond = Math.floor(Number(`0.${fraction ?? '0'}`) * 1000);
  const hour = hourOfDay(Number(hourText), half?.toLowerCase());
  if (hour > 23 || minute > 59 || second > 59) return NaN;
  return ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
}

function hourOfDay(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return NaN;
  return (hour % 12) + (half === 'p' ? 12 : 0);
}

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || /^[a-z]/i.test(offset)) return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = offset.length > 3 ? Number(offset.slice(-2)) : 0;
  if (hours > 14 || minutes > 59) return NaN;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
