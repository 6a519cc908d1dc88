import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Responder = (response: ServerResponse, request: Received) => void;

export interface Step {
  /** `POST /services/oauth2/token`; a path without a query matches any query. */
  readonly expect: string;
  readonly respond: Responder;
}

/** An HTTP server that plays one script: requests out of order, beyond it or missing from it make `finish` throw. */
export class ScriptedServer {
  url = '';
  readonly received: Received[] = [];
  readonly #steps: Step[] = [];
  readonly #problems: string[] = [];
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  static async start(): Promise<ScriptedServer> {
    const scripted = new ScriptedServer();
    await new Promise<void>((resolve) => scripted.#server.listen(0, '127.0.0.1', resolve));
    scripted.url = `http://127.0.0.1:${(scripted.#server.address() as AddressInfo).port}`;
    return scripted;
  }

  expect(expect: string, respond: Responder): this {
    this.#steps.push({ expect, respond });
    return this;
  }

  async finish(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    const unused = this.#steps.map((step) => `never asked for: ${step.expect}`);
    const problems = [...this.#problems, ...unused];
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // The clock of a script is that of the test.
    response.sendDate = false;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    this.received.push(received);
    const step = this.#steps.shift();
    const line = `${received.method} ${received.url}`;
    if (step === undefined || (line !== step.expect && line.split('?')[0] !== step.expect)) {
      this.#problems.push(`expected ${step?.expect ?? 'no request'}, got ${line}`);
      response.writeHead(418).end();
      return;
    }
    step.respond(response, received);
  }
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Responder {
  return (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json;charset=UTF-8', ...headers })
      .end(JSON.stringify(value));
}

export function bytes(content: Buffer | string, headers: Record<string, string> = {}): Responder {
  return (response) =>
    response
      .writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': String(Buffer.byteLength(content)),
        ...headers,
      })
      .end(content);
}

export function status(code: number, headers: Record<string, string> = {}, body = ''): Responder {
  return (response) => response.writeHead(code, headers).end(body);
}
