import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { JobBusyError, JobLostError, TimeLimitError, withJobLock } from '../../src/run/job-lock.ts';
import type { History } from '../../src/model/history.ts';
import { openHistory } from '../../src/record/history.ts';
import { withCourse } from '../../src/run/run-course.ts';
import { newOwner } from '../../src/support/owner.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const JOB = 'outbound-audit';
const NOW = new Date('2026-11-22T02:00:00Z');
const HOUR_MS = 3_600_000;
const RUN = {
  id: 'r1',
  job: JOB,
  window: { from: new Date('2026-11-21T00:00:00Z'), to: new Date('2026-11-22T00:00:00Z') },
  startedAt: NOW,
};

let history: History;
beforeEach(() => {
  history = openHistory(':memory:');
});
afterEach(() => history.close());

function parts() {
  return { history, clock: { now: () => NOW }, logger: quietLogger(), owner: newOwner() };
}

/** Work that only its signal ends. */
function endless(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
}

function runThat(
  work: (signal: AbortSignal) => Promise<string>,
  limits: Parameters<typeof withJobLock>[2],
  stop: AbortSignal,
) {
  const own = parts();
  return withJobLock(JOB, own, limits, stop, (signal) => withCourse(RUN, own, signal, () => work(signal)));
}

const NEVER = new AbortController().signal;

describe('a job', () => {
  it('is run once at a time, and again when the first run has ended, well or not', async () => {
    let finish: (value: string) => void = () => undefined;
    const first = withJobLock(
      JOB,
      parts(),
      { timeLimitMs: HOUR_MS },
      NEVER,
      () => new Promise<string>((resolve) => (finish = resolve)),
    );
    const second = withJobLock(JOB, parts(), { timeLimitMs: HOUR_MS }, NEVER, () => Promise.resolve('second'));
    await expect(second).rejects.toThrow(JobBusyError);
    await expect(second).rejects.toThrow(`process ${process.pid} since 2026-11-22T02:00:00.000Z`);
    finish('first');
    expect(await first).toBe('first');
    const failing = withJobLock(JOB, parts(), { timeLimitMs: HOUR_MS }, NEVER, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await withJobLock(JOB, parts(), { timeLimitMs: HOUR_MS }, NEVER, () => Promise.resolve('third'))).toBe(
      'third',
    );
  });

  it('that takes longer than it may has failed, and says so', async () => {
    const run = runThat(endless, { timeLimitMs: 20 }, NEVER);
    await expect(run).rejects.toThrow(TimeLimitError);
    expect(history.runs.latest(JOB, 1)).toMatchObject([{ end: 'failed', reason: expect.stringContaining('longer') }]);
  });

  it('that is stopped from outside is abandoned, and frees the lock', async () => {
    const stop = new AbortController();
    const run = runThat(endless, { timeLimitMs: HOUR_MS }, stop.signal);
    stop.abort(new Error('stopped by SIGTERM'));
    await expect(run).rejects.toThrow('stopped by SIGTERM');
    expect(history.runs.latest(JOB, 1)).toMatchObject([{ end: 'abandoned', reason: 'stopped by SIGTERM' }]);
    expect(history.locks.acquire(`job:${JOB}`, newOwner(), NOW)).toBeUndefined();
  });

  it('that failed keeps its own reason', async () => {
    await expect(runThat(() => Promise.reject(new Error('no file')), { timeLimitMs: HOUR_MS }, NEVER)).rejects.toThrow(
      'no file',
    );
    expect(history.runs.latest(JOB, 1)).toMatchObject([{ end: 'failed', reason: 'no file', endedAt: NOW }]);
  });

  it('whose lock another process took is given up', async () => {
    const other = newOwner();
    const run = runThat(
      async (signal) => {
        history.locks.acquire(`job:${JOB}`, { ...other, pid: 1 }, new Date(NOW.getTime() + HOUR_MS));
        return endless(signal);
      },
      { timeLimitMs: HOUR_MS, heartbeatMs: 5 },
      NEVER,
    );
    await expect(run).rejects.toThrow(JobLostError);
    // The taker already made it an abandoned one.
    expect(history.runs.latest(JOB, 1)).toMatchObject([{ end: 'abandoned' }]);
  });

  it('whose lock another process took has not failed of its own, also where it fails before it notices', async () => {
    const run = runThat(
      () => {
        history.locks.acquire(`job:${JOB}`, { ...newOwner(), pid: 1 }, new Date(NOW.getTime() + HOUR_MS));
        return Promise.reject(new Error('it was taken for dead meanwhile'));
      },
      { timeLimitMs: HOUR_MS },
      NEVER,
    );
    await expect(run).rejects.toThrow(JobLostError);
    await expect(run).rejects.toBeInstanceOf(JobBusyError);
  });
});
