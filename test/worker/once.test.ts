import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jobs } from '../../jobs/index.ts';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { workOnce, type WorkerParts } from '../../src/worker.ts';
import { startMailServer, startScriptedServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { type Nightly, openNightly } from '../nights/nightly.ts';
import { simulated } from './simulated-worker.ts';

const TWO_WEEKS = { from: new Date('2026-11-10'), to: new Date('2026-11-24') };
const AROUND = { from: new Date('2026-11-20'), to: new Date('2026-11-30') };
const NEVER = new AbortController().signal;

let nightly: Nightly;
let server: TestMailServer;
beforeEach(async () => {
  nightly = openNightly('2026-11-22T05:30:10Z', { TLS_AUDIT_MAIL_ENABLED: 'true' });
  server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  nightly.settings.mail.smtp.port = server.port;
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

/** `worker --once`, where the inbound audit fails. */
async function once(isInboundDown: boolean) {
  const worker = simulated(1, { TLS_AUDIT_JOBS_INBOUND_AUDIT_ENABLED: String(isInboundDown) });
  const parts: WorkerParts = {
    ...worker.parts,
    jobs,
    chores: [],
    clock: { now: () => new Date(nightly.nowMs) },
    runJob: async (job, signal, tick) => {
      if (job.name === 'inbound-audit') throw new Error('the org is down');
      return await nightly.run({ job, tick }, signal);
    },
  };
  return { result: await workOnce(parts, NEVER), told: worker.logger.lines.map(({ message }) => message) };
}

function audited(): string[] {
  const records = nightly.read(({ runs }) => runs.latest('outbound-audit', 50));
  return records.map(({ window }) => utcDay(window.from)).reverse();
}

describe('worker --once, started again', () => {
  it('because another job failed, neither audits nor mails again what was done, and does so the next night', async () => {
    nightly.putLog('2026-11-21');
    expect((await once(true)).result).toBe('failed');
    nightly.nowMs += 900_000;
    const again = await once(true);
    expect(again.result).toBe('failed');
    expect(again.told).toEqual(['job skipped: another process has done it', 'job failed']);
    expect(audited()).toEqual(['2026-11-21']);
    expect(server.received).toHaveLength(1);

    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-22');
    await once(true);
    expect(audited()).toEqual(['2026-11-21', '2026-11-22']);
    expect(server.received).toHaveLength(2);
  });

  it('because the digest was not sent, sends it without another audit, and fails as long as it cannot', async () => {
    nightly.putLog('2026-11-21');
    const gone = await startScriptedServer(undefined);
    await gone[Symbol.asyncDispose]();
    nightly.settings.mail.smtp.port = gone.port;
    for (let tries = 0; tries < 3; tries++) {
      expect((await once(false)).result).toBe('failed');
      nightly.nowMs += 60_000;
    }
    nightly.settings.mail.smtp.port = server.port;
    expect(await once(false)).toMatchObject({ result: 'done', told: ['job skipped: another process has done it'] });
    expect(server.received).toHaveLength(1);
    expect(audited()).toEqual(['2026-11-21']);
    expect(nightly.read(({ outbox }) => outbox.open())).toEqual([]);
  });

  it('because a day whose rows came late could not be judged again, judges it', async () => {
    nightly.putLog('2026-11-21');
    await once(false);
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-22');
    nightly.putLog('2026-11-21', [{ 'Internal Message ID': 'late', TLS_Cipher: ':' }], 36_000_000, 'part-2');
    // Killed after the first of the two windows: the late day is marked, and nothing more.
    await nightly.run({ explicit: { from: new Date('2026-11-22'), to: new Date('2026-11-23') } });
    expect(audited()).toEqual(['2026-11-21', '2026-11-22']);
    nightly.nowMs += 60_000;
    expect((await once(false)).told).toEqual(['job finished']);
    expect(nightly.read((history) => history.coveredDays('outbound-audit', TWO_WEEKS))).toContain('2026-11-21');
    nightly.nowMs += 60_000;
    expect((await once(false)).told).toEqual(['job skipped: another process has done it']);
  });
});

describe('worker --once by a timer that comes before jobs.*.schedule', () => {
  it('audits the day that just ended, also after a night that was missed', async () => {
    nightly.nowMs = Date.parse('2026-11-22T01:00:00Z');
    for (const nights of [1, 1, 2, 1]) {
      nightly.nowMs += nights * DAY_MS;
      for (let night = nights; night > 0; night--) nightly.putLog(utcDay(new Date(nightly.nowMs - night * DAY_MS)));
      expect((await once(false)).told).toEqual(['job finished']);
    }
    expect(audited()).toEqual(['2026-11-22', '2026-11-23', '2026-11-24', '2026-11-26']);
    const covered = nightly.read((history) => history.coveredDays('outbound-audit', AROUND));
    expect([...covered].toSorted().at(-2)).toBe('2026-11-25');
  });
});

describe('worker --once, stopped', () => {
  it.each([
    ['before its job began', true],
    ['while its job was running, which did not end within the grace period', false],
  ])('%s, has failed', async (_, isEarly) => {
    const stop = new AbortController();
    const worker = simulated(1, { TLS_AUDIT_WORKER_GRACE_SECONDS: '0' });
    const parts: WorkerParts = {
      ...worker.parts,
      chores: [],
      runJob: async (_job, signal) => {
        stop.abort(new Error('stopped by SIGTERM'));
        return await new Promise((_resolve, reject) => {
          const end = () => reject(new Error('abandoned'));
          if (signal.aborted) end();
          else signal.addEventListener('abort', end);
        });
      },
    };
    if (isEarly) stop.abort(new Error('stopped by SIGTERM'));
    expect(await workOnce(parts, stop.signal)).toBe('failed');
    expect(worker.logger.lines.map(({ message }) => message)).toEqual(
      isEarly ? [] : ['job abandoned: the worker stops'],
    );
  });
});
