import { describe, expect, it } from '@jest/globals';
import { gapAfter, gapsOf } from '../../src/judge/coverage.ts';
import { windowOf } from './rows.ts';

const WEEKEND = windowOf('2026-11-06T00:00:00Z', '2026-11-09T00:00:00Z');

function gaps(window: typeof WEEKEND, days: readonly string[], newestFile: string | undefined): string[] {
  const numbers = new Set(days.map((day) => Date.parse(`${day}T00:00:00Z`) / 86_400_000));
  return gapsOf(window, numbers, allUntil(newestFile)).map(({ from, to }) => `${from} ${to}`);
}

/** Every day of the weekend known until one time. */
function allUntil(time: string | undefined): Map<number, number> {
  const first = WEEKEND.from.getTime() / 86_400_000;
  return new Map(time === undefined ? [] : [0, 1, 2].map((day) => [first + day, Date.parse(time)]));
}

describe('gapsOf', () => {
  it.each<[string, string[], string | undefined, string[]]>([
    [
      'none where every day has rows and the newest file is younger',
      ['2026-11-06', '2026-11-07', '2026-11-08'],
      '2026-11-09T00:00:00Z',
      [],
    ],
    [
      'a day without rows',
      ['2026-11-06', '2026-11-08'],
      '2026-11-09T00:00:00Z',
      ['2026-11-07T00:00:00.000Z 2026-11-08T00:00:00.000Z'],
    ],
    [
      'days without rows side by side are one',
      ['2026-11-08'],
      '2026-11-10T00:00:00Z',
      ['2026-11-06T00:00:00.000Z 2026-11-08T00:00:00.000Z'],
    ],
    [
      'days without rows apart are two',
      ['2026-11-07'],
      '2026-11-10T00:00:00Z',
      ['2026-11-06T00:00:00.000Z 2026-11-07T00:00:00.000Z', '2026-11-08T00:00:00.000Z 2026-11-09T00:00:00.000Z'],
    ],
    [
      'what comes after the newest file',
      ['2026-11-06', '2026-11-07', '2026-11-08'],
      '2026-11-08T22:30:00Z',
      ['2026-11-08T22:30:00.000Z 2026-11-09T00:00:00.000Z'],
    ],
    [
      'and joins the days after it',
      ['2026-11-06', '2026-11-07'],
      '2026-11-07T12:00:00Z',
      ['2026-11-07T12:00:00.000Z 2026-11-09T00:00:00.000Z'],
    ],
    [
      'rows of a time after the newest file prove nothing',
      ['2026-11-06', '2026-11-07', '2026-11-08'],
      '2026-11-07T00:00:00Z',
      ['2026-11-07T00:00:00.000Z 2026-11-09T00:00:00.000Z'],
    ],
    ['the whole window where there was no file', [], undefined, ['2026-11-06T00:00:00.000Z 2026-11-09T00:00:00.000Z']],
    [
      'the whole window where no file is as young',
      ['2026-11-06'],
      '2026-11-01T00:00:00Z',
      ['2026-11-06T00:00:00.000Z 2026-11-09T00:00:00.000Z'],
    ],
  ])('%s', (_, days, newestFile, expected) => {
    expect(gaps(WEEKEND, days, newestFile)).toEqual(expected);
  });

  it('keeps to a window that begins and ends within a day', () => {
    const hours = windowOf('2026-11-06T10:00:00Z', '2026-11-07T10:00:00Z');
    expect(gaps(hours, ['2026-11-06'], '2026-11-09T00:00:00Z')).toEqual([
      '2026-11-07T00:00:00.000Z 2026-11-07T10:00:00.000Z',
    ]);
    expect(gaps(hours, ['2026-11-07'], '2026-11-09T00:00:00Z')).toEqual([
      '2026-11-06T10:00:00.000Z 2026-11-07T00:00:00.000Z',
    ]);
    expect(gaps(hours, [], '2026-11-09T00:00:00Z')).toEqual(['2026-11-06T10:00:00.000Z 2026-11-07T10:00:00.000Z']);
  });
});

