import { PassThrough, type Duplex } from 'node:stream';
import { Connection, OAuth2 } from 'jsforce/lib/core.js';
import { Transport } from 'jsforce/lib/transport.js';
import { exchange, type ExchangeOptions } from './exchange.ts';

/** What jsforce hands to a transport, as far as this program makes it. */
type TransportRequest = Parameters<Transport['httpRequest']>[0];

/** A signed-in state: the token and the org's own host. */
export interface Access {
  readonly accessToken: string;
  /** Origin only. */
  readonly instanceUrl: string;
}

/**
 * The network beneath jsforce. jsforce's own transport sends the token along when it follows a redirect, times out
 * after 30 minutes, ignores abort signals, waits for ever when a body is cut and quotes bodies in its errors; this one
 * does none of that, and takes no proxy or log setting from the environment.
 */
class FetchTransport extends Transport {
  readonly #options: ExchangeOptions;

  constructor(options: ExchangeOptions) {
    super();
    this.#options = options;
  }

  override getRequestStreamCreator(): (request: TransportRequest) => Duplex {
    return ({ method, url, headers, body }) => {
      const stream = new PassThrough();
      const request = { method, url, headers: headers ?? {}, ...(typeof body === 'string' ? { body } : {}) };
      exchange(request, this.#options).then(
        (answer) => stream.emit('complete', answer),
        (error: unknown) => stream.emit('error', error),
      );
      return stream;
    };
  }
}

/** A jsforce connection for one call: it renews nothing and logs nothing. */
export function createConnection(access: Access, apiVersion: string, options: ExchangeOptions): Connection {
  const connection = new Connection({ ...access, version: apiVersion, logLevel: 'NONE' });
  connection._transport = new FetchTransport(options);
  return connection;
}

export function createOAuth2(
  config: { readonly loginUrl: string; readonly clientId?: string; readonly clientSecret?: string },
  options: ExchangeOptions,
): OAuth2 {
  const oauth2 = new OAuth2(config);
  oauth2._transport = new FetchTransport(options);
  return oauth2;
}
