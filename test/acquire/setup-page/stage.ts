import { readdir, stat } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { type LazySession, lazySession } from '../../../src/acquire/lazy-session.ts';
import { openSession } from '../../../src/acquire/session.ts';
import type { SetupPageOptions as SourceOptions } from '../../../src/acquire/setup-page/options.ts';
import { launchBrowser, type RunningBrowser } from '../../../src/acquire/setup-page/browser.ts';
import { createSetupPageSource } from '../../../src/acquire/setup-page/source.ts';
import { loadSettings } from '../../../src/config/loading.ts';
import { createKeyPair } from '../../../src/demo/keys.ts';
import type { Org } from '../../../src/demo/org.ts';
import type { SetupPageOptions as PageOptions } from '../../../src/demo/org/setup-page.ts';
import type { LogSource } from '../../../src/model/ports.ts';
import type { Window } from '../../../src/model/window.ts';
import { LOOPBACK_ONLY } from '../../support/chromium.ts';
import { collectLogs, type LogLine, never } from '../fixture.ts';
import { startStrictOrg } from '../../support/strict-org.ts';

export const NOW = new Date('2026-11-23T05:30:00.000Z');

const keys = createKeyPair();

/** The settings as they are delivered, but for what a test cannot wait for. */
export function optionsWith(changes: Partial<SourceOptions> = {}): SourceOptions & { maxFileBytes: number } {
  const { setupPage } = loadSettings({ env: {} }).source;
  return {
    ...setupPage,
    browserArguments: [LOOPBACK_ONLY],
    labelTimeoutMs: 15_000,
    completionTimeoutMs: 15_000,
    pollMs: 50,
    ...changes,
    maxFileBytes: 1_000_000,
  };
}

/** How long to look for a label that is not there; a machine under load looks longer (FEWEST_LOOKS in frames.ts). */
export const SOON_MS = 900;

let shared: Promise<RunningBrowser> | undefined;

/**
 * A browser for the test that is in truth the one of its file: it starts once, and closing it closes the test's windows. To be
 * used with `closeSharedBrowser`.
 */
export const shareBrowser: typeof launchBrowser = async (options) => {
  const { PATH = '' } = process.env;
  shared ??= launchBrowser(options, { browserEnvironment: { PATH, HOME: tmpdir() }, spoolFolder: null });
  const { browser } = await shared;
  const windows: BrowserContext[] = [];
  return {
    browser: {
      async newContext(own) {
        const window = await browser.newContext(own);
        windows.push(window);
        return window;
      },
    },
    close: async () => {
      await Promise.all(windows.splice(0).map((window) => window.close().catch(() => undefined)));
    },
  };
};

export async function closeSharedBrowser(): Promise<void> {
  await (await shared)?.close();
  shared = undefined;
}

export interface PageStage extends AsyncDisposable {
  readonly org: Org;
  readonly folder: string;
  readonly source: LogSource;
  readonly logs: readonly LogLine[];
  readonly session: LazySession;
  readonly context: Parameters<typeof createSetupPageSource>[2];
  /** What lies in the spool folder. */
  spooled(): Promise<{ name: string; mode: string }[]>;
}

/** What the page hands out: the header and a row that tells of which window it is. */
export function logOf({ from, to }: Window): Buffer {
  return Buffer.from(`Date/Time,Mail Event\n${from.toISOString()},R\n${to.toISOString()},R\n`);
}

/** An org with the page, and the source that drives it. */
export async function openPageStage(
  page: Partial<PageOptions> = {},
  changes: Partial<SourceOptions> & {
    maxFileBytes?: number;
    clientCredentials?: boolean;
    dry?: boolean;
    ownBrowser?: boolean;
  } = {},
): Promise<PageStage> {
  const { clientCredentials = false, ownBrowser = false, ...options } = changes;
  await using parts = new AsyncDisposableStack();
  const clock = { now: () => NOW };
  const clientSecret = 'client-s3cret-of-the-page-stage';
  const org = await startStrictOrg({
    publicKeyPem: keys.publicKeyPem,
    clientSecret,
    clock,
    // Late enough that nobody sees them at once.
    setupPage: { log: logOf, frameDelayMs: 30, completeAfterMs: 30, ...page },
  });
  parts.defer(() => org.close());
  const folder = await mkdtemp(join(tmpdir(), 'tls-audit-setup-page-'));
  parts.defer(() => rm(folder, { recursive: true }));
  const logger = collectLogs();
  const auth = clientCredentials
    ? ({ type: 'client-credentials', clientId: org.clientId, clientSecret } as const)
    : ({
        type: 'jwt',
        clientId: org.clientId,
        username: org.username,
        privateKeyPem: keys.privateKeyPem,
        audience: org.url,
      } as const);
  const session = lazySession((signal) =>
    openSession(
      { loginUrl: org.url, auth, apiVersion: '65.0', timeoutMs: 5000 },
      { clock, logger, retry: { tries: 2, firstDelayMs: 1, maxDelayMs: 2, totalMs: 20_000 } },
      signal,
    ),
  );
  parts.defer(() => session.close());
  const { PATH = '', TMPDIR = tmpdir() } = process.env;
  const context = { clock, logger, browserEnvironment: { PATH, TMPDIR, HOME: folder }, spoolFolder: null };
  const source = createSetupPageSource(
    {
      ...optionsWith({ timeZone: page.timeZone ?? 'GMT', ...options }),
      maxFileBytes: options.maxFileBytes ?? 1_000_000,
      dry: options.dry ?? false,
    },
    session,
    context,
    ownBrowser ? launchBrowser : shareBrowser,
  );
  parts.defer(() => source.close());
  const owned = parts.move();
  return {
    org,
    folder,
    source,
    logs: logger.lines,
    session,
    context,
    spooled: async () => {
      const names = (await readdir(folder)).filter((name) => /\.(log|part)$/.test(name));
      return await Promise.all(
        names.map(async (name) => ({ name, mode: ((await stat(join(folder, name))).mode & 0o777).toString(8) })),
      );
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Everything the window brings, fetched one after another as a run does. */
export async function fetchAll({ source, folder }: PageStage, window: Window) {
  const files = await source.find(window, never);
  const fetched = [];
  for (const file of files) fetched.push(await source.fetch(file, folder, never));
  return fetched;
}
