import { describe, expect, it } from '@jest/globals';
import { UnreadRows } from '../../src/judge/unread-rows.ts';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { rowOf, windowOf } from './rows.ts';

/** A log of rows at these times of November (`21 10:00`); `?` is one that could not be read. */
function unreadOf(rows: readonly string[], isCut = false) {
  const unread = new UnreadRows();
  for (const row of rows) {
    const [day = '', time = ''] = row.split(' ');
    const timeMs = Date.parse(`2026-11-${day}T${time}:00Z`);
    if (row === '?') unread.unread();
    else unread.add(rowOf({}), { dayFirstMs: timeMs, monthFirstMs: NaN });
  }
  return unread.result('dmy', isCut);
}

function rowsIn(rows: readonly string[], day: number, isCut = false): number {
  return unreadOf(rows, isCut).mayBeOf(windowOf(`2026-11-${day}T00:00:00Z`, `2026-11-${day + 1}T00:00:00Z`)).rows;
}

function daysOf(rows: readonly string[], isCut = false): string[] {
  return [...unreadOf(rows, isCut).days].map((day) => utcDay(new Date(day * DAY_MS)).slice(8));
}

describe('a row that could not be read', () => {
  it.each<[string, string[], number[], string[]]>([
    ['of the day of the rows around it', ['20 10:00', '21 09:00', '?', '21 10:00', '22 09:00'], [0, 1, 0, 0], ['21']],
    ['of either day at midnight', ['20 10:00', '21 23:59', '?', '22 00:01'], [0, 1, 1, 0], ['21', '22']],
    ['of any day in between, where no row is', ['20 10:00', '?', '22 00:01'], [1, 1, 1, 0], ['20', '22']],
    ['of the day beside it at the begin of the log', ['?', '21 10:00', '22 10:00'], [0, 1, 0, 0], ['21']],
    ['of the day beside it at the end of the log', ['20 10:00', '21 10:00', '?'], [0, 1, 0, 0], ['21']],
    ['of any day where no other row could be read', ['?'], [1, 1, 1, 1], []],
    [
      'of the day around it where rows of one hour are not in order',
      ['21 10:30', '21 10:00', '?', '21 10:10', '22 10:00'],
      [0, 1, 0, 0],
      ['21'],
    ],
    [
      'of any day of the log where it does not stand in order',
      ['21 10:00', '20 10:00', '?', '20 11:00', '22 10:00'],
      [1, 1, 1, 0],
      ['21', '20', '22'],
    ],
    [
      'of any day of the log where it goes backwards',
      ['22 10:00', '?', '22 09:00', '21 10:00'],
      [0, 1, 1, 0],
      ['22', '21'],
    ],
  ])('may be %s', (_, rows, counts, days) => {
    expect([20, 21, 22, 23].map((day) => rowsIn(rows, day))).toEqual(counts);
    expect(daysOf(rows)).toEqual(days);
  });

  it('may be of any later day where the log is cut', () => {
    const rows = ['20 10:00', '21 10:00', '?'];
    expect([20, 21, 22].map((day) => rowsIn(rows, day, true))).toEqual([0, 1, 1]);
    expect(daysOf(rows, true)).toEqual(['21']);
    expect([20, 21, 22, 23].map((day) => rowsIn(['22 10:00', '20 10:00', '?', '21 10:00', '?'], day, true))).toEqual([
      2, 2, 2, 2,
    ]);
  });

  it('is told one by one', () => {
    const rows = ['20 10:00', '?', '?', '20 11:00', '21 10:00', '?', '21 11:00', '?', '22 10:00', '?'];
    const { rows: count, isOf } = unreadOf(rows).mayBeOf(windowOf('2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z'));
    expect(count).toBe(2);
    expect([0, 1, 2, 3, 4].map(isOf)).toEqual([false, false, true, true, false]);
  });

  it('goes by the reading of dates that the log turned out to have', () => {
    const unread = new UnreadRows();
    const [dayFirstMs, monthFirstMs] = [Date.parse('2026-11-03T10:00:00Z'), Date.parse('2026-03-11T10:00:00Z')];
    unread.repeated({ dayFirstMs, monthFirstMs });
    unread.unread();
    expect([...unread.result('dmy', false).days]).toEqual([Math.floor(dayFirstMs / DAY_MS)]);
    expect([...unread.result('mdy', false).days]).toEqual([Math.floor(monthFirstMs / DAY_MS)]);
  });
});
