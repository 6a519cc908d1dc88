import { describe, expect, it } from '@jest/globals';
import { JobBusyError } from '../src/job-lock.ts';
import type { Chore, Job } from '../src/job.ts';
import { loadSettings } from '../src/config/loading.ts';
import type { RunOutcome } from '../src/pipeline.ts';
import { runWorker, type WorkerParts, workOnce } from '../src/worker.ts';
import { quietLogger } from './support/quiet-logger.ts';

const DAY_MS = 86_400_000;
const AUDIT = { name: 'outbound-audit' } as Job;
const SUMMARY = { name: 'weekly-summary' } as Chore;
const DONE = { report: { verdict: 'pass' } } as RunOutcome;

/** A worker whose time is what the test says: every wait moves the clock, until `days` are over. */
function simulated(days: number, env: Record<string, string> = {}, changes: Partial<WorkerParts> = {}) {
  const settings = loadSettings({ env: { TLS_AUDIT_HEALTH_PORT: '', ...env } });
  const stop = new AbortController();
  const startMs = Date.parse('2026-01-01T12:00:00Z');
  let nowMs = startMs;
  const started: { name: string; at: string }[] = [];
  const logger = quietLogger();
  const note = (name: string) => void started.push({ name, at: new Date(nowMs).toISOString() });
  let waiting = 0;
  let wakes: { atMs: number; resolve: () => void }[] = [];
  const loops = 2 + Number(settings.jobs['weekly-summary'].enabled);
  // All loops of the worker wait for one clock: it moves to the next of their times when every one of them waits.
  const wait = (durationMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      wakes.push({ atMs: nowMs + durationMs, resolve });
      if (++waiting < loops) return;
      nowMs = Math.min(...wakes.map(({ atMs }) => atMs));
      if (nowMs > startMs + days * DAY_MS) stop.abort(new Error('the time is over'));
      const due = wakes.filter(({ atMs }) => atMs <= nowMs || stop.signal.aborted);
      wakes = wakes.filter((wake) => !due.includes(wake));
      waiting -= due.length;
      for (const wake of due) wake.resolve();
    });
  const parts: WorkerParts = {
    settings,
    jobs: [AUDIT],
    chores: [SUMMARY],
    clock: { now: () => new Date(nowMs) },
    logger,
    runJob: (job) => {
      note(job.name);
      return Promise.resolve(DONE);
    },
    doChore: (chore) => {
      note(chore.name);
      return Promise.resolve('');
    },
    retryMail: () => Promise.resolve(),
    wait,
    ...changes,
  };
  return { parts, stop, started, logger, note };
}

describe('the worker', () => {
  it('runs a local 02:30 once a day for a month with the change of the clocks, and the summary every Monday', async () => {
    const { parts, stop, started } = simulated(120, {
      TLS_AUDIT_JOBS_OUTBOUND_AUDIT_SCHEDULE: '30 2 * * *',
      TLS_AUDIT_JOBS_OUTBOUND_AUDIT_TIMEZONE: 'Europe/Amsterdam',
    });
    await runWorker(parts, stop.signal);
    const nights = started.filter(({ name }) => name === 'outbound-audit').map(({ at }) => at);
    expect(nights).toHaveLength(120);
    expect(nights.filter((at) => at.startsWith('2026-03-29') || at.startsWith('2026-03-30'))).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
    const summaries = started.filter(({ name }) => name === 'weekly-summary').map(({ at }) => new Date(at));
    expect(summaries).toHaveLength(17);
    expect(new Set(summaries.map((at) => at.getUTCDay()))).toEqual(new Set([1]));
  }, 60_000);

  it('goes on after failures, and calls a busy job skipped', async () => {
    const failures = [new Error('no'), new JobBusyError('process 7 runs it')];
    const { parts, stop, started, logger, note } = simulated(4, {}, {});
    const failing: WorkerParts = {
      ...parts,
      runJob: (job) => {
        note(job.name);
        const failure = failures.shift();
        return failure === undefined ? Promise.resolve(DONE) : Promise.reject(failure);
      },
    };
    await runWorker(failing, stop.signal);
    expect(started.filter(({ name }) => name === 'outbound-audit').length).toBeGreaterThan(2);
    const told = logger.lines.map(({ message }) => message);
    expect(told.filter((message) => message === 'job failed')).toHaveLength(1);
    expect(told.filter((message) => message.startsWith('job skipped'))).toHaveLength(1);
  });

  it('finishes a run under way within the grace period, and abandons a longer one', async () => {
    for (const [graceSeconds, expected] of [
      ['60', 'job finished'],
      ['0', 'job abandoned: the worker stops'],
    ] as const) {
      const stop = new AbortController();
      const { parts, logger } = simulated(1, { TLS_AUDIT_WORKER_GRACE_SECONDS: graceSeconds });
      const working: WorkerParts = {
        ...parts,
        runJob: (_job, signal) =>
          new Promise((resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')));
            stop.abort(new Error('stopped by SIGTERM'));
            if (graceSeconds === '60') setImmediate(() => resolve(DONE));
          }),
      };
      expect(await workOnce(working, stop.signal)).toBe('done');
      expect(logger.lines.map(({ message }) => message)).toContain(expected);
    }
  });

  it('started once, runs every audit, no chore, and tells whether one failed', async () => {
    const { parts, stop, started } = simulated(1);
    expect(await workOnce(parts, stop.signal)).toBe('done');
    expect(started.map(({ name }) => name)).toEqual(['outbound-audit']);
    expect(await workOnce({ ...parts, runJob: () => Promise.reject(new Error('no')) }, stop.signal)).toBe('failed');
  });

  it('finishes a run under way before it takes new settings', async () => {
    const reload = new AbortController();
    const { parts, stop, logger } = simulated(1, {
      TLS_AUDIT_WORKER_GRACE_SECONDS: '0',
      TLS_AUDIT_JOBS_WEEKLY_SUMMARY_ENABLED: 'false',
    });
    const working: WorkerParts = {
      ...parts,
      runJob: (_job, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')));
          reload.abort();
          setTimeout(() => resolve(DONE), 20);
        }),
    };
    const ended = runWorker(working, stop.signal, reload.signal);
    await ended;
    expect(logger.lines.map(({ message }) => message)).toContain('job finished');
    expect(stop.signal.aborted).toBe(false);
  });
});
