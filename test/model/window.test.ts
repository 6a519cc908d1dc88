import { describe, expect, it } from '@jest/globals';
import { startOfUtcDay, utcDay, utcDaysOf } from '../../src/model/window.ts';

describe('startOfUtcDay', () => {
  it.each([
    ['2026-11-03T00:00:00.000Z', '2026-11-03T00:00:00.000Z'],
    ['2026-11-03T23:59:59.999Z', '2026-11-03T00:00:00.000Z'],
    ['1969-12-31T10:00:00.000Z', '1969-12-31T00:00:00.000Z'],
  ])('of %s is %s', (time, start) => {
    expect(new Date(startOfUtcDay(Date.parse(time))).toISOString()).toBe(start);
  });
});

describe('utcDay', () => {
  it('is the UTC date, wherever the program runs', () => {
    expect(utcDay(new Date('2026-11-03T23:30:00-05:00'))).toBe('2026-11-04');
  });
});

describe('utcDaysOf', () => {
  it.each([
    ['a whole day', '2026-11-03T00:00:00Z', '2026-11-04T00:00:00Z', ['2026-11-03']],
    [
      'days that are only touched',
      '2026-11-03T23:59:59Z',
      '2026-11-05T00:00:01Z',
      ['2026-11-03', '2026-11-04', '2026-11-05'],
    ],
    ['the end of a month', '2026-02-28T00:00:00Z', '2026-03-02T00:00:00Z', ['2026-02-28', '2026-03-01']],
    ['nothing', '2026-11-03T00:00:00Z', '2026-11-03T00:00:00Z', []],
  ])('%s', (_, from, to, days) => {
    expect(utcDaysOf({ from: new Date(from), to: new Date(to) })).toEqual(days);
  });
});
