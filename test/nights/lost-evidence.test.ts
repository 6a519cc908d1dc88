import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { DAY_MS } from '../../src/model/window.ts';
import { reportRange } from '../../src/range-report.ts';
import { type Nightly, openNightly } from './nightly.ts';

const JOB = 'outbound-audit';
const NOV_21 = { from: new Date('2026-11-21'), to: new Date('2026-11-22') };
const FAILING = [{}, { 'Internal Message ID': '2' }, { TLS_Cipher: ':', Recipient: 'bob@bad.example' }];

let nightly: Nightly;
beforeEach(() => {
  nightly = openNightly('2026-11-22T05:30:00Z');
});
afterEach(() => nightly[Symbol.dispose]());

function remove(name: string): void {
  rmSync(join(nightly.folder, 'logs', `${name}.csv`));
}

function recorded() {
  return nightly.read((history) => ({
    ...history.totals(JOB, NOV_21),
    covered: history.coveredDays(JOB, NOV_21).size === 1,
    coveredHours: history.coveredHours(JOB, NOV_21).filter(({ covered }) => covered).length,
  }));
}

describe('what an earlier run found', () => {
  it('stays where the next run of what is due finds a log with less in it, and that run does not pass', async () => {
    nightly.putLog('2026-11-21', FAILING);
    expect((await nightly.run()).report.verdict).toBe('fail');
    nightly.putLog('2026-11-21', [{}]);
    const { report } = await nightly.run();
    expect(report.verdict).toBe('inconclusive');
    expect(report.reasons.join(' ')).toContain('2026-11-21 (2 deliveries fewer)');
    expect(recorded()).toMatchObject({ deliveries: 3, violations: 1 });
  });

  it('stays where a late row comes after its log was moved away', async () => {
    nightly.putLog('2026-11-21', FAILING);
    await nightly.run();
    remove('2026-11-21');
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-22', [{ 'Date/Time': '2026-11-21T23:59:00Z', Recipient: 'ann@late.example' }, {}]);
    await nightly.run();
    expect(recorded()).toMatchObject({ deliveries: 4, violations: 1, covered: false, coveredHours: 0 });
  });

  it('stays of a day that was incomplete', async () => {
    nightly.settings.source.quietHours = 20;
    nightly.putLog(
      '2026-11-21',
      FAILING.map((row) => ({ 'Date/Time': '2026-11-21T01:00:00Z', ...row })),
    );
    const first = await nightly.run();
    expect(first.report.gaps).toHaveLength(1);
    remove('2026-11-21');
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-22', [{ 'Date/Time': '2026-11-21T23:59:00Z' }, {}]);
    await nightly.run();
    expect(recorded()).toMatchObject({ violations: 1, covered: false });
  });

  it('stays beside a violation that only a later, incomplete run saw', async () => {
    nightly.putLog('2026-11-21', [{}, { 'Internal Message ID': '2' }, { 'Internal Message ID': '3' }]);
    expect((await nightly.run()).report.verdict).toBe('pass');
    remove('2026-11-21');
    nightly.settings.source.quietHours = 6;
    nightly.putLog('2026-11-21', [{ TLS_Cipher: ':' }], 600_000, 'other');
    expect((await nightly.run({ explicit: NOV_21 })).report.verdict).toBe('fail');
    expect(recorded()).toMatchObject({ deliveries: 4, violations: 1, covered: false });
  });

  it('gives way to a complete result of whoever names the day', async () => {
    nightly.putLog('2026-11-21', FAILING);
    await nightly.run();
    nightly.putLog('2026-11-21', [{}]);
    const { report } = await nightly.run({ explicit: NOV_21 });
    expect(report).toMatchObject({ verdict: 'pass', reasons: [] });
    expect(recorded()).toMatchObject({ deliveries: 1, violations: 0, covered: true });
  });
});

