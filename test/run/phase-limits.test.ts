import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { outboundAudit } from '../../jobs/outbound-audit.ts';
import { createKeyPair } from '../../src/demo/keys.ts';
import { type Org, startOrg } from '../../src/demo/org.ts';
import { TimeLimitError } from '../../src/run/job-lock.ts';
import type { Job } from '../../src/job/job.ts';
import { runAudit } from '../../src/pipeline.ts';
import { orLeftBehind, withPhaseLimits } from '../../src/run/phase-limits.ts';
import { startMailServer, startScriptedServer } from '../deliver/mail-servers.ts';
import { type Nightly, openNightly } from '../nights/nightly.ts';
import { logText } from '../support/log-text.ts';

const JOB = 'outbound-audit';
const HOUR_MS = 3_600_000;
/** Enough to read a few rows on a busy machine. */
const READING_MS = 2000;
const LONG = { finding: HOUR_MS, fetching: HOUR_MS, reading: HOUR_MS };
const NEVER = new AbortController().signal;
const keys = createKeyPair();

function endless(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
  });
}

describe('a phase', () => {
  it.each(['finding', 'fetching', 'reading'] as const)(
    '%s that takes too long aborts the work and is named',
    async (phase) => {
      let reason: unknown;
      const work = withPhaseLimits(JOB, { ...LONG, [phase]: 20 }, NEVER, async (signal, enter) => {
        enter(phase);
        await endless(signal).catch(() => {
          reason = signal.reason;
        });
      });
      await work;
      expect(reason).toBeInstanceOf(TimeLimitError);
      expect(reason).toMatchObject({
        message: expect.stringMatching(
          `^${JOB} was given up in the phase ${phase}: .+ took longer than 20 milliseconds$`,
        ),
        remedy: expect.stringContaining(`jobs.${JOB}.phaseLimitMinutes.${phase}`),
      });
    },
  );

  it('has its own time: what the phase before took does not count, and recording has no limit', async () => {
    const seen = await withPhaseLimits(JOB, { ...LONG, finding: 20 }, NEVER, async (signal, enter) => {
      enter('fetching');
      enter('reading');
      enter('recording');
      await new Promise((resolve) => setTimeout(resolve, 60));
      return signal.aborted;
    });
    expect(seen).toBe(false);
  });

  it('that nothing can stop is left behind', async () => {
    const stop = new AbortController();
    const hung = orLeftBehind(new Promise<never>(() => undefined), stop.signal);
    stop.abort(new Error('it took too long'));
    await expect(hung).rejects.toThrow('it took too long');
  });
});

