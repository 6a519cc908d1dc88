import { beforeAll, describe, expect, it } from '@jest/globals';
import { createSmtpMailer } from '../../src/deliver/smtp-mailer.ts';
import type { SmtpOptions } from '../../src/deliver/smtp-options.ts';
import { AuditError, UsageError } from '../../src/support/errors.ts';
import { makeCertificate, startMailServer, startScriptedServer, type Certificate } from './mail-servers.ts';
import { clock, failureOf, sampleMail, smtpOptions } from './sample-mail.ts';

const ADDRESS = /admin|second\.admin|audit@/;

let certificate: Certificate;

beforeAll(async () => {
  certificate = await makeCertificate();
});

async function send(options: SmtpOptions) {
  const mailer = createSmtpMailer(options, { clock });
  try {
    return await mailer.send(sampleMail());
  } finally {
    mailer.close();
  }
}

describe('delivery', () => {
  it('sends over STARTTLS, to all recipients at once', async () => {
    await using server = await startMailServer(certificate);
    const delivered = await send(smtpOptions(server.port, { caPem: certificate.cert }));
    expect(delivered).toEqual({ accepted: ['admin@example.com', 'second.admin@other.example'], rejected: [] });
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({
      from: 'audit@example.com',
      to: ['admin@example.com', 'second.admin@other.example'],
      tlsVersion: expect.stringMatching(/^TLSv1\.[23]$/),
    });
  });

  it('sends over TLS from the first byte, with a name and password', async () => {
    await using server = await startMailServer({ ...certificate, secure: true, password: 'hunter2' });
    const options = smtpOptions(server.port, {
      security: 'tls',
      caPem: certificate.cert,
      username: 'worker',
      password: 'hunter2',
    });
    await send(options);
    expect(server.received[0]).toMatchObject({ user: 'worker', tlsVersion: 'TLSv1.3' });
  });

  it('takes any certificate when told not to verify it', async () => {
    await using server = await startMailServer(certificate);
    await send(smtpOptions(server.port, { verifyCertificate: false }));
    expect(server.received[0]?.tlsVersion).toBeDefined();
  });

  it('without a demand for TLS still uses STARTTLS where it is offered', async () => {
    await using server = await startMailServer(certificate);
    await send(smtpOptions(server.port, { security: 'none', caPem: certificate.cert }));
    expect(server.received[0]?.tlsVersion).toBeDefined();
  });

  it('without a demand for TLS sends in plaintext where STARTTLS is not offered', async () => {
    await using server = await startMailServer({ disabledCommands: ['STARTTLS'] });
    await send(smtpOptions(server.port, { security: 'none' }));
    expect(server.received[0]).toMatchObject({ tlsVersion: undefined });
  });

  it('hands over the bytes that compose gives', async () => {
    await using server = await startMailServer(certificate);
    const ticking = { now: () => new Date(Date.UTC(2026, 10, 23) + 1000 * calls++) };
    let calls = 0;
    const mailer = createSmtpMailer(smtpOptions(server.port, { caPem: certificate.cert }), { clock: ticking });
    const mail = sampleMail();
    const composed = await mailer.compose(mail);
    await mailer.send(mail);
    await mailer.send(mail);
    expect(server.received.map(({ raw }) => raw.toString('latin1').trimEnd())).toEqual([
      composed.toString('latin1').trimEnd(),
      composed.toString('latin1').trimEnd(),
    ]);
  });

  it('resolves with who was refused when somebody was accepted', async () => {
    const refuse = { 'second.admin@other.example': { code: 550, text: '<second.admin@other.example> is unknown' } };
    await using server = await startMailServer({ ...certificate, refuse });
    expect(await send(smtpOptions(server.port, { caPem: certificate.cert }))).toEqual({
      accepted: ['admin@example.com'],
      rejected: [{ recipient: 'second.admin@other.example', response: '550 <[address]> is unknown', permanent: true }],
    });
    expect(server.received[0]?.to).toEqual(['admin@example.com']);
  });
});

