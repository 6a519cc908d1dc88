import { describe, expect, it } from '@jest/globals';
import { type WorkerParts, runWorker } from '../src/worker.ts';
import { DONE, simulated } from './simulated-worker.ts';

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
