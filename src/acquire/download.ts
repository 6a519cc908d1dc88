import { AuditError } from '../support/errors.ts';
import { bodyOf, isHtml } from './exchange.ts';
import { answerFault, Fault, networkFault } from './fault.ts';
import { isSecureUrl } from './secure-url.ts';
import { refuseTooLarge } from './size-limit.ts';
import { writeSpoolFile, type SpooledBytes } from './spool-file.ts';
import type { Access } from './transport.ts';

const MAX_REDIRECTS = 5;
const MAX_ERROR_BYTES = 64 * 1024;

export interface Expectations {
  /** The known length of the file, decoded. */
  readonly expectedBytes?: number;
  /** Hex. */
  readonly expectedMd5?: string;
  readonly maxBytes: number;
}

export interface DownloadAttempt extends Expectations {
  readonly url: string;
  readonly access: Access;
  readonly destination: string;
  /** No answer, or no further byte, for this long ends the attempt. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
  readonly onHeaders: (headers: Headers) => void;
}

/**
 * Downloads a file once, whole or not at all. jsforce is not used here: its streams buffer the body in memory, hang when
 * it is cut and hand an error body over as data.
 * @throws Fault, AuditError for what no further try changes, or the reason of `signal`
 */
export async function downloadOnce(attempt: DownloadAttempt): Promise<SpooledBytes> {
  const watchdog = new Watchdog(attempt.stallMs);
  const signal = AbortSignal.any([attempt.signal, watchdog.signal]);
  try {
    const response = await watchdog.watch(follow(attempt, signal));
    try {
      refuseWrongAnswer(response, attempt);
      return await writeSpoolFile(attempt.destination, chunksOf(response, attempt, watchdog), (spooled) =>
        checkWhole(response, spooled, attempt),
      );
    } finally {
      // Ends the connection of an answer nobody reads to its end; one that was read is past cancelling.
      await response.body?.cancel().catch(() => undefined);
    }
  } catch (error) {
    attempt.signal.throwIfAborted();
    if (error instanceof AuditError) throw error;
    throw watchdog.signal.aborted ? watchdog.fault : networkFault(error);
  }
}

/** Aborts when one step takes too long; between steps (while the disk is written) no time runs. */
class Watchdog {
  readonly fault: Fault;
  readonly #controller = new AbortController();
  readonly #stallMs: number;

  constructor(stallMs: number) {
    this.#stallMs = stallMs;
    this.fault = new Fault('STALLED', `nothing arrived for ${stallMs} ms`, { transient: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  async watch<T>(step: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#controller.abort(this.fault), this.#stallMs);
    try {
      return await step;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Follows redirects by hand: the token goes to the org's own origin and nowhere else. */
async function follow(attempt: DownloadAttempt, signal: AbortSignal): Promise<Response> {
  const home = new URL(attempt.access.instanceUrl).origin;
  let url = new URL(attempt.url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const atHome = url.origin === home;
    const response = await fetch(url.href, {
      // An encoded body hides its length; a server that encodes it nevertheless is understood.
      headers: { 'accept-encoding': 'identity', ...(atHome ? authorization(attempt.access) : {}) },
      redirect: 'manual',
      signal,
    });
    if (atHome) attempt.onHeaders(response.headers);
    if (response.ok) return response;
    if (![301, 302, 303, 307, 308].includes(response.status)) {
      const fault = answerFault(response.status, response.headers, await readStart(response));
      throw atHome || !fault.expired ? fault : new Fault(fault.code, fault.description, { status: response.status });
    }
    await response.body?.cancel();
    url = targetOf(response, url);
  }
  throw new Fault('TOO_MANY_REDIRECTS', `more than ${MAX_REDIRECTS}`);
}

function authorization(access: Access): { authorization: string } {
  return { authorization: `Bearer ${access.accessToken}` };
}

function targetOf(response: Response, from: URL): URL {
  const location = response.headers.get('location') ?? '';
  if (location === '' || !URL.canParse(location, from.href))
    throw new Fault('BAD_REDIRECT', 'a redirect that says not where to');
  const target = new URL(location, from);
  if (!isSecureUrl(target))
    throw new Fault('BAD_REDIRECT', `a redirect to ${target.protocol}//${target.host}, expected https`);
  return target;
}

/** The start of an error answer is enough: what it means stands in the first object. */
async function readStart(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of bodyOf(response) ?? []) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refuseWrongAnswer(response: Response, { expectedBytes, maxBytes }: DownloadAttempt): void {
  const { status, headers } = response;
  if (isHtml(headers)) throw new Fault('HTML_INSTEAD_OF_FILE', 'HTML instead of a file', { status });
  if (status !== 200 && !(status === 204 && expectedBytes === 0)) {
    throw new Fault(`HTTP_${status}`, 'not the whole file', { status });
  }
  const stated = statedLength(headers);
  refuseTooLarge('a file', Math.max(stated ?? 0, expectedBytes ?? 0), maxBytes);
  if (stated !== undefined && expectedBytes !== undefined && stated !== expectedBytes) {
    throw wrongLength(stated, expectedBytes);
  }
}

/** Content-Length counts the bytes on the wire: it is the file's length only where nothing encoded them. */
function statedLength(headers: Headers): number | undefined {
  const encoding = headers.get('content-encoding') ?? 'identity';
  const length = headers.get('content-length') ?? '';
  return encoding === 'identity' && /^\d+$/.test(length) ? Number(length) : undefined;
}

async function* chunksOf(response: Response, attempt: DownloadAttempt, watchdog: Watchdog): AsyncGenerator<Uint8Array> {
  const reader = bodyOf(response)?.getReader();
  if (reader === undefined) return;
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await watchdog.watch(reader.read());
      if (done) return;
      bytes += value.byteLength;
      refuseTooLarge('a file', bytes, attempt.maxBytes);
      if (attempt.expectedBytes !== undefined && bytes > attempt.expectedBytes) {
        throw wrongLength(bytes, attempt.expectedBytes);
      }
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}

function checkWhole(response: Response, spooled: SpooledBytes, attempt: DownloadAttempt): void {
  const { headers } = response;
  const expected = attempt.expectedBytes ?? statedLength(headers);
  if (expected !== undefined && spooled.bytes !== expected) throw wrongLength(spooled.bytes, expected);
  // A body that only ends with its connection looks the same when it is cut (RFC 9112 section 8).
  if (expected === undefined && !headers.has('content-length') && !headers.has('transfer-encoding')) {
    throw new Fault('LENGTH_UNKNOWN', 'nothing says how long the file is, so it may have been cut');
  }
  if (attempt.expectedMd5 !== undefined && spooled.md5 !== attempt.expectedMd5.toLowerCase()) {
    throw new Fault('WRONG_CHECKSUM', `MD5 ${spooled.md5}, expected ${attempt.expectedMd5.toLowerCase()}`, {
      transient: true,
    });
  }
}

function wrongLength(found: number, expected: number): Fault {
  return new Fault('WRONG_LENGTH', `${found} bytes, expected ${expected}`, { transient: true });
}
