import type { Readable } from 'node:stream';
import { AuditError } from '../support/errors.ts';
import { isHtml } from './exchange.ts';
import { answerFault, Fault, networkFault } from './fault.ts';
import { collectGarbage } from './garbage.ts';
import { httpGet, type StreamedAnswer } from './http-get.ts';
import { isSecureUrl } from './secure-url.ts';
import { refuseTooLarge } from './size-limit.ts';
import { writeSpoolFile, type SpooledBytes } from './spool-file.ts';
import type { Access } from './transport.ts';

const MAX_REDIRECTS = 5;
const MAX_ERROR_BYTES = 64 * 1024;
const COLLECT_EVERY_BYTES = 2 * 1024 * 1024;

export interface Expectations {
  /** The known length of the file, decoded. */
  readonly expectedBytes?: number;
  /** Hex. */
  readonly expectedMd5?: string;
  readonly maxBytes: number;
}

export interface DownloadAttempt extends Expectations {
  /** What people call it. */
  readonly name: string;
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
    const answer = await watchdog.watch(follow(attempt, signal));
    try {
      refuseWrongAnswer(answer, attempt);
      return await writeSpoolFile(attempt.destination, chunksOf(answer, attempt, watchdog), (spooled) =>
        checkWhole(answer, spooled, attempt),
      );
    } finally {
      // Ends the connection of an answer nobody reads to its end; one that was read is past it.
      answer.body.destroy();
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
async function follow(attempt: DownloadAttempt, signal: AbortSignal): Promise<StreamedAnswer> {
  const home = new URL(attempt.access.instanceUrl).origin;
  let url = new URL(attempt.url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const atHome = url.origin === home;
    const answer = await httpGet(url, {
      // An encoded body hides its length; a server that encodes it nevertheless is understood.
      headers: { 'accept-encoding': 'identity', ...(atHome ? authorization(attempt.access) : {}) },
      signal,
    });
    if (atHome) attempt.onHeaders(answer.headers);
    if (answer.status >= 200 && answer.status < 300) return answer;
    if (![301, 302, 303, 307, 308].includes(answer.status)) {
      const fault = answerFault(answer.status, answer.headers, await readStart(answer));
      // What the codes of another host mean to a sign-in at the org is nothing to go by.
      throw atHome || fault.transient ? fault : elsewhereFault(url, answer.status);
    }
    answer.body.destroy();
    url = targetOf(answer, url);
  }
  throw new Fault('TOO_MANY_REDIRECTS', `more than ${MAX_REDIRECTS}`);
}

function elsewhereFault({ host }: URL, status: number): Fault {
  return new Fault('REDIRECT_REFUSED', `${host}, where the download leads to, answered ${status}`, { status });
}

function authorization(access: Access): { authorization: string } {
  return { authorization: `Bearer ${access.accessToken}` };
}

function targetOf({ headers }: StreamedAnswer, from: URL): URL {
  const location = headers.get('location') ?? '';
  if (location === '' || !URL.canParse(location, from.href))
    throw new Fault('BAD_REDIRECT', 'a redirect that says not where to');
  const target = new URL(location, from);
  if (!isSecureUrl(target))
    throw new Fault('BAD_REDIRECT', `a redirect to ${target.protocol}//${target.host}, expected https`);
  return target;
}

/** The start of an error answer is enough: what it means stands in the first object. */
async function readStart({ body }: StreamedAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunksOfStream(body)) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The body as what it is: the types of Node leave its chunks open. */
function chunksOfStream(body: Readable): AsyncIterable<Uint8Array> {
  return body;
}

function refuseWrongAnswer(
  { status, headers }: StreamedAnswer,
  { name, expectedBytes, maxBytes }: DownloadAttempt,
): void {
  // A page that asks for patience goes by itself.
  if (isHtml(headers)) throw new Fault('HTML_INSTEAD_OF_FILE', 'HTML instead of a file', { status, transient: true });
  if (status !== 200 && !(status === 204 && expectedBytes === 0)) {
    throw new Fault(`HTTP_${status}`, 'not the whole file', { status });
  }
  const stated = statedLength(headers);
  refuseTooLarge(name, Math.max(stated ?? 0, expectedBytes ?? 0), maxBytes);
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

async function* chunksOf(
  { body }: StreamedAnswer,
  attempt: DownloadAttempt,
  watchdog: Watchdog,
): AsyncGenerator<Uint8Array> {
  const chunks = chunksOfStream(body)[Symbol.asyncIterator]();
  let bytes = 0;
  let uncollected = 0;
  for (;;) {
    const next = await watchdog.watch(chunks.next());
    if (next.done === true) return;
    const { value } = next;
    bytes += value.byteLength;
    refuseTooLarge(attempt.name, bytes, attempt.maxBytes);
    if (attempt.expectedBytes !== undefined && bytes > attempt.expectedBytes) {
      throw wrongLength(bytes, attempt.expectedBytes);
    }
    yield value;
    uncollected += value.byteLength;
    if (uncollected < COLLECT_EVERY_BYTES) continue;
    uncollected = 0;
    collectGarbage();
  }
}

function checkWhole({ headers }: StreamedAnswer, spooled: SpooledBytes, attempt: DownloadAttempt): void {
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
