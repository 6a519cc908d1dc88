import { describe, expect, it } from '@jest/globals';
import { jobs } from '../../jobs/index.ts';
import { historyPruning } from '../../jobs/history-pruning.ts';
import { DAY_MS, utcDay, utcDaysOf } from '../../src/model/window.ts';
import { doChore } from '../../src/job/run-job.ts';
import { type WorkerParts, runWorker } from '../../src/worker.ts';
import { type Nightly, openNightly } from '../nights/nightly.ts';
import { DONE, simulated } from './simulated-worker.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const ENV = { TLS_AUDIT_JOBS_WEEKLY_SUMMARY_ENABLED: 'false' };

/** A worker from 2026-01-01T00:00Z on, under a clock that is off as the test says. Gives when it ran, by the right clock. */
function worker(days: number, offsetMs: (nowMs: number) => number, env: Readonly<Record<string, string>> = {}) {
  const { parts, stop, started, note, logger } = simulated(days, { ...ENV, ...env }, {}, '2026-01-01T00:00:00Z');
  const right = parts.clock;
  const mailAt: string[] = [];
  const skewed: WorkerParts = {
    ...parts,
    clock: {
      now: () => {
        const nowMs = right.now().getTime();
        return new Date(nowMs + offsetMs(nowMs));
      },
    },
    runJob: (job) => {
      note(job.name);
      return Promise.resolve(DONE);
    },
    retryMail: () => {
      mailAt.push(right.now().toISOString());
      return Promise.resolve();
    },
  };
  return { parts: skewed, stop, mailAt, logger, right, note, runs: () => started.map(({ at }) => at.slice(0, 16)) };
}

const NIGHTS = ['2026-01-02T05:30', '2026-01-03T05:30', '2026-01-04T05:30'];
const NOON = Date.parse('2026-01-01T12:00:00Z');

describe('a worker whose clock is put right', () => {
  it.each([
    ['a year', YEAR_MS],
    ['a day', 24 * HOUR_MS],
    ['14 hours', 14 * HOUR_MS],
  ])('after it was %s ahead runs every night again, and tries mail again', async (_, aheadMs) => {
    const { parts, stop, runs, mailAt, logger } = worker(3.9, (nowMs) => (nowMs < NOON ? aheadMs : 0));
    await runWorker(parts, stop.signal);
    expect(runs().filter((at) => at > '2026-01-01T12:00')).toEqual(NIGHTS);
    expect(mailAt.filter((at) => at > '2026-01-01T12:00').length).toBeGreaterThan(1000);
    expect(logger.lines.map(({ message }) => message)).toContain('the clock was set back: planned again');
  });

  it('while a run is under way', async () => {
    let isAhead = true;
    const { parts, stop, runs, note } = worker(3.9, () => (isAhead ? YEAR_MS : 0));
    const righting: WorkerParts = {
      ...parts,
      runJob: (job) => {
        note(job.name);
        isAhead = false;
        return Promise.resolve(DONE);
      },
    };
    await runWorker(righting, stop.signal);
    expect(runs()).toEqual(['2026-01-01T05:30', ...NIGHTS]);
  });

  it('by minutes, does not run a night twice', async () => {
    const served = Date.parse('2026-01-01T05:35:00Z');
    const { parts, stop, runs } = worker(3.9, (nowMs) => (nowMs < served ? 0 : -20 * 60_000));
    await runWorker(parts, stop.signal);
    expect(runs()).toEqual(['2026-01-01T05:30', '2026-01-02T05:50', '2026-01-03T05:50', '2026-01-04T05:50']);
  });
});

const JOB = 'outbound-audit';
/** A log for each day until now: a row at 05:00, and the one that matters at noon. That of today is made at 05:24. */
function putLogs(nightly: Nightly, now: Date): void {
  const today = utcDay(now);
  const early = (day: string) => ({ 'Date/Time': `${day}T05:00:00Z` });
  for (const day of utcDaysOf({ from: new Date('2025-12-20'), to: now })) {
    if (day === today) nightly.putLog(day, [early(day)], 5.4 * HOUR_MS - DAY_MS);
    else nightly.putLog(day, [early(day), { TLS_Cipher: ':' }]);
  }
}

describe('real runs under a clock that was ahead and is put right', () => {
  it.each([
    ['a day', DAY_MS],
    ['a year', YEAR_MS],
  ])('by %s leave no day unaudited, and call none covered that no log tells of', async (_, aheadMs) => {
    using nightly = openNightly('2025-12-31T05:30:00Z');
    const { parts, stop } = simulated(6.2, ENV, { jobs: [jobs[0]!] }, '2026-01-01T00:00:00Z');
    const right = parts.clock;
    const noon = Date.parse('2026-01-02T12:00:00Z');
    const isAhead = () => right.now().getTime() < noon && right.now().getTime() > noon - 12 * HOUR_MS;
    const clock = { now: () => new Date(right.now().getTime() + (isAhead() ? aheadMs : 0)) };
    const ticks: (string | undefined)[] = [];
    await runWorker(
      {
        ...parts,
        clock,
        runJob: async (_job, signal, tick) => {
          putLogs(nightly, right.now());
          // Chance makes the right run of a night begin a little later than the wrong one did.
          nightly.nowMs = clock.now().getTime() + (isAhead() ? 0 : 30_000);
          ticks.push(tick?.toISOString().slice(0, 10));
          return await nightly.run({ tick }, signal);
        },
      },
      stop.signal,
    );
    const rightDays = utcDaysOf({ from: new Date('2025-12-31'), to: new Date('2026-01-06') });
    nightly.read((history) => {
      const covered = history.coveredDays(JOB, { from: new Date('2025-01-01'), to: new Date('2028-01-01') });
      expect([...covered].toSorted()).toEqual(rightDays);
      const records = history.recordedDays(JOB, { from: new Date('2025-12-31'), to: new Date('2026-01-06') });
      // Each was judged on the whole of its log, not on what there was of it under the wrong clock.
      expect(records.map(({ violations }) => violations)).toEqual(rightDays.map(() => 1));
      const [newest] = history.latestRuns(JOB, 1);
      expect(newest?.window.to.toISOString()).toBe('2026-01-06T00:00:00.000Z');
    });
    // The night after, what the wrong clock did does not stand for the run of that night.
    expect(ticks.slice(-4)).toEqual([undefined, ...['04', '05', '06'].map((day) => `2026-01-${day}`)]);
    const starts = nightly.read(({ runs }) => runs.latest(JOB, 20).map(({ startedAt }) => startedAt.toISOString()));
    expect(starts).toContain('2026-01-03T05:30:30.000Z');
  });
});

describe('the pruning under a clock that is ahead', () => {
  it('forgets nothing that is not old', async () => {
    using nightly = openNightly('2026-11-22T05:30:00Z');
    nightly.putLog('2026-11-21');
    await nightly.run();
    const clock = { now: () => new Date(nightly.nowMs) };
    const prune = () =>
      doChore(historyPruning, nightly.settings, { clock, logger: quietLogger() }, false, new AbortController().signal);
    nightly.nowMs += 2 * YEAR_MS;
    await nightly.run();
    await prune();
    nightly.read((history) => {
      expect(history.runs.latest(JOB, 9).length).toBeGreaterThan(1);
      expect([...history.coveredDays(JOB, { from: new Date('2026-01-01'), to: new Date() })]).toContain('2026-11-21');
    });
  });
});
