import { describe, expect, it } from '@jest/globals';
import { dueWindows, stretchesOf, windowsOf } from '../../src/judge/due-window.ts';
import { DAY_MS, utcDay, utcDaysOf, type Window } from '../../src/model/window.ts';

const LIMITS = { firstRunDays: 7, catchUpDays: 14, reachDays: 30 };

const NONE = new Set<string>();

function days(from: string, to: string, ...except: string[]): Set<string> {
  return new Set(utcDaysOf({ from: new Date(from), to: new Date(to) }).filter((day) => !except.includes(day)));
}

function textOf(windows: readonly Window[]): string[] {
  return windows.map(({ from, to }) => `${utcDay(from)} ${utcDay(to)}`);
}

interface Known {
  readonly now?: string;
  readonly firstDay: string | undefined;
  readonly audited?: Set<string>;
  readonly covered?: Set<string>;
  readonly unread?: Set<string>;
}

function due({ now = '2026-11-22T05:30:00Z', firstDay, audited = NONE, covered, unread = NONE }: Known, limits = {}) {
  const known = {
    now: new Date(now),
    firstDay,
    auditedDays: audited,
    coveredDays: covered ?? audited,
    unreadDays: unread,
  };
  return textOf(dueWindows({ ...known, ...LIMITS, ...limits }));
}

const YESTERDAY = '2026-11-21 2026-11-22';

