import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DayCheck } from '../../src/model/chain-check.ts';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { openHistory } from '../../src/record/history.ts';
import { type Nightly, openNightly } from './nightly.ts';

const JOB = 'outbound-audit';
const LATE_AFTER_MS = 10 * 3_600_000;

let nightly: Nightly;
beforeEach(() => {
  nightly = openNightly('2026-11-02T05:30:00Z');
});
afterEach(() => nightly[Symbol.dispose]());

/** The day that is over when the night's run begins. */
function yesterday(): string {
  return utcDay(new Date(nightly.nowMs - DAY_MS));
}

async function night(rows: Parameters<Nightly['putLog']>[1] = [{}, { 'Internal Message ID': '2' }]): Promise<void> {
  nightly.putLog(yesterday(), rows);
  await nightly.run();
  nightly.nowMs += DAY_MS;
}

function proof(): DayCheck | undefined {
  return nightly.read((history) => {
    const { brokenAt, days } = history.verify();
    expect(brokenAt).toBeUndefined();
    return days;
  });
}

function prune(keepDays: number): void {
  const history = openHistory(nightly.historyPath);
  const results = new Date(nightly.nowMs - keepDays * DAY_MS);
  history.prune({ results, mails: results });
  history.close();
}

function windowOf(day: string) {
  return { from: new Date(day), to: new Date(Date.parse(day) + DAY_MS) };
}

describe('the recorded days of many nights', () => {
  it('are proved after each, whatever comes late, goes away, is run again by hand or is pruned', async () => {
    const proven: number[] = [];
    for (let count = 1; count <= 40; count++) {
      const day = yesterday();
      // A log that came too late for the night before, one that was moved away, and a gap that is filled by hand.
      if (count % 7 === 3) {
        const late = [{ 'Date/Time': `${utcDay(new Date(Date.parse(day) - DAY_MS))}T13:00:00Z`, TLS_Cipher: ':' }];
        nightly.putLog(utcDay(new Date(Date.parse(day) - DAY_MS)), late, LATE_AFTER_MS, `late-${count}`);
      }
      await night(count % 11 === 5 ? [{ TLS_Cipher: ':', Recipient: 'bob@bad.example' }] : undefined);
      if (count % 9 === 4) rmSync(join(nightly.folder, 'logs', `${day}.csv`));
      if (count % 9 === 5) await nightly.run({ explicit: windowOf(utcDay(new Date(Date.parse(day) - DAY_MS))) });
      if (count % 3 === 0) prune(31);
      const { faults, unproven, proven: all } = proof() ?? {};
      expect({ count, faults, unproven }).toEqual({ count, faults: [], unproven: 0 });
      proven.push(all ?? 0);
    }
    expect(Math.max(...proven)).toBeGreaterThan(28);
    expect(proof()?.prunedBefore).toMatch(/^2026-11-/);
    const runs = nightly.read((history) => history.runs.latest(JOB, 100));
    expect(runs.filter(({ supersededBy }) => supersededBy !== null).length).toBeGreaterThan(3);
  }, 240_000);

  it('show what was changed of them since, where a range report would pass', async () => {
    await night([{ TLS_Cipher: ':', Recipient: 'ann@lost.example' }, {}]);
    await night();
    expect(proof()).toEqual({ proven: 2, unproven: 0, faults: [] });
    const database = new DatabaseSync(nightly.historyPath);
    database.exec('UPDATE day_domains SET violations = 0, plaintext = 0');
    database.close();
    expect(proof()).toMatchObject({ proven: 1, faults: [{ job: JOB, day: '2026-11-01', fault: 'changed' }] });
  });
});
