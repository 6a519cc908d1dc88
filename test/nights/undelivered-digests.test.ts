import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { retryMail } from '../../src/job/run-job.ts';
import { runWorker, type WorkerParts } from '../../src/worker.ts';
import { startMailServer, startScriptedServer } from '../deliver/mail-servers.ts';
import { parseMail, subjectAndDay } from '../integration/mail-parts.ts';
import { type Nightly, openNightly } from './nightly.ts';
import { simulated } from '../worker/simulated-worker.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const PLAIN = { disabledCommands: ['STARTTLS', 'AUTH'] };

let nightly: Nightly;
beforeEach(() => {
  nightly = openNightly('2026-11-22T05:30:00Z', {
    TLS_AUDIT_MAIL_ENABLED: 'true',
    TLS_AUDIT_MAIL_TO: 'admin@example.com,second@other.example',
  });
});
afterEach(() => nightly[Symbol.dispose]());

/** The run of the night, about the day before. */
async function night(port: number): Promise<void> {
  nightly.settings.mail.smtp.port = port;
  const day = utcDay(new Date(nightly.nowMs - DAY_MS));
  nightly.putLog(day, [{ TLS_Cipher: ':', Recipient: `ann@${day}.example` }]);
  const explicit = { from: new Date(day), to: new Date(Date.parse(day) + DAY_MS) };
  try {
    await nightly.run({ explicit });
  } finally {
    nightly.nowMs += DAY_MS;
  }
}

function toldIn(raw: Buffer) {
  const { parts } = parseMail(raw);
  const text = parts.map((part) => part.text).join('\n');
  return {
    subject: subjectAndDay(raw),
    says: (words: string) => text.replaceAll(/\s+/g, ' ').includes(words),
  };
}

describe('a mail server that is down for days', () => {
  it('delays what is young, and what is old is merged into the next digest: nothing is dropped, nothing told twice', async () => {
    const gone = await startScriptedServer(undefined);
    await gone[Symbol.asyncDispose]();
    for (let down = 0; down < 3; down++) await expect(night(gone.port)).rejects.toThrow('refused');
    await using server = await startMailServer(PLAIN);
    await night(server.port);

    const told = server.received.map(({ raw }) => toldIn(raw));
    expect(told.map(({ subject }) => subject)).toEqual([
      'FAIL: 1 domain got plaintext mail, a new one (Nov 22)',
      'FAIL: 1 domain got plaintext mail, a new one (Nov 23)',
      'FAIL: 1 domain got plaintext mail, a new one (Nov 24)',
    ]);
    // Older than mail.mergeAfterHours: not sent any more, but told of in whole.
    expect(told.map(({ says }) => says('2026-11-21.example'))).toEqual([false, false, true]);
    expect(told[2]?.says('FAIL: Nov 21, 2026 (UTC)')).toBe(true);
    expect(nightly.read(({ outbox }) => outbox.open())).toEqual([]);
    await night(server.port);
    expect(toldIn(server.received.at(-1)!.raw).says('2026-11-21.example')).toBe(false);
  });
});

describe('a mail server that is down for hours', () => {
  it('only delays the digest: the worker tries again by itself, at growing intervals, and sends it once', async () => {
    const gone = await startScriptedServer(undefined);
    await gone[Symbol.asyncDispose]();
    await using server = await startMailServer(PLAIN);
    const worker = simulated(0.25, { TLS_AUDIT_JOBS_WEEKLY_SUMMARY_ENABLED: 'false' }, {}, '2026-11-22T05:00:00Z');
    const { logger } = worker;
    const { clock } = worker.parts;
    const sentAt: string[] = [];
    const parts: WorkerParts = {
      ...worker.parts,
      runJob: async (_job, signal) => {
        nightly.nowMs = clock.now().getTime();
        nightly.putLog('2026-11-21');
        nightly.settings.mail.smtp.port = gone.port;
        return await nightly.run({}, signal);
      },
      retryMail: async (signal) => {
        if (nightly.nowMs === Date.parse('2026-11-22T05:00:00Z')) return;
        const isBack = clock.now() >= new Date('2026-11-22T09:00:00Z');
        nightly.settings.mail.smtp.port = isBack ? server.port : gone.port;
        const before = server.received.length;
        await retryMail(nightly.settings, { clock, logger }, signal);
        if (server.received.length > before) sentAt.push(clock.now().toISOString());
      },
    };
    await runWorker(parts, worker.stop.signal);
    expect(logger.lines.filter(({ message }) => message === 'job failed')).toHaveLength(1);
    // Tries at 5:35, 5:45, 6:05, 6:45, 8:05 and, two hours after that, 10:05, give or take a minute each.
    expect(logger.lines.filter(({ message }) => message === 'mail is still owed')).toHaveLength(5);
    expect(sentAt).toEqual([expect.stringMatching(/^2026-11-22T10:(0|1)\d:/)]);
    expect(server.received.map(({ raw }) => toldIn(raw).subject)).toEqual([
      'FAIL: 1 domain got plaintext mail (Nov 21)',
    ]);
  });
});

