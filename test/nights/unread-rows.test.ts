import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../src/model/window.ts';
import { type Nightly, openNightly } from './nightly.ts';

const JOB = 'outbound-audit';
const UNREADABLE = 'only,three,fields';
const LATE_AFTER_MS = 10 * 3_600_000;

let nightly: Nightly;
beforeEach(() => {
  nightly = openNightly('2026-11-22T05:30:00Z');
});
afterEach(() => nightly[Symbol.dispose]());

/** Judges what is due; what the windows of the night came to, best first. */
async function night(): Promise<string[]> {
  const { verdicts } = await nightly.run();
  nightly.nowMs += DAY_MS;
  return verdicts.map(String).sort().toReversed();
}

/** The runs whose results stand, by their days. */
function runs(): string[] {
  return nightly.read((history) =>
    history
      .latestRuns(JOB, 20)
      .map(
        ({ window, verdict, report }) =>
          `${window.from.toISOString().slice(8, 10)} ${verdict} ${report.counts.rejected}`,
      )
      .sort(),
  );
}

/** Rows at these hours of their days; what is no time is a row that nobody can read. */
function rowsAt(...times: readonly string[]) {
  return times.map((time) =>
    time === '?' ? UNREADABLE : { 'Date/Time': `2026-11-${time}:00:00Z`, 'Internal Message ID': `at-${time}` },
  );
}

describe('a row that cannot be read', () => {
  it('is told on the night of its day, and on no other night that reads its file', async () => {
    nightly.putLog('2026-11-21', rowsAt('21T10', '?', '21T12'));
    expect(await night()).toEqual(['inconclusive']);
    for (const day of ['22', '23', '24']) {
      nightly.putLog(`2026-11-${day}`, rowsAt(`${day}T10`));
      expect(await night()).toEqual(['pass']);
    }
    expect(runs()).toEqual(['21 inconclusive 1', '22 pass 0', '23 pass 0', '24 pass 0']);
  });

  it('is counted where it was left out, so that every row of the file is told of', async () => {
    nightly.putLog('2026-11-21', rowsAt('21T10', '?', '21T12'));
    await night();
    nightly.putLog('2026-11-22', rowsAt('22T10'));
    const { report } = await nightly.run();
    expect(report.counts).toMatchObject({ rows: 4, rejected: 0, outsideWindow: 3, deliveries: 1 });
    expect(report.rejects).toEqual([]);
  });

  it('is told whatever day it is of where somebody names the days: no other night tells of it', async () => {
    nightly.putLog('2026-11-22', rowsAt('21T10', '?', '21T12', '22T10'));
    const { report } = await nightly.run({ explicit: { from: new Date('2026-11-22'), to: new Date('2026-11-23') } });
    expect(report).toMatchObject({ verdict: 'inconclusive', counts: { rows: 4, rejected: 1, outsideWindow: 2 } });
  });

  it('is told once of each of its days where logs of a week overlap', async () => {
    nightly.putLog('2026-11-21', rowsAt('20T10', '20T20', '21T10'));
    expect(await night()).toEqual(['pass']);
    nightly.putLog('2026-11-22', rowsAt('20T10', '20T20', '?', '21T10', '22T10'));
    // Of Nov 20, which is not audited, or of Nov 21.
    expect(await night()).toEqual(['pass', 'inconclusive']);
    for (const day of ['23', '24']) {
      const rows = rowsAt('20T10', '20T20', '?', '21T10', '22T10', '23T10', '24T10');
      nightly.putLog(`2026-11-${day}`, day === '23' ? rows.slice(0, -1) : rows);
      expect(await night()).toEqual(['pass']);
    }
    expect(runs()).toEqual(['21 inconclusive 1', '22 pass 0', '23 pass 0', '24 pass 0']);
  });

  it('in a file that came late makes its day judged again, although the file tells nothing else that is new', async () => {
    nightly.putLog('2026-11-21', rowsAt('21T10', '21T12'));
    expect(await night()).toEqual(['pass']);
    nightly.putLog('2026-11-21', rowsAt('21T10', '?', '21T12'), LATE_AFTER_MS, 'part-2');
    nightly.putLog('2026-11-22', rowsAt('22T10'));
    expect(await night()).toEqual(['pass', 'inconclusive']);
    const notes = nightly.read((history) => history.latestRuns(JOB, 9).flatMap(({ report }) => report.notes));
    expect(notes.join(' ')).toContain('2026-11-21 (rows that cannot be read)');
    nightly.putLog('2026-11-23', rowsAt('23T10'));
    expect(await night()).toEqual(['pass']);
    expect(runs()).toEqual(['21 inconclusive 1', '22 pass 0', '23 pass 0']);
  });

  it.each([
    ['that cannot be read', '?', 'inconclusive 1'],
    ['of an unknown kind', 'X', 'inconclusive 0'],
  ])('in a file that is read for the days before only: a row %s', async (_, kind, expected) => {
    for (const day of ['21', '22', '23', '24']) {
      nightly.putLog(`2026-11-${day}`, rowsAt(`${day}T10`, `${day}T12`));
      expect(await night()).toEqual(['pass']);
    }
    // The log of Nov 22 is made anew, and is too old to tell of Nov 25.
    const odd = kind === '?' ? UNREADABLE : { 'Date/Time': '2026-11-22T11:00:00Z', 'Mail Event': kind };
    const [first, last] = rowsAt('22T10', '22T12');
    nightly.putLog('2026-11-22', [first!, odd, last!]);
    nightly.putLog('2026-11-25', rowsAt('25T10'));
    expect(await night()).toEqual(['pass', 'inconclusive']);
    nightly.putLog('2026-11-26', rowsAt('26T10'));
    expect(await night()).toEqual(['pass']);
    expect(runs()).toEqual(['21 pass 0', `22 ${expected}`, ...['23', '24', '25', '26'].map((day) => `${day} pass 0`)]);
  });

  it('stands in doubt where no row of such a file can be read', async () => {
    for (const day of ['21', '22', '23', '24']) {
      nightly.putLog(`2026-11-${day}`, rowsAt(`${day}T10`));
      await night();
    }
    nightly.putLog('2026-11-22', rowsAt('?', '?'), 600_000, 'part-2');
    nightly.putLog('2026-11-25', rowsAt('25T10'));
    const { report } = await nightly.run();
    expect(report.verdict).toBe('inconclusive');
    expect(report.failures).toEqual([{ source: 'part-2.csv', reason: 'no row of it could be read' }]);
    expect(report.counts.rejected).toBe(0);
  });

  it('is of any later day where the log is cut, so that a day whose rows it may hold is no pass', async () => {
    nightly.putLog('2026-11-21', [...rowsAt('21T10', '21T12'), '"2026-11-21T13:00:00Z,cut']);
    expect(await night()).toEqual(['inconclusive']);
    nightly.putLog('2026-11-22', rowsAt('22T10'));
    const { report } = await nightly.run({ explicit: { from: new Date('2026-11-22'), to: new Date('2026-11-23') } });
    expect(report).toMatchObject({ verdict: 'inconclusive', counts: { rejected: 1 } });
    rmSync(join(nightly.folder, 'logs', '2026-11-21.csv'));
    const again = await nightly.run({ explicit: { from: new Date('2026-11-22'), to: new Date('2026-11-23') } });
    expect(again.report.verdict).toBe('pass');
  });
});
