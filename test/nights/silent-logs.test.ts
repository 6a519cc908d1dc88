import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_MS, HOUR_MS } from '../../src/model/window.ts';
import { type Nightly, openNightly } from './nightly.ts';

const DAY = '2026-11-21';
const DAY_FROM = '2026-11-21T00:00:00.000Z';

let nightly: Nightly;
beforeEach(() => {
  nightly = openNightly('2026-11-22T05:30:00Z');
});
afterEach(() => nightly[Symbol.dispose]());

/** Twenty deliveries an hour. */
function rowsOf(fromHour: number, toHour: number) {
  return Array.from({ length: 20 * (toHour - fromHour) }, (_, number) => ({
    'Date/Time': new Date(Date.parse(DAY) + fromHour * HOUR_MS + number * 180_000).toISOString(),
    'Internal Message ID': `${fromHour}-${number}`,
  }));
}

function gapsOf(report: { gaps: readonly { from: string; to: string }[] }) {
  return report.gaps.map(({ from, to }) => `${from.slice(0, 13)} ${to.slice(0, 13)}`);
}

describe('a log of a day that is full of mail', () => {
  it('passes', async () => {
    nightly.putLog(DAY, rowsOf(0, 24));
    expect((await nightly.run()).report).toMatchObject({ verdict: 'pass', gaps: [] });
  });

  it.each([
    ['ends at noon', 0, 12, `${DAY}T12 2026-11-22T00`],
    ['begins at noon', 12, 24, `${DAY}T00 ${DAY}T12`],
  ])('and %s is never a pass, and the day stays due', async (_, from, to, gap) => {
    nightly.putLog(DAY, rowsOf(from, to));
    const { report } = await nightly.run();
    expect(report.verdict).toBe('inconclusive');
    expect(gapsOf(report)).toEqual([gap]);
    expect(report.notes.join(' ')).toContain('source.quietHours');
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-22', [{}]);
    expect((await nightly.run()).others).toMatchObject([{ verdict: 'inconclusive', window: { from: DAY_FROM } }]);
  });

  it('and misses the middle is no pass either, until the missing part is there', async () => {
    nightly.putLog(DAY, rowsOf(0, 8), 600_000, 'part-1');
    nightly.putLog(DAY, rowsOf(16, 24), 600_000, 'part-3');
    expect(gapsOf((await nightly.run()).report)).toEqual([`${DAY}T08 ${DAY}T16`]);
    nightly.putLog(DAY, rowsOf(8, 16), 600_000, 'part-2');
    expect((await nightly.run()).report).toMatchObject({ verdict: 'pass', gaps: [], counts: { deliveries: 480 } });
  });

  it('passes where the settings say that half a day of silence is usual', async () => {
    nightly.settings.source.quietHours = 13;
    nightly.putLog(DAY, rowsOf(0, 12));
    expect((await nightly.run()).report).toMatchObject({ verdict: 'pass', gaps: [] });
  });
});
