import { createPrivateKey } from 'node:crypto';
import { UsageError } from '../support/errors.ts';
import { readAuthUrl } from './auth-url.ts';
import { fields, variablesOf } from './catalogue.ts';
import { isLoopback, isSafeUrl } from './rule.ts';
import type { Settings } from './schema.ts';
import type { Secret } from './secret.ts';

/** What is to be run. */
export interface RunNeeds {
  /** False for a run that sends nothing, whatever `mail.enabled` says. */
  readonly mail?: boolean;
  /** Received mail is read from the org, wherever log files come from. */
  readonly jobs?: readonly (keyof Settings['jobs'])[];
}

/**
 * Refuses settings that cannot carry a run, naming all that is missing at once; `scan` needs none of it.
 * @throws UsageError
 */
export function requireForRun(settings: Settings, run: RunNeeds = {}): void {
  const lines = missingForRun(settings, run);
  if (lines.length === 0) return;
  const count = lines.length === 1 ? '1 setting is' : `${lines.length} settings are`;
  throw new UsageError([`${count} missing or wrong for a run:`, ...lines.map((line) => `  ${line}`)].join('\n'), {
    remedy: 'Set them in the file given with --config or in the environment; docs/settings.md describes every setting.',
  });
}

/** What stands between these settings and a run, a sentence each; empty when nothing does. */
export function missingForRun(settings: Settings, run: RunNeeds = {}): string[] {
  const inboundOnly = settings.source.type === 'directory' && run.jobs?.includes('inbound-audit') === true;
  return [
    ...missingForSource(settings),
    ...(inboundOnly ? missingForSignIn(settings) : []),
    ...(run.mail === false ? [] : missingForMail(settings)),
    ...unusableHeartbeat(settings.heartbeat.url),
  ];
}

/** What stands between these settings and the source of log files. */
export function missingForSource({ source, ...settings }: Settings): string[] {
  switch (source.type) {
    case 'directory':
      return unset('source.directory.path', source.directory.path, 'source.type is directory');
    case 'event-log-file':
      return [
        ...unset('source.eventLogFile.eventType', source.eventLogFile.eventType, 'source.type is event-log-file'),
        ...missingForSignIn(settings),
      ];
    case 'files':
    case 'setup-page':
      return missingForSignIn(settings);
  }
}

/** What stands between these settings and a session with the org. */
export function missingForSignIn({ salesforce }: Pick<Settings, 'salesforce'>): string[] {
  const because = `salesforce.auth is ${salesforce.auth}`;
  if (salesforce.auth === 'sfdx-auth-url') {
    return [...unset('salesforce.authUrl', salesforce.authUrl, because), ...unusableAuthUrl(salesforce.authUrl)];
  }
  const common = [...unset('salesforce.clientId', salesforce.clientId, because), ...notALoginHost(salesforce.loginUrl)];
  if (salesforce.auth === 'refresh-token') {
    return [...common, ...unset('salesforce.refreshToken', salesforce.refreshToken, because)];
  }
  if (salesforce.auth === 'client-credentials') {
    return [
      ...common,
      ...unset('salesforce.clientSecret', salesforce.clientSecret, because),
      ...sharedLoginHost(salesforce.loginUrl),
    ];
  }
  return [
    ...common,
    ...unset('salesforce.username', salesforce.username, because),
    ...unset('salesforce.privateKey', salesforce.privateKey, because),
    ...unusableKey(salesforce.privateKey),
  ];
}

function unusableHeartbeat(url: Secret | null): string[] {
  if (url === null) return [];
  const address = url.reveal();
  if (URL.canParse(address) && isSafeUrl(new URL(address))) return [];
  return [about('heartbeat.url', 'found something else, expected an https URL (http only for loopback hosts)')];
}

/** What stands between these settings and a digest in the mail; nothing where none is to be sent. */
export function missingForMail({ mail }: Settings): string[] {
  if (!mail.enabled) return [];
  const { username, password } = mail.smtp;
  return [
    ...unset('mail.from', mail.from, 'mail.enabled is true'),
    ...unset('mail.to', mail.to.length === 0 ? null : mail.to, 'mail.enabled is true'),
    ...unset('mail.smtp.host', mail.smtp.host, 'mail.enabled is true'),
    ...(username === null ? [] : unset('mail.smtp.password', password, 'mail.smtp.username is set')),
    ...(password === null ? [] : unset('mail.smtp.username', username, 'mail.smtp.password is set')),
  ];
}

/** The value of a setting; requireForRun has refused settings where it is missing, with every other one that is. */
export function needed<T>(value: T | null, path: string): T {
  if (value === null) throw new UsageError(`${path} is not set`);
  return value;
}

function unset(path: string, value: unknown, because: string): string[] {
  return value === null ? [about(path, `not set, needed because ${because}`)] : [];
}

/** A login through a Lightning host ends in a redirect that drops the request: the login host is the My Domain one. */
function notALoginHost(loginUrl: string): string[] {
  const { hostname } = new URL(loginUrl);
  if (!hostname.endsWith('.lightning.force.com')) return [];
  const problem = `found ${loginUrl}, expected the login host: https://${hostname.replace('.lightning.force.com', '.my.salesforce.com')}`;
  return [about('salesforce.loginUrl', problem)];
}

/**
 * Client credentials belong to one org, so only its own host takes them: login.salesforce.com and test.salesforce.com
 * answer "request not supported on this domain" (Salesforce article 005318034 posts to the My Domain URL).
 */
function sharedLoginHost(loginUrl: string): string[] {
  const { hostname } = new URL(loginUrl);
  if (isLoopback(hostname) || !['login.salesforce.com', 'test.salesforce.com'].includes(hostname)) return [];
  const problem = `found ${loginUrl}, expected the org's My Domain URL such as https://acme.my.salesforce.com, because salesforce.auth is client-credentials`;
  return [about('salesforce.loginUrl', problem)];
}

/** Salesforce takes JWTs signed with RS256 only, so the key has to be an RSA key. */
function unusableKey(key: Secret | null): string[] {
  if (key === null) return [];
  const expected = 'expected an RSA private key in PEM form, not encrypted';
  const [, label] = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(key.reveal()) ?? [];
  if (label === undefined) return [about('salesforce.privateKey', `found no PEM block, ${expected}`)];
  try {
    const { asymmetricKeyType } = createPrivateKey(key.reveal());
    if (asymmetricKeyType === 'rsa') return [];
    return [about('salesforce.privateKey', `found a key of type ${asymmetricKeyType ?? 'unknown'}, ${expected}`)];
  } catch {
    return [about('salesforce.privateKey', `found a PEM block ${label} that cannot be used, ${expected}`)];
  }
}

function unusableAuthUrl(authUrl: Secret | null): string[] {
  if (authUrl === null || readAuthUrl(authUrl.reveal()) !== undefined) return [];
  const problem =
    'found something else, expected force://clientId:clientSecret:refreshToken@instance as "sf org auth show-sfdx-auth-url" prints it';
  return [about('salesforce.authUrl', problem)];
}

function about(path: string, problem: string): string {
  const field = fields.find((candidate) => candidate.path === path);
  if (field === undefined) throw new Error(`no setting is called ${path}`);
  return `${path}: ${problem} (${variablesOf(field).join(' or ')})`;
}
