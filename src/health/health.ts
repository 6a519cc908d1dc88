import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { AuditError, messageOf } from '../support/errors.ts';

/** What the worker says of itself: no addresses, no domains. */
export interface HealthStatus {
  readonly status: 'ok' | 'stopping';
  readonly version: string;
  readonly startedAt: string;
  readonly jobs: readonly HealthLine[];
  readonly chores: readonly HealthLine[];
}

interface HealthLine {
  readonly name: string;
  readonly running: boolean;
  /** ISO 8601, UTC; null where none is planned or was finished. */
  readonly nextRunAt: string | null;
  readonly lastFinishedAt: string | null;
  readonly lastOutcome: string | null;
}

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Serves `GET /healthz`: 200 while the worker works, 503 while it stops; and the given pages by their path.
 * @throws AuditError where the port cannot be opened.
 */
export async function serveHealth(
  address: { readonly host: string; readonly port: number },
  status: () => HealthStatus,
  pages: Readonly<Record<string, (status: HealthStatus) => Page>> = {},
): Promise<Server> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '';
    const page = path === '/healthz' ? healthPage : Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (page === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
      send(response, { status: 404, type: 'text/plain', body: 'not found\n' });
      return;
    }
    try {
      send(response, page(status()));
    } catch (error) {
      send(response, { status: 503, type: 'text/plain', body: `${messageOf(error)}\n` });
    }
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

function healthPage(status: HealthStatus): Page {
  const body = `${JSON.stringify(status)}\n`;
  return { status: status.status === 'ok' ? 200 : 503, type: 'application/json', body };
}

function send(response: ServerResponse, { status, type, body }: Page): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
