import type { TLSSocket } from 'node:tls';
import type { NodemailerError } from 'nodemailer';
import { AuditError } from '../support/errors.ts';
import { smtpFailure } from './smtp-failure.ts';
import { checkSmtpOptions, type SmtpOptions } from './smtp-options.ts';
import { encryptionOf, endSession, openSession } from './smtp-session.ts';

export interface SmtpProbe {
  /** Undefined where the session stayed in plaintext, which only `security: none` allows. */
  readonly encryption: SmtpEncryption | undefined;
  readonly authenticated: boolean;
}

interface SmtpEncryption {
  /** As Node names it: `TLSv1.3`. */
  readonly tlsVersion: string;
  readonly cipherSuite: string;
  readonly certificate: {
    readonly subject: string;
    readonly issuer: string;
    readonly validTo: Date;
    /** Why the certificate would be refused; undefined where it is valid for this host. */
    readonly problem: string | undefined;
  };
}

/** Connects, encrypts and signs in as for a mail, and leaves without sending one. Throws as `send` does. */
export async function probeSmtp(options: SmtpOptions, signal?: AbortSignal): Promise<SmtpProbe> {
  checkSmtpOptions(options);
  try {
    const connection = await openSession(options, signal);
    const socket = encryptionOf(connection);
    const probe = {
      encryption: socket === undefined ? undefined : describeEncryption(socket),
      authenticated: connection.authenticated,
    };
    endSession(connection);
    return probe;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof AuditError) throw error;
    throw smtpFailure(error as NodemailerError, { doing: 'Checking the mail server', options, handedOver: false });
  }
}

function describeEncryption(socket: TLSSocket): SmtpEncryption {
  const certificate = socket.getPeerX509Certificate();
  // Typed as an Error, but Node puts the error's code there.
  const problem: unknown = socket.authorizationError;
  return {
    tlsVersion: socket.getProtocol() ?? 'unknown',
    cipherSuite: socket.getCipher().name,
    certificate: {
      subject: oneLine(certificate?.subject),
      issuer: oneLine(certificate?.issuer),
      validTo: certificate?.validToDate ?? new Date(Number.NaN),
      problem: socket.authorized ? undefined : String(problem),
    },
  };
}

/** Node separates the parts of a distinguished name by line breaks. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').filter(Boolean).join(', ');
}