describe('dueWindows', () => {
  it.each([
    ['the first run', { firstDay: undefined }, ['2026-11-15 2026-11-22']],
    ['a usual night', { firstDay: '2026-10-01', audited: days('2026-10-01', '2026-11-21') }, [YESTERDAY]],
    ['a second run that night', { firstDay: '2026-10-01', audited: days('2026-10-01', '2026-11-22') }, [YESTERDAY]],
    [
      'midnight exactly',
      { now: '2026-11-22T00:00:00Z', firstDay: '2026-11-01', audited: days('2026-11-01', '2026-11-21') },
      [YESTERDAY],
    ],
    [
      'the end of the day',
      { now: '2026-11-22T23:59:59.999Z', firstDay: '2026-11-01', audited: days('2026-11-01', '2026-11-21') },
      [YESTERDAY],
    ],
    [
      'three missed nights',
      { firstDay: '2026-11-01', audited: days('2026-11-01', '2026-11-18') },
      ['2026-11-18 2026-11-22'],
    ],
    ['nothing before the first audited day', { firstDay: '2026-11-19' }, ['2026-11-19 2026-11-22']],
    ['only today audited so far', { firstDay: '2026-11-22', audited: days('2026-11-22', '2026-11-23') }, [YESTERDAY]],
    [
      'three weeks of outage: oldest first, seven days each',
      { firstDay: '2026-09-01', audited: days('2026-09-01', '2026-11-01') },
      ['2026-11-01 2026-11-08', '2026-11-08 2026-11-15', '2026-11-15 2026-11-22'],
    ],
    [
      'an outage longer than the source reaches',
      { firstDay: '2026-01-01', audited: days('2026-01-01', '2026-09-01') },
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
      { firstDay: '2026-09-01', audited: days('2026-09-01', '2026-11-21', '2026-10-30', '2026-10-31') },
      ['2026-10-30 2026-11-01', YESTERDAY],
    ],
    [
      'the first day of a year',
      { now: '2027-01-01T02:00:00Z', firstDay: '2026-12-01', audited: days('2026-12-01', '2026-12-30') },
      ['2026-12-30 2027-01-01'],
    ],
    ['a first run across the year', { now: '2027-01-03T02:00:00Z', firstDay: undefined }, ['2026-12-27 2027-01-03']],
    [
      'a leap day',
      { now: '2028-03-01T02:00:00Z', firstDay: '2028-02-01', audited: days('2028-02-01', '2028-02-29') },
      ['2028-02-29 2028-03-01'],
    ],
    ['a first run across a leap day', { now: '2028-03-02T02:00:00Z', firstDay: undefined }, ['2028-02-24 2028-03-02']],
  ])('%s', (_, known, expected) => {
    expect(due(known)).toEqual(expected);
  });

  it.each([
    ['one of them', ['2026-11-13'], ['2026-11-13 2026-11-14', YESTERDAY]],
    ['days in a row', ['2026-11-12', '2026-11-13'], ['2026-11-12 2026-11-14', YESTERDAY]],
    ['two apart', ['2026-11-10', '2026-11-15'], ['2026-11-10 2026-11-11', '2026-11-15 2026-11-16', YESTERDAY]],
    ['the day before yesterday', ['2026-11-20'], ['2026-11-20 2026-11-21', YESTERDAY]],
    ['the oldest day it looks again at', ['2026-11-08'], ['2026-11-08 2026-11-09', YESTERDAY]],
    ['one that lies further back', ['2026-11-07'], [YESTERDAY]],
    [
      'every one of two weeks',
      [...days('2026-11-01', '2026-11-21')],
      ['2026-11-08 2026-11-15', '2026-11-15 2026-11-21', YESTERDAY],
    ],
  ])('days that were looked at and lack data, without the days since: %s', (_, lacking, expected) => {
    const covered = days('2026-09-01', '2026-11-21', ...lacking);
    expect(due({ firstDay: '2026-09-01', audited: days('2026-09-01', '2026-11-21'), covered })).toEqual(expected);
  });

  it('judges days again as long as a log of them could not be read, however long ago', () => {
    const audited = days('2026-01-01', '2026-11-22');
    const unread = new Set(['2026-03-05', '2026-03-06', '2026-11-20', '2026-11-21']);
    expect(due({ firstDay: '2026-01-01', audited, unread })).toEqual([
      '2026-03-05 2026-03-07',
      '2026-11-20 2026-11-21',
      YESTERDAY,
    ]);
  });

  it('judges a night without data again by itself, also where the day before it lacks data', () => {
    const covered = days('2026-09-01', '2026-11-20');
    const known = { firstDay: '2026-09-01', audited: days('2026-09-01', '2026-11-22'), covered };
    expect(due(known)).toEqual(['2026-11-20 2026-11-21', YESTERDAY]);
  });

  it('looks at days nobody saw apart from those that lack data beside them', () => {
    const audited = days('2026-09-01', '2026-11-18');
    const covered = days('2026-09-01', '2026-11-17');
    expect(due({ firstDay: '2026-09-01', audited, covered })).toEqual([
      '2026-11-17 2026-11-18',
      '2026-11-18 2026-11-22',
    ]);
  });

  it('looks as far back as either setting says for days nobody saw', () => {
    const known = { firstDay: '2026-09-01', audited: days('2026-09-01', '2026-11-21', '2026-11-12') };
    expect(due(known, { reachDays: 3 })).toEqual(['2026-11-12 2026-11-13', YESTERDAY]);
    expect(due(known, { reachDays: 3, catchUpDays: 9 })).toEqual([YESTERDAY]);
    expect(due({ firstDay: '2026-01-01' }, { reachDays: 1, catchUpDays: 1 })).toEqual([YESTERDAY]);
    expect(due({ firstDay: undefined }, { firstRunDays: 1 })).toEqual([YESTERDAY]);
  });

  it('night after night for a year with outages, looks at every day once, in windows of at most seven days', () => {
    const firstMs = Date.parse('2026-01-01T00:00:00Z');
    const seen = new Map<string, number>();
    const isDown = (night: number) => night % 90 > 60 && night % 90 < 83;
    for (let night = 1; night <= 400; night++) {
      if (isDown(night)) continue;
      const known = new Set(seen.keys());
      const windows = dueWindows({
        now: new Date(firstMs + night * DAY_MS + 5.5 * 3_600_000),
        firstDay: night === 1 ? undefined : '2026-01-01',
        auditedDays: known,
        coveredDays: known,
        unreadDays: NONE,
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

  it('holds every day that is due and no other, each once, and ends with yesterday, whatever is recorded', () => {
    const today = Date.parse('2026-11-22T00:00:00Z');
    const dayOf = (back: number) => utcDay(new Date(today - back * DAY_MS));
    for (let seed = 1; seed <= 300; seed++) {
      const chance = (back: number, salt: number) =>
        (Math.imul(seed * 7919 + back * 104_729 + salt, 2_654_435_761) >>> 16) % 4;
      const backs = Array.from({ length: 40 }, (_, index) => index + 1);
      const audited = new Set(backs.filter((back) => chance(back, 1) > 0).map(dayOf));
      const covered = new Set(
        backs
          .filter((back) => chance(back, 2) > 0)
          .map(dayOf)
          .filter((day) => audited.has(day)),
      );
      const unread = new Set(backs.filter((back) => chance(back, 3) === 0).map(dayOf));
      const windows = dueWindows({
        now: new Date(today + 1),
        firstDay: dayOf(40),
        auditedDays: audited,
        coveredDays: covered,
        unreadDays: unread,
        ...LIMITS,
      });
      const isDue = (back: number) =>
        back === 1 ||
        unread.has(dayOf(back)) ||
        (back <= 30 && !audited.has(dayOf(back))) ||
        (back <= 14 && !covered.has(dayOf(back)));
      expect(windows.flatMap(utcDaysOf)).toEqual(backs.filter(isDue).map(dayOf).toReversed());
      expect(Math.max(...windows.map((window) => utcDaysOf(window).length))).toBeLessThanOrEqual(7);
    }
  });
});

describe('windowsOf', () => {
  it('puts days in a row together, seven at most, and takes each once', () => {
    const listed = ['2026-11-03', '2026-11-01', '2026-11-03', '2026-11-02', ...days('2026-11-10', '2026-11-18')];
    expect(textOf(windowsOf(listed))).toEqual([
      '2026-11-01 2026-11-04',
      '2026-11-10 2026-11-17',
      '2026-11-17 2026-11-18',
    ]);
  });
});

describe('stretchesOf', () => {
  it('has the days of an outage together, and days between which there is data apart', () => {
    const listed = [...days('2026-11-01', '2026-11-21'), '2026-11-23', '2026-11-30'];
    const expected = ['2026-11-01 2026-11-21', '2026-11-23 2026-11-24', '2026-11-30 2026-12-01'];
    expect(textOf(stretchesOf(listed))).toEqual(expected);
  });
});
