import { z } from 'zod';
import type { Clock } from '../model/ports.ts';
import { AuditError, UsageError } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';
import { downloadOnce, type Expectations } from './download.ts';
import { exchange } from './exchange.ts';
import { Fault } from './fault.ts';
import { DEFAULT_RETRY, withRetries, type RetryPolicy } from './retry.ts';
import { explain } from './salesforce-errors.ts';
import { isSecureUrl } from './secure-url.ts';
import { prepareSignIn, type SignIn, type SignInOptions } from './sign-in.ts';
import type { SpooledBytes } from './spool-file.ts';
import { createConnection, type Access } from './transport.ts';

export interface SessionOptions extends SignInOptions {
  /** `65.0` */
  readonly apiVersion: string;
}

export interface SessionContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** What differs from the default; tests pass short delays. */
  readonly retry?: Partial<RetryPolicy>;
}

export interface DownloadOptions extends Expectations {
  readonly signal: AbortSignal;
  /** For all tries together. */
  readonly totalMs?: number;
}

/** API requests of the last 24 hours, as Salesforce states them with every answer. */
interface ApiUsage {
  readonly used: number;
  readonly limit: number;
}

/** A signed-in session with one org. It renews an expired token once per call, and passes nothing but AuditErrors. */
export interface Session {
  /** Host of the org. */
  readonly host: string;
  readonly apiUsage: ApiUsage | undefined;
  /** How far the clock of Salesforce is ahead of this machine's, by the newest answer that tells the time. */
  readonly clockDifferenceMs: number | undefined;
  /** Every record of every page, each checked against the schema. */
  query<Shape>(soql: string, record: z.ZodType<Shape>, signal: AbortSignal): Promise<Shape[]>;
  /**
   * The same, a page at a time, so that memory does not grow with the records.
   * @param largestPage records of one page at most; Salesforce takes 200 to 2,000 and may send fewer
   */
  pages<Shape>(
    soql: string,
    record: z.ZodType<Shape>,
    signal: AbortSignal,
    largestPage?: number,
  ): AsyncGenerator<Shape[], void, undefined>;
  /** One resource of the REST API, checked against the schema. `path` as for `download`. */
  get<Shape>(path: string, shape: z.ZodType<Shape>, signal: AbortSignal): Promise<Shape>;
  /**
   * Downloads to `destination`, whole or not at all.
   * @param path below `/services/data/vXX.X`, or from `/services/` on
   */
  download(path: string, destination: string, options: DownloadOptions): Promise<SpooledBytes>;
  /**
   * The address that signs a browser in, once and within a minute, and leads to the path: a secret. Salesforce Help,
   * "Generate a Frontdoor URL to Bridge into UI Sessions"; in this form in Salesforce's own Mobile SDK.
   */
  frontdoorUrl(path: string, signal: AbortSignal): Promise<string>;
  /** Abandons what is under way. */
  close(): Promise<void>;
}

const USAGE_WARNING_SHARE = 0.9;

/**
 * Signs in.
 * @throws UsageError for settings that cannot work, AuditError with Salesforce's own code for a refused sign-in
 */
export async function openSession(
  options: SessionOptions,
  context: SessionContext,
  signal: AbortSignal,
): Promise<Session> {
  if (!/^\d{2,3}\.0$/.test(options.apiVersion)) {
    throw new UsageError(`salesforce.apiVersion is "${options.apiVersion}", expected a version such as 65.0`);
  }
  const retry = { ...DEFAULT_RETRY, ...context.retry };
  const signIn = prepareSignIn(options, { ...context, retry });
  return new SalesforceSession(options, { ...context, retry }, signIn, await signIn(signal));
}

const pageSchema = z.object({
  totalSize: z.int().min(0),
  done: z.boolean(),
  records: z.array(z.unknown()),
  // A path and nothing else: the token goes where this points to.
  nextRecordsUrl: z
    .string()
    .regex(/^\/services\/data\/[\w./-]+$/)
    .optional(),
});

