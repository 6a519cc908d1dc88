import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../src/model/window.ts';
import { type Nightly, openNightly } from './nightly.ts';

const JOB = 'outbound-audit';
const NOV_21 = { from: new Date('2026-11-21'), to: new Date('2026-11-22') };
const NOV_22 = { from: new Date('2026-11-22'), to: new Date('2026-11-23') };
const LATE = [{ 'Date/Time': '2026-11-21T13:00:00Z', 'Internal Message ID': 'late', TLS_Cipher: ':' }];
const LATE_AFTER_MS = 10 * 3_600_000;

let nightly: Nightly;
beforeEach(() => {
  nightly = openNightly('2026-11-22T05:30:00Z');
});
afterEach(() => nightly[Symbol.dispose]());

/** Nov 21 is judged on what is there, and passes; the log of Nov 22 is there a night later. */
async function firstNight(rows: Parameters<Nightly['putLog']>[1] = [{}]): Promise<void> {
  nightly.putLog('2026-11-21', rows);
  const { report } = await nightly.run();
  expect(report.verdict).toBe('pass');
  nightly.nowMs += DAY_MS;
  nightly.putLog('2026-11-22', [{}]);
}

function runs(): [string, string][] {
  return nightly.read((history) =>
    history.latestRuns(JOB, 10).map(({ window, verdict }) => [window.from.toISOString().slice(0, 10), verdict]),
  );
}

describe('a log that came after its day was judged', () => {
  it('makes the day judged again at once, and a violation in it is found', async () => {
    await firstNight();
    nightly.putLog('2026-11-21', LATE, LATE_AFTER_MS, 'part-2');
    const { report, verdicts } = await nightly.run();
    expect(report).toMatchObject({ verdict: 'pass', window: { from: NOV_22.from.toISOString() } });
    expect(report.notes.join(' ')).toContain('2026-11-21 (1 delivery more)');
    expect(verdicts).toEqual(['fail', 'pass']);
    expect(runs()).toEqual([
      ['2026-11-22', 'pass'],
      ['2026-11-21', 'fail'],
    ]);
    nightly.read((history) => {
      expect(history.totals(JOB, NOV_21)).toMatchObject({ deliveries: 2, violations: 1 });
      expect([...history.coveredDays(JOB, { ...NOV_21, to: NOV_22.to })]).toHaveLength(2);
    });
    // Nothing is late a night later.
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-23', [{}]);
    await nightly.run();
    expect(runs()[0]).toEqual(['2026-11-23', 'pass']);
    expect(runs()).toHaveLength(3);
  });

  it('is found among deliveries that look like those already counted', async () => {
    await firstNight();
    nightly.putLog('2026-11-21', [{ 'Internal Message ID': 'late' }], LATE_AFTER_MS, 'part-2');
    await nightly.run();
    expect(nightly.read((history) => history.totals(JOB, NOV_21))).toMatchObject({ deliveries: 2, violations: 0 });
  });

  it('counts as uncovered where whoever names days gets those days only, and is caught up by the next night', async () => {
    await firstNight();
    nightly.putLog('2026-11-21', LATE, LATE_AFTER_MS, 'part-2');
    await nightly.run({ explicit: NOV_22 });
    expect(runs()).toHaveLength(2);
    nightly.read((history) => {
      expect([...history.coveredDays(JOB, NOV_21)]).toEqual([]);
      expect(history.coveredHours(JOB, NOV_21).some(({ covered }) => covered)).toBe(false);
      // What was judged stays known.
      expect(history.totals(JOB, NOV_21)).toMatchObject({ deliveries: 1 });
    });
    const { others } = await nightly.run();
    expect(others).toMatchObject([{ verdict: 'fail', window: { from: NOV_21.from.toISOString() } }]);
  });

  it('never passes where the rest of the day is gone, and takes no evidence away', async () => {
    await firstNight([{}, { 'Internal Message ID': '2' }]);
    rmSync(join(nightly.folder, 'logs', '2026-11-21.csv'));
    nightly.settings.source.quietHours = 6;
    nightly.putLog('2026-11-21', LATE, LATE_AFTER_MS, 'part-2');
    const { verdicts } = await nightly.run();
    expect(verdicts[0]).toBe('fail');
    nightly.read((history) => {
      expect(history.totals(JOB, NOV_21)).toMatchObject({ deliveries: 3, violations: 1 });
      expect([...history.coveredDays(JOB, NOV_21)]).toEqual([]);
    });
  });
});

describe('logs that overlap', () => {
  it('make no day judged again where they tell nothing new', async () => {
    await firstNight();
    nightly.putLog('2026-11-22', [{ 'Date/Time': '2026-11-21T12:00:00Z' }, {}], 600_000, 'two-days');
    rmSync(join(nightly.folder, 'logs', '2026-11-22.csv'));
    const { report, verdicts } = await nightly.run();
    expect(verdicts).toEqual(['pass']);
    expect(report.counts).toMatchObject({ outsideWindow: 1, deliveries: 1, duplicates: 1 });
    expect(report.notes.join(' ')).not.toContain('Late rows');
    expect(nightly.read((history) => [...history.coveredDays(JOB, NOV_21)])).toHaveLength(1);
  });

  it('are read again beside the night, and their files are none of its sources', async () => {
    await firstNight();
    await nightly.run();
    for (const day of ['2026-11-23', '2026-11-24']) {
      nightly.nowMs += DAY_MS;
      nightly.putLog(day, [{}]);
      await nightly.run();
    }
    // The log of Nov 22 is old enough to tell of nothing in the window, and grew.
    nightly.putLog('2026-11-22', [{}, { TLS_Cipher: ':' }]);
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-25', [{}]);
    nightly.settings.source.overlapDays = 0;
    expect((await nightly.run()).verdicts).toEqual(['pass']);
    nightly.settings.source.overlapDays = 2;
    const { report, verdicts } = await nightly.run();
    expect(report.sources.map(({ name }) => name)).not.toContain('2026-11-22.csv');
    expect(verdicts).toEqual(['fail', 'pass']);
  });

  it('are doubted where a file of the days before cannot be read, and the night itself is complete', async () => {
    await firstNight();
    await nightly.run();
    for (const day of ['2026-11-23', '2026-11-24']) {
      nightly.nowMs += DAY_MS;
      nightly.putLog(day, [{}]);
      await nightly.run();
    }
    const path = join(nightly.folder, 'logs', 'part-2.csv.gz');
    writeFileSync(path, Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]));
    utimesSync(path, new Date('2026-11-23T00:30:00Z'), new Date('2026-11-23T00:30:00Z'));
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-25', [{}]);
    const { report } = await nightly.run();
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join(' ')).toContain('part-2.csv.gz');
    const night = { from: new Date('2026-11-25'), to: new Date('2026-11-26') };
    expect(nightly.read((history) => history.coveredDays(JOB, night).size)).toBe(1);
  });
});
