import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import nodemailer from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';

import type { Mailbox, MailboxOptions } from '../../src/demo/mailbox.ts';
import { startMailbox } from '../../src/demo/mailbox.ts';

const USER = { user: 'digest@org.example', password: 'demo-password' };
const MAIL = {
  from: 'digest@org.example',
  to: ['admin@org.example', 'second@org.example'],
  subject: 'FAIL: 3 domains',
  text: '.leading dot\r\nlast line',
};

const opened: Mailbox[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((mailbox) => mailbox.close()));
});

async function start(options?: MailboxOptions): Promise<Mailbox> {
  const mailbox = await startMailbox(options);
  opened.push(mailbox);
  return mailbox;
}

function send(mailbox: Mailbox, options: SMTPTransport.Options = {}) {
  const transport = nodemailer.createTransport({
    host: mailbox.host,
    port: mailbox.port,
    requireTLS: true,
    tls: { ca: mailbox.caPem, servername: 'localhost' },
    ...options,
  });
  return transport.sendMail(MAIL);
}

describe('the mailbox', () => {
  it.each(['PLAIN', 'LOGIN'])('takes mail over STARTTLS after AUTH %s', async (authMethod) => {
    const mailbox = await start(USER);
    const sent = await send(mailbox, { authMethod, auth: { user: USER.user, pass: USER.password } });
    expect(sent.accepted).toEqual(MAIL.to);
    expect(mailbox.messages).toEqual([
      {
        envelope: { from: MAIL.from, to: MAIL.to },
        raw: expect.any(Buffer),
        tlsVersion: 'TLSv1.3',
        user: USER.user,
        receivedAt: expect.any(Date),
        answered: true,
      },
    ]);
    expect(mailbox.messages[0]?.raw.toString()).toMatch(
      /Subject: FAIL: 3 domains\r\n[^]*\r\n\r\n\.leading dot\r\nlast line\r\n$/,
    );
  });

  it('has a certificate for 127.0.0.1 and localhost that nobody trusts by chance', async () => {
    const mailbox = await start();
    await send(mailbox, { tls: { ca: mailbox.caPem } });
    await expect(send(mailbox, { tls: { servername: 'localhost' } })).rejects.toThrow('self-signed certificate');
    await expect(send(mailbox, { tls: { ca: mailbox.caPem, servername: 'mx.example' } })).rejects.toThrow(
      "not in the cert's altnames",
    );
    expect(mailbox.messages).toHaveLength(1);
    expect(mailbox.connections).toBe(3);
  });

  it('refuses a wrong password and a sender who does not sign in', async () => {
    const mailbox = await start(USER);
    const wrong = send(mailbox, { auth: { user: USER.user, pass: 'guess' } });
    await expect(wrong).rejects.toMatchObject({ responseCode: 535 });
    await expect(send(mailbox)).rejects.toMatchObject({ responseCode: 530 });
    expect(mailbox.messages).toEqual([]);
  });

  it('takes no mail before STARTTLS, unless it is optional', async () => {
    const clear = { requireTLS: false, ignoreTLS: true };
    await expect(send(await start(), clear)).rejects.toMatchObject({ responseCode: 530, command: 'MAIL FROM' });
    const lenient = await start({ encryption: 'optional' });
    await send(lenient, clear);
    expect(lenient.messages[0]?.tlsVersion).toBeNull();
  });

  it('offers no STARTTLS when told so', async () => {
    const mailbox = await start({ encryption: 'none' });
    await expect(send(mailbox)).rejects.toThrow('STARTTLS');
    expect(await greeting(mailbox)).not.toContain('STARTTLS');
    await send(mailbox, { requireTLS: false });
    expect(mailbox.messages).toMatchObject([{ tlsVersion: null, answered: true }]);
  });

  it('speaks TLS from the first byte when told so', async () => {
    const mailbox = await start({ ...USER, encryption: 'implicit' });
    await send(mailbox, { secure: true, auth: { user: USER.user, pass: USER.password } });
    expect(mailbox.messages[0]?.tlsVersion).toBe('TLSv1.3');
  });

  it('speaks only an old TLS version when told so', async () => {
    const mailbox = await start({ maxVersion: 'TLSv1' });
    await expect(send(mailbox)).rejects.toMatchObject({ code: 'ESOCKET' });
    const tls = {
      ca: mailbox.caPem,
      servername: 'localhost',
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    } as const;
    await send(mailbox, { tls });
    expect(mailbox.messages.map(({ tlsVersion }) => tlsVersion)).toEqual(['TLSv1']);
  });

  it('refuses recipients for now or for good', async () => {
    const mailbox = await start({
      refuse: (recipient, attempt) => {
        if (recipient.startsWith('second@')) return { code: 550, message: '5.1.1 user unknown' };
        return attempt === 1 ? { code: 450, message: '4.2.1 busy' } : undefined;
      },
    });
    await expect(send(mailbox)).rejects.toMatchObject({ responseCode: 450 });
    const sent = await send(mailbox);
    expect([sent.accepted, sent.rejected]).toEqual([['admin@org.example'], ['second@org.example']]);
    expect(mailbox.messages.map(({ envelope }) => envelope.to)).toEqual([['admin@org.example']]);
  });

  it('drops the connection after DATA, as often as told', async () => {
    const mailbox = await start({ dropAfterData: 1 });
    await expect(send(mailbox)).rejects.toThrow(/closed|reset|hang up/i);
    await send(mailbox);
    expect(mailbox.messages.map(({ answered }) => answered)).toEqual([false, true]);
  });

  it('keeps a client waiting for the answer to its message', async () => {
    const mailbox = await start({ answerDelayMs: Infinity });
    await expect(send(mailbox, { socketTimeout: 200 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(mailbox.messages).toMatchObject([{ answered: false }]);
  });
});

/** What the server says to EHLO in clear. */
async function greeting(mailbox: Mailbox): Promise<string> {
  const socket = connect(mailbox.port, mailbox.host);
  socket.write('EHLO client.example\r\nQUIT\r\n');
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