describe('failures of the mail itself', () => {
  it('says that everybody was refused, by count and domain only', async () => {
    const refuse = {
      'admin@example.com': { code: 550, text: 'admin@example.com unknown' },
      'second.admin@other.example': { code: 550, text: 'second.admin@other.example unknown' },
    };
    await using server = await startMailServer({ ...certificate, refuse });
    const error = await failureOf(send(smtpOptions(server.port, { caPem: certificate.cert })));
    expect(error.message).toBe(
      `Sending the mail through 127.0.0.1:${server.port}: the server refused every recipient ` +
        '(2 recipients in 2 domains: example.com, other.example): 550 [address] unknown',
    );
    expect(error.remedy).toContain('mail.to');
  });

  it('calls a temporary refusal temporary', async () => {
    const refuse = {
      'admin@example.com': { code: 451, text: 'greylisted' },
      'second.admin@other.example': { code: 550, text: 'unknown' },
    };
    await using server = await startMailServer({ ...certificate, refuse });
    const error = await failureOf(send(smtpOptions(server.port, { caPem: certificate.cert })));
    expect(error.message).toContain('451 greylisted');
    expect(error.remedy).toContain('later');
  });

  it('reports a refused message', async () => {
    await using server = await startMailServer({
      ...certificate,
      refuseMessage: { code: 554, text: 'looks like spam' },
    });
    const error = await failureOf(send(smtpOptions(server.port, { caPem: certificate.cert })));
    expect(error.message).toMatch(/the server refused the message: 554 looks like spam$/);
  });

  it('reports a message above the announced size before sending it', async () => {
    await using server = await startMailServer({ ...certificate, size: 100 });
    const error = await failureOf(send(smtpOptions(server.port, { caPem: certificate.cert })));
    expect(error.message).toContain('larger than the server accepts');
    expect(error.remedy).toContain('mail.attachViolations');
  });

  it('says that the mail may be delivered when the answer to it never came', async () => {
    const answer = (line: string) => (line === 'DATA' ? '354 go' : line === '.' ? 'close' : '250 fine');
    await using server = await startScriptedServer('220 hello', answer);
    const error = await failureOf(send(smtpOptions(server.port, { security: 'none' })));
    expect(error.message).toContain('closed before the server had answered');
    expect(error.message).toContain('may or may not be delivered');
  });
});

