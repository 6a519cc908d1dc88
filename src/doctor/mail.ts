import type { SmtpOptions } from '../deliver/smtp-options.ts';
import { probeSmtp } from '../deliver/smtp-probe.ts';
import { DAY_MS } from '../model/window.ts';
import { countOf } from '../support/plural.ts';
import { ok, warning, type Finding } from './check.ts';

/** Time to renew a certificate before digests stop. */
const EXPIRES_SOON_MS = 21 * DAY_MS;

/** Whether the mail server takes a session as for a digest: reached, encrypted, certified, signed in. */
export async function checkMail(options: SmtpOptions, now: Date, signal: AbortSignal): Promise<Finding> {
  const { encryption, authenticated } = await probeSmtp(options, signal);
  const server = `${options.host}:${options.port}`;
  const login = authenticated ? 'signed in' : 'nobody signs in';
  if (encryption === undefined) {
    return warning(
      `${server}: reached, but in plaintext; ${login}`,
      'The digest would travel unprotected: enable STARTTLS at the mail server, or set mail.smtp.security to starttls or tls.',
    );
  }
  const { certificate, tlsVersion, cipherSuite } = encryption;
  const way = options.security === 'tls' ? 'TLS from the first byte' : 'STARTTLS';
  const validTo = certificate.validTo.getTime();
  const until = Number.isNaN(validTo) ? 'an unknown day' : certificate.validTo.toISOString().slice(0, 10);
  const session = `${server}: ${way}, ${tlsVersion}, ${cipherSuite}, certificate valid to ${until}; ${login}`;
  if (certificate.problem !== undefined) {
    return warning(
      `${session}; the certificate is not trusted here (${certificate.problem}) and mail.smtp.verifyCertificate lets that pass`,
      'Name the authority that issued it in mail.smtp.caFile and set mail.smtp.verifyCertificate to true.',
    );
  }
  const leftMs = validTo - now.getTime();
  if (leftMs < EXPIRES_SOON_MS) {
    return warning(
      `${session}; the certificate expires in ${countOf(Math.max(0, Math.floor(leftMs / DAY_MS)), 'day')}`,
      'Renew the certificate of the mail server.',
    );
  }
  return ok(session);
}
