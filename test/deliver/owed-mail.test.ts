import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deliverOwed, type DeliveryOptions, type MailOutcome } from '../../src/deliver/owed-mail.ts';
import { createSmtpMailer } from '../../src/deliver/smtp-mailer.ts';
import type { SmtpOptions } from '../../src/deliver/smtp-options.ts';
import type { History } from '../../src/model/history.ts';
import type { DigestMail } from '../../src/model/ports.ts';
import { openHistory } from '../../src/record/history.ts';
import { newOwner } from '../../src/support/owner.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { startMailServer, startScriptedServer } from './mail-servers.ts';
import { sampleMail, smtpOptions } from './sample-mail.ts';

const JOB = 'outbound-audit';
const [ANN, BOB] = ['admin@example.com', 'second.admin@other.example'] as const;
const START_MS = Date.parse('2026-11-23T05:30:00Z');
const MINUTE_MS = 60_000;
const OPTIONS: DeliveryOptions = { tooOldAfterMs: 48 * 60 * MINUTE_MS, onlyDue: false };
const NEVER = new AbortController().signal;

let history: History;
let nowMs: number;
beforeEach(() => {
  history = openHistory(':memory:');
  nowMs = START_MS;
});
afterEach(() => history.close());

function put(messageId: string, changes: Partial<DigestMail> = {}): void {
  const mail = sampleMail({ messageId, ...changes });
  history.outbox.put({ mail, kind: 'digest', job: JOB, at: new Date(nowMs), recipients: [ANN, BOB] });
}

async function deliver(
  port: number,
  options: Partial<DeliveryOptions> = {},
  changes: Partial<SmtpOptions> = {},
  signal = NEVER,
): Promise<MailOutcome[]> {
  const clock = { now: () => new Date(nowMs) };
  const mailer = createSmtpMailer(smtpOptions(port, { security: 'none', ...changes }), { clock });
  const { outbox, locks } = history;
  const parts = { outbox, locks, mailer, clock, logger: quietLogger(), owner: newOwner() };
  try {
    return await deliverOwed(parts, { ...OPTIONS, ...options }, signal);
  } finally {
    mailer.close();
  }
}

function owedTo(messageId: string): string[] {
  const owed = history.outbox.find(messageId);
  return [ANN, BOB].filter((address) => owed?.isOwedTo(address));
}

/** The port of a server that is gone. */
async function deadPort(): Promise<number> {
  await using server = await startScriptedServer(undefined);
  return server.port;
}

