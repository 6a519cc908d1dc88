import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createFilesSource } from '../../src/acquire/files-source.ts';
import { lazySession } from '../../src/acquire/lazy-session.ts';
import { createOrgNotes } from '../../src/acquire/org-notes.ts';
import { openSession } from '../../src/acquire/session.ts';
import type { SalesforceAuth } from '../../src/acquire/sign-in.ts';
import { createKeyPair } from '../../src/demo/keys.ts';
import type { Org } from '../../src/demo/org.ts';
import type { Fault } from '../../src/demo/org/faults.ts';
import { createLogger } from '../../src/support/logger.ts';
import { everythingOf, never } from './fixture.ts';
import { startStrictOrg } from '../support/strict-org.ts';

const keys = createKeyPair();
const SECRET = 'C0NSUMER0SECRET0OF0THE0DEMO0APP0123456789';
const REFRESH = '5Aep861demoRefreshTokenOfTheLoopbackOrg0123456789abcdef';
const WINDOW = { from: new Date('2026-11-16T00:00:00Z'), to: new Date('2026-11-18T00:00:00Z') };
/** In the log file: nothing that is logged holds an address of it. */
const ADDRESS = 'ann@acme.example';

let org: Org;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-audit-secrecy-'));
  org = await startStrictOrg({ publicKeyPem: keys.publicKeyPem, clientSecret: SECRET, refreshToken: REFRESH });
  org.addFile({
    title: 'EmailLog',
    extension: 'csv',
    content: Buffer.from(`Recipient\n${ADDRESS}\n`),
    createdDate: new Date('2026-11-17T01:00:00Z'),
  });
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await org.close();
});
beforeEach(() => org.faults.clear());

const AUTHS: readonly (readonly [SalesforceAuth['type'], (org: Org) => SalesforceAuth])[] = [
  [
    'jwt',
    ({ clientId, username, url }) => ({
      type: 'jwt',
      clientId,
      username,
      privateKeyPem: keys.privateKeyPem,
      audience: url,
    }),
  ],
  ['client-credentials', ({ clientId }) => ({ type: 'client-credentials', clientId, clientSecret: SECRET })],
  [
    'refresh-token',
    ({ clientId }) => ({ type: 'refresh-token', clientId, clientSecret: SECRET, refreshToken: REFRESH }),
  ],
];

/** Bodies that throw back at the caller everything that was sent, as proxies and error pages do. */
function echoes(sent: string): readonly (readonly [string, Fault])[] {
  return [
    ['an OAuth error', { kind: 'status', status: 400, body: { error: 'invalid_grant', error_description: sent } }],
    ['a REST error', { kind: 'status', status: 403, body: [{ errorCode: 'INSUFFICIENT_ACCESS', message: sent }] }],
    ['an error of its own', { kind: 'status', status: 500, body: [{ errorCode: sent, message: sent }] }],
    ['a page', { kind: 'status', status: 503, body: `<html>${sent}</html>` }],
    ['an answer of another shape', { kind: 'status', status: 200, body: { [sent]: sent, records: [sent] } }],
    [
      'a redirect',
      { kind: 'status', status: 302, headers: { location: `https://elsewhere.example/?${encodeURIComponent(sent)}` } },
    ],
    ['a cut', { kind: 'cut', afterBytes: 20 }],
    ['a reset', { kind: 'reset' }],
    ['nothing wrong', { kind: 'chunked' }],
  ];
}

const REQUESTS: readonly (readonly [string, RegExp])[] = [
  ['the sign-in', /^POST /],
  ['the query', /FROM%20ContentVersion/],
  ['the query for relays', /FROM%20EmailRelay/],
  ['the download', /\/VersionData$/],
];

describe.each(AUTHS)('signed in with %s, at log level debug', (_type, authOf) => {
  const names = echoes('').map(([name]) => name);
  const cases = REQUESTS.flatMap(([request, pattern]) => names.map((name) => [request, name, pattern] as const));

  it.each(cases)('%s answered by %s shows no secret', async (_request, name, pattern) => {
    const emitted: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        emitted.push(chunk.toString());
        done();
      },
    });
    // No list of secrets: nothing here may rest on the logger finding them.
    const logger = createLogger({ level: 'debug', format: 'json', stream });
    const auth = authOf(org);
    const secrets = new Set<string>([SECRET, REFRESH, org.username, ADDRESS, ...lines(keys.privateKeyPem)]);
    let fault = echoes([...secrets].join(' ')).find(([known]) => known === name)?.[1];
    const errors: unknown[] = [];
    const session = lazySession(async (signal) => {
      const retry = { tries: 2, firstDelayMs: 1, maxDelayMs: 2, totalMs: 5000 };
      const options = { loginUrl: org.url, auth, apiVersion: '65.0', timeoutMs: 2000 };
      return openSession(options, { clock: { now: () => new Date() }, logger, retry }, signal);
    });
    const source = createFilesSource(
      { titlePattern: 'EmailLog*', library: null, maxFileBytes: 1e6, downloadTimeoutMs: 5000 },
      session,
      logger,
    );
    org.faults.add({
      match: (method, path) => {
        if (!pattern.test(`${method} ${path}`)) return false;
        fault = undefined;
        return true;
      },
      times: Infinity,
      fault: fault!,
    });
    try {
      const files = await source.find(WINDOW, never);
      await createOrgNotes(session, logger).read(never);
      for (const file of files) await source.fetch(file, folder, never);
    } catch (error) {
      errors.push(error);
      logger.error('it failed', { error, nested: { error } });
    } finally {
      await source.close();
    }
    expect(fault).toBeUndefined();
    const shown = emitted.join('') + errors.map(everythingOf).join('');
    for (const secret of secrets) {
      for (const spelling of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
        expect(shown).not.toContain(spelling);
      }
    }
    // Access tokens of the demo org begin with its id and an exclamation mark.
    expect(shown).not.toContain(`${org.organizationId.slice(0, 15)}!`);
    expect(shown).not.toMatch(/Bearer \S|eyJ[\w-]{10}/);
  });
});

function lines(pem: string): string[] {
  return pem.split('\n').filter((line) => line.length > 40);
}
