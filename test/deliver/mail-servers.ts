import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { generate } from 'selfsigned';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A self-signed certificate for 127.0.0.1 and the given names. */
export async function makeCertificate(options: { names?: string[]; ip?: string; expired?: boolean } = {}) {
  const { names = ['localhost'], ip = '127.0.0.1', expired = false } = options;
  const now = Date.now();
  const { private: key, cert } = await generate([{ name: 'commonName', value: names[0] ?? 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 3 * 86_400_000),
    notAfterDate: new Date(expired ? now - 86_400_000 : now + 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [...names.map((value) => ({ type: 2 as const, value })), { type: 7, ip }] },
    ],
  });
  return { key, cert } satisfies Certificate;
}

interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
  /** Undefined for a session in plaintext. */
  readonly tlsVersion: string | undefined;
  readonly user: string | undefined;
}

export interface TestMailServer extends AsyncDisposable {
  readonly port: number;
  readonly received: ReceivedMail[];
  readonly signIns: string[];
}

/** A real SMTP server on loopback that keeps what it gets. */
export async function startMailServer(
  options: SMTPServerOptions & {
    readonly password?: string;
    /** Recipients that are refused, each with its answer. */
    readonly refuse?: Readonly<Record<string, { code: number; text: string }>>;
    /** Answer to the message itself; undefined accepts it. */
    readonly refuseMessage?: { code: number; text: string };
  },
): Promise<TestMailServer> {
  const { password, refuse = {}, refuseMessage, ...rest } = options;
  const received: ReceivedMail[] = [];
  const signIns: string[] = [];
  const server = new SMTPServer({
    disableReverseLookup: true,
    authOptional: password === undefined,
    logger: false,
    ...rest,
    onAuth({ username, password: given }, _session, callback) {
      signIns.push(username ?? '');
      if (password !== undefined && given === password) callback(null, { user: username });
      else callback(smtpError(535, `no: ${given ?? ''} is not the password`));
    },
    onRcptTo({ address }, _session, callback) {
      const refusal = refuse[address];
      callback(refusal === undefined ? null : smtpError(refusal.code, refusal.text));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refuseMessage !== undefined) {
          callback(smtpError(refuseMessage.code, refuseMessage.text));
          return;
        }
        received.push({
          from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks),
          tlsVersion: session.tlsOptions === false ? undefined : session.tlsOptions.version,
          user: typeof session.user === 'string' ? session.user : undefined,
        });
        callback(null, 'taken');
      });
    },
  });
  // A client that gives up a handshake is what some tests are about.
  server.on('error', () => undefined);
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    received,
    signIns,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function smtpError(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** Every line any client sent. */
  readonly lines: string[];
  /** Says a line to everybody, unasked. */
  say(text: string): void;
}

/**
 * A server that answers as the script says, for what a well-behaved server never does. `undefined` keeps silent,
 * `'close'` drops the connection. The message's bytes are answered under the name `.`.
 */
export async function startScriptedServer(
  greeting: string | undefined,
  answer: (line: string) => string | undefined = () => '250 fine',
  certificate?: Certificate,
): Promise<ScriptedServer> {
  const lines: string[] = [];
  const sockets = new Set<net.Socket>();
  function converse(socket: net.Socket) {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    const say = (text: string | undefined) => {
      if (text === 'close') socket.destroy();
      else if (text !== undefined) socket.write(`${text}\r\n`);
    };
    let rest = '';
    let inMessage = false;
    socket.on('data', (chunk: Buffer) => {
      const parts = (rest + chunk.toString('latin1')).split('\r\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        if (inMessage && line !== '.') continue;
        inMessage = false;
        const reply = answer(line);
        inMessage = reply?.startsWith('354') === true;
        say(reply);
      }
    });
    say(greeting);
  }
  const server =
    certificate === undefined ? net.createServer(converse) : tls.createServer({ ...certificate }, converse);
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    say(text) {
      for (const socket of sockets) socket.write(`${text}\r\n`);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
