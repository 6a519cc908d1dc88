import { describe, expect, it } from '@jest/globals';
import { saysTheSameOf, withoutTold } from '../../src/judge/told.ts';
import type { RecordedRun } from '../../src/model/history.ts';
import type { Report } from '../../src/model/report.ts';
import { reportOf } from '../record/fixtures.ts';

const FIGURES = { data: 'incomplete', deliveries: 3, violations: 1, plaintext: 1, unrecognised: 0 } as const;

const at = (time: string) => `2026-11-${time}:00:00.000Z`;

function report(changes: Partial<Report> = {}): Report {
  return {
    ...reportOf({ id: 'r1', from: at('04T00'), to: at('07T00'), verdict: 'inconclusive' }),
    days: [{ day: '2026-11-04', ...FIGURES }],
    gaps: [{ from: at('04T12'), to: at('05T00') }],
    ...changes,
  };
}

const FAILURE = { source: 'a.csv', reason: 'it is cut off' };

describe('saysTheSameOf a day', () => {
  it.each<[string, Partial<Report>, boolean]>([
    ['the same', {}, true],
    ['a gap that goes on the day after', { gaps: [{ from: at('04T12'), to: at('06T00') }] }, true],
    ['gaps of other days', { gaps: [...report().gaps, { from: at('06T00'), to: at('07T00') }] }, true],
    [
      'more of other days',
      { days: [...(report().days ?? []), { day: '2026-11-05', ...FIGURES, violations: 3 }] },
      true,
    ],
    ['a longer gap', { gaps: [{ from: at('04T11'), to: at('05T00') }] }, false],
    ['no gap', { gaps: [] }, false],
    ['more deliveries', { days: [{ day: '2026-11-04', ...FIGURES, deliveries: 4 }] }, false],
    ['other violations', { days: [{ day: '2026-11-04', ...FIGURES, violations: 2 }] }, false],
    ['complete data', { days: [{ day: '2026-11-04', ...FIGURES, data: 'complete' }] }, false],
    ['a log that could not be read', { failures: [FAILURE] }, false],
    ['rows that could not be read', { counts: { ...report().counts, rejected: 1 } }, false],
    ['nothing of the day', { days: [] }, false],
  ])('%s', (_, changes, expected) => {
    expect(saysTheSameOf('2026-11-04', report(), report(changes))).toBe(expected);
    expect(saysTheSameOf('2026-11-04', report(changes), report())).toBe(expected);
  });

  it('is false where neither has figures of it', () => {
    expect(saysTheSameOf('2026-11-09', report(), report())).toBe(false);
  });
});

describe('what an earlier run told of', () => {
  const END = { domain: 'acme.example', kind: 'unverified', since: '2026-11-02', on: '2026-11-06' } as const;
  const restored = [{ ...END, now: 'all' }] as const;
  const runOf = (recorded: Report): RecordedRun => {
    const [window, at] = [{ from: new Date(0), to: new Date(0) }, new Date(0)];
    return { id: 'r1', job: 'j', window, startedAt: at, verdict: 'fail', report: recorded, mailedAt: at, link: null };
  };
  const toldBy = (earlier: Partial<Report>) =>
    withoutTold({ changes: [], downgrades: [], restored: [...restored] }, [runOf(report(earlier))], true).restored[0]
      ?.told;

  it('is no news: a protection that was whole again', () => {
    expect(toldBy({ restored: [{ ...END, now: 'all' }] })).toBe(true);
  });

  it('is news where only some of it was again: that is told nobody', () => {
    expect(toldBy({ restored: [{ ...END, on: '2026-11-04', now: 'some' }] })).toBeUndefined();
  });
});
