import { describe, expect, it } from '@jest/globals';
import { coverHours, type Extent, joinGaps, rowLimitGaps, silenceNote, silencesOf } from '../../src/judge/silence.ts';
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
  const times = { firstMs: Date.parse(at(Math.min(...hours))), lastMs: Date.parse(at(Math.max(...hours))) };
  return { name, rows, hours: new Set(hours.map((hour) => START_HOUR + hour)), ...times };
}

describe('silencesOf', () => {
  it.each<[string, number, Extent[], [number, number][]]>([
    ['no data at all is not its matter', 48, [], []],
    ['a busy log to the end', 48, [extent('a', range(0, 48))], []],
    ['a busy log that ends six hours early', 48, [extent('a', range(0, 42))], [[42, 48]]],
    ['a busy log that ends five hours early', 48, [extent('a', range(0, 43))], []],
    ['a log with a row every third hour that ends early', 48, [extent('a', range(0, 30, 3))], [[28, 48]]],
    ['a few rows, whenever they are: nobody can tell', 48, [extent('a', [3, 5, 6, 7, 8], 5)], []],
    ['as few hours, full of mail', 24, [extent('a', range(0, 5), 100)], [[5, 24]]],
    [
      'half a day, and a stray file with two rows',
      24,
      [extent('a', range(0, 12)), extent('b', [0, 11], 2)],
      [[12, 24]],
    ],
    ['half a day, and a stray row near its end', 24, [extent('a', range(0, 12)), extent('b', [0, 23], 2)], [[12, 23]]],
    [
      'a week with quiet nights whose last day is missing',
      168,
      [extent('a', [...range(0, 6).flatMap((day) => range(24 * day + 7, 24 * day + 23)), 144])],
      [[145, 168]],
    ],
    ['one mail a day', 72, [extent('a', [9, 33, 57])], []],
    [
      'a week of office hours',
      168,
      [
        extent(
          'a',
          range(0, 5).flatMap((day) => range(24 * day + 8, 24 * day + 18)),
        ),
      ],
      [[114, 168]],
    ],
    ['two days of office hours in one log', 48, [extent('a', [...range(8, 18), ...range(32, 42)])], []],
    [
      'two days of office hours in a log each: they may be cut',
      48,
      [extent('a', range(8, 18)), extent('b', range(32, 42))],
      [
        [0, 8],
        [18, 32],
        [42, 48],
      ],
    ],
    ['a day whose log ends at noon', 24, [extent('a', range(0, 12))], [[12, 24]]],
    [
      'a day of office hours in a log that goes on before and after it',
      24,
      [{ ...extent('a', range(8, 18)), firstMs: Date.parse(at(-16)), lastMs: Date.parse(at(32)) }],
      [],
    ],
    ['a day whose log begins at noon', 24, [extent('a', range(12, 24))], [[0, 12]]],
    ['a day whose middle part is missing', 24, [extent('a', range(0, 8)), extent('b', range(16, 24))], [[8, 16]]],
    ['one mail a day, in a log each', 72, [extent('a', [9], 1), extent('b', [33], 1), extent('c', [57], 1)], []],
    ['a silence within one log', 24, [extent('a', [...range(0, 8), ...range(16, 24)])], []],
    ['a busy log in two files', 48, [extent('a', range(0, 24)), extent('b', range(24, 40))], [[40, 48]]],
  ])('%s', (_, hours, extents, expected) => {
    expect(silencesOf(window(hours), extents)).toEqual(expected.map(([from, to]) => ({ from: at(from), to: at(to) })));
  });

  it('are told with the setting that says they are usual', () => {
    expect(silenceNote([])).toBeUndefined();
    expect(silenceNote([{ from: at(0), to: at(8) }])).toContain('set source.quietHours to 9 or more');
  });

  it.each([
    ['a missing day', [[24, 48]], undefined],
    ['six of them', [[24, 168]], undefined],
    ['a missing day and hours before it', [[18, 48]], 'rows may be missing.'],
    [
      'a missing day, and elsewhere some hours',
      [
        [24, 48],
        [60, 67],
      ],
      'set source.quietHours to 8 or more.',
    ],
  ])('names no setting that does not help: %s', (_, stretches, expected) => {
    const note = silenceNote(stretches.map(([from = 0, to = 0]) => ({ from: at(from), to: at(to) })));
    expect(note?.slice(-(expected?.length ?? 0))).toBe(expected);
  });
});

describe('rowLimitGaps', () => {
  it.each<[string, number, Extent[], [number, number][]]>([
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
    expect(rowLimitGaps(window(hours), extents)).toEqual(
      expected.map(([from, to]) => ({ from: at(from), to: at(to) })),
    );
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
