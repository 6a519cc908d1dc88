import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { lazySession } from '../../src/acquire/lazy-session.ts';
import { openSession } from '../../src/acquire/session.ts';
import { createSetupPageSource } from '../../src/acquire/setup-page/source.ts';
import { createKeyPair } from '../../src/demo/keys.ts';
import type { Fault } from '../../src/demo/org/faults.ts';
import type { Report } from '../../src/model/report.ts';
import { AuditError } from '../../src/support/errors.ts';
import { collectLogs } from '../acquire/fixture.ts';
import { closeSharedBrowser, optionsWith, shareBrowser, SOON_MS } from '../acquire/setup-page/stage.ts';
import { describeWithChromium } from '../support/chromium.ts';
import { logText } from '../support/log-text.ts';
import { startStrictOrg } from '../support/strict-org.ts';
import { auditOf } from './audit-of.ts';
import { resultOf } from './stage.ts';

// Every single fault on the way to a log that a browser requests: the result is that of a run without it, or somebody is told.

jest.setTimeout(90_000);
afterAll(closeSharedBrowser);

const WINDOW = { from: new Date('2026-11-18T00:00:00Z'), to: new Date('2026-11-19T00:00:00Z') };
const NOW = new Date('2026-11-19T05:30:00Z');

const LOG = Buffer.from(
  logText(
    Array.from({ length: 48 }, (_, index) => ({
      'Date/Time': `2026-11-18T${String(Math.floor(index / 2)).padStart(2, '0')}:15:00Z`,
      Recipient: `ann@domain-${index % 7}.example`,
      ...(index === 40 ? { TLS_Cipher: ':' } : {}),
    })),
  ),
);

const keys = createKeyPair();

/** What a run with this fault ends in; undefined faults nothing. */
async function auditUnder(match?: RegExp, fault?: Fault): Promise<Report | Error> {
  const folder = await mkdtemp(join(tmpdir(), 'tls-audit-page-faults-'));
  const clock = { now: () => NOW };
  const logger = collectLogs();
  const org = await startStrictOrg({
    publicKeyPem: keys.publicKeyPem,
    clock,
    setupPage: { log: () => LOG, completeAfterMs: 0, frameDelayMs: 30 },
  });
  try {
    if (match !== undefined && fault !== undefined) {
      org.faults.add({ match: (method, path) => match.test(`${method} ${path}`), fault });
    }
    const auth = {
      type: 'jwt',
      clientId: org.clientId,
      username: org.username,
      privateKeyPem: keys.privateKeyPem,
      audience: org.url,
    } as const;
    const retry = { tries: 2, firstDelayMs: 1, maxDelayMs: 2, totalMs: 5000 };
    const session = lazySession((signal) =>
      openSession({ loginUrl: org.url, auth, apiVersion: '65.0', timeoutMs: 1000 }, { clock, logger, retry }, signal),
    );
    const options = optionsWith({ pageTimeoutMs: 4000, labelTimeoutMs: SOON_MS, downloadTimeoutMs: 2000 });
    const context = { clock, logger, browserEnvironment: {}, spoolFolder: folder };
    const source = createSetupPageSource({ ...options, dry: false }, session, context, shareBrowser);
    const report = await auditOf(source, { window: WINDOW, now: NOW, spoolFolder: folder, logger, session }).catch(
      (error: unknown) => {
        if (error instanceof Error) return error;
        throw error;
      },
    );
    expect(await readdir(folder)).toEqual([]);
    await org.close();
    return report;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const REQUESTS: readonly (readonly [string, RegExp])[] = [
  ['the one-time address', /^POST \/services\/oauth2\/singleaccess/],
  ['the sign-in of the browser', /^GET \/secur\/frontdoor/],
  ['the page', /^GET \/lightning\/setup/],
  ['the list', /^GET \/setup\/emaillog\/list/],
  ['the form', /^GET \/setup\/emaillog\/new/],
  ['the request', /^POST \/setup\/emaillog\/new/],
  ['the download', /^GET \/servlet\/emaillog/],
];

/** What the API requests of this source meet stands in faults.test.ts; a browser takes longer, so it meets fewer. */
const OF_ALL: readonly (readonly [string, Fault])[] = [
  ['reset', { kind: 'reset' }],
  ['500', { kind: 'status', status: 500, body: '<html><body>Something went wrong</body></html>' }],
];

const OF_LISTS: readonly (readonly [string, Fault])[] = [
  ['cut', { kind: 'cut', afterBytes: 30 }],
  ['HTML', { kind: 'html' }],
];

const OF_DOWNLOADS: readonly (readonly [string, Fault])[] = [
  ...OF_LISTS,
  ['stall', { kind: 'stall', afterBytes: 30 }],
  ['gzip', { kind: 'gzip' }],
  ['chunked', { kind: 'chunked' }],
  ['404', { kind: 'status', status: 404, body: 'URL No Longer Exists' }],
  ['empty', { kind: 'status', status: 200, body: '' }],
  // The page states no length: that a row is cut in the middle gives it away.
  ['wrong length', { kind: 'wrong-length', missingBytes: 60 }],
];

const all = REQUESTS.flatMap(([request, pattern]) =>
  [...OF_ALL, ...(request === 'the list' ? OF_LISTS : []), ...(request === 'the download' ? OF_DOWNLOADS : [])].map(
    ([name, fault]) => [`${request}: ${name}`, pattern, fault] as const,
  ),
);

/** Every fault meets a request and every request a fault; `npm run test:soak` has each with each. */
const SOME: readonly string[] = [
  ...[
    'the one-time address: 500',
    'the sign-in of the browser: reset',
    'the page: 500',
    'the list: cut',
    'the form: 500',
  ],
  ...['the request: reset', ...OF_DOWNLOADS.map(([name]) => `the download: ${name}`)],
];
const cases = process.env['TEST_FAULTS'] === 'all' ? all : all.filter(([name]) => SOME.includes(name));

describeWithChromium('a run that requests its log in a browser, under one fault', () => {
  let expected: ReturnType<typeof resultOf>;
  beforeAll(async () => {
    const report = await auditUnder();
    expect(report).toMatchObject({
      verdict: 'fail',
      counts: { rows: 48, deliveries: 48, violations: 1 },
      failures: [],
      gaps: [],
    });
    expected = resultOf(report as Report);
  });

  it.each(cases)('%s', async (_name, pattern, fault) => {
    const report = await auditUnder(pattern, fault);
    if (report instanceof Error) {
      expect(report).toBeInstanceOf(AuditError);
      expect((report as AuditError).remedy).toBeTruthy();
      expect(report.message).not.toMatch(/otp=/);
      return;
    }
    const { counts, failures, reasons } = report;
    if (failures.length === 0 && counts.rejected === 0) {
      expect(resultOf(report)).toEqual(expected);
      return;
    }
    expect(report.verdict).not.toBe('pass');
    expect(reasons.join()).toMatch(/could not be (read|fetched)|unread/);
    expect(counts.deliveries).toBeLessThan(48);
  });
});