describe('failures of TLS', () => {
  it('sends nothing when STARTTLS is not offered', async () => {
    await using server = await startMailServer({ disabledCommands: ['STARTTLS'] });
    const error = await failureOf(send(smtpOptions(server.port)));
    expect(error.message).toContain('does not offer STARTTLS');
    expect(error.remedy).toContain('mail.smtp.security');
    expect(server.received).toEqual([]);
  });

  it('says nothing but EHLO and STARTTLS before a session is encrypted', async () => {
    await using server = await startScriptedServer('220 hello', (line) => (/^EHLO/.test(line) ? '250 me' : '502 no'));
    await failureOf(send(smtpOptions(server.port, { username: 'worker', password: 'hunter2' })));
    expect(server.lines.map((line) => line.split(' ')[0])).toEqual(['EHLO', 'STARTTLS']);
  });

  it.each<[string, string, Partial<SmtpOptions>, RegExp]>([
    ['a server that only knows HELO', '502 what?', {}, /does not offer STARTTLS, and an encrypted session is required/],
    ['STARTTLS out of order for now', '250-me\r\n250 STARTTLS', {}, /offers STARTTLS but refuses it \(454\)/],
    [
      'no fall back to plaintext',
      '250-me\r\n250 STARTTLS',
      { security: 'none' },
      /offers STARTTLS but refuses it \(454\)/,
    ],
  ])('%s', async (_name, ehlo, changes, expected) => {
    await using server = await startScriptedServer('220 hello', (line) => (/^EHLO/.test(line) ? ehlo : '454 not now'));
    const error = await failureOf(send(smtpOptions(server.port, changes)));
    expect(error.message).toMatch(expected);
    expect(server.lines.join()).not.toMatch(/MAIL|RCPT|DATA/);
  });

  it.each([false, true])('refuses a server that speaks only TLS 1.1 (implicit TLS: %s)', async (secure) => {
    await using server = await startMailServer({
      ...certificate,
      secure,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const options = smtpOptions(server.port, { security: secure ? 'tls' : 'starttls', verifyCertificate: false });
    const error = await failureOf(send(options));
    expect(error.message).toContain('the server does not speak TLSv1.2 or newer');
    expect(error.remedy).toContain('TLS 1.2');
    expect(server.received).toEqual([]);
  });

  it('refuses TLS 1.2 where 1.3 is demanded', async () => {
    await using server = await startMailServer({ ...certificate, maxVersion: 'TLSv1.2' });
    const options = smtpOptions(server.port, { minVersion: 'TLSv1.3', caPem: certificate.cert });
    const error = await failureOf(send(options));
    expect(error.message).toContain('the server does not speak TLSv1.3 or newer');
    expect(error.remedy).toContain('mail.smtp.minVersion');
  });

  it.each<[string, Partial<SmtpOptions>]>([
    ['starttls', { security: 'starttls' }],
    ['tls', { security: 'tls' }],
    ['none, where it signs in', { security: 'none', username: 'worker', password: 'hunter2' }],
  ])('refuses a self-signed certificate (%s)', async (_name, options) => {
    await using server = await startMailServer({ ...certificate, secure: options.security === 'tls' });
    const error = await failureOf(send(smtpOptions(server.port, options)));
    expect(error.message).toContain(
      "the server's certificate is not accepted: it is self-signed and not trusted here (DEPTH_ZERO_SELF_SIGNED_CERT)",
    );
    expect(error.remedy).toContain('mail.smtp.caFile');
    expect(server.received).toEqual([]);
  });

  it('takes any certificate where TLS is not demanded and nobody signs in', async () => {
    await using server = await startMailServer(certificate);
    await send(smtpOptions(server.port, { security: 'none' }));
    expect(server.received).toHaveLength(1);
  });

  it('refuses an expired certificate', async () => {
    const expired = await makeCertificate({ expired: true });
    await using server = await startMailServer(expired);
    const error = await failureOf(send(smtpOptions(server.port, { caPem: expired.cert })));
    expect(error.message).toContain('it has expired (CERT_HAS_EXPIRED)');
  });

  it('refuses a certificate for another name', async () => {
    const other = await makeCertificate({ names: ['mail.example.com'], ip: '192.0.2.1' });
    await using server = await startMailServer(other);
    const error = await failureOf(send(smtpOptions(server.port, { caPem: other.cert })));
    expect(error.message).toContain("the server's certificate is not for 127.0.0.1");
    expect(error.remedy).toContain('mail.smtp.host');
  });

  it('names the setting when a STARTTLS port is addressed with TLS from the first byte', async () => {
    await using server = await startMailServer(certificate);
    const error = await failureOf(send(smtpOptions(server.port, { security: 'tls' })));
    expect(error.message).toContain('does not answer with TLS');
    expect(error.remedy).toContain('starttls');
  });
});

describe('failures of the connection', () => {
  it('reports a refused connection', async () => {
    const server = await startScriptedServer(undefined);
    await server[Symbol.asyncDispose]();
    const error = await failureOf(send(smtpOptions(server.port)));
    expect(error.message).toBe(
      `Sending the mail through 127.0.0.1:${server.port}: the connection was refused: nothing listens there`,
    );
    expect(error.remedy).toContain('mail.smtp.port');
  });

  it('gives up on a server that never greets', async () => {
    await using server = await startScriptedServer(undefined);
    const error = await failureOf(send(smtpOptions(server.port, { timeoutMs: 50 })));
    expect(error.message).toContain('the server sent no greeting within 50 ms');
  });

  it('gives up on a server that stops answering', async () => {
    const answer = (line: string) => (/^MAIL/.test(line) ? undefined : '250 fine');
    await using server = await startScriptedServer('220 hello', answer);
    const error = await failureOf(send(smtpOptions(server.port, { security: 'none', timeoutMs: 50 })));
    expect(error.message).toContain('the server did not answer within 50 ms');
  });

  it('gives up on a TLS handshake that never ends', async () => {
    const answer = (line: string) =>
      /^EHLO/.test(line) ? '250-me\r\n250 STARTTLS' : line === 'STARTTLS' ? '220 go' : undefined;
    await using server = await startScriptedServer('220 hello', answer);
    const error = await failureOf(send(smtpOptions(server.port, { timeoutMs: 200 })));
    expect(error.message).toContain('the TLS handshake did not end within 200 ms');
  });

  it.each([
    ['421 too busy, try later', /refused the session: 421 too busy/, /later/],
    ['554 go away', /refused the session: 554 go away/, /operator/],
    ['close', /the connection was closed before the server had answered/, /mail\.smtp\.host/],
  ])('reports the greeting %s', async (greeting, expected, remedy) => {
    await using server = await startScriptedServer(greeting);
    const error = await failureOf(send(smtpOptions(server.port)));
    expect(error.message).toMatch(expected);
    expect(error.remedy).toMatch(remedy);
  });

  it.each([
    ['MAIL', ''],
    ['RCPT', ''],
    ['DATA', ''],
    ['MAIL', ' PIPELINING'],
    ['RCPT', ' PIPELINING'],
    ['DATA', ' PIPELINING'],
  ])('reports a 421 in answer to %s%s with its text', async (command, extension) => {
    const answer = (line: string) =>
      line.startsWith('EHLO')
        ? `250-me\r\n250${extension || ' 8BITMIME'}`
        : line.startsWith(command)
          ? '421 bye'
          : '250 ok';
    await using server = await startScriptedServer('220 hello', answer);
    const error = await failureOf(send(smtpOptions(server.port, { security: 'none' })));
    expect(error.message).toContain('421 bye');
    expect(error.remedy).toContain('later');
  });

  it('gives up what is being sent when it is closed', async () => {
    await using server = await startScriptedServer(undefined);
    const mailer = createSmtpMailer(smtpOptions(server.port), { clock });
    const sending = failureOf(mailer.send(sampleMail()));
    mailer.close();
    expect((await sending).message).toContain('given up because the program is stopping');
  });
});

describe('credentials', () => {
  it('are not sent in plaintext, whatever the server offers', async () => {
    const answer = (line: string) => (/^EHLO/.test(line) ? '250-me\r\n250 AUTH PLAIN LOGIN CRAM-MD5' : '250 fine');
    await using server = await startScriptedServer('220 hello', answer);
    const options = smtpOptions(server.port, { security: 'none', username: 'worker', password: 'hunter2' });
    const error = await failureOf(send(options));
    expect(error.message).toContain('the user name and the password were not sent');
    expect(error.remedy).toContain('STARTTLS');
    expect(server.lines.join('\n')).not.toMatch(/AUTH|worker|hunter2|MAIL/);
  });

  it('do not turn up in an error, even when the server repeats them', async () => {
    await using server = await startMailServer({ ...certificate, password: 'right' });
    const options = smtpOptions(server.port, {
      caPem: certificate.cert,
      username: 'worker@example.com',
      password: 'hunter2',
    });
    const error = await failureOf(send(options));
    expect(server.signIns).toEqual(['worker@example.com']);
    expect(error.message).toContain('did not accept the user name and password: 535 no: [redacted] is not');
    expect(error.remedy).toContain('mail.smtp.username');
    expect(error.cause).toBeUndefined();
    expect(server.received).toEqual([]);
  });

  it('are masked in the form in which SMTP carries them', async () => {
    const answer = (line: string) =>
      /^EHLO/.test(line) ? '250-me\r\n250 AUTH PLAIN' : /^AUTH/.test(line) ? `500 what is ${line}?` : '250 fine';
    await using server = await startScriptedServer('220 hello', answer, certificate);
    const options = smtpOptions(server.port, {
      security: 'tls',
      caPem: certificate.cert,
      username: 'worker',
      password: 'hunter2',
    });
    expect((await failureOf(send(options))).message).toMatch(/500 what is AUTH PLAIN \[redacted\]\?$/);
  });

  it('that the server has no use for are reported', async () => {
    await using server = await startMailServer({ ...certificate, disabledCommands: ['AUTH'] });
    const options = smtpOptions(server.port, { caPem: certificate.cert, username: 'worker', password: 'hunter2' });
    expect((await failureOf(send(options))).message).toContain('the server does not offer authentication');
  });

  it('that are missing are asked for', async () => {
    await using server = await startMailServer({ ...certificate, password: 'right' });
    const error = await failureOf(send(smtpOptions(server.port, { caPem: certificate.cert })));
    expect(error.message).toContain('the server demands authentication');
    expect(error.remedy).toContain('mail.smtp.username');
  });
});

describe('options with which nothing can be sent', () => {
  it.each<[string, Partial<SmtpOptions>, RegExp]>([
    ['a user name without a password', { username: 'worker' }, /user name but no password/],
    ['a password without a user name', { password: 'hunter2' }, /password but no user name/],
    ['no recipient', { to: [] }, /no recipient/],
    ['a recipient that is no address', { to: ['admin@example.com', 'somebody'] }, /Recipient 2 of 2/],
    ['two recipients in one', { to: ['admin@example.com, b@example.com'] }, /Recipient 1 of 1/],
    ['a recipient with a line break', { to: ['a@example.com>\r\nDATA'] }, /Recipient 1 of 1/],
    ['no sender', { from: '' }, /sender of the mail is not one/],
    ['a CA certificate that is none', { caPem: 'PEM' }, /holds no PEM certificate/],
    [
      'a broken CA certificate',
      { caPem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      /Certificate 1 of 1 .* is unreadable/,
    ],
  ])('%s', (_name, changes, expected) => {
    const create = () => createSmtpMailer(smtpOptions(25, changes), { clock });
    expect(create).toThrow(UsageError);
    expect(create).toThrow(expected);
    expect(create).not.toThrow(/hunter2/);
  });
});

it('never names a recipient or the sender in an error', async () => {
  const answers = ['MAIL', 'RCPT', 'DATA'].map((command) => (line: string) => {
    const echo = line.replace(/^[A-Z]+ (FROM|TO):/, '');
    return line.startsWith(command)
      ? `550 5.7.1 ${echo}: "admin@example.com" not here (second.admin@other.example)`
      : '250 ok';
  });
  for (const answer of answers) {
    await using server = await startScriptedServer('220 hello', answer);
    const error = await failureOf(send(smtpOptions(server.port, { security: 'none' })));
    expect(error).toBeInstanceOf(AuditError);
    expect(`${error.message} ${error.remedy ?? ''}`).not.toMatch(ADDRESS);
    expect(error.message).toContain('550 5.7.1');
  }
});