describe('what is said of evidence that stays', () => {
  const saidOf = (text: string) => text.replace(/\s+/g, ' ');

  it('fits the numbers beside it, and advises nobody to do what was just done', async () => {
    nightly.putLog('2026-11-21', FAILING);
    await nightly.run();
    remove('2026-11-21');
    nightly.putLog('2026-11-22', [{}]);
    const { report, digest } = await nightly.run({ explicit: NOV_21 });
    const text = saidOf(digest.text);
    expect(text).toContain(
      '(FAIL, 3 deliveries) stays recorded, because this one is not complete: 3 deliveries fewer than',
    );
    expect(text).toContain('Judged: 0 deliveries');
    expect(text).not.toMatch(/the same deliveries|by hand|, which stay/);
    expect(report).toMatchObject({ verdict: 'inconclusive', gaps: [{ from: NOV_21.from.toISOString() }] });
    expect(report.gaps).toHaveLength(1);
  });

  it('says which days are not complete, in the coverage as in the days', async () => {
    nightly.settings.source.quietHours = 20;
    nightly.putLog(
      '2026-11-21',
      FAILING.map((row) => ({ 'Date/Time': '2026-11-21T01:00:00Z', ...row })),
    );
    await nightly.run();
    nightly.settings.source.quietHours = null;
    nightly.putLog('2026-11-21', [{}, { 'Internal Message ID': '2' }]);
    const { report, digest } = await nightly.run();
    expect(report.verdict).toBe('inconclusive');
    expect(report.days?.map(({ day, data }) => [day, data])).toEqual([['2026-11-21', 'incomplete']]);
    expect(report.gaps).toEqual([{ from: NOV_21.from.toISOString(), to: NOV_21.to.toISOString(), partial: true }]);
    const text = saidOf(digest.text);
    expect(digest.subject).toBe('INCONCLUSIVE, judged again: data not complete for Nov 21');
    expect(text).toContain('data is missing as it was then; 1 delivery fewer than then, which stay recorded.');
    expect(text).toContain('2026-11-21 (1 delivery fewer)');
    expect(text).toContain('Judged: 2 deliveries');
    nightly.putLog('2026-11-22', [{}]);
    nightly.nowMs += DAY_MS;
    await nightly.run();
    const range = nightly.read((history) =>
      reportRange(
        history,
        { job: JOB, window: { from: NOV_21.from, to: new Date('2026-11-24') } },
        {
          policy: DEFAULT_POLICY,
          exceptions: [],
          advice: { days: 30, minDeliveries: 2, minDays: 2, maxListCharacters: 1000 },
        },
      ),
    );
    expect(range.verdict).toBe('fail');
    expect(range.reasons.slice(1)).toEqual(['data is not complete for 2026-11-21', 'no data for 2026-11-23']);
  });
});

describe('late rows of an unknown kind', () => {
  it('make their day judged again', async () => {
    nightly.putLog('2026-11-21', [{}]);
    expect((await nightly.run()).report.verdict).toBe('pass');
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-22', [{ 'Date/Time': '2026-11-21T10:00:00Z', 'Mail Event': 'X' }, {}]);
    const { verdicts, report } = await nightly.run();
    expect(verdicts).toEqual(['inconclusive', 'pass']);
    expect(report.notes.join(' ')).toContain('2026-11-21 (rows of an unknown kind)');
    // Known from then on.
    expect((await nightly.run()).verdicts).toHaveLength(1);
  });
});

it('a late day is due as far back as logs reach', async () => {
  nightly.putLog('2026-11-01', [{}]);
  nightly.nowMs = Date.parse('2026-11-02T05:30:00Z');
  await nightly.run();
  nightly.nowMs += 20 * DAY_MS;
  nightly.putLog('2026-11-21', [{ 'Date/Time': '2026-11-01T13:00:00Z', TLS_Cipher: ':' }, {}]);
  await nightly.run({ explicit: NOV_21 });
  await nightly.run();
  const whole = { from: new Date('2026-11-01'), to: new Date('2026-11-02') };
  expect(nightly.read((history) => history.totals(JOB, whole))).toMatchObject({ violations: 1 });
});
