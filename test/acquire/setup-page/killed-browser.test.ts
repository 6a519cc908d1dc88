import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, jest } from '@jest/globals';
import { launchBrowser } from '../../../src/acquire/setup-page/browser.ts';
import { withSpool } from '../../../src/support/spool.ts';
import { describeWithChromium, LOOPBACK_ONLY } from '../../support/chromium.ts';

jest.setTimeout(90_000);

const HANGING = fileURLToPath(new URL('./hanging-browser.ts', import.meta.url));
const COOKIE = 'sid=c00kie-of-the-session';

async function open() {
  await using parts = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tls-audit-killed-'));
  parts.defer(() => rm(folder, { recursive: true, maxRetries: 3 }));
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': `${COOKIE}; Path=/; Max-Age=9999` }).end('hi');
  }).listen(0, '127.0.0.1');
  parts.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const owned = parts.move();
  return {
    folder,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Processes with the folder in their command line: the browser names its profile to all of its own. */
async function processesOf(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(folder) && !line.includes(HANGING));
}

/** What of the browser lies in the folder; its HOME is there as well. */
async function kept(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('tls-audit-')).sort();
}

describeWithChromium('what the browser leaves', () => {
  it('is nothing when it is closed', async () => {
    await using stage = await open();
    const { folder: spoolFolder } = stage;
    const { PATH = '' } = process.env;
    const running = await launchBrowser(
      { browserPath: '/usr/bin/chromium', browserArguments: [LOOPBACK_ONLY], pageTimeoutMs: 60_000 },
      { browserEnvironment: { PATH, HOME: spoolFolder }, spoolFolder },
    );
    expect(await kept(spoolFolder)).toHaveLength(1);
    expect((await processesOf(spoolFolder)).length).toBeGreaterThan(0);
    await Promise.all([running.close(), running.close()]);
    expect(await kept(spoolFolder)).toEqual([]);
    // Of the HOME: its reports of crashes would lie there.
    expect(await readdir(spoolFolder)).not.toContain('.config');
    expect(await processesOf(spoolFolder)).toEqual([]);
  });

  it('behind a worker that is killed ends by itself, holds no session, and goes with the next run', async () => {
    await using stage = await open();
    const { folder } = stage;
    const worker = spawn(process.execPath, [HANGING, folder, stage.url, LOOPBACK_ONLY], {
      // There is no such folder: nothing can be kept there.
      env: { PATH: process.env['PATH'], TMPDIR: join(folder, 'elsewhere') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(worker.stdout, 'data');
    expect((await processesOf(folder)).length).toBeGreaterThan(0);
    worker.kill('SIGKILL');
    await once(worker, 'exit');

    const endsAt = performance.now() + 30_000;
    while ((await processesOf(folder)).length > 0) {
      if (performance.now() > endsAt) throw new Error(`still running: ${(await processesOf(folder)).join('\n')}`);
    }
    const [left = '', ...others] = await kept(folder);
    expect(others).toEqual([]);
    const files = (await readdir(join(folder, left), { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThan(0);
    for (const { parentPath, name } of files) {
      expect((await readFile(join(parentPath, name), 'latin1')).includes(COOKIE.slice(4))).toBe(false);
    }
    await withSpool(folder, async (spool) => {
      expect(await kept(folder)).toEqual([spool.split('/').at(-1)]);
    });
  });
});
