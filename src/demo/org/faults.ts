import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

import type { Answer } from './answers.ts';
import { jsonAnswer, textAnswer } from './answers.ts';

/** What can go wrong, or merely differ, on the way of one answer. */
export type Fault =
  /** Another answer instead; a string body is sent as it is, anything else as JSON. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection ends after so many bytes of the announced body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Nothing more comes after so many bytes, and the connection stays open. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** The connection is reset before any answer. */
  | { readonly kind: 'reset' }
  /** A page with status 200 in place of the content, as maintenance and login pages are. */
  | { readonly kind: 'html' }
  /** A correct HTTP answer whose body lacks its last bytes: only the known size gives it away. */
  | { readonly kind: 'wrong-length'; readonly missingBytes?: number }
  /** The right length with one byte changed: only the checksum gives it away. */
  | { readonly kind: 'corrupt' }
  /** The same content with `Content-Encoding: gzip`. */
  | { readonly kind: 'gzip' }
  /** The same content without a length. */
  | { readonly kind: 'chunked' };

export interface PlannedFault {
  /** `path` is the request target as sent: path and query. */
  readonly match: (method: string, path: string) => boolean;
  /** How many matching requests it hits; 1 where left out, `Infinity` for all. */
  readonly times?: number;
  readonly fault: Fault;
}

interface Entry {
  readonly planned: PlannedFault;
  readonly times: number;
  hits: number;
}

/** The faults still to happen, first added first. */
export class Faults {
  readonly #entries: Entry[] = [];

  add(planned: PlannedFault): void {
    this.#entries.push({ planned, times: planned.times ?? 1, hits: 0 });
  }

  clear(): void {
    this.#entries.length = 0;
  }

  /** The fault this request meets, used up by one. */
  take(method: string, path: string): Fault | undefined {
    const entry = this.#entries.find(({ planned, times, hits }) => hits < times && planned.match(method, path));
    if (entry === undefined) return undefined;
    entry.hits += 1;
    return entry.planned.fault;
  }

  /** Faults that did not happen as often as planned; one for every request (`Infinity`) is used by the first. */
  unused(): Fault[] {
    return this.#entries
      .filter(({ times, hits }) => (times === Infinity ? hits === 0 : hits < times))
      .map(({ planned }) => planned.fault);
  }
}

const MAINTENANCE_PAGE =
  '<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body>Back soon.</body></html>\n';

/** Sends the answer, or what the fault makes of it; gives the status that went out, 0 where none did. */
export function sendAnswer(response: ServerResponse, answer: Answer, fault: Fault | undefined): number {
  switch (fault?.kind) {
    case undefined:
      return sendWhole(response, answer);
    case 'status':
      return sendWhole(response, replacement(answer, fault));
    case 'html':
      return sendWhole(response, replacement(answer, { kind: 'status', status: 200, body: MAINTENANCE_PAGE }));
    case 'wrong-length':
      return sendWhole(response, {
        ...answer,
        body: answer.body.subarray(0, Math.max(0, answer.body.length - (fault.missingBytes ?? 1))),
      });
    case 'corrupt':
      return sendWhole(response, { ...answer, body: withOneByteChanged(answer.body) });
    case 'gzip':
      return sendWhole(response, {
        ...answer,
        headers: { ...answer.headers, 'Content-Encoding': 'gzip' },
        body: gzipSync(answer.body),
      });
    case 'chunked':
      response.writeHead(answer.status, answer.headers);
      response.write(answer.body.subarray(0, 1));
      response.end(answer.body.subarray(1));
      return answer.status;
    case 'cut':
      sendPart(response, answer, fault.afterBytes);
      response.socket?.destroySoon();
      return answer.status;
    case 'stall':
      sendPart(response, answer, fault.afterBytes);
      return answer.status;
    case 'reset':
      response.socket?.resetAndDestroy();
      return 0;
  }
}

function sendWhole(response: ServerResponse, answer: Answer): number {
  response.writeHead(answer.status, { ...answer.headers, 'Content-Length': answer.body.length });
  response.end(answer.body);
  return answer.status;
}

function sendPart(response: ServerResponse, answer: Answer, bytes: number): void {
  response.writeHead(answer.status, { ...answer.headers, 'Content-Length': answer.body.length });
  response.flushHeaders();
  if (bytes > 0) response.write(answer.body.subarray(0, bytes));
}

function replacement(answer: Answer, fault: Extract<Fault, { kind: 'status' }>): Answer {
  const base =
    typeof fault.body === 'string' ? textAnswer(fault.status, fault.body) : jsonAnswer(fault.status, fault.body ?? []);
  // The replaced answer's own type goes; what every answer carries stays.
  return { ...base, headers: { ...answer.headers, ...base.headers, ...fault.headers } };
}

function withOneByteChanged(body: Buffer): Buffer {
  const changed = Buffer.from(body);
  const middle = Math.floor(changed.length / 2);
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  return changed;
}
