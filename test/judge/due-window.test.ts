import { describe, expect, it } from '@jest/globals';
import { dueWindow } from '../../src/judge/due-window.ts';
import { utcDaysOf } from '../../src/model/window.ts';

const LIMITS = { firstRunDays: 7, catchUpDays: 28 };

function covered(from: string, to: string, ...except: string[]): Set<string> {
  const days = utcDaysOf({ from: new Date(from), to: new Date(to) });
  return new Set(days.filter((day) => !except.includes(day)));
}

function due(now: string, firstDay: string | undefined, coveredDays: Set<string>, limits = LIMITS): string {
  const { from, to } = dueWindow({ now: new Date(now), firstDay, coveredDays, ...limits });
  return `${from.toISOString()} ${to.toISOString()}`.replaceAll('T00:00:00.000Z', '');
}

describe('dueWindow', () => {
  it.each([
    ['the first run', '2026-11-22T02:00:00Z', undefined, new Set<string>(), '2026-11-15 2026-11-22'],
    ['a usual night', '2026-11-22T02:00Z', '2026-11-01', covered('2026-11-01', '2026-11-21'), '2026-11-21 2026-11-22'],
    ['all covered', '2026-11-22T02:00Z', '2026-11-01', covered('2026-11-01', '2026-11-22'), '2026-11-21 2026-11-22'],
    [
      'a second run that day',
      '2026-11-22T23:59:59.999Z',
      '2026-11-21',
      new Set(['2026-11-21']),
      '2026-11-21 2026-11-22',
    ],
    [
      'midnight exactly',
      '2026-11-22T00:00Z',
      '2026-11-01',
      covered('2026-11-01', '2026-11-21'),
      '2026-11-21 2026-11-22',
    ],
    [
      'three missed nights',
      '2026-11-22T02:00Z',
      '2026-11-01',
      covered('2026-11-01', '2026-11-18'),
      '2026-11-18 2026-11-22',
    ],
    [
      'an incomplete day in the middle',
      '2026-11-22T02:00Z',
      '2026-11-01',
      covered('2026-11-01', '2026-11-22', '2026-11-09', '2026-11-15'),
      '2026-11-09 2026-11-22',
    ],
    [
      'an outage longer than the catch-up',
      '2026-11-22T02:00Z',
      '2026-01-01',
      new Set<string>(),
      '2026-10-25 2026-11-22',
    ],
    [
      'a gap older than the catch-up',
      '2026-11-22T02:00Z',
      '2026-01-01',
      covered('2026-01-01', '2026-11-21', '2026-10-24'),
      '2026-11-21 2026-11-22',
    ],
    [
      'nothing before the first audited day',
      '2026-11-22T02:00Z',
      '2026-11-19',
      new Set<string>(),
      '2026-11-19 2026-11-22',
    ],
    ['only today audited so far', '2026-11-22T02:00Z', '2026-11-22', new Set<string>(), '2026-11-21 2026-11-22'],
    [
      'the first day of a year',
      '2027-01-01T02:00Z',
      '2026-12-01',
      covered('2026-12-01', '2026-12-30'),
      '2026-12-30 2027-01-01',
    ],
    ['a first run across the year', '2027-01-03T02:00Z', undefined, new Set<string>(), '2026-12-27 2027-01-03'],
    ['a leap day', '2028-03-01T02:00Z', '2028-02-01', covered('2028-02-01', '2028-02-29'), '2028-02-29 2028-03-01'],
    ['no leap day', '2027-03-01T02:00Z', '2027-02-01', covered('2027-02-01', '2027-02-28'), '2027-02-28 2027-03-01'],
    ['a first run across a leap day', '2028-03-02T02:00Z', undefined, new Set<string>(), '2028-02-24 2028-03-02'],
  ])('%s', (_name, now, firstDay, coveredDays, expected) => {
    expect(due(now, firstDay, coveredDays)).toBe(expected);
  });

  it('goes back one day where the settings say one day', () => {
    const limits = { firstRunDays: 1, catchUpDays: 1 };
    expect(due('2026-11-22T02:00Z', undefined, new Set(), limits)).toBe('2026-11-21 2026-11-22');
    expect(due('2026-11-22T02:00Z', '2026-01-01', new Set(), limits)).toBe('2026-11-21 2026-11-22');
  });
});
