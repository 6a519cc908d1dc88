import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jobs } from '../../jobs/index.ts';
import { composeTroubles } from '../../src/compose.ts';
import { createKeyPair } from '../../src/demo/keys.ts';
import { type Mailbox, startMailbox } from '../../src/demo/mailbox.ts';
import type { Org } from '../../src/demo/org.ts';
import { healthPages } from '../../src/health/health-pages.ts';
import type { HealthStatus } from '../../src/health/health.ts';
import { DAY_MS } from '../../src/model/window.ts';
import { runJobUnattended } from '../../src/job/run-job.ts';
import { type Nightly, openNightly } from './nightly.ts';
import { logText } from '../support/log-text.ts';
import { startStrictOrg } from '../support/strict-org.ts';

// They look like words: nothing but their value gives them away.
const CLIENT_SECRET = 'tiger-lily';
const REFRESH_TOKEN = 'otter&pond';
const PASSWORD = 'heron-nest';
const SPELLINGS = [
  ...[CLIENT_SECRET, REFRESH_TOKEN, encodeURIComponent(REFRESH_TOKEN), 'otter&amp;pond', PASSWORD],
  Buffer.from(CLIENT_SECRET).toString('base64'),
];
// Nothing gives them away either; they come with the sign-in.
const ACCESS_TOKEN = 'kingfisher.brook.willow';
const ROTATED_TOKEN = 'badger.and.bramble';
// Answers are cut to 300 characters: the last one stands on that edge.
const SAID_BACK = `who knows ${SPELLINGS.join(' or ')}?`.padEnd(294, ' x') + ` ${CLIENT_SECRET}`;
const HEALTHY: HealthStatus = { status: 'ok', version: '', startedAt: '', jobs: [], chores: [] };

const NOW = new Date('2026-11-22T05:30:00Z');
const keys = createKeyPair();

let nightly: Nightly;
let org: Org;
let mailbox: Mailbox;
let watchdog: Server;
let isRefusing: boolean;
let pings: string[];
let stderr: string;
beforeEach(async () => {
  [isRefusing, pings, stderr] = [false, [], ''];
  org = await startStrictOrg({
    publicKeyPem: keys.publicKeyPem,
    clientSecret: CLIENT_SECRET,
    refreshToken: REFRESH_TOKEN,
    clock: { now: () => NOW },
  });
  mailbox = await startMailbox({
    user: 'tls-audit',
    password: PASSWORD,
    refuse: () => (isRefusing ? { code: 550, message: SAID_BACK } : undefined),
  });
  watchdog = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => pings.push(chunk.toString()));
    request.on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  await once(watchdog, 'listening');
  nightly = openNightly(NOW.toISOString(), {
    TLS_AUDIT_SOURCE_TYPE: 'files',
    TLS_AUDIT_SALESFORCE_LOGIN_URL: org.url,
    TLS_AUDIT_SALESFORCE_AUTH: 'refresh-token',
    TLS_AUDIT_SALESFORCE_CLIENT_ID: org.clientId,
    TLS_AUDIT_SALESFORCE_CLIENT_SECRET: CLIENT_SECRET,
    TLS_AUDIT_SALESFORCE_REFRESH_TOKEN: REFRESH_TOKEN,
    TLS_AUDIT_MAIL_ENABLED: 'true',
    TLS_AUDIT_MAIL_SMTP_PORT: String(mailbox.port),
    TLS_AUDIT_MAIL_SMTP_SECURITY: 'starttls',
    TLS_AUDIT_MAIL_SMTP_VERIFY_CERTIFICATE: 'false',
    TLS_AUDIT_MAIL_SMTP_USERNAME: 'tls-audit',
    TLS_AUDIT_MAIL_SMTP_PASSWORD: PASSWORD,
    TLS_AUDIT_HEARTBEAT_URL: `http://127.0.0.1:${(watchdog.address() as AddressInfo).port}/ping`,
  });
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await org.close();
  await mailbox.close();
  watchdog.close();
});

async function night(): Promise<unknown> {
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const clock = { now: () => new Date(nightly.nowMs) };
  const request = { ...{ settings: nightly.settings, explicit: undefined, dry: false, mail: true, clock } };
  return await runJobUnattended(
    { ...request, job: jobs[0]!, memory: composeTroubles(nightly.settings) },
    { stderr: stream as unknown as NodeJS.WriteStream },
    new AbortController().signal,
  ).catch((error: unknown) => error);
}

function addLog(day: string): void {
  const content = Buffer.from(logText([{ 'Date/Time': `${day}T12:00:00Z`, TLS_Cipher: ':' }]));
  org.addFile({ title: `EmailLog-${day}`, extension: 'csv', content, createdDate: new Date(Date.parse(day) + DAY_MS) });
}

