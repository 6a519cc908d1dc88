import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import type { Logger } from '../../src/support/logger.ts';
import { openSession, type Session, type SessionContext } from '../../src/acquire/session.ts';
import type { SalesforceAuth } from '../../src/acquire/sign-in.ts';
import { json, type ScriptedServer } from './loopback-server.ts';

export const NOW = new Date('2026-11-22T05:30:00.000Z');
export const TOKEN = '00Dxx0000001gPL!AQcAQH0dMHEXAMPLEtoken.of_the.session1';
export const TOKEN_2 = '00Dxx0000001gPL!AQcAQH0dMHEXAMPLEtoken.of_the.session2';
export const TOKEN_PATH = 'POST /services/oauth2/token';
export const DATA = '/services/data/v65.0';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const publicKey = pair.publicKey;
const privateKeyPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export const jwtAuth = {
  type: 'jwt',
  clientId: '3MVG9exampleConsumerKey0123456789',
  username: 'auditor@acme.example',
  privateKeyPem,
  audience: 'https://login.salesforce.com',
} as const satisfies SalesforceAuth;

export const secretAuth = {
  type: 'client-credentials',
  clientId: '3MVG9exampleConsumerKey0123456789',
  clientSecret: 'A1B2C3D4E5F60718293A4B5C6D7E8F90EXAMPLE0SECRET',
} as const satisfies SalesforceAuth;

/** What may never stand in a message or a log line. */
export const SECRETS = [
  TOKEN,
  TOKEN_2,
  jwtAuth.username,
  secretAuth.clientSecret,
  ...privateKeyPem.split('\n').slice(1, -2),
];

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly facts: unknown;
}

export function collectLogs(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (message: string, facts?: unknown) => void lines.push({ level, message, facts });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export function contextWith(changes: Partial<SessionContext> = {}): SessionContext {
  return {
    clock: { now: () => NOW },
    logger: collectLogs(),
    retry: { tries: 3, firstDelayMs: 1, maxDelayMs: 2, totalMs: 20_000 },
    ...changes,
  };
}

export function granted(server: { readonly url: string }, token = TOKEN) {
  return json(200, {
    access_token: token,
    instance_url: server.url,
    id: `${server.url}/id/00Dxx0000001gPLEAY/005xx000001SwiUAAS`,
    token_type: 'Bearer',
    scope: 'api',
    issued_at: '1795325400000',
    signature: 'c2lnbmF0dXJl',
  });
}

export const never = new AbortController().signal;

export function open(
  server: ScriptedServer,
  options: { auth?: SalesforceAuth; timeoutMs?: number; context?: SessionContext } = {},
): Promise<Session> {
  return openSession(
    { loginUrl: server.url, auth: options.auth ?? jwtAuth, apiVersion: '65.0', timeoutMs: options.timeoutMs ?? 5000 },
    options.context ?? contextWith(),
    never,
  );
}

/** The error a promise ends in; fails when it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & { remedy?: string; exitCode?: number }> {
  const ended = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (ended instanceof Error) return ended;
  throw new Error('expected a failure');
}

/** Everything an error could show: message, remedy, stack, causes, own properties. */
export function everythingOf(error: unknown): string {
  return inspect(error, { depth: null, showHidden: true });
}
