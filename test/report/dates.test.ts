import { describe, expect, it } from '@jest/globals';
import { dayText, durationOf, periodSlug, periodText } from '../../src/report/dates.ts';

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
});
