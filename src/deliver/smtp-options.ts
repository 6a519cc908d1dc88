import { X509Certificate } from 'node:crypto';
import { UsageError } from '../support/errors.ts';

/**
 * How the session to the mail server is protected.
 * - `starttls`: the session must become TLS by STARTTLS (RFC 3207) before anything is said; else nothing is sent.
 * - `tls`: TLS from the first byte (RFC 8314 section 3.3), usually port 465.
 * - `none`: TLS is not demanded, and so opportunistic (RFC 7435): STARTTLS is used where the server offers it, with
 *   whatever certificate it has; where it is not offered the mail goes out in plaintext. A user name and password are
 *   sent only over TLS, and the certificate is then verified as set.
 */
type MailSecurity = 'starttls' | 'tls' | 'none';

export interface SmtpOptions {
  readonly from: string;
  readonly to: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly security: MailSecurity;
  /** Oldest version a TLS session may have. */
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly verifyCertificate: boolean;
  /** CA certificates to trust besides those Node knows, PEM. */
  readonly caPem?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** For setting the session up, from the name lookup to the end of the TLS handshake, and again for every answer. */
  readonly timeoutMs: number;
  /** For handing over one mail, from first to last: a server that answers slowly enough keeps within every other limit. */
  readonly timeLimitMs: number;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Whether the session is given up where the server's certificate is not valid for its host name. */
export function demandsValidCertificate({ security, verifyCertificate, username = '' }: SmtpOptions): boolean {
  return verifyCertificate && (security !== 'none' || username !== '');
}

/** Throws a UsageError for options with which no session could ever work. */
export function checkSmtpOptions(options: SmtpOptions): void {
  const { username = '', password = '' } = options;
  if ((username === '') !== (password === '')) {
    throw new UsageError(
      `The mail server ${options.host}:${options.port} is set up with a ` +
        (username === '' ? 'password but no user name' : 'user name but no password'),
      { remedy: 'Set both the user name and the password of the mail server, or neither.' },
    );
  }
  if (options.caPem !== undefined) checkCaPem(options.caPem, `${options.host}:${options.port}`);
}

function checkCaPem(pem: string, server: string): void {
  const remedy = 'Give the CA certificate as PEM text, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.';
  // Node accepts a `ca` without any certificate in it, and then only every handshake fails.
  const blocks = pem.match(PEM_CERTIFICATE) ?? [];
  if (blocks.length === 0) {
    throw new UsageError(`The CA certificate for the mail server ${server} holds no PEM certificate`, { remedy });
  }
  for (const [index, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch (error) {
      throw new UsageError(
        `Certificate ${index + 1} of ${blocks.length} in the CA certificate for the mail server ${server} is unreadable`,
        { remedy, cause: error },
      );
    }
  }
}
