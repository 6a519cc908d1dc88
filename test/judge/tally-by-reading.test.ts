import { describe, expect, it } from '@jest/globals';
import { TallyByReading } from '../../src/judge/tally-by-reading.ts';
import { Tally } from '../../src/judge/tally.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { readLogDate } from '../../src/parse/log-date.ts';
import { rowOf } from './rows.ts';

function readingsOf(dates: readonly string[]): TallyByReading {
  const readings = new TallyByReading(() => new Tally(DEFAULT_POLICY, undefined));
  for (const date of dates) readings.add(rowOf({}), readLogDate(date));
  return readings;
}

function spanOf({ firstMs, lastMs, counts }: Tally): [string, string, number] {
  return [new Date(firstMs).toISOString().slice(0, 10), new Date(lastMs).toISOString().slice(0, 10), counts.deliveries];
}

describe('TallyByReading', () => {
  it.each<[string, string[], 'dmy' | 'mdy' | 'unambiguous', [string, string, number]]>([
    ['dates that agree', ['2026-11-03 10:00', '11/11/2026 10:00'], 'unambiguous', ['2026-11-03', '2026-11-11', 2]],
    ['day-first', ['01/01/2026 10:00', '3/06/2026 10:00', '4/07/2026 10:00'], 'dmy', ['2026-01-01', '2026-07-04', 3]],
    ['month-first', ['01/01/2026 10:00', '3/06/2026 10:00', '4/07/2026 10:00'], 'mdy', ['2026-01-01', '2026-04-07', 3]],
    [
      'day-first, told by the last row',
      ['3/06/2026 10:00', '13/06/2026 10:00'],
      'dmy',
      ['2026-06-03', '2026-06-13', 2],
    ],
    [
      'month-first, told by the first row',
      ['6/13/2026 10:00', '3/06/2026 10:00'],
      'mdy',
      ['2026-03-06', '2026-06-13', 2],
    ],
    [
      'day-first, told before any doubt',
      ['13/06/2026 10:00', '3/06/2026 10:00'],
      'dmy',
      ['2026-06-03', '2026-06-13', 2],
    ],
  ])('gives the tally of the reading asked for: %s', (_, dates, order, span) => {
    expect(spanOf(readingsOf(dates).result(order))).toEqual(span);
  });

  it('has none for a reading that a row contradicts', () => {
    expect(() => readingsOf(['3/06/2026 10:00', '13/06/2026 10:00']).result('mdy')).toThrow('contradicts that order');
  });
});
