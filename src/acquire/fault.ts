import { errorCode } from './error-code.ts';
import { safeText } from './safe-text.ts';

const TRANSIENT_STATUSES = new Set([408, 429, 500, 502, 503, 504]);

/** Limits that another try only makes worse, whatever status they come with. */
const LIMIT_CODES = new Set(['REQUEST_LIMIT_EXCEEDED', 'rate_limit_exceeded']);

/** `ConcurrentRequests (Concurrent API Requests) Limit exceeded.` comes with the code of the day's limit, and passes. */
const TOO_MANY_AT_ONCE = /concurrent/i;

/** The token endpoint asks for another try with status 400: `unknown_error`, "retry your request". */
const RETRY_CODES = new Set(['unknown_error']);

/** 401 answers that a new token does not cure. */
const NOT_AN_EXPIRY = /not valid for use with the REST API|not attached to Agent/i;

const NETWORK_DESCRIPTIONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the host name could not be resolved right now',
  ECONNREFUSED: 'the host refused the connection',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection closed before the answer was complete',
  UND_ERR_CONNECT_TIMEOUT: 'the host did not accept the connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'the host did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped arriving',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer is not as long as it says',
};

/**
 * What went wrong in one HTTP exchange, in words that may be shown: never a body, a header, a token or an address. It
 * stays inside this room; `explain` turns it into what a person can act on.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  /** Salesforce's own error code, Node's network code, or one of this room (`STALLED`, `HTTP_503`, ...). */
  readonly code: string;
  readonly description: string;
  readonly status: number | undefined;
  /** Another try may succeed. */
  readonly transient: boolean;
  /** A new token may cure it. */
  readonly expired: boolean;
  /** The org answers no more requests for hours, whatever they ask for. */
  readonly usedUp: boolean;
  readonly retryAfterMs: number | undefined;
  /** How often the exchange was tried when this fault ended it. */
  tries = 1;

  constructor(
    code: string,
    description: string,
    facts: {
      status?: number;
      transient?: boolean;
      expired?: boolean;
      usedUp?: boolean;
      retryAfterMs?: number | undefined;
    } = {},
  ) {
    super(`${code}: ${description}`);
    this.code = code;
    this.description = description;
    this.status = facts.status;
    this.transient = facts.transient ?? false;
    this.expired = facts.expired ?? false;
    this.usedUp = facts.usedUp ?? false;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** The fault that an error answer states: `[{errorCode, message}]` (REST) or `{error, error_description}` (OAuth). */
export function answerFault(status: number, headers: Headers, body: string): Fault {
  const { code, description } = readErrorBody(body) ?? { code: `HTTP_${status}`, description: `HTTP status ${status}` };
  const isLimit = LIMIT_CODES.has(code) && !TOO_MANY_AT_ONCE.test(description);
  return new Fault(code, description, {
    status,
    transient: !isLimit && (TRANSIENT_STATUSES.has(status) || RETRY_CODES.has(code) || LIMIT_CODES.has(code)),
    usedUp: isLimit && code === 'REQUEST_LIMIT_EXCEEDED',
    expired: status === 401 && !NOT_AN_EXPIRY.test(description),
    retryAfterMs: readRetryAfter(headers),
  });
}

/** The fault behind whatever `fetch` or a body stream threw. */
export function networkFault(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const code = errorCode(error) ?? 'NETWORK_ERROR';
  const description = NETWORK_DESCRIPTIONS[code];
  if (description !== undefined) return new Fault(code, description, { transient: true });
  // zlib's: an encoded body that ends early, or is damaged, as the decoder sees it.
  if (/^Z_/.test(code)) return new Fault(code, 'the encoded answer is cut or damaged', { transient: true });
  if (/CERT|ISSUER|SIGNATURE|ERR_TLS|ERR_SSL/.test(code)) {
    return new Fault(code, 'the TLS certificate or the TLS connection of the host is not acceptable');
  }
  return new Fault(code, 'the connection failed', { transient: true });
}

function readErrorBody(body: string): { code: string; description: string } | undefined {
  const parsed = parseJson(body);
  const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (typeof first !== 'object' || first === null) return undefined;
  const code = 'errorCode' in first ? first.errorCode : 'error' in first ? first.error : undefined;
  const text = 'message' in first ? first.message : 'error_description' in first ? first.error_description : undefined;
  // A code is a word; anything else could be data.
  if (typeof code !== 'string' || !/^[A-Za-z][A-Za-z_]{1,60}$/.test(code)) return undefined;
  return { code, description: typeof text === 'string' ? safeText(text) : '' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** RFC 9110 section 10.2.3: seconds or a date. */
function readRetryAfter(headers: Headers): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
