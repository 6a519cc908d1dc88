import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserType } from 'playwright-core';
import { AuditError } from '../../support/errors.ts';
import { openSpool } from '../../support/spool.ts';
import { errorCode } from '../error-code.ts';

export interface BrowserOptions {
  readonly browserPath: string;
  readonly browserArguments: readonly string[];
  readonly pageTimeoutMs: number;
}

export interface BrowserContextParts {
  /** The whole environment of the browser; it must not hold the secrets of this program. */
  readonly browserEnvironment: Readonly<Record<string, string>>;
  /** Where profile and downloads lie as long as the browser runs; null is the system's folder for temporary files. */
  readonly spoolFolder: string | null;
}

/** What a browser does that nobody asked for, on a machine that may have neither screen nor sound. */
const QUIET_FLAGS = [
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

const INSTALL =
  'Run "npm install playwright-core" where tls-audit is installed, install Chromium (on Debian: apt-get install ' +
  'chromium), and name its program in source.setupPage.browserPath. Other sources need neither.';

interface Playwright {
  readonly chromium: BrowserType;
}

/** A browser that runs, and what it keeps on disk. */
export interface RunningBrowser {
  readonly browser: Pick<Browser, 'newContext'>;
  /** Ends it and removes what it kept. Never fails. */
  close(): Promise<void>;
}

/**
 * Starts the machine's own browser; playwright-core is loaded here and nowhere else, because only this source needs it.
 * Where this process is killed, the browser ends with it, and its folder goes with the next spool folder.
 * @throws AuditError that names what is missing and how to get it
 */
export async function launchBrowser(
  options: BrowserOptions,
  { browserEnvironment, spoolFolder }: BrowserContextParts,
  load: () => Promise<Playwright> = () => import('playwright-core'),
): Promise<RunningBrowser> {
  const { chromium } = await loadPlaywright(load);
  await refuseMissing(options.browserPath);
  const isRoot = process.getuid?.() === 0;
  await using parts = new AsyncDisposableStack();
  const { folder } = parts.use(await openSpool(spoolFolder));
  try {
    // `launch` would make a profile of a name that nobody finds again.
    const first = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: options.browserPath,
      args: [...QUIET_FLAGS, ...options.browserArguments],
      // Chromium refuses to run as root inside its sandbox.
      chromiumSandbox: !isRoot,
      // Else its crash reports, which hold what the pages held, stay in the folder of the user.
      env: { ...browserEnvironment, XDG_CONFIG_HOME: join(folder, 'config') },
      timeout: options.pageTimeoutMs,
      // The program releases what it holds when it is told to stop.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      artifactsDir: folder,
      downloadsPath: join(folder, 'downloads'),
    });
    const browser = first.browser();
    if (browser === null) throw new Error('the browser ended');
    const owned = parts.move();
    const end = async () => {
      await browser.close().catch(() => undefined);
      await owned.disposeAsync().catch(() => undefined);
    };
    let ended: Promise<void> | undefined;
    return { browser, close: () => (ended ??= end()) };
  } catch (error) {
    throw new AuditError(`starting the browser ${options.browserPath} failed: ${browserCode(error)}`, {
      remedy:
        'Start it by hand with --headless=new --dump-dom about:blank: it says why. In a container without user ' +
        'namespaces add --no-sandbox to source.setupPage.browserArguments.',
    });
  }
}

async function loadPlaywright(load: () => Promise<Playwright>): Promise<Playwright> {
  try {
    return await load();
  } catch (error) {
    const code = errorCode(error) ?? 'unknown error';
    const what = code === 'ERR_MODULE_NOT_FOUND' ? 'it is not installed' : code;
    throw new AuditError(`the source setup-page (experimental) needs playwright-core: ${what}`, { remedy: INSTALL });
  }
}

async function refuseMissing(path: string): Promise<void> {
  try {
    await access(path, constants.X_OK);
  } catch (error) {
    const code = errorCode(error);
    const what = code === 'ENOENT' ? 'there is no such program' : `it cannot be run (${code ?? 'unknown error'})`;
    throw new AuditError(`the source setup-page (experimental) needs a browser; ${path}: ${what}`, { remedy: INSTALL });
  }
}

/**
 * Does one thing with the browser. Nothing that playwright-core throws goes further: its messages quote addresses of
 * pages, and the one that signs in is a secret.
 * @throws AuditError, or the reason of `signal`
 */
export async function withBrowser<T>(doing: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AuditError) throw error;
    throw new AuditError(`${doing} failed: ${browserCode(error)}`, {
      remedy: 'Run again. If it stays so, see https://status.salesforce.com and the network of this machine.',
    });
  }
}

/** A word for what went wrong; never the message. */
function browserCode(error: unknown): string {
  if (!Error.isError(error)) return 'unknown error';
  const stated = /net::(ERR_[A-Z_]+)/.exec(error.message)?.[1];
  if (stated !== undefined) return stated;
  if (error.name === 'TimeoutError') return 'it took too long';
  if (/has been closed|crashed/i.test(error.message)) return 'the browser ended';
  return errorCode(error) ?? error.name;
}
