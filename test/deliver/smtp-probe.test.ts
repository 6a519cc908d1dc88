import { describe, expect, it } from '@jest/globals';
import { probeSmtp } from '../../src/deliver/smtp-probe.ts';
import { makeCertificate, startMailServer } from './mail-servers.ts';
import { failureOf, smtpOptions } from './sample-mail.ts';

describe('probeSmtp', () => {
  it('tells the version, the certificate and whether it signed in, and sends nothing', async () => {
    const certificate = await makeCertificate();
    await using server = await startMailServer({ ...certificate, password: 'hunter2' });
    const options = smtpOptions(server.port, { caPem: certificate.cert, username: 'worker', password: 'hunter2' });
    const probe = await probeSmtp(options);
    expect(probe).toMatchObject({
      encryption: {
        tlsVersion: 'TLSv1.3',
        cipherSuite: expect.stringMatching(/^TLS_/),
        certificate: { subject: 'CN=localhost', issuer: 'CN=localhost', problem: undefined },
      },
      authenticated: true,
    });
    expect(probe.encryption?.certificate.validTo.getTime()).toBeGreaterThan(Date.now());
    expect(server.received).toEqual([]);
  });

  it('tells what is wrong with a certificate that is accepted unverified', async () => {
    await using server = await startMailServer(await makeCertificate());
    const probe = await probeSmtp(smtpOptions(server.port, { verifyCertificate: false }));
    expect(probe.encryption?.certificate.problem).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(probe.authenticated).toBe(false);
  });

  it('tells that a session stays in plaintext', async () => {
    await using server = await startMailServer({ disabledCommands: ['STARTTLS'] });
    const probe = await probeSmtp(smtpOptions(server.port, { security: 'none' }));
    expect(probe).toEqual({ encryption: undefined, authenticated: false });
  });

  it('fails as sending would', async () => {
    await using server = await startMailServer(await makeCertificate());
    const error = await failureOf(probeSmtp(smtpOptions(server.port)));
    expect(error.message).toMatch(/^Checking the mail server through 127\.0\.0\.1:\d+: the server's certificate/);
  });
});
