import { describe, expect, it } from '@jest/globals';
import { coverHours, type Extent, joinGaps, silencesOf } from '../../src/judge/silence.ts';
import { SUSPECTED_ROW_LIMIT } from '../../src/judge/verdict.ts';
import { HOUR_MS } from '../../src/model/window.ts';

const START = '2026-11-20T00:00:00.000Z';
const START_HOUR = Date.parse(START) / HOUR_MS;

function at(hours: number): string {
  return new Date((START_HOUR + hours) * HOUR_MS).toISOString();
}

function window(hours: number) {
  return { from: new Date(START), to: new Date(at(hours)) };
}

function range(from: number, to: number, step = 1): number[] {
  return Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);
}

function extent(name: string, hours: readonly number[], rows = 1000): Extent {
  return { name, rows, hours: new Set(hours.map((hour) => START_HOUR + hour)) };
}

describe('silencesOf', () => {
  it.each<[string, number, Extent[], [number, number][]]>([
    ['no data at all is not its matter', 48, [], []],
    ['a busy log to the end', 48, [extent('a', range(0, 48))], []],
    ['a busy log that ends six hours early', 48, [extent('a', range(0, 42))], [[42, 48]]],
    ['a busy log that ends five hours early', 48, [extent('a', range(0, 43))], []],
    ['a quiet log that ends early: nobody can tell', 48, [extent('a', range(0, 30, 3))], []],
    ['one mail a day', 72, [extent('a', [9, 33, 57])], []],
    ['a log of office hours', 48, [extent('a', [...range(8, 18), ...range(32, 42)])], []],
    ['a busy log of less than a day', 24, [extent('a', range(0, 16))], []],
    ['a busy log in two files', 48, [extent('a', range(0, 24)), extent('b', range(24, 40))], [[40, 48]]],
    ['a file at the row limit', 48, [extent('a', range(0, 20, 4), SUSPECTED_ROW_LIMIT)], [[16, 48]]],
    [
      'a file at the row limit, the rest of which another file tells',
      48,
      [extent('a', range(0, 21, 4), SUSPECTED_ROW_LIMIT), extent('b', [18, 47])],
      [],
    ],
    [
      'a file at the row limit, of the rest of which another file tells a part',
      48,
      [extent('a', range(0, 21, 4), SUSPECTED_ROW_LIMIT), extent('b', [25, 40])],
      [
        [20, 25],
        [41, 48],
      ],
    ],
    ['a file one row below the limit', 48, [extent('a', range(0, 20, 4), SUSPECTED_ROW_LIMIT - 1)], []],
  ])('%s', (_, hours, extents, expected) => {
    expect(silencesOf(window(hours), extents)).toEqual(expected.map(([from, to]) => ({ from: at(from), to: at(to) })));
  });
});

describe('coverHours', () => {
  it('says of every hour whether data tells of it, and which file holds its rows', () => {
    const hours = coverHours(window(4), [{ from: at(2.5), to: at(4) }], [extent('a', [0]), extent('b', [0, 2])]);
    expect(hours).toEqual([
      { hour: at(0), covered: true, source: 'a' },
      { hour: at(1), covered: true, source: null },
      { hour: at(2), covered: false, source: 'b' },
      { hour: at(3), covered: false, source: null },
    ]);
  });
});

describe('joinGaps', () => {
  it('orders, and joins what overlaps or touches', () => {
    const gaps = [
      [5, 6],
      [1, 2],
      [2, 3],
      [1, 1.5],
    ] as const;
    expect(joinGaps(gaps.map(([from, to]) => ({ from: at(from), to: at(to) })))).toEqual([
      { from: at(1), to: at(3) },
      { from: at(5), to: at(6) },
    ]);
  });
});
