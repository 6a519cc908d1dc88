import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditError } from '../../../src/support/errors.ts';
import { launchBrowser, withBrowser } from '../../../src/acquire/setup-page/browser.ts';
import { everythingOf, failureOf, never } from '../fixture.ts';

const PARTS = { browserEnvironment: { PATH: process.env['PATH'] ?? '' }, spoolFolder: null };
const OPTIONS = { browserPath: process.execPath, browserArguments: [], pageTimeoutMs: 5000 };
const SECRET = 'https://acme.my.salesforce.com/secur/frontdoor.jsp?otp=SECRETSECRET';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-audit-browser-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('starting the browser', () => {
  it('says how to install playwright-core where it is missing', async () => {
    const load = () =>
      Promise.reject(Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' }));
    const failure = await failureOf(launchBrowser(OPTIONS, PARTS, load));
    expect(failure).toMatchObject({ name: 'AuditError', exitCode: 1 });
    expect(failure.message).toBe('the source setup-page (experimental) needs playwright-core: it is not installed');
    expect(failure.remedy).toContain('npm install playwright-core');
    expect(failure.remedy).toContain('source.setupPage.browserPath');
  });

  it('says how to name the browser where there is none', async () => {
    const browserPath = join(folder, 'no-browser');
    const failure = await failureOf(launchBrowser({ ...OPTIONS, browserPath }, PARTS));
    expect(failure.message).toContain(`${browserPath}: there is no such program`);
    expect(failure.remedy).toContain('source.setupPage.browserPath');
  });

  it('says so where the program is no browser', async () => {
    const browserPath = join(folder, 'no-browser-either');
    await writeFile(browserPath, '#!/bin/sh\nexit 3\n');
    await chmod(browserPath, 0o755);
    const failure = await failureOf(launchBrowser({ ...OPTIONS, browserPath }, PARTS));
    expect(failure).toMatchObject({
      name: 'AuditError',
      message: expect.stringContaining(`starting the browser ${browserPath}`),
    });
  });
});

describe('what the browser throws', () => {
  it.each([
    [
      `page.goto: net::ERR_CONNECTION_REFUSED at ${SECRET}\nCall log: navigating to "${SECRET}"`,
      'ERR_CONNECTION_REFUSED',
    ],
    [`page.goto: Target page, context or browser has been closed ${SECRET}`, 'the browser ended'],
    [`something at ${SECRET}`, 'Error'],
  ])('is told without its message', async (message, code) => {
    const failure = await failureOf(withBrowser('signing in', never, () => Promise.reject(new Error(message))));
    expect(failure.message).toBe(`signing in failed: ${code}`);
    expect(everythingOf(failure)).not.toContain('SECRETSECRET');
  });

  it('is left alone where it is a failure of this program', async () => {
    const failure = new AuditError('the label is missing');
    expect(await failureOf(withBrowser('looking', never, () => Promise.reject(failure)))).toBe(failure);
  });

  it('gives way to the reason of the signal', async () => {
    const reason = new Error('told to stop');
    const controller = new AbortController();
    const work = () => {
      controller.abort(reason);
      return Promise.reject(new Error('browser has been closed'));
    };
    expect(await failureOf(withBrowser('looking', controller.signal, work))).toBe(reason);
  });
});
