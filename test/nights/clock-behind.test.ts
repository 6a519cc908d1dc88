import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { outboundAudit } from '../../jobs/outbound-audit.ts';
import { type JobRequest, runJobUnattended } from '../../src/job/run-job.ts';
import { DAY_MS, utcDay, utcDaysOf } from '../../src/model/window.ts';
import { startMailServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { type Nightly, openNightly } from './nightly.ts';

const JOB = 'outbound-audit';
const NIGHT = Date.parse('2026-11-22T05:30:00Z');

let nightly: Nightly;
let server: TestMailServer;
beforeEach(async () => {
  nightly = openNightly('2026-11-22T05:30:00Z', { TLS_AUDIT_MAIL_ENABLED: 'true' });
  server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  nightly.settings.mail.smtp.port = server.port;
  for (const day of utcDaysOf({ from: new Date('2026-11-18'), to: new Date('2026-11-25') })) nightly.putLog(day, [{}]);
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

/** The run of what is due under a clock that shows this; gives how it ended. */
async function nightAt(nowMs: number, asked: Partial<JobRequest> = {}): Promise<string> {
  nightly.nowMs = nowMs;
  const clock = { now: () => new Date(nowMs) };
  const request = {
    job: outboundAudit,
    settings: nightly.settings,
    explicit: undefined,
    dry: false,
    mail: true,
    clock,
    ...asked,
  };
  const stderr = new PassThrough().resume() as unknown as NodeJS.WriteStream;
  return await runJobUnattended(request, { stderr }, new AbortController().signal).then(
    ({ report }) => report.verdict,
    (error: unknown) => String(error),
  );
}

function audited(): string[] {
  const ever = { from: new Date('2018-01-01'), to: new Date('2028-01-01') };
  return nightly.read((history) => [...history.auditedDays(JOB, ever)]).toSorted();
}

function mails(): string[] {
  return server.received.map(({ raw }) => raw.toString().replaceAll(/=\r\n/g, '').replaceAll(/\s+/g, ' '));
}

describe('a clock that asks for a day before the first one ever audited', () => {
  it('because it is years behind, fails the job, makes no day before the first the first one, and is told of until it is right', async () => {
    expect(await nightAt(NIGHT)).toBe('pass');
    const behind = Date.parse('2019-01-01T05:30:00Z');
    expect(await nightAt(behind)).toMatch(/the clock of this machine shows 2019-01-01T05:30:00.000Z, but/);
    expect(await nightAt(behind + DAY_MS)).toMatch(/2019-01-02T05:30/);
    expect(audited()).toEqual(['2026-11-21']);
    expect(await nightAt(NIGHT + 3 * DAY_MS)).toBe('pass');
    expect(audited()).toEqual(['2026-11-21', '2026-11-22', '2026-11-23', '2026-11-24']);
    const [first = '', second = '', recovered = '', ...more] = mails();
    expect(first).toContain('Subject: FAILED: outbound-audit could not run');
    expect(first).toContain('Set the clock');
    expect(first).toMatch(/Without complete data:? +not known/);
    expect(second).toContain('Subject: FAILED: outbound-audit could not run (2 times');
    expect(recovered).toContain('Subject: RECOVERED');
    expect(more).toEqual([]);
  });

  it('because it was ahead at the very first run, is made good by naming a day', async () => {
    expect(await nightAt(NIGHT + 365 * DAY_MS)).toBe('inconclusive');
    const told = await nightAt(NIGHT);
    expect(told).toContain('was ahead');
    expect(mails().at(-1)).toContain(`tls-audit run ${JOB} --from 2026-11-21 --to 2026-11-21`);
    await nightly.run({ explicit: { from: new Date('2026-11-21'), to: new Date('2026-11-22') } });
    expect(await nightAt(NIGHT + DAY_MS)).toBe('pass');
    expect(audited().slice(0, 2)).toEqual(['2026-11-21', '2026-11-22']);
  });

  it('because somebody has only looked at today so far, is right', async () => {
    await nightly.run({ explicit: { from: new Date('2026-11-22'), to: new Date('2026-11-23') } });
    expect(await nightAt(NIGHT + 60_000)).toBe('pass');
    expect(audited()[0]).toBe(utcDay(new Date(NIGHT - DAY_MS)));
  });
});

describe('a time of the schedule before the midnight after which its run begins, as chance puts it off', () => {
  const tick = new Date('2026-11-22T23:45:00Z');
  const late = Date.parse('2026-11-23T00:12:00Z');
  const today = { from: new Date('2026-11-22'), to: new Date('2026-11-23') };

  it('asks for nothing where the first run ever came in between by hand: the clock is right, and nobody is alarmed', async () => {
    nightly.settings.jobs[JOB].firstRunDays = 1;
    nightly.nowMs = Date.parse('2026-11-23T00:05:00Z');
    await nightly.run();
    expect(audited()).toEqual(['2026-11-22']);
    expect(await nightAt(late, { tick, asOf: tick })).toContain('nothing was due at 2026-11-22T23:45:00.000Z');
    expect(audited()).toEqual(['2026-11-22']);
    expect(mails()).toEqual([]);
    const next = new Date(tick.getTime() + DAY_MS);
    expect(await nightAt(late + DAY_MS, { tick: next, asOf: next })).toBe('pass');
    expect(mails()).toEqual([]);
  });

  it('asks for no day before the first either where that was audited before it', async () => {
    nightly.nowMs = NIGHT;
    await nightly.run({ explicit: today });
    expect(await nightAt(late, { tick, asOf: tick })).toContain('nothing was due at 2026-11-22T23:45:00.000Z');
    expect(audited()).toEqual(['2026-11-22']);
    expect(mails().filter((mail) => mail.includes('FAILED'))).toEqual([]);
  });

  it('is not what a clock that is behind is said to show', async () => {
    nightly.nowMs = NIGHT + 3 * DAY_MS;
    await nightly.run({ explicit: today });
    expect(await nightAt(late - DAY_MS, { tick, asOf: new Date(tick.getTime() - DAY_MS) })).toMatch(
      /the clock of this machine shows 2026-11-22T00:12:00.000Z, but/,
    );
    expect(audited()).toEqual(['2026-11-22']);
  });
});