describe('a run', () => {
  let org: Org;
  let nightly: Nightly;
  beforeEach(async () => {
    org = await startOrg({ publicKeyPem: keys.publicKeyPem });
    nightly = openNightly('2026-11-22T05:30:00Z', {
      TLS_AUDIT_SOURCE_TYPE: 'files',
      TLS_AUDIT_SALESFORCE_LOGIN_URL: org.url,
      TLS_AUDIT_SALESFORCE_CLIENT_ID: org.clientId,
      TLS_AUDIT_SALESFORCE_USERNAME: org.username,
      TLS_AUDIT_SALESFORCE_PRIVATE_KEY: keys.privateKeyPem,
      TLS_AUDIT_MAIL_ENABLED: 'true',
    });
    const content = Buffer.from(logText([{ 'Date/Time': '2026-11-21T12:00:00Z', TLS_Cipher: ':' }]));
    org.addFile({ title: 'EmailLog', extension: 'csv', content, createdDate: new Date('2026-11-22T01:00:00Z') });
  });
  afterEach(async () => {
    nightly[Symbol.dispose]();
    await org.close();
  });

  /** A tenth of a second is long on loopback, and far below every other limit. */
  function limit(phase: 'finding' | 'fetching'): void {
    const own = nightly.settings.jobs[JOB];
    const limited = { ...own, phaseLimitMinutes: { ...own.phaseLimitMinutes, [phase]: 300 / 60_000 } };
    nightly.settings = { ...nightly.settings, jobs: { ...nightly.settings.jobs, [JOB]: limited } };
  }

  function mailTo(port: number, timeLimitMinutes = 1): void {
    const { mail } = nightly.settings;
    nightly.settings = { ...nightly.settings, mail: { ...mail, smtp: { ...mail.smtp, port, timeLimitMinutes } } };
  }

  it.each([
    ['finding', 'sign-in', '/services/oauth2/token'],
    ['finding', 'query', '/query'],
    ['fetching', 'download', '/VersionData'],
  ] as const)(
    'whose phase %s meets an org that stalls at the %s fails, says where, and works the next time',
    async (phase, _, target) => {
      await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
      mailTo(server.port);
      org.faults.add({
        match: (_method, path) => path.includes(target),
        times: Infinity,
        fault: { kind: 'stall', afterBytes: 0 },
      });
      const usual = nightly.settings;
      limit(phase);
      await expect(nightly.run()).rejects.toThrow(`${JOB} was given up in the phase ${phase}`);
      expect(nightly.read(({ runs }) => runs.latest(JOB, 5))).toMatchObject([
        { end: 'failed', phase, reason: expect.stringContaining(`the phase ${phase}`) },
      ]);
      expect(readdirSync(join(nightly.folder, 'tmp'))).toEqual([]);
      org.faults.clear();
      nightly.settings = usual;
      expect((await nightly.run()).report.verdict).toBe('fail');
      expect(server.received).toHaveLength(1);
    },
  );

  it('has no time limit while late days are judged again: these runs have their own', async () => {
    const waiting: Job = {
      ...outboundAudit,
      run: (request, parts, signal) =>
        outboundAudit.run(
          {
            ...request,
            // More than the limit of reading.
            judgeAgain: async () => {
              await new Promise((resolve) => setTimeout(resolve, READING_MS + 1000));
              return [];
            },
          },
          parts,
          signal,
        ),
    };
    using folder = openNightly('2026-11-21T05:30:00Z');
    folder.putLog('2026-11-20', [{}]);
    await folder.run();
    folder.nowMs += 24 * HOUR_MS;
    folder.putLog('2026-11-20', [{}, { TLS_Cipher: ':' }]);
    folder.putLog('2026-11-21', [{}]);
    const own = folder.settings.jobs[JOB];
    own.phaseLimitMinutes.reading = READING_MS / 60_000;
    expect((await folder.run({ job: waiting })).report.verdict).toBe('pass');
    expect(folder.read(({ runs }) => runs.latest(JOB, 1))).toMatchObject([{ end: 'pass', phase: 'done' }]);
  });

  it('that hangs where nothing can stop it, as on a dead mount, has failed, and the job is free for the next', async () => {
    await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    mailTo(server.port);
    const hanging: Job = {
      ...outboundAudit,
      run: (request, parts, signal) =>
        runAudit(() => new Promise<never>(() => undefined), { ...request, job: JOB }, parts, signal),
    };
    const usual = nightly.settings;
    limit('finding');
    await expect(nightly.run({ job: hanging })).rejects.toThrow('was given up in the phase finding');
    expect(nightly.read(({ runs }) => runs.latest(JOB, 5))).toMatchObject([{ end: 'failed', phase: 'finding' }]);
    nightly.settings = usual;
    expect((await nightly.run()).report.verdict).toBe('fail');
  });

  it('whose digest meets a mail server that goes on answering without end has its result, and owes the digest', async () => {
    // Each answer comes long before the limit of one step; a multi-line answer (RFC 5321 section 4.2.1) never has to end.
    await using dripping = await startScriptedServer('220 hello', (line) => {
      return line.startsWith('EHLO') ? '250-still thinking' : undefined;
    });
    const drip = setInterval(() => dripping.say('250-still thinking'), 50);
    try {
      mailTo(dripping.port, 400 / 60_000);
      const ended = nightly.run();
      await expect(ended).rejects.toThrow('given up because it took longer than 400 milliseconds');
      await expect(ended).rejects.toMatchObject({ remedy: expect.stringContaining('mail.smtp.timeLimitMinutes') });
    } finally {
      clearInterval(drip);
    }
    expect(nightly.read(({ runs }) => runs.latest(JOB, 5))).toMatchObject([{ end: 'fail', phase: 'done' }]);
    const [owed] = nightly.read(({ outbox }) => outbox.owed());
    expect(owed).toMatchObject({ tries: 1, nextTryAt: new Date(nightly.nowMs + 5 * 60_000) });

    await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    mailTo(server.port);
    await nightly.run();
    expect(server.received).toHaveLength(1);
  });
});
