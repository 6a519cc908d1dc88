import { expect, it } from '@jest/globals';
import { ledgerOf } from '../../src/judge/ledger.ts';
import { HOUR_MS } from '../../src/model/window.ts';

it('tells covered, late, gap and lost apart', () => {
  const from = new Date('2026-10-20T00:00:00Z');
  const to = new Date('2026-11-22T00:00:00Z');
  const coveredFrom = Date.parse('2026-10-25T00:00:00Z');
  const hours = Array.from({ length: (Date.parse('2026-11-20T06:00:00Z') - coveredFrom) / HOUR_MS }, (_, index) => ({
    hour: new Date(coveredFrom + index * HOUR_MS).toISOString(),
    // The 2 November was looked at, and had no data.
    covered: index < 192 || index >= 216,
    source: null,
  }));
  const now = new Date('2026-11-22T05:30:00Z');
  const stretches = ledgerOf({ window: { from, to }, hours, now, askedTo: to, reachDays: 30 });
  expect(
    stretches.map(
      ({ state, from: start, to: end }) =>
        `${state} ${start.toISOString().slice(5, 13)} ${end.toISOString().slice(5, 13)}`,
    ),
  ).toEqual([
    'lost 10-20T00 10-23T06',
    'gap 10-23T06 10-25T00',
    'covered 10-25T00 11-02T00',
    'gap 11-02T00 11-03T00',
    'covered 11-03T00 11-20T06',
    'gap 11-20T06 11-20T18',
    'late 11-20T18 11-22T00',
  ]);
});