describe('owed mail', () => {
  it('survives a mail server that is down, and is sent once it is back, oldest first, with its own date', async () => {
    put('first@audit.example');
    const port = await deadPort();
    const [outcome] = await deliver(port);
    expect(outcome?.failure?.message).toContain('the connection was refused');
    expect(outcome?.failure?.remedy).toContain('The mail is kept');
    nowMs += 3 * 60 * MINUTE_MS;
    put('second@audit.example');
    // The server is known to be unreachable after the first mail: the second is not tried.
    expect(await deliver(port)).toHaveLength(1);
    nowMs += 60 * MINUTE_MS;

    await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    await deliver(server.port);
    const received = server.received.map(({ to, raw }) => [to, /^Message-ID: (.*)\r$/im.exec(raw.toString())?.[1]]);
    expect(received).toEqual([
      [[ANN, BOB], '<first@audit.example>'],
      [[ANN, BOB], '<second@audit.example>'],
    ]);
    expect(server.received[0]?.raw.toString()).toMatch(/^Date: Mon, 23 Nov 2026 05:30:00/m);
    expect(history.outbox.owed()).toEqual([]);
    await deliver(server.port);
    expect(server.received).toHaveLength(2);
  });

  it('is tried again at once where its pause was begun under a clock that was ahead', async () => {
    const rightMs = nowMs;
    nowMs += 365 * 24 * 60 * MINUTE_MS;
    put('m@audit.example');
    await deliver(await deadPort());
    nowMs = rightMs;
    await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    await deliver(server.port, { onlyDue: true });
    expect(server.received).toHaveLength(1);
  });

  it('is not sent again while what became of it cannot be written down, not by this process nor soon by another', async () => {
    put('unwritten@audit.example');
    await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    const sound = history;
    const full = () => {
      throw new Error('the disk is full');
    };
    history = { ...sound, outbox: { ...sound.outbox, record: full } };
    for (let minutes = 0; minutes < 30; minutes++) {
      await expect(deliver(server.port, { onlyDue: minutes % 2 === 0 })).rejects.toThrow('the disk is full');
      nowMs += MINUTE_MS;
    }
    expect(server.received).toHaveLength(1);
    // What another process finds: a pause that was begun before the mail was sent.
    expect(sound.outbox.find('unwritten@audit.example')).toMatchObject({
      tries: 1,
      nextTryAt: new Date(START_MS + 5 * MINUTE_MS),
    });
    history = sound;
    await deliver(server.port);
    expect(history.outbox.open()).toEqual([]);
    expect(server.received).toHaveLength(1);
  });

  it('waits longer after every failure, and is not tried before its time by the retry loop', async () => {
    put('m@audit.example');
    const port = await deadPort();
    const pauses: number[] = [];
    for (let tries = 1; tries <= 7; tries++) {
      await deliver(port);
      const nextMs = history.outbox.find('m@audit.example')!.nextTryAt.getTime();
      pauses.push((nextMs - nowMs) / MINUTE_MS);
      nowMs = nextMs - 1;
      expect(await deliver(port, { onlyDue: true })).toEqual([]);
      nowMs = nextMs;
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 120, 120]);
    expect(await deliver(port, { onlyDue: true })).toHaveLength(1);
  });

  it('goes again only to those who were put off (greylisting), and never twice to the others', async () => {
    put('m@audit.example');
    await using grey = await startMailServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      refuse: { [BOB]: { code: 451, text: '4.7.1 try again later' } },
    });
    const [outcome] = await deliver(grey.port);
    expect(outcome).toMatchObject({ delivered: { accepted: [ANN] }, failure: undefined });
    expect(owedTo('m@audit.example')).toEqual([BOB]);
    expect(history.outbox.open()).toMatchObject([{ owed: 1, lastFailure: '451 4.7.1 try again later' }]);

    await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    await deliver(server.port);
    expect(server.received.map(({ to }) => to)).toEqual([[BOB]]);
    expect(history.outbox.open()).toEqual([]);
  });

  it('put off for everybody stays owed to everybody', async () => {
    put('m@audit.example');
    const put_off = { code: 450, text: '4.2.0 greylisted' };
    await using grey = await startMailServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      refuse: { [ANN]: put_off, [BOB]: put_off },
    });
    const [outcome] = await deliver(grey.port);
    expect(outcome?.failure?.message).toContain('450 4.2.0 greylisted');
    expect(owedTo('m@audit.example')).toEqual([ANN, BOB]);
  });

  it('refused for good is not tried again, and stays in sight', async () => {
    put('m@audit.example');
    await using server = await startMailServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      refuse: { [BOB]: { code: 550, text: '5.1.1 unknown' }, [ANN]: { code: 450, text: '4.2.0 later' } },
    });
    const [outcome] = await deliver(server.port);
    expect(outcome?.failure).toBeDefined();
    expect(owedTo('m@audit.example')).toEqual([ANN]);
    expect(history.outbox.open()).toMatchObject([{ owed: 1, refused: 1 }]);
    expect(history.outbox.undelivered(JOB, new Date(START_MS))).toMatchObject([
      { why: 'refused', domains: ['other.example'], response: '550 5.1.1 unknown' },
    ]);
  });

  it('whose content is refused for good is refused for all', async () => {
    put('m@audit.example');
    await using server = await startMailServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      refuseMessage: { code: 554, text: '5.7.1 looks like spam' },
    });
    const [outcome] = await deliver(server.port);
    expect(outcome?.failure?.message).toContain('5.7.1 looks like spam');
    expect(owedTo('m@audit.example')).toEqual([]);
    expect(history.outbox.open()).toMatchObject([{ owed: 0, refused: 2 }]);
  });

  it.each([
    ['the sender is refused', (line: string) => (line.startsWith('MAIL') ? '550 5.7.1 not you' : '250 fine')],
    ['the content is put off', (line: string) => ({ DATA: '354 go', '.': '451 4.3.0 busy' })[line] ?? '250 fine'],
    ['the connection is dropped after DATA', (line: string) => ({ DATA: '354 go', '.': 'close' })[line] ?? '250 fine'],
    [
      'the answer to DATA never comes',
      (line: string) => (line === 'DATA' ? '354 go' : line === '.' ? undefined : '250 fine'),
    ],
  ])('stays owed, under the same Message-ID, when %s', async (_, answer) => {
    put('m@audit.example');
    await using bad = await startScriptedServer('220 hello', answer);
    const [outcome] = await deliver(bad.port, {}, { timeoutMs: 300 });
    expect(outcome?.failure).toBeDefined();
    expect(owedTo('m@audit.example')).toEqual([ANN, BOB]);
    await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    await deliver(server.port);
    expect(server.received).toHaveLength(1);
    expect(server.received[0]?.raw.toString()).toContain('<m@audit.example>');
  });

  it('reaches everybody once through a server that is slow at every step', async () => {
    put('m@audit.example');
    const slowly = (callback: () => void) => void setTimeout(callback, 150);
    await using server = await startMailServer({
      disabledCommands: ['STARTTLS', 'AUTH'],
      onConnect: (_session, callback) => slowly(callback),
      onMailFrom: (_address, _session, callback) => slowly(callback),
    });
    const [outcome] = await deliver(server.port, {}, { timeoutMs: 2000 });
    expect(outcome).toMatchObject({ delivered: { accepted: [ANN, BOB] }, failure: undefined });
    expect(server.received).toHaveLength(1);
    expect(history.outbox.open()).toEqual([]);
  });

  it('that is too old is not sent: the next digest tells of it', async () => {
    put('old@audit.example');
    nowMs += OPTIONS.tooOldAfterMs + 1;
    put('new@audit.example');
    await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    const outcomes = await deliver(server.port);
    expect(outcomes.map(({ messageId }) => messageId)).toEqual(['new@audit.example']);
    expect(owedTo('old@audit.example')).toEqual([ANN, BOB]);
  });

  it('that another process is sending is left to it', async () => {
    put('m@audit.example');
    await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    const other = newOwner();
    expect(history.locks.acquire('mail:m@audit.example', other, new Date(nowMs))).toBeUndefined();
    expect(await deliver(server.port)).toEqual([]);
    history.locks.release('mail:m@audit.example', other);
    expect(await deliver(server.port)).toHaveLength(1);
    expect(server.received).toHaveLength(1);
  });

  it('is given up at once when the program stops, and may be tried again at once', async () => {
    put('m@audit.example');
    const stop = new AbortController();
    await using silent = await startScriptedServer('220 hello', () => {
      stop.abort();
      return undefined;
    });
    const [outcome] = await deliver(silent.port, {}, { timeoutMs: 60_000 }, stop.signal);
    expect(outcome?.failure?.message).toContain('stopping');
    expect(history.outbox.find('m@audit.example')?.nextTryAt).toEqual(new Date(nowMs));
  });
});
