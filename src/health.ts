import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { AuditError, messageOf } from './support/errors.ts';

/** What the worker says of itself: no addresses, no domains. */
export interface HealthStatus {
  readonly status: 'ok' | 'stopping';
  readonly version: string;
  readonly startedAt: string;
  readonly jobs: readonly {
    readonly name: string;
    readonly running: boolean;
    /** ISO 8601, UTC; null where none is planned or was finished. */
    readonly nextRunAt: string | null;
    readonly lastFinishedAt: string | null;
    readonly lastOutcome: string | null;
  }[];
}

/**
 * Serves `GET /healthz`: 200 while the worker works, 503 while it stops.
 * @throws AuditError where the port cannot be opened.
 */
export async function serveHealth(
  address: { readonly host: string; readonly port: number },
  status: () => HealthStatus,
): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0];
    if (path !== '/healthz' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
      return;
    }
    const body = status();
    response
      .writeHead(body.status === 'ok' ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      .end(`${JSON.stringify(body)}\n`);
  });
  server.listen(address.port, address.host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new AuditError(`opening the health port ${address.host}:${address.port} failed: ${messageOf(error)}`, {
      remedy: 'Is another worker running? Otherwise choose another health.port, or null for none.',
      cause: error,
    });
  }
  return server;
}
