import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type HealthStatus, serveHealth } from '../../src/health/health.ts';
import { healthPages } from '../../src/health/health-pages.ts';
import { type Nightly, openNightly } from '../nights/nightly.ts';

const STATUS: HealthStatus = {
  status: 'ok',
  version: '0.1.0',
  startedAt: '2026-11-22T00:00:00.000Z',
  jobs: [],
  chores: [],
};

let nightly: Nightly;
beforeEach(() => {
  nightly = openNightly('2026-11-22T05:30:00Z');
});
afterEach(() => nightly[Symbol.dispose]());

async function withHealth<T>(
  status: HealthStatus['status'],
  work: (ask: (path: string, method?: string) => Promise<[number, string]>) => Promise<T>,
): Promise<T> {
  const pages = healthPages(nightly.settings, { now: () => new Date(nightly.nowMs) });
  const server = await serveHealth({ host: '127.0.0.1', port: 0 }, () => ({ ...STATUS, status }), pages);
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await work(async (path, method = 'GET') => {
      const response = await fetch(`${base}${path}`, { method });
      return [response.status, await response.text()];
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('the health port', () => {
  it('tells by its status whether the worker lives and is ready, after a real run', async () => {
    nightly.putLog('2026-11-21');
    await nightly.run();
    await withHealth('ok', async (ask) => {
      expect((await ask('/healthz'))[0]).toBe(200);
      expect(await ask('/readyz')).toEqual([200, '{"ready":true,"reasons":[]}\n']);
      expect((await ask('/readyz?verbose', 'HEAD'))[0]).toBe(200);
      const [status, metrics] = await ask('/metrics');
      expect(status).toBe(200);
      expect(metrics).toContain('tls_audit_last_result_deliveries{job="outbound-audit",protocol="plaintext"} 1');
      expect(metrics).not.toMatch(/acme|@/);
      nightly.nowMs += 3 * 86_400_000;
      expect((await ask('/readyz'))[0]).toBe(503);
      // It lives all the same: a restart would not help.
      expect((await ask('/healthz'))[0]).toBe(200);
    });
  });

  it('answers 503 while the worker stops, and where the history cannot be read', async () => {
    writeFileSync(nightly.historyPath, 'no database at all\n'.repeat(300));
    await withHealth('stopping', async (ask) => {
      expect((await ask('/healthz'))[0]).toBe(503);
      for (const path of ['/readyz', '/metrics']) {
        expect(await ask(path)).toEqual([503, expect.stringContaining('is not an SQLite database')]);
      }
    });
  });

  it('knows nothing else, and takes no orders', async () => {
    await withHealth('ok', async (ask) => {
      for (const path of ['/', '/healthz/', '/constructor', '/../history.db']) expect((await ask(path))[0]).toBe(404);
      for (const method of ['POST', 'DELETE']) expect((await ask('/healthz', method))[0]).toBe(404);
    });
  });
});
