import * as http from 'node:http';
import * as https from 'node:https';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Fault } from './fault.ts';

/** An answer whose body is still on its way; whoever gets it reads the body to its end or destroys it. */
export interface StreamedAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Decoded where the answer is encoded. Ends in an error where the connection ends early. */
  readonly body: Readable;
}

const DECODERS: ReadonlyMap<string, () => NodeJS.ReadWriteStream & Readable> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/**
 * A GET whose body streams. `fetch` is not used for large bodies: its streams keep whatever arrives while the disk is
 * slow, and a body of 1 GB took 200 MB of memory; here the socket waits (npm run bench:download).
 * @throws Fault for an encoding nobody asked for, whatever Node throws for the network, or the reason of `signal`
 */
export async function httpGet(
  url: URL,
  options: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
): Promise<StreamedAnswer> {
  const { get } = url.protocol === 'https:' ? https : http;
  const message = await new Promise<http.IncomingMessage>((resolve, reject) => {
    get(url, options, resolve).on('error', reject);
  });
  return { status: message.statusCode ?? 0, headers: headersOf(message), body: decoded(message) };
}

function headersOf(message: http.IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  return headers;
}

function decoded(message: http.IncomingMessage): Readable {
  const encoding = message.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return message;
  const decoder = DECODERS.get(encoding)?.();
  if (decoder === undefined) {
    message.destroy();
    throw new Fault('UNKNOWN_ENCODING', 'the answer is encoded in a way nobody asked for');
  }
  // Not `pipeline`: it hands an error over only when both streams have ended, and then under another name.
  message.on('error', (error) => decoder.destroy(error));
  // An error that comes before somebody reads is kept by the stream for whoever then does.
  decoder.on('error', () => undefined);
  decoder.on('close', () => message.destroy());
  return message.pipe(decoder);
}