/** Every place where others read what was said to this program, by name. */
function everythingTold(): Record<string, string> {
  const pages = healthPages(nightly.settings, { now: () => new Date(nightly.nowMs) });
  const bytes = readdirSync(nightly.folder).filter((name) => name.startsWith('history.db'));
  return {
    history: bytes.map((name) => readFileSync(join(nightly.folder, name), 'latin1')).join(''),
    // The transfer encoding may break a line anywhere.
    mails: mailbox.messages.map(({ raw }) => decoded(raw.toString())).join(''),
    pings: pings.join('\n'),
    stderr,
    ...Object.fromEntries(Object.entries(pages).map(([path, page]) => [path, page(HEALTHY).body])),
  };
}

function decoded(raw: string): string {
  const plain = raw.replaceAll(/=\r?\n/g, '').replaceAll('=3D', '=');
  const parts = [...raw.matchAll(/\r\n\r\n((?:[A-Za-z0-9+/=]{4,76}\r\n)+)/g)].map(([, part = '']) =>
    Buffer.from(part.replaceAll('\r\n', ''), 'base64').toString(),
  );
  return [plain, ...parts].join('\n');
}

function expectNoSecret(spellings: readonly string[] = SPELLINGS): void {
  const told = everythingTold();
  for (const spelling of spellings) {
    expect([spelling, Object.keys(told).filter((place) => told[place]!.includes(spelling))]).toEqual([spelling, []]);
  }
}

describe('a secret that is said back', () => {
  it('by the org that refuses the sign-in stands in no alert, record, ping, log or page', async () => {
    org.faults.add({
      match: (_, path) => path.includes('/services/oauth2/token'),
      fault: { kind: 'status', status: 400, body: { error: 'invalid_client', error_description: SAID_BACK } },
    });
    const error = await night();
    expect((error as Error).message).toContain('invalid_client ("who knows [redacted] or');
    const { history, mails, pings: told } = everythingTold();
    for (const text of [history, mails, told]) expect(text).toContain('who knows [redacted] or');
    for (const text of [history, mails, told]) expect(text).not.toMatch(/x tige?r?/);
    expectNoSecret();
    expect(SPELLINGS.filter((spelling) => (error as Error).stack?.includes(spelling))).toEqual([]);

    addLog('2026-11-21');
    await night();
    expect(mailbox.messages.map(({ raw }) => /^Subject: (\w+)/m.exec(raw.toString())?.[1])).toContain('RECOVERED');
    expectNoSecret();
  });

  it('by the org that refuses a download stands in no report and no digest', async () => {
    addLog('2026-11-20');
    addLog('2026-11-21');
    org.faults.add({
      match: (_, path) => path.includes('/VersionData'),
      fault: { kind: 'status', status: 403, body: [{ errorCode: 'INSUFFICIENT_ACCESS', message: SAID_BACK }] },
    });
    const outcome = await night();
    expect(JSON.stringify(outcome)).toContain('who knows [redacted] or');
    expect(SPELLINGS.filter((spelling) => JSON.stringify(outcome).includes(spelling))).toEqual([]);
    expectNoSecret();
  });

  it('after it came with the sign-in stands in no alert, record, ping, log or page', async () => {
    const secrets = [ACCESS_TOKEN, Buffer.from(ACCESS_TOKEN).toString('base64'), ROTATED_TOKEN];
    org.faults.add({
      match: (_, path) => path.includes('/services/oauth2/token'),
      fault: {
        kind: 'status',
        status: 200,
        body: { access_token: ACCESS_TOKEN, refresh_token: ROTATED_TOKEN, instance_url: org.url },
      },
    });
    org.faults.add({
      match: (_, path) => path.includes('FROM%20ContentVersion'),
      fault: {
        kind: 'status',
        status: 403,
        body: [{ errorCode: 'INSUFFICIENT_ACCESS', message: `who knows ${secrets.join(' or ')}?` }],
      },
    });
    const error = await night();
    expect((error as Error).message).toContain('who knows [redacted] or [redacted] or [redacted]?');
    const { history, mails, pings: told } = everythingTold();
    for (const text of [history, mails, told]) expect(text).toContain('who knows [redacted] or');
    expectNoSecret(secrets);
    expect(secrets.filter((secret) => (error as Error).stack?.includes(secret))).toEqual([]);
  });

  it('by the mail server that refuses a digest stands neither in the outbox nor in the digest that tells of it', async () => {
    addLog('2026-11-21');
    isRefusing = true;
    await night();
    expect(nightly.read(({ outbox }) => outbox.open())).toMatchObject([{ refused: 1 }]);
    expect(everythingTold()['history']).toContain('who knows [redacted] or');
    expectNoSecret();
    isRefusing = false;
    nightly.nowMs += DAY_MS;
    addLog('2026-11-22');
    await night();
    expect(everythingTold()['mails']).toContain('who knows [redacted] or');
    expectNoSecret();
  });
});
