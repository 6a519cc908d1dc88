import { describe, expect, it } from '@jest/globals';
import { dueWindows } from '../../src/judge/due-window.ts';
import { DAY_MS, utcDay, utcDaysOf } from '../../src/model/window.ts';

const LIMITS = { firstRunDays: 7, catchUpDays: 7, reachDays: 30 };

function days(from: string, to: string, ...except: string[]): Set<string> {
  return new Set(utcDaysOf({ from: new Date(from), to: new Date(to) }).filter((day) => !except.includes(day)));
}

function due(now: string, firstDay: string | undefined, audited: Set<string>, covered = audited): string[] {
  const windows = dueWindows({ now: new Date(now), firstDay, auditedDays: audited, coveredDays: covered, ...LIMITS });
  return windows.map(({ from, to }) => `${utcDay(from)} ${utcDay(to)}`);
}

describe('dueWindows', () => {
  it.each([
    ['the first run', undefined, new Set<string>(), undefined, ['2026-11-15 2026-11-22']],
    ['a usual night', '2026-10-01', days('2026-10-01', '2026-11-21'), undefined, ['2026-11-21 2026-11-22']],
    [
      'three weeks of outage: oldest first, seven days each',
      '2026-09-01',
      days('2026-09-01', '2026-11-01'),
      undefined,
      ['2026-11-01 2026-11-08', '2026-11-08 2026-11-15', '2026-11-15 2026-11-22'],
    ],
    [
      'an outage longer than the source reaches',
      '2026-01-01',
      days('2026-01-01', '2026-09-01'),
      undefined,
      [
        '2026-10-23 2026-10-30',
        '2026-10-30 2026-11-06',
        '2026-11-06 2026-11-13',
        '2026-11-13 2026-11-20',
        '2026-11-20 2026-11-22',
      ],
    ],
    [
      'an outage long ago, without the days since',
      '2026-09-01',
      days('2026-09-01', '2026-11-21', '2026-10-30', '2026-10-31'),
      undefined,
      ['2026-10-30 2026-11-06', '2026-11-21 2026-11-22'],
    ],
    [
      'a day that was looked at and stayed incomplete, for a week',
      '2026-09-01',
      days('2026-09-01', '2026-11-21'),
      days('2026-09-01', '2026-11-21', '2026-11-16', '2026-11-02'),
      ['2026-11-16 2026-11-22'],
    ],
  ])('%s', (_, firstDay, audited, covered, expected) => {
    expect(due('2026-11-22T05:30:00Z', firstDay, audited, covered)).toEqual(expected);
  });

  it('night after night for a year with outages, looks at every day once, in windows of at most seven days', () => {
    const firstMs = Date.parse('2026-01-01T00:00:00Z');
    const seen = new Map<string, number>();
    const isDown = (night: number) => night % 90 > 60 && night % 90 < 83;
    for (let night = 1; night <= 400; night++) {
      if (isDown(night)) continue;
      const known = new Set(seen.keys());
      const now = new Date(firstMs + night * DAY_MS + 5.5 * 3_600_000);
      const windows = dueWindows({
        now,
        firstDay: night === 1 ? undefined : '2026-01-01',
        auditedDays: known,
        coveredDays: known,
        ...LIMITS,
        firstRunDays: 1,
      });
      for (const window of windows) {
        expect(window.to.getTime() - window.from.getTime()).toBeLessThanOrEqual(7 * DAY_MS);
        for (const day of utcDaysOf(window)) seen.set(day, (seen.get(day) ?? 0) + 1);
      }
    }
    expect([...seen.keys()].toSorted()).toEqual(
      utcDaysOf({ from: new Date(firstMs), to: new Date(firstMs + 400 * DAY_MS) }),
    );
    expect(Math.max(...seen.values())).toBe(1);
  });
});
