import { describe, expect, it } from '@jest/globals';
import { dayResults, firstViolationDay } from '../../src/judge/day-results.ts';
import type { Gap } from '../../src/model/report.ts';
import { tallyOf, windowOf } from './rows.ts';

const WINDOW = windowOf('2026-11-02T00:00:00Z', '2026-11-05T00:00:00Z');
const LATER = new Date('2026-11-06T02:00:00Z');

function completeDays(facts: { window?: typeof WINDOW; startedAt?: Date; gaps?: Gap[]; allRead?: boolean }): string[] {
  return dayResults({ window: WINDOW, startedAt: LATER, tally: tallyOf([]), gaps: [], allRead: true, ...facts })
    .filter(({ complete }) => complete)
    .map(({ day }) => day);
}

describe('a day is complete', () => {
  it.each<[string, Parameters<typeof completeDays>[0], string[]]>([
    ['where nothing speaks against it', {}, ['2026-11-02', '2026-11-03', '2026-11-04']],
    [
      'where it was over when the run began',
      { startedAt: new Date('2026-11-04T23:59:59Z') },
      ['2026-11-02', '2026-11-03'],
    ],
    [
      'at the very midnight',
      { startedAt: new Date('2026-11-05T00:00:00Z') },
      ['2026-11-02', '2026-11-03', '2026-11-04'],
    ],
    [
      'where the window holds all of it',
      { window: windowOf('2026-11-02T00:00:01Z', '2026-11-04T23:59:59Z') },
      ['2026-11-03'],
    ],
    [
      'where no gap touches it',
      { gaps: [{ from: '2026-11-03T23:00:00.000Z', to: '2026-11-04T00:00:00.000Z' }] },
      ['2026-11-02', '2026-11-04'],
    ],
    [
      'where no gap of several days does',
      { gaps: [{ from: '2026-11-02T23:59:59.999Z', to: '2026-11-04T00:00:00.001Z' }] },
      [],
    ],
    ['where every source could be read', { allRead: false }, []],
  ])('%s', (_, facts, days) => {
    expect(completeDays(facts)).toEqual(days);
  });
});

describe('the domains of a day', () => {
  const tally = tallyOf([
    { tlsCipher: ':', time: '2026-11-02T10:00:00Z' },
    { tlsCipher: '', time: '2026-11-02T23:59:59Z' },
    { tlsCipher: 'TLSv1:A', time: '2026-11-04T00:00:00Z' },
    { domain: 'other.example', time: '2026-11-04T00:00:00Z' },
  ]);
  const results = dayResults({ window: WINDOW, startedAt: LATER, tally, gaps: [], allRead: true });

  it('are those with a delivery on it, and add up to the run', () => {
    expect(results.map(({ day, domains }) => [day, domains])).toEqual([
      ['2026-11-02', [{ domain: 'acme.example', deliveries: 2, violations: 1, plaintext: 1, unrecognised: 1 }]],
      ['2026-11-03', []],
      [
        '2026-11-04',
        [
          { domain: 'acme.example', deliveries: 1, violations: 1, plaintext: 0, unrecognised: 0 },
          { domain: 'other.example', deliveries: 1, violations: 0, plaintext: 0, unrecognised: 0 },
        ],
      ],
    ]);
  });

  it('are kept where the day is not complete', () => {
    const [first] = dayResults({ window: WINDOW, startedAt: LATER, tally, gaps: [], allRead: false });
    expect(first).toMatchObject({ complete: false, domains: [{ domain: 'acme.example' }] });
  });
});

describe('firstViolationDay', () => {
  it('is the earliest day with a violation, not with a delivery, in whatever order the rows stand', () => {
    const tally = tallyOf([
      { tlsCipher: ':', time: '2026-11-05T10:00:00Z' },
      { tlsCipher: 'TLSv1:A', time: '2026-11-03T10:00:00Z' },
      { tlsCipher: 'TLSv1.2:A', time: '2026-11-01T10:00:00Z' },
    ]);
    expect(firstViolationDay(tally, 'acme.example')).toEqual(new Date('2026-11-03T00:00:00Z'));
  });
});
