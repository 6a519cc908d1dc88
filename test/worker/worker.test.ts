import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config/loading.ts';
import { serveHealth } from '../../src/health/health.ts';
import { JobBusyError, JobLostError, JobServedError } from '../../src/run/job-lock.ts';
import { runWorker, type WorkerParts, workOnce } from '../../src/worker.ts';
import { DONE, simulated } from './simulated-worker.ts';

describe('a worker that is asked to reload while a job is running', () => {
  it.each([
    ['a reload', { status: 'ok' }],
    ['a stop', { status: 'stopping' }],
  ])('answers a liveness probe, after %s', async (signal, expected) => {
    const reserved = createServer().listen(0, '127.0.0.1');
    await once(reserved, 'listening');
    const { port } = reserved.address() as AddressInfo;
    reserved.close();
    await once(reserved, 'close');
    const { parts, stop } = simulated(2, { TLS_AUDIT_HEALTH_PORT: String(port) });
    const reload = new AbortController();
    const answers: unknown[] = [];
    const asking: WorkerParts = {
      ...parts,
      // Those who wait are woken by the signal, as by the real wait.
      wait: async (durationMs, until) => {
        await Promise.race([parts.wait?.(durationMs, until), once(until, 'abort')]);
      },
      runJob: async () => {
        (signal === 'a reload' ? reload : stop).abort();
        answers.push(await (await fetch(`http://127.0.0.1:${String(port)}/healthz`)).json());
        return DONE;
      },
    };
    await runWorker(asking, stop.signal, reload.signal);
    expect(answers).toEqual([expect.objectContaining(expected)]);
  });
});

describe('a worker that takes over', () => {
  const MONDAY = '2026-01-05';

  it('after a reload makes up for what fell due while the reload waited for a run, and for nothing before', async () => {
    const { parts, stop, started } = simulated(0.1, {}, {}, `${MONDAY}T07:20:00Z`);
    await runWorker(parts, stop.signal, undefined, new Date(`${MONDAY}T06:50:00Z`));
    expect(started).toEqual([{ name: 'weekly-summary', at: `${MONDAY}T07:20:00.000Z` }]);
  });

  it('under a clock that was set back meanwhile plans from now on', async () => {
    const { parts, stop, started } = simulated(0.1, {}, {}, `${MONDAY}T06:50:00Z`);
    await runWorker(parts, stop.signal, undefined, new Date(`${MONDAY}T07:20:00Z`));
    expect(started).toEqual([{ name: 'weekly-summary', at: `${MONDAY}T07:00:00.000Z` }]);
  });

  it('makes the run that chance has put off', async () => {
    const jitter = { TLS_AUDIT_JOBS_OUTBOUND_AUDIT_JITTER_SECONDS: '600' };
    const { parts, stop, started } = simulated(0.05, jitter, {}, `${MONDAY}T05:35:00Z`);
    await runWorker(parts, stop.signal);
    expect(started).toMatchObject([{ name: 'outbound-audit' }]);
  });
});

