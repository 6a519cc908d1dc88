import { describe, expect, it } from '@jest/globals';
import { rangeRows } from '../../src/judge/range-rows.ts';
import type { Counts, Reject, Report } from '../../src/model/report.ts';
import { reportOf } from '../record/fixtures.ts';

interface Night {
  readonly days: readonly [first: number, last: number];
  /** Name and rows; the name is what tells the bytes apart, unless it stands after a `#`. */
  readonly files: Readonly<Record<string, number>>;
  readonly rejects?: readonly Reject[];
  readonly counts?: Partial<Counts>;
  readonly deliveries?: number;
}

function nightOf({ days: [first, last], files, rejects = [], counts = {}, deliveries = 0 }: Night): Report {
  const at = (day: number): string => `2026-11-${String(day).padStart(2, '0')}T00:00:00.000Z`;
  const report = reportOf({ id: `r${first}`, from: at(first), to: at(last + 1) });
  return {
    ...report,
    sources: Object.entries(files).map(([file, rows]) => {
      const [name = '', bytes = name] = file.split('#');
      return { name, sha256: bytes, rows, dateOrder: 'dmy' as const };
    }),
    rejects,
    counts: {
      ...report.counts,
      rejected: rejects.length,
      events: { R: 0, D: deliveries, T: 0, P: 0, other: 0 },
      deliveries,
      ...counts,
    },
  };
}

const broken = (source: string, line: number): Reject => ({ source, line, reason: 'no date' });

function rowsOf(...nights: Night[]) {
  const { sources, rejects, counts, telling, overlapping } = rangeRows(nights.map(nightOf));
  const { rejected, duplicates, outsideWindow, events } = counts;
  return {
    files: sources.map(({ name, rows }) => `${name} ${rows}`),
    rejects: rejects.map(({ source, line }) => `${source} ${line}`),
    rows: [rejected, duplicates, outsideWindow, events.D],
    telling: telling.length,
    overlapping,
  };
}

describe('the rows of several runs', () => {
  it('of one file of a week, read by five nights, count once', () => {
    const night = (day: number): Night => ({
      days: [day, day],
      files: { 'week.csv': 70 },
      rejects: [broken('week.csv', 7)],
      counts: { duplicates: 3 },
      deliveries: 9,
    });
    expect(rowsOf(...[2, 3, 4, 5, 6].map(night))).toEqual({
      files: ['week.csv 70'],
      rejects: ['week.csv 7'],
      rows: [1, 3, 21, 45],
      telling: 5,
      overlapping: false,
    });
  });

  it('of files that two nights share count once each', () => {
    const rejects = (...days: number[]) => days.map((day) => broken(`${day}.csv`, 2));
    expect(
      rowsOf(
        { days: [1, 1], files: { '1.csv': 10 }, rejects: rejects(1), deliveries: 8, counts: { duplicates: 1 } },
        {
          days: [2, 2],
          files: { '1.csv': 10, '2.csv': 20 },
          rejects: rejects(1, 2),
          deliveries: 19,
          counts: { duplicates: 1 },
        },
        { days: [3, 3], files: { '2.csv': 20, '3.csv': 30 }, rejects: rejects(2, 3), deliveries: 29 },
      ),
    ).toMatchObject({
      files: ['1.csv 10', '2.csv 20', '3.csv 30'],
      rejects: ['1.csv 2', '2.csv 2', '3.csv 2'],
      rows: [3, 1, 0, 56],
    });
  });

  it('know a file by its bytes, under the name it had last, and an archive by all of its logs', () => {
    expect(
      rowsOf(
        { days: [1, 1], files: { 'export.csv#a': 10, 'z.zip:1.csv#z': 1 }, deliveries: 10 },
        { days: [2, 2], files: { 'renamed.csv#a': 10, 'export.csv#b': 20, 'z.zip:1.csv#z': 1, 'z.zip:2.csv#z': 2 } },
      ).files,
    ).toEqual(['renamed.csv 10', 'z.zip:1.csv 1', 'z.zip:2.csv 2', 'export.csv 20']);
  });

  it('that a run over some of the days read again count once', () => {
    const week: Night = { days: [1, 7], files: { 'week.csv': 70 }, deliveries: 70 };
    const again: Night = { days: [3, 3], files: { 'week.csv': 70 }, deliveries: 10 };
    expect(rowsOf(week, again)).toMatchObject({ rows: [0, 0, 0, 70], telling: 1, overlapping: false });
    expect(rowsOf(again, week)).toMatchObject({ rows: [0, 0, 0, 70], telling: 1 });
    expect(rowsOf(week, week)).toMatchObject({ rows: [0, 0, 0, 70], telling: 1 });
  });

  it('never lose a doubt that only one of the runs had', () => {
    const week: Night = { days: [1, 7], files: { 'week.csv': 70 }, deliveries: 70 };
    const doubting: Night = {
      days: [3, 3],
      files: { 'week.csv': 70 },
      rejects: [broken('week.csv', 3)],
      deliveries: 9,
    };
    const unknown = { R: 0, D: 9, T: 0, P: 0, other: 1 };
    expect(rowsOf(week, doubting)).toMatchObject({ rows: [1, 0, 0, 70] });
    const [first, second] = [nightOf(week), nightOf({ ...doubting, rejects: [], counts: { events: unknown } })];
    expect(rangeRows([first, second]).counts.events.other).toBe(1);
    expect(rangeRows([first, second]).overlapping).toBe(true);
  });

  it('that are rejected beyond the lists of the runs are counted all the same', () => {
    const many = (day: number): Night => ({
      days: [day, day],
      files: { 'week.csv': 500 },
      rejects: Array.from({ length: 100 }, (_, line) => broken('week.csv', line)),
      counts: { rejected: 140 },
    });
    expect(rowsOf(many(1), many(2))).toMatchObject({ rows: [140, 0, 360, 0] });
    const versions: Night = {
      days: [1, 1],
      files: { 'a.csv#1': 5, 'a.csv#2': 5 },
      rejects: [broken('a.csv', 2), broken('a.csv', 2)],
    };
    expect(rowsOf(versions)).toMatchObject({ rows: [2, 0, 8, 0] });
  });

  it('of runs that read different files over the same time are said to count twice', () => {
    const week: Night = { days: [1, 7], files: { 'week.csv': 70 }, deliveries: 70 };
    const late: Night = { days: [3, 3], files: { 'week.csv': 70, 'late.csv': 5 }, deliveries: 15 };
    expect(rowsOf(week, late)).toMatchObject({ rows: [0, 0, 0, 85], telling: 2, overlapping: true });
  });
});
