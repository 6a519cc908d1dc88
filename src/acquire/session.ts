import { z } from 'zod';
import type { Clock } from '../model/ports.ts';
import { UsageError } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';
import { rememberSecret } from '../support/secrets.ts';
import { AnswerFacts, type ApiUsage } from './answer-facts.ts';
import { AuthorizedCalls } from './authorized-calls.ts';
import { downloadOnce, type Expectations } from './download.ts';
import { exchange } from './exchange.ts';
import { queryPages } from './query-pages.ts';
import { readShape } from './record-shape.ts';
import { DEFAULT_RETRY, type RetryPolicy } from './retry.ts';
import { isSecureUrl } from './secure-url.ts';
import { prepareSignIn, type SignInOptions } from './sign-in.ts';
import type { SpooledBytes } from './spool-file.ts';
import { createConnection } from './transport.ts';

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
  const calls = new AuthorizedCalls(await signIn(signal), signIn, context.logger);
  return new SalesforceSession(options, { retry, calls, facts: new AnswerFacts(context) });
}

const frontdoorSchema = z.object({
  frontdoor_uri: z.string().refine((address) => URL.canParse(address) && isSecureUrl(new URL(address))),
});

class SalesforceSession implements Session {
  readonly #options: SessionOptions;
  readonly #retry: RetryPolicy;
  readonly #calls: AuthorizedCalls;
  readonly #facts: AnswerFacts;

  constructor(
    options: SessionOptions,
    {
      retry,
      calls,
      facts,
    }: { readonly retry: RetryPolicy; readonly calls: AuthorizedCalls; readonly facts: AnswerFacts },
  ) {
    this.#options = options;
    this.#retry = retry;
    this.#calls = calls;
    this.#facts = facts;
  }

  get host(): string {
    return this.#calls.host;
  }

  get apiUsage(): ApiUsage | undefined {
    return this.#facts.apiUsage;
  }

  get clockDifferenceMs(): number | undefined {
    return this.#facts.clockDifferenceMs;
  }

  async query<Shape>(soql: string, record: z.ZodType<Shape>, signal: AbortSignal): Promise<Shape[]> {
    const found: Shape[][] = [];
    for await (const page of this.pages(soql, record, signal)) found.push(page);
    return found.flat();
  }

  pages<Shape>(
    soql: string,
    record: z.ZodType<Shape>,
    signal: AbortSignal,
    largestPage?: number,
  ): AsyncGenerator<Shape[], void, undefined> {
    const object = /\bFROM\s+(\w+)/i.exec(soql)?.[1] ?? 'records';
    const doing = `querying ${object} at ${this.host}`;
    // REST API Developer Guide, "Query Options Header".
    const headers = largestPage === undefined ? {} : { 'Sforce-Query-Options': `batchSize=${largestPage}` };
    const first = this.#dataPath(`/query?q=${encodeURIComponent(soql)}`);
    return queryPages(first, record, { doing, get: (path) => this.#get(path, headers, doing, signal) });
  }

  async get<Shape>(path: string, shape: z.ZodType<Shape>, signal: AbortSignal): Promise<Shape> {
    const resource = this.#resource(path);
    const doing = `asking for ${resource} at ${this.host}`;
    return readShape(shape, await this.#get(resource, {}, doing, signal), doing);
  }

  async download(path: string, destination: string, options: DownloadOptions): Promise<SpooledBytes> {
    const { signal, totalMs, ...expectations } = options;
    const retry = { ...this.#retry, ...(totalMs === undefined ? {} : { totalMs }) };
    const resource = this.#resource(path);
    return this.#calls.call(`downloading ${path} from ${this.host}`, { signal, retry }, (access, attemptSignal) =>
      downloadOnce({
        ...expectations,
        name: path,
        url: access.instanceUrl + resource,
        access,
        destination,
        stallMs: this.#options.timeoutMs,
        signal: attemptSignal,
        onHeaders: (headers) => this.#facts.note(headers),
      }),
    );
  }

  async frontdoorUrl(path: string, signal: AbortSignal): Promise<string> {
    const doing = `asking for a browser session at ${this.host}`;
    const { body } = await this.#calls.call(doing, { signal, retry: this.#retry }, (access, attemptSignal) =>
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
    const address = readShape(frontdoorSchema, parseJson(body), doing).frontdoor_uri;
    for (const secret of [address, ...secretPartsOf(address)]) rememberSecret(secret);
    return address;
  }

  close(): Promise<void> {
    this.#calls.close();
    return Promise.resolve();
  }

  #resource(path: string): string {
    return path.startsWith('/services/') ? path : this.#dataPath(path);
  }

  #dataPath(resource: string): string {
    return `/services/data/v${this.#options.apiVersion}${resource}`;
  }

  #get(path: string, headers: Readonly<Record<string, string>>, doing: string, signal: AbortSignal): Promise<unknown> {
    return this.#calls.call(doing, { signal, retry: this.#retry }, async (access, attemptSignal) => {
      const connection = createConnection(access, this.#options.apiVersion, {
        timeoutMs: this.#options.timeoutMs,
        signal: attemptSignal,
        onHeaders: (answered) => this.#facts.note(answered),
      });
      return await connection.request({ method: 'GET', url: path, headers: { ...headers } });
    });
  }
}

/** The path it leads to is none. */
function secretPartsOf(address: string): string[] {
  return [...new URL(address).searchParams.values()].filter((value) => !value.startsWith('/') && !URL.canParse(value));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