const frontdoorSchema = z.object({
  frontdoor_uri: z.string().refine((address) => URL.canParse(address) && isSecureUrl(new URL(address))),
});

class SalesforceSession implements Session {
  readonly #options: SessionOptions;
  readonly #context: SessionContext & { readonly retry: RetryPolicy };
  readonly #signIn: SignIn;
  readonly #closed = new AbortController();
  #access: Access;
  #renewal: Promise<Access> | undefined;
  #apiUsage: ApiUsage | undefined;
  #clockDifferenceMs: number | undefined;

  constructor(
    options: SessionOptions,
    context: SessionContext & { readonly retry: RetryPolicy },
    signIn: SignIn,
    access: Access,
  ) {
    this.#options = options;
    this.#context = context;
    this.#signIn = signIn;
    this.#access = access;
  }

  get host(): string {
    return new URL(this.#access.instanceUrl).host;
  }

  get apiUsage(): ApiUsage | undefined {
    return this.#apiUsage;
  }

  get clockDifferenceMs(): number | undefined {
    return this.#clockDifferenceMs;
  }

  async query<Shape>(soql: string, record: z.ZodType<Shape>, signal: AbortSignal): Promise<Shape[]> {
    const found: Shape[][] = [];
    for await (const page of this.pages(soql, record, signal)) found.push(page);
    return found.flat();
  }

  async *pages<Shape>(
    soql: string,
    record: z.ZodType<Shape>,
    signal: AbortSignal,
    largestPage?: number,
  ): AsyncGenerator<Shape[], void, undefined> {
    const object = /\bFROM\s+(\w+)/i.exec(soql)?.[1] ?? 'records';
    const doing = `querying ${object} at ${this.host}`;
    // REST API Developer Guide, "Query Options Header".
    const headers = largestPage === undefined ? {} : { 'Sforce-Query-Options': `batchSize=${largestPage}` };
    const seen = new Set<string>();
    let found = 0;
    let next: string | undefined = this.#dataPath(`/query?q=${encodeURIComponent(soql)}`);
    while (next !== undefined) {
      seen.add(next);
      const answer = await this.#get(next, headers, doing, signal);
      const page: z.infer<typeof pageSchema> = readShape(pageSchema, answer, doing);
      found += page.records.length;
      next = page.done ? undefined : page.nextRecordsUrl;
      if (page.done ? found !== page.totalSize : next === undefined || seen.has(next)) {
        throw new AuditError(`${doing}: ${found} records came, Salesforce counted ${page.totalSize}`, {
          remedy: 'Run again: records may have been removed between two pages.',
        });
      }
      yield page.records.map((item) => readShape(record, item, doing));
    }
  }

  async get<Shape>(path: string, shape: z.ZodType<Shape>, signal: AbortSignal): Promise<Shape> {
    const resource = this.#resource(path);
    const doing = `asking for ${resource} at ${this.host}`;
    return readShape(shape, await this.#get(resource, {}, doing, signal), doing);
  }

  async download(path: string, destination: string, options: DownloadOptions): Promise<SpooledBytes> {
    const { signal, totalMs, ...expectations } = options;
    const retry = { ...this.#context.retry, ...(totalMs === undefined ? {} : { totalMs }) };
    const resource = this.#resource(path);
    return this.#call(`downloading ${resource} from ${this.host}`, { signal, retry }, (access, attemptSignal) =>
      downloadOnce({
        ...expectations,
        url: access.instanceUrl + resource,
        access,
        destination,
        stallMs: this.#options.timeoutMs,
        signal: attemptSignal,
        onHeaders: (headers) => this.#note(headers),
      }),
    );
  }

  async frontdoorUrl(path: string, signal: AbortSignal): Promise<string> {
    const doing = `asking for a browser session at ${this.host}`;
    const { body } = await this.#call(doing, { signal, retry: this.#context.retry }, (access, attemptSignal) =>
      exchange(
        {
          method: 'POST',
          url: `${access.instanceUrl}/services/oauth2/singleaccess`,
          headers: {
            authorization: `Bearer ${access.accessToken}`,
            'content-type': 'application/x-www-form-urlencoded',
          },
          body: new URLSearchParams({ redirect_uri: path }).toString(),
        },
        { timeoutMs: this.#options.timeoutMs, signal: attemptSignal },
      ),
    );
    return readShape(frontdoorSchema, parseJson(body), doing).frontdoor_uri;
  }

  close(): Promise<void> {
    this.#closed.abort(new AuditError('the Salesforce session was closed'));
    return Promise.resolve();
  }

  #resource(path: string): string {
    return path.startsWith('/services/') ? path : this.#dataPath(path);
  }

  #dataPath(resource: string): string {
    return `/services/data/v${this.#options.apiVersion}${resource}`;
  }

