import { describe, expect, it } from '@jest/globals';
import { knownUntil, LastRows } from '../../src/judge/last-rows.ts';

const file = (madeMs: number, ...lastRows: [number, number][]) => ({ madeMs, lastRows: new Map(lastRows) });

describe('knownUntil', () => {
  it.each([
    ['is when the file was made', [file(90, [1, 50])], [[1, 90]]],
    ['is told by the file with the last row, not by the youngest', [file(60, [1, 50]), file(90, [1, 40])], [[1, 60]]],
    ['is told by the youngest of those that hold the last row', [file(60, [1, 50]), file(90, [1, 50])], [[1, 90]]],
    [
      'is told day by day',
      [file(60, [2, 50]), file(90, [1, 20])],
      [
        [2, 60],
        [1, 90],
      ],
    ],
    ['is not known of a day without rows', [], []],
  ])('%s', (_name, files, expected) => {
    expect([...knownUntil(files)].sort()).toEqual(expected.sort());
  });
});

it('notes the last row of each day, repeated ones too, under the reading that holds', () => {
  const rows = new LastRows();
  const day = 86_400_000;
  rows.repeated({ dayFirstMs: day + 5, monthFirstMs: 31 * day });
  rows.repeated({ dayFirstMs: day + 3, monthFirstMs: NaN });
  expect([...rows.result('dmy')]).toEqual([[1, day + 5]]);
  expect([...rows.result('mdy')]).toEqual([[31, 31 * day]]);
});
