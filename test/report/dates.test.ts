import { describe, expect, it } from '@jest/globals';
import {
  clockText,
  dayText,
  durationOf,
  minuteText,
  momentText,
  periodSlug,
  periodText,
} from '../../src/report/dates.ts';

const midnight = (day: string): string => `${day}T00:00:00.000Z`;

describe('periodText', () => {
  it.each([
    [midnight('2026-11-22'), midnight('2026-11-23'), 'Nov 22', 'Nov 22, 2026'],
    [midnight('2026-11-16'), midnight('2026-11-23'), 'Nov 16 to Nov 22', 'Nov 16 to Nov 22, 2026'],
    [midnight('2026-12-29'), midnight('2027-01-05'), 'Dec 29, 2026 to Jan 4, 2027', 'Dec 29, 2026 to Jan 4, 2027'],
    [midnight('2026-12-31'), midnight('2027-01-01'), 'Dec 31', 'Dec 31, 2026'],
    ['2026-11-22T03:00:00Z', '2026-11-22T06:30:00Z', 'Nov 22 03:00 to 06:30', 'Nov 22, 2026 03:00 to 06:30'],
    ['2026-11-22T18:00:00Z', midnight('2026-11-23'), 'Nov 22 18:00 to 24:00', 'Nov 22, 2026 18:00 to 24:00'],
    [
      '2026-11-21T18:00:00Z',
      midnight('2026-11-23'),
      'Nov 21 18:00 to Nov 22 24:00',
      'Nov 21 18:00 to Nov 22, 2026 24:00',
    ],
    [midnight('2026-11-16'), null, 'from Nov 16', 'from Nov 16, 2026'],
    [null, midnight('2026-11-23'), 'until Nov 22', 'until Nov 22, 2026'],
    [null, null, undefined, undefined],
    ['not a time', midnight('2026-11-23'), 'until Nov 22', 'until Nov 22, 2026'],
  ])('[%s, %s) is %s', (from, to, short, long) => {
    expect(periodText({ from, to })).toBe(short);
    expect(periodText({ from, to }, { year: true })).toBe(long);
  });
});

it('names the days of a period in a file name', () => {
  expect(periodSlug({ from: midnight('2026-11-22'), to: midnight('2026-11-23') })).toBe('2026-11-22');
  expect(periodSlug({ from: midnight('2026-11-16'), to: midnight('2026-11-23') })).toBe('2026-11-16-to-2026-11-22');
  expect(periodSlug({ from: null, to: midnight('2026-11-23') })).toBeUndefined();
});

it('names the year of a day only where it differs from the year of the report', () => {
  expect(dayText('2026-11-18', midnight('2026-11-22'))).toBe('Nov 18');
  expect(dayText('2025-12-30', midnight('2026-11-22'))).toBe('Dec 30, 2025');
  expect(dayText('<s>', midnight('2026-11-22'))).toBe('an unknown day');
});

it('measures gaps in whole days where that is exact, else in begun hours', () => {
  expect(durationOf([{ from: midnight('2026-11-16'), to: midnight('2026-11-18') }])).toEqual({
    amount: 2,
    unit: 'day',
  });
  expect(durationOf([{ from: '2026-11-16T01:00:00Z', to: '2026-11-16T03:01:00Z' }])).toEqual({
    amount: 3,
    unit: 'hour',
  });
  // No day is missing, but half of each of two.
  const halves = ['16', '17'].map((day) => ({ from: midnight(`2026-11-${day}`), to: `2026-11-${day}T12:00:00Z` }));
  expect(durationOf(halves)).toEqual({ amount: 24, unit: 'hour' });
});

describe('a time in a zone', () => {
  it.each([
    ['2026-11-22T03:15:00Z', 'UTC', '2026-11-22 03:15 UTC'],
    ['2026-11-22T03:15:00Z', 'Europe/Amsterdam', '2026-11-22 04:15 Europe/Amsterdam (03:15 UTC)'],
    ['2026-11-22T03:15:00Z', 'America/New_York', '2026-11-21 22:15 America/New_York (2026-11-22 03:15 UTC)'],
    ['2026-11-22T20:00:00Z', 'Asia/Kolkata', '2026-11-23 01:30 Asia/Kolkata (2026-11-22 20:00 UTC)'],
    // The hour that comes twice is told apart by what stands beside it.
    ['2026-10-25T00:30:00Z', 'Europe/Amsterdam', '2026-10-25 02:30 Europe/Amsterdam (00:30 UTC)'],
    ['2026-10-25T01:30:00Z', 'Europe/Amsterdam', '2026-10-25 02:30 Europe/Amsterdam (01:30 UTC)'],
    ['not a time', 'Europe/Amsterdam', 'unknown UTC'],
  ])('%s in %s is %s', (time, zone, text) => {
    expect(momentText(time, zone)).toBe(text);
  });

  it('stands without its name where a heading names it', () => {
    expect(minuteText('2026-11-22T23:30:00Z', 'Europe/Amsterdam')).toBe('2026-11-23 00:30');
  });

  it('is said to be what it is', () => {
    expect(clockText('UTC')).toBe('All days and times are UTC.');
    expect(clockText('Asia/Kolkata')).toContain('UTC days');
    expect(clockText('Asia/Kolkata')).toContain('those of Asia/Kolkata');
  });
});
