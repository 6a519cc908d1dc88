import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { TLSSocket } from 'node:tls';

import { generate } from 'selfsigned';
import type { SMTPServerOptions, SMTPServerSession } from 'smtp-server';
import { SMTPServer } from 'smtp-server';

/**
 * `required`: no mail before STARTTLS; `optional`: STARTTLS is offered, mail without it is taken; `implicit`: TLS from
 * the first byte (RFC 8314); `none`: STARTTLS is not offered.
 */
type Encryption = 'required' | 'optional' | 'implicit' | 'none';

interface Refusal {
  /** 4xx refuses for now, 5xx for good. */
  readonly code: number;
  readonly message: string;
}

export interface MailboxOptions {
  /** Without both, mail is taken from anybody. */
  readonly user?: string;
  readonly password?: string;
  readonly encryption?: Encryption;
  /** Bounds of the TLS versions spoken; with an old `maxVersion` also the ciphers that only it can use. */
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  /** Asked for every RCPT TO; `attempt` counts from 1 for each recipient. */
  readonly refuse?: (recipient: string, attempt: number) => Refusal | undefined;
  /** How long the answer to a whole message is held back; `Infinity`: it never comes. */
  readonly answerDelayMs?: number;
  /** So many messages are read to the end and stored, and then the connection is dropped without an answer. */
  readonly dropAfterData?: number;
}

interface ReceivedMessage {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly raw: Buffer;
  /** As Node names it, such as `TLSv1.3`; null where the message came in clear. */
  readonly tlsVersion: string | null;
  /** The user the client signed in as. */
  readonly user: string | undefined;
  readonly receivedAt: Date;
  /** False where the connection was dropped, or the answer held back: the client cannot know it was stored. */
  answered: boolean;
}

export interface Mailbox {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** The server's own certificate: what a client has to trust. Names localhost and 127.0.0.1. */
  readonly caPem: string;
  readonly messages: readonly ReceivedMessage[];
  /** How many clients connected so far. */
  readonly connections: number;
  close(): Promise<void>;
}

const OLD_VERSIONS: readonly (SecureVersion | undefined)[] = ['TLSv1', 'TLSv1.1'];
const MUST_STARTTLS: Refusal = { code: 530, message: '5.7.0 Must issue a STARTTLS command first' };

/** Starts an SMTP server on a free port of 127.0.0.1 that keeps what it is given. */
export async function startMailbox(options: MailboxOptions = {}): Promise<Mailbox> {
  const certificate = await createCertificate();
  const encryption = options.encryption ?? 'required';
  const messages: ReceivedMessage[] = [];
  const attempts = new Map<string, number>();
  const tlsVersions = new Map<string, string | null>();
  const sockets = new Map<number, Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let connections = 0;
  let dropsLeft = options.dropAfterData ?? 0;

  function takeMessage(raw: Buffer, session: SMTPServerSession, answer: () => void): void {
    const message: ReceivedMessage = {
      envelope: {
        from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
        to: session.envelope.rcptTo.map(({ address }) => address),
      },
      raw,
      tlsVersion: tlsVersions.get(session.id) ?? null,
      user: typeof session.user === 'string' ? session.user : undefined,
      receivedAt: new Date(),
      answered: false,
    };
    messages.push(message);
    if (dropsLeft > 0) {
      dropsLeft -= 1;
      sockets.get(session.remotePort)?.destroy();
      return;
    }
    const delayMs = options.answerDelayMs ?? 0;
    if (delayMs === Infinity) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      message.answered = true;
      answer();
    }, delayMs);
    timers.add(timer);
  }

  const server = new SMTPServer({
    ...encryptionOptions(encryption),
    ...versionOptions(options),
    key: certificate.privateKeyPem,
    cert: certificate.pem,
    name: 'mailbox.example',
    banner: 'demo mailbox',
    logger: false,
    disableReverseLookup: true,
    authMethods: ['PLAIN', 'LOGIN'],
    authOptional: options.user === undefined,
    closeTimeout: 50,
    onAuth(auth, _session, callback) {
      if (auth.username === options.user && auth.password === options.password) {
        callback(null, { user: auth.username });
      } else {
        callback(refusalError({ code: 535, message: '5.7.8 Authentication credentials invalid' }));
      }
    },
    onSecure(socket, session, callback) {
      tlsVersions.set(session.id, socket instanceof TLSSocket ? socket.getProtocol() : null);
      callback(null);
    },
    onMailFrom(_address, session, callback) {
      callback(encryption === 'required' && !session.secure ? refusalError(MUST_STARTTLS) : null);
    },
    onRcptTo({ address }, _session, callback) {
      const attempt = (attempts.get(address) ?? 0) + 1;
      attempts.set(address, attempt);
      const refusal = options.refuse?.(address, attempt);
      callback(refusal === undefined ? null : refusalError(refusal));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => takeMessage(Buffer.concat(chunks), session, () => callback(null, '2.0.0 stored')));
    },
  });
  // A client that refuses the certificate or finds no common version ends the connection: that is its business.
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    const { remotePort } = socket;
    connections += 1;
    if (remotePort === undefined) return;
    sockets.set(remotePort, socket);
    socket.once('close', () => sockets.delete(remotePort));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');

  return {
    host: '127.0.0.1',
    port: (server.server.address() as AddressInfo).port,
    caPem: certificate.pem,
    messages,
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        server.close(resolve);
        for (const socket of sockets.values()) socket.destroy();
      }),
  };
}

async function createCertificate(): Promise<{ privateKeyPem: string; pem: string }> {
  const { private: privateKeyPem, cert: pem } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'rsa',
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, keyCertSign: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { privateKeyPem, pem };
}

function encryptionOptions(encryption: Encryption): SMTPServerOptions {
  switch (encryption) {
    case 'required':
      return {};
    case 'optional':
      return { allowInsecureAuth: true };
    case 'implicit':
      return { secure: true };
    case 'none':
      return { disabledCommands: ['STARTTLS'], allowInsecureAuth: true };
  }
}

function versionOptions({ minVersion, maxVersion }: MailboxOptions): SMTPServerOptions {
  return {
    minVersion: minVersion ?? (OLD_VERSIONS.includes(maxVersion) ? 'TLSv1' : 'TLSv1.2'),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    // OpenSSL 3 speaks TLS 1.0 and 1.1 at security level 0 only.
    ...(OLD_VERSIONS.includes(maxVersion) || OLD_VERSIONS.includes(minVersion)
      ? { ciphers: 'DEFAULT@SECLEVEL=0' }
      : {}),
  };
}

function refusalError({ code, message }: Refusal): Error {
  return Object.assign(new Error(message), { responseCode: code });
}
