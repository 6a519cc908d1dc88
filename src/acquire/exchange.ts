import { answerFault, Fault, networkFault } from './fault.ts';

/** 2,000 records with long text fields stay far below it; it only keeps a rogue answer from filling memory. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ExchangeOptions {
  /** For the whole exchange, body included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Sees the headers of every answer, also of errors. */
  readonly onHeaders?: (headers: Headers) => void;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * One small HTTP exchange, body in memory. Follows no redirect: what is sent here carries a token or a secret.
 * @throws Fault for everything but a 2xx answer that is no HTML page; the reason of `signal` when it aborts
 */
export async function exchange(request: HttpRequest, options: ExchangeOptions): Promise<HttpAnswer> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: { ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: 'manual',
      signal: AbortSignal.any([options.signal, timeout]),
    });
    options.onHeaders?.(response.headers);
    const body = await readBody(response);
    if (response.status >= 300 && response.status < 400) throw redirectFault(request.url, response);
    if (!response.ok) throw answerFault(response.status, response.headers, body);
    if (isHtml(response.headers)) {
      throw new Fault('HTML_ANSWER', 'a web page instead of data', { status: response.status });
    }
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), body };
  } catch (error) {
    options.signal.throwIfAborted();
    if (timeout.aborted)
      throw new Fault('TIMEOUT', `no whole answer within ${options.timeoutMs} ms`, { transient: true });
    throw networkFault(error);
  }
}

export function isHtml(headers: Headers): boolean {
  return /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(headers.get('content-type') ?? '');
}

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of bodyOf(response) ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new Fault('ANSWER_TOO_LARGE', `more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The body as what it is: the types of Node leave its chunks open. */
function bodyOf(response: Response): ReadableStream<Uint8Array> | null {
  return response.body;
}

function redirectFault(from: string, response: Response): Fault {
  const location = response.headers.get('location') ?? '';
  const target = URL.canParse(location, from) ? new URL(location, from).host : 'an unreadable location';
  return new Fault('REDIRECTED', `the host sends callers on to ${target}`, { status: response.status });
}