describe('a digest that is owed to an address which is taken out of the settings', () => {
  const settings = () => nightly.settings.mail as { to: readonly string[] };
  const retry = () =>
    retryMail(
      nightly.settings,
      { clock: { now: () => new Date(nightly.nowMs) }, logger: quietLogger() },
      new AbortController().signal,
    );

  it('goes to those who are named now, where nobody has got it', async () => {
    const gone = await startScriptedServer(undefined);
    await gone[Symbol.asyncDispose]();
    await expect(night(gone.port)).rejects.toThrow('refused');
    await using server = await startMailServer(PLAIN);
    nightly.settings.mail.smtp.port = server.port;
    settings().to = ['new@example.com'];
    await retry();
    expect(server.received.map(({ to, raw }) => [to, toldIn(raw).subject])).toEqual([
      [['new@example.com'], 'FAIL: 1 domain got plaintext mail (Nov 21)'],
    ]);
    expect(nightly.read(({ outbox }) => outbox.open())).toEqual([]);
  });

  it('stays in sight and owed to them while the mail server is down', async () => {
    const gone = await startScriptedServer(undefined);
    await gone[Symbol.asyncDispose]();
    await expect(night(gone.port)).rejects.toThrow('refused');
    settings().to = ['new@example.com'];
    await retry();
    expect(nightly.read(({ outbox }) => outbox.open())).toMatchObject([{ owed: 1 }]);
    // And back: who was taken out is wanted again.
    settings().to = ['admin@example.com'];
    nightly.nowMs += DAY_MS / 4;
    await using server = await startMailServer(PLAIN);
    nightly.settings.mail.smtp.port = server.port;
    await retry();
    expect(server.received.map(({ to }) => to)).toEqual([['admin@example.com']]);
  });

  it('goes to nobody else where somebody has got it', async () => {
    const refuse = { 'second@other.example': { code: 451, text: '4.7.1 later' } };
    await using server = await startMailServer({ ...PLAIN, refuse });
    await night(server.port);
    settings().to = ['new@example.com'];
    await retry();
    expect(server.received.map(({ to }) => to)).toEqual([['admin@example.com']]);
    expect(nightly.read(({ outbox }) => outbox.open())).toEqual([]);
  });
});

describe('an admin whose server refuses for good', () => {
  it('does not get the digest again, and the next one tells the others of it, once', async () => {
    const refuse = { 'second@other.example': { code: 550, text: '5.1.1 no such user' } };
    await using server = await startMailServer({ ...PLAIN, refuse });
    await night(server.port);
    expect(server.received.map(({ to }) => to)).toEqual([['admin@example.com']]);
    expect(nightly.log()).toContain('mail refused for good');
    expect(nightly.read(({ outbox }) => outbox.open())).toMatchObject([{ owed: 0, refused: 1 }]);
    await night(server.port);
    const { says } = toldIn(server.received.at(-1)!.raw);
    expect(says('Refused for good for recipients at other.example: 550 5.1.1 no such user')).toBe(true);
    expect(says('second@')).toBe(false);
    const open = nightly.read(({ outbox }) => outbox.open().map(({ createdAt }) => createdAt));
    expect(open).toEqual([new Date('2026-11-23T05:30:00Z')]);
  });
});
