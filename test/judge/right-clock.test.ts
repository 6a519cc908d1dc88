import { describe, expect, it } from '@jest/globals';
import { isBehind, underRightClock } from '../../src/judge/right-clock.ts';

const NOW = new Date('2026-11-24T05:30:00Z');

function kept(...newestFirst: string[]): string[] {
  return underRightClock(
    newestFirst.map((time) => ({ startedAt: new Date(`${time}:00Z`) })),
    NOW,
  ).map(({ startedAt }) => startedAt.toISOString().slice(0, 16));
}

describe('runs under a right clock', () => {
  it.each([
    ['all of an ordinary week', ['2026-11-24T05:30', '2026-11-23T05:30'], ['2026-11-24T05:30', '2026-11-23T05:30']],
    ['not one in the future', ['2027-11-24T05:30', '2026-11-23T05:30'], ['2026-11-23T05:30']],
    [
      'not one whose time has come meanwhile',
      ['2026-11-23T05:30', '2026-11-22T05:30', '2026-11-24T05:29', '2025-11-23T05:30'],
      ['2026-11-23T05:30', '2026-11-22T05:30', '2025-11-23T05:30'],
    ],
    [
      'those apart by what clocks are corrected by',
      ['2026-11-23T05:30', '2026-11-23T05:31'],
      ['2026-11-23T05:30', '2026-11-23T05:31'],
    ],
    ['none', [], []],
  ])('are %s', (_, newestFirst, expected) => {
    expect(kept(...newestFirst)).toEqual(expected);
  });
});

describe('a clock', () => {
  it.each([
    ['2026-11-24T23:59', false],
    ['2026-11-25T00:00', true],
  ])('before a run of %s is behind: %s', (time, expected) => {
    expect(isBehind([{ startedAt: NOW }, { startedAt: new Date(`${time}:00Z`) }], NOW)).toBe(expected);
  });
});