describe('gapAfter', () => {
  it.each([
    ['2026-11-09T05:30:00Z', []],
    ['2026-11-09T00:00:00Z', []],
    ['2026-11-08T21:00:00Z', [{ from: '2026-11-08T21:00:00.000Z', to: '2026-11-09T00:00:00.000Z' }]],
    ['2026-11-01T00:00:00Z', [{ from: '2026-11-06T00:00:00.000Z', to: '2026-11-09T00:00:00.000Z' }]],
  ])('of what is known until %s', (until, expected) => {
    expect(gapAfter(WEEKEND, new Date(until))).toEqual(expected);
  });
});

describe('gapsOf, where the source says what each file tells of', () => {
  const DAYS = new Set([6, 7, 8].map((day) => Date.UTC(2026, 10, day) / 86_400_000));
  const NEWEST = allUntil('2026-11-09T09:00:00Z');
  const [first, second, third] = ['2026-11-06', '2026-11-07', '2026-11-08'].map((day) =>
    windowOf(`${day}T00:00:00Z`, `${day}T24:00:00Z`),
  ) as [typeof WEEKEND, typeof WEEKEND, typeof WEEKEND];

  it.each<[string, (typeof WEEKEND)[], string[]]>([
    ['none where they tell of all of it, in any order', [third, first, second], []],
    [
      'an hour without a file, on a day with rows',
      [
        first,
        windowOf('2026-11-07T00:00:00Z', '2026-11-07T05:00:00Z'),
        windowOf('2026-11-07T06:00:00Z', '2026-11-08T00:00:00Z'),
        third,
      ],
      ['2026-11-07T05:00:00.000Z 2026-11-07T06:00:00.000Z'],
    ],
    [
      'the hours that are late, at the end',
      [first, second, windowOf('2026-11-08T00:00:00Z', '2026-11-08T22:00:00Z')],
      ['2026-11-08T22:00:00.000Z 2026-11-09T00:00:00.000Z'],
    ],
    [
      'the beginning, files of before and after telling nothing',
      [
        windowOf('2026-11-05T00:00:00Z', '2026-11-06T00:00:00Z'),
        second,
        third,
        windowOf('2026-11-10T00:00:00Z', '2026-11-11T00:00:00Z'),
      ],
      ['2026-11-06T00:00:00.000Z 2026-11-07T00:00:00.000Z'],
    ],
    ['all of it where there is none', [], ['2026-11-06T00:00:00.000Z 2026-11-09T00:00:00.000Z']],
    ['none where files overlap', [windowOf('2026-11-05T00:00:00Z', '2026-11-09T00:00:00Z'), second], []],
  ])('finds %s', (_name, periods, expected) => {
    expect(gapsOf(WEEKEND, DAYS, NEWEST, periods).map(({ from, to }) => `${from} ${to}`)).toEqual(expected);
  });

  it('joins what has no file with what has no rows', () => {
    const day = new Set([...DAYS].slice(0, 2));
    const found = gapsOf(WEEKEND, day, NEWEST, [first, windowOf('2026-11-07T00:00:00Z', '2026-11-07T20:00:00Z')]);
    expect(found).toEqual([{ from: '2026-11-07T20:00:00.000Z', to: '2026-11-09T00:00:00.000Z' }]);
  });
});

describe('gapsOf, with a limit on quiet stretches', () => {
  const DAY = windowOf('2026-11-07T00:00:00Z', '2026-11-08T00:00:00Z');
  const NEWEST = allUntil('2026-11-08T09:00:00Z');
  const hour = (time: string) => Date.parse(`2026-11-07T${time}:00Z`) / 3_600_000;

  it.each<[string, string[], number, string[]]>([
    ['nothing where rows come often enough', ['03:00', '08:00', '13:00', '18:00', '22:00'], 6, []],
    ['a log that ends too early', ['03:00', '08:00'], 6, ['09:00 24:00']],
    ['one that begins too late', ['12:00', '17:00', '21:00'], 6, ['00:00 12:00']],
    ['a hole', ['02:00', '15:00', '20:00'], 6, ['03:00 15:00']],
    ['nothing where the limit is the window', ['12:00'], 24, []],
  ])('finds %s', (_name, hours, quietHours, expected) => {
    const days = new Set([Date.parse('2026-11-07') / 86_400_000]);
    const found = gapsOf(DAY, days, NEWEST, undefined, { hoursWithRows: new Set(hours.map(hour)), quietHours });
    const until = (time: string) => (time.startsWith('2026-11-08') ? '24:00' : time.slice(11, 16));
    expect(found.map(({ from, to }) => `${until(from)} ${until(to)}`)).toEqual(expected);
  });
});