  #get(path: string, headers: Readonly<Record<string, string>>, doing: string, signal: AbortSignal): Promise<unknown> {
    return this.#call(doing, { signal, retry: this.#context.retry }, async (access, attemptSignal) => {
      const connection = createConnection(access, this.#options.apiVersion, {
        timeoutMs: this.#options.timeoutMs,
        signal: attemptSignal,
        onHeaders: (headers) => this.#note(headers),
      });
      return await connection.request({ method: 'GET', url: path, headers: { ...headers } });
    });
  }

  /** One call of the API: tried again while that can help, with one renewal of the token for each try. */
  async #call<T>(
    doing: string,
    options: { readonly signal: AbortSignal; readonly retry: RetryPolicy },
    attempt: (access: Access, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await withRetries((signal) => this.#authorized(attempt, signal), options.retry, {
        signal: AbortSignal.any([options.signal, this.#closed.signal]),
        onRetry: (fault, delayMs) =>
          this.#context.logger.warn('Salesforce did not deliver: trying again', { doing, code: fault.code, delayMs }),
      });
    } catch (error) {
      throw error instanceof Fault ? explain(error, doing) : error;
    }
  }

  async #authorized<T>(attempt: (access: Access, signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const access = this.#access;
    try {
      return await attempt(access, signal);
    } catch (error) {
      if (!(error instanceof Fault) || !error.expired) throw error;
      // A second refusal ends the call: a server that refuses every token is not asked for ever.
      return await attempt(await this.#renew(access, signal), signal);
    }
  }

  /** Calls that meet the expiry together share one sign-in; who comes late finds the new token. */
  async #renew(expired: Access, signal: AbortSignal): Promise<Access> {
    if (this.#access !== expired) return this.#access;
    this.#renewal ??= this.#signIn(this.#closed.signal)
      .then((access) => (this.#access = access))
      .finally(() => (this.#renewal = undefined));
    return await Promise.race([this.#renewal, rejectOnAbort(signal)]);
  }

  #note(headers: Headers): void {
    this.#noteUsage(headers);
    const date = Date.parse(headers.get('date') ?? '');
    if (!Number.isNaN(date)) this.#clockDifferenceMs = date - this.#context.clock.now().getTime();
  }

  #noteUsage(headers: Headers): void {
    const stated = /api-usage=(\d+)\/(\d+)/.exec(headers.get('sforce-limit-info') ?? '');
    if (stated === null) return;
    const usage = { used: Number(stated[1]), limit: Number(stated[2]) };
    const isScarce = (now: ApiUsage | undefined) => now !== undefined && now.used >= now.limit * USAGE_WARNING_SHARE;
    if (isScarce(usage) && !isScarce(this.#apiUsage)) {
      this.#context.logger.warn('the org has nearly used up its API requests of the last 24 hours', { ...usage });
    }
    this.#apiUsage = usage;
  }
}

/** Names the fields that are wrong, never their values. */
function readShape<Shape>(schema: z.ZodType<Shape>, value: unknown, doing: string): Shape {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const wrong = result.error.issues.map((issue) => issue.path.join('.') || 'the answer itself').join(', ');
  throw new AuditError(`${doing}: the answer has an unexpected shape in ${wrong}`, {
    remedy: 'Check salesforce.apiVersion, and that the user may read every field that is asked for.',
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Fault('ABORTED', 'abandoned')), { once: true });
  });
}
