import { describe, expect, it } from '@jest/globals';
import type { DaySummary } from '../../src/model/report.ts';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { trendOf } from '../../src/report/digest-trend.ts';
import { coverageCalendar, stateOfDay } from '../../src/report/page-charts.ts';
import { report } from './samples.ts';

const NONE = { deliveries: 0, violations: 0, plaintext: 0, unrecognised: 0 };

function nights(first: string, count: number): DaySummary[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ ...NONE, day: utcDay(new Date(Date.parse(first) + index * DAY_MS)), data: 'complete', deliveries: 1 },
  }));
}

function months(first: string, count: number): string[][] {
  const calendar = coverageCalendar(report({ domains: [], days: nights(first, count) }));
  return [...calendar.matchAll(/x="(\d+)" y="12">([^<]*)</g)].map(([, x = '', text = '']) => [x, text]);
}

describe('what a day shows', () => {
  it.each<[string, Partial<DaySummary>]>([
    ['clean', { data: 'complete', deliveries: 2 }],
    ['clean', { data: 'complete' }],
    ['doubt', { data: 'incomplete', deliveries: 2 }],
    ['doubt', { data: 'complete', deliveries: 2, unrecognised: 1 }],
    ['violating', { data: 'incomplete', deliveries: 2, violations: 1 }],
    ['nodata', { data: 'none' }],
    ['nodata', { data: 'incomplete' }],
  ])('%s: %j', (state, day) => {
    expect(stateOfDay({ ...NONE, day: '2026-11-01', data: 'complete', ...day })).toBe(state);
  });

  it('is the same in the calendar and in the trend of the mail, where a day was audited without any log', () => {
    const days = [...nights('2026-11-01', 3), { ...NONE, day: '2026-11-04', data: 'incomplete' as const }];
    expect(coverageCalendar(report({ domains: [], days }))).toContain('<title>2026-11-04: no data</title>');
    expect(trendOf(report({ domains: [], days }))?.sentence).toBe('4 nights: 0 with violations, 1 without data.');
  });
});

describe('the months of the calendar', () => {
  it.each<[string, number, string[][]]>([
    // A Monday: November begins on the Sunday of the first week.
    [
      '2026-10-26',
      30,
      [
        ['40', 'Oct'],
        ['66', 'Nov'],
      ],
    ],
    ['2026-11-01', 1, [['40', 'Nov']]],
    // No week of it begins in January.
    ['2026-12-05', 30, [['40', 'Dec 2026']]],
    [
      '2026-12-28',
      30,
      [
        ['40', 'Dec'],
        ['66', 'Jan 2027'],
      ],
    ],
  ])('from %s on, %d days: each over a week that begins in it', (first, count, expected) => {
    expect(months(first, count)).toEqual(expected);
  });

  it('name the year where another one begins, and have room for it', () => {
    expect(months('2025-11-03', 800).map(([, text]) => text)).toEqual(
      expect.arrayContaining(['Nov', 'Dec', 'Jan 2026', 'Feb', 'Jan 2027', 'Feb']),
    );
    const calendar = coverageCalendar(report({ domains: [], days: nights('2026-11-02', 64) }));
    const numberIn = (pattern: RegExp) => Number(pattern.exec(calendar)?.[1]);
    expect(numberIn(/x="(\d+)" y="12">Jan 2027/)).toBe(274);
    // Eight letters of 12 pixels, which the column of one week does not hold.
    expect(numberIn(/<svg [^>]*\bwidth="(\d+)"/)).toBeGreaterThanOrEqual(274 + 60);
  });

  it('stand once for each month of a year', () => {
    expect(months('2026-01-01', 365).map(([, text]) => text)).toHaveLength(12);
  });
});
