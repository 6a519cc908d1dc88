import { Readable } from 'node:stream';
import { getCACertificates, TLSSocket } from 'node:tls';
import type { NodemailerError } from 'nodemailer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection';
import { AuditError } from '../support/errors.ts';
import type { Envelope } from './message.ts';
import { demandsValidCertificate, type SmtpOptions } from './smtp-options.ts';

/** How long a server may take over the goodbye: by then the message is its own. */
const GOODBYE_MS = 1000;
const MAX_ANSWER_BYTES = 64 * 1024;

export type Connection = SMTPConnection;

/**
 * A session that is encrypted as the options demand and signed in where they name a user. nodemailer's own transport is
 * not used because it signs in over whatever connection it has, also over plaintext.
 */
export async function openSession(options: SmtpOptions, signal?: AbortSignal): Promise<Connection> {
  signal?.throwIfAborted();
  const connection = new SMTPConnection({
    host: options.host,
    port: options.port,
    secure: options.security === 'tls',
    requireTLS: options.security === 'starttls',
    tls: {
      minVersion: options.minVersion,
      rejectUnauthorized: demandsValidCertificate(options),
      ...(options.caPem === undefined ? {} : { ca: [...getCACertificates('default'), options.caPem] }),
    },
    connectionTimeout: options.timeoutMs,
    greetingTimeout: options.timeoutMs,
    dnsTimeout: options.timeoutMs,
    // Later than the others, so that the wait that knows what it waits for is the one to end.
    socketTimeout: options.timeoutMs + 100,
    socketCloseTimeout: GOODBYE_MS,
    maxResponseSize: MAX_ANSWER_BYTES,
    // A relay on this machine is found also where the machine has no network.
    allowInternalNetworkInterfaces: true,
  });
  // Late errors of a connection that is already given up must not end the process.
  connection.on('error', () => undefined);
  const abort = () => connection.close();
  signal?.addEventListener('abort', abort, { once: true });
  connection.once('end', () => signal?.removeEventListener('abort', abort));
  try {
    await step<unknown>(connection, (done) => connection.connect((error) => done(error ?? null)));
    if (options.security !== 'none' && encryptionOf(connection) === undefined) {
      throw new AuditError(`The session with ${options.host}:${options.port} is not encrypted although it has to be`);
    }
    await signIn(connection, options);
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection;
}

async function signIn(connection: Connection, options: SmtpOptions): Promise<void> {
  const { username: user, password: pass } = options;
  if (user === undefined || user === '' || pass === undefined) return;
  const server = `${options.host}:${options.port}`;
  if (encryptionOf(connection) === undefined) {
    throw new AuditError(
      `Signing in to the mail server ${server}: the session is not encrypted, because the server does not offer ` +
        'STARTTLS; the user name and the password were not sent',
      {
        remedy:
          'Enable STARTTLS on the server, or use a port with TLS; or remove the user name and password if the server ' +
          'accepts mail without them.',
      },
    );
  }
  if (!connection.allowsAuth) {
    throw new AuditError(`Signing in to the mail server ${server}: the server does not offer authentication`, {
      remedy:
        'Use the submission port of the server (usually 587 or 465), or remove the user name and password if the ' +
        'server accepts mail without them.',
    });
  }
  await step<unknown>(connection, (done) => connection.login({ user, pass }, done));
}

/** Hands the message over. `onHandover` is called once the server has asked for the message's bytes. */
export async function sendMessage(
  connection: Connection,
  envelope: Envelope,
  raw: Buffer,
  onHandover: () => void,
): Promise<SMTPConnectionSendInfo> {
  function* bytes() {
    onHandover();
    yield raw;
  }
  return await step<SMTPConnectionSendInfo>(connection, (done) =>
    connection.send(
      { from: envelope.from, to: [...envelope.to], size: raw.length },
      Readable.from(bytes(), { objectMode: false }),
      done,
    ),
  );
}

/** Says goodbye and closes; does not wait for the server. */
export function endSession(connection: Connection): void {
  const giveUp = setTimeout(() => connection.close(), GOODBYE_MS);
  connection.once('end', () => clearTimeout(giveUp));
  connection.quit();
}

/** The TLS socket of the session; undefined while the session is plaintext. */
export function encryptionOf(connection: Connection): TLSSocket | undefined {
  return connection.secure && connection._socket instanceof TLSSocket ? connection._socket : undefined;
}

/** nodemailer reports one failure by callback, another by event, and a connection closed from outside only by `end`. */
function step<T>(
  connection: Connection,
  run: (done: (error: NodemailerError | null, value?: T) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onError = (error: Error) => settle(() => reject(error));
    // `end` comes before the callback that names the server's last answer: give that one the chance to say why.
    const onEnd = () => setImmediate(() => settle(() => reject(new Error('Connection closed'))));
    function settle(outcome: () => void) {
      connection.off('error', onError);
      connection.off('end', onEnd);
      outcome();
    }
    connection.once('error', onError);
    connection.once('end', onEnd);
    run((error, value) => settle(() => (error === null ? resolve(value as T) : reject(error))));
  });
}