describe('the worker', () => {
  it.each(['30 2 * * *', '0 3 * * *', '30 5 * * *'])(
    'runs "%s" of Berlin once on every local day of a year with both changes of the clocks, and the summary every Monday',
    async (schedule) => {
      const { parts, stop, started } = simulated(365, {
        TLS_AUDIT_JOBS_OUTBOUND_AUDIT_SCHEDULE: schedule,
        TLS_AUDIT_JOBS_OUTBOUND_AUDIT_TIMEZONE: 'Europe/Berlin',
      });
      await runWorker(parts, stop.signal);
      const nights = started.filter(({ name }) => name === 'outbound-audit').map(({ at }) => at);
      const localDay = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin', dateStyle: 'short' });
      const days = nights.map((at) => localDay.format(new Date(at)));
      expect(days).toHaveLength(365);
      expect(new Set(days).size).toBe(365);
      expect([days[0], days.at(-1)]).toEqual(['2026-01-02', '2027-01-01']);
      if (schedule === '30 2 * * *') {
        const around = ['2026-03-28', '2026-03-29', '2026-03-30', '2026-10-24', '2026-10-25', '2026-10-26'];
        expect(nights.filter((at) => around.includes(at.slice(0, 10)))).toEqual([
          '2026-03-28T01:30:00.000Z',
          // 02:30 did not exist: at the moment the clocks were put forward.
          '2026-03-29T01:00:00.000Z',
          '2026-03-30T00:30:00.000Z',
          '2026-10-24T00:30:00.000Z',
          // 02:30 came twice: the first time.
          '2026-10-25T00:30:00.000Z',
          '2026-10-26T01:30:00.000Z',
        ]);
      }
      const summaries = started.filter(({ name }) => name === 'weekly-summary').map(({ at }) => new Date(at));
      expect(summaries).toHaveLength(52);
      expect(new Set(summaries.map((at) => at.getUTCDay()))).toEqual(new Set([1]));
    },
  );

  it('starts by chance up to jitterSeconds later than the schedule says, and tells the run when that was', async () => {
    const { parts, stop, note, started } = simulated(60, { TLS_AUDIT_JOBS_OUTBOUND_AUDIT_JITTER_SECONDS: '600' });
    const ticks: (string | undefined)[] = [];
    const noting: WorkerParts = {
      ...parts,
      runJob: (job, _signal, tick) => {
        note(job.name);
        ticks.push(tick?.toISOString());
        return Promise.resolve(DONE);
      },
    };
    await runWorker(noting, stop.signal);
    const starts = started.filter(({ name }) => name === 'outbound-audit').map(({ at }) => at);
    expect(ticks).toEqual(starts.map((at) => `${at.slice(0, 10)}T05:30:00.000Z`));
    const laterMs = starts.map((at, index) => Date.parse(at) - Date.parse(ticks[index] ?? ''));
    expect(laterMs).toHaveLength(60);
    expect(Math.min(...laterMs)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...laterMs)).toBeLessThan(600_000);
    expect(new Set(laterMs).size).toBeGreaterThan(10);
  });

  it('never runs a job beside itself: what falls due meanwhile comes once, afterwards', async () => {
    const { parts, stop, started, note } = simulated(1, {
      TLS_AUDIT_JOBS_OUTBOUND_AUDIT_SCHEDULE: '*/10 * * * *',
      TLS_AUDIT_JOBS_WEEKLY_SUMMARY_ENABLED: 'false',
    });
    let running = 0;
    const slow: WorkerParts = {
      ...parts,
      runJob: async (job, signal) => {
        expect(++running).toBe(1);
        note(job.name);
        await parts.wait?.(25 * 60_000, signal);
        running--;
        return DONE;
      },
    };
    await runWorker(slow, stop.signal);
    const starts = started.map(({ at }) => at.slice(11, 16));
    expect(starts.slice(0, 3)).toEqual(['12:10', '12:40', '13:10']);
    expect(starts).toHaveLength(48);
  });

  it('listens on loopback unless it is set otherwise', async () => {
    const { host } = loadSettings({ env: {} }).health;
    const server = await serveHealth({ host, port: 0 }, () => {
      throw new Error('nobody asks');
    });
    expect(server.address()).toMatchObject({ address: '127.0.0.1' });
    server.close();
  });

  it('goes on after failures, and calls a busy job skipped', async () => {
    const failures = [
      new Error('no'),
      new JobBusyError('process 7 runs it'),
      new JobLostError('another process took this one for dead'),
    ];
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
    expect(told).toContain('job taken over by another process');
  });

  it('looks at a job again that another process runs, because that one may have been killed, until it is done', async () => {
    const { parts, stop, started, note } = simulated(2, { TLS_AUDIT_JOBS_WEEKLY_SUMMARY_ENABLED: 'false' });
    const ticks: (string | undefined)[] = [];
    const busy: WorkerParts = {
      ...parts,
      runJob: (job, _signal, tick) => {
        note(job.name);
        ticks.push(tick?.toISOString());
        if (ticks.length < 3) return Promise.reject(new JobBusyError('process 7 runs it'));
        return ticks.length === 3 ? Promise.reject(new JobServedError('it was run already')) : Promise.resolve(DONE);
      },
    };
    await runWorker(busy, stop.signal);
    expect(started.map(({ at }) => at.slice(8, 19))).toEqual([
      '02T05:30:00',
      '02T05:32:30',
      '02T05:35:00',
      '03T05:30:00',
    ]);
    expect(new Set(ticks.slice(0, 3))).toEqual(new Set(['2026-01-02T05:30:00.000Z']));
  });

  it('that slept through several nights does once what was due at the last of them', async () => {
    const { parts, stop } = simulated(2, { TLS_AUDIT_JOBS_WEEKLY_SUMMARY_ENABLED: 'false' });
    const asleepAt = Date.parse('2026-01-02T05:00:00Z');
    const woken = Date.parse('2026-01-05T00:10:00Z');
    const asked: string[][] = [];
    const slept: WorkerParts = {
      ...parts,
      clock: {
        now: () => {
          const now = parts.clock.now();
          return now.getTime() < asleepAt ? now : new Date(now.getTime() + woken - asleepAt);
        },
      },
      runJob: (_job, _signal, tick, asOf) => {
        asked.push([tick, asOf].map((time) => time?.toISOString() ?? ''));
        return Promise.resolve(DONE);
      },
    };
    await runWorker(slept, stop.signal);
    expect(asked.slice(0, 2)).toEqual([
      ['2026-01-04T05:30:00.000Z', '2026-01-04T05:30:00.000Z'],
      ['2026-01-05T05:30:00.000Z', '2026-01-05T05:30:00.000Z'],
    ]);
  });

  it('finishes a run under way within the grace period, and abandons a longer one', async () => {
    for (const [graceSeconds, expected, result] of [
      ['60', 'job finished', 'done'],
      // Whoever started it has to start it again.
      ['0', 'job abandoned: the worker stops', 'failed'],
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
      expect(await workOnce(working, stop.signal)).toBe(result);
      expect(logger.lines.map(({ message }) => message)).toContain(expected);
    }
  });

  it('started once, runs every audit, no chore, and tells whether one failed', async () => {
    const { parts, stop, started } = simulated(1);
    expect(await workOnce(parts, stop.signal)).toBe('done');
    expect(started.map(({ name }) => name)).toEqual(['outbound-audit']);
    // What another process has under way may have died with it: only what is done is done.
    for (const [failure, expected] of [
      [new Error('no'), 'failed'],
      [new JobBusyError('process 7 runs it'), 'failed'],
      [new JobServedError('it was run already'), 'done'],
    ] as const) {
      expect(await workOnce({ ...parts, runJob: () => Promise.reject(failure) }, stop.signal)).toBe(expected);
    }
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
