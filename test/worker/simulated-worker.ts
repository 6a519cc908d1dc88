import { jest } from '@jest/globals';
import { loadSettings } from '../../src/config/loading.ts';
import type { Chore, Job } from '../../src/job/job.ts';
import type { RunOutcome } from '../../src/run/run.ts';
import type { WorkerParts } from '../../src/worker.ts';
import { quietLogger } from '../support/quiet-logger.ts';

// A year has three million waits.
jest.setTimeout(60_000);

const DAY_MS = 86_400_000;
const AUDIT = { name: 'outbound-audit' } as Job;
const SUMMARY = { name: 'weekly-summary' } as Chore;
export const DONE = { report: { verdict: 'pass' } } as RunOutcome;

/** A worker whose time is what the test says: every wait moves the clock, until `days` are over. */
export function simulated(
  days: number,
  env: Record<string, string> = {},
  changes: Partial<WorkerParts> = {},
  start = '2026-01-01T12:00:00Z',
) {
  const settings = loadSettings({ env: { TLS_AUDIT_HEALTH_PORT: '', ...env } });
  const stop = new AbortController();
  const startMs = Date.parse(start);
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
