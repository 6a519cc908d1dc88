import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sourceLabel } from '../model/report.ts';
import { nameWithoutPeople } from '../support/addresses.ts';
import { AuditError, messageOf } from '../support/errors.ts';
import { withSpool } from '../support/spool.ts';
import { logEntriesOf } from './archive.ts';
import { gunzipped } from './gunzip.ts';

/** Small enough for the processor's cache, which csv-parse goes through byte by byte. */
const CHUNK_BYTES = 64 * 1024;

/** A log file as a person names it: a path, or standard input. */
export type LogInput = { readonly path: string; readonly name?: string } | { readonly stdin: Readable };

/** One CSV text inside an input: the whole of it, or an entry of an archive. */
export interface LogText {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface OpenedLog {
  /** The file's name without its folder; `-` for standard input. */
  readonly name: string;
  texts(): AsyncIterable<LogText>;
  /** Entries of an archive that are no log files and were not read; complete once every text was read. */
  readonly passedOver: readonly string[];
  /** SHA-256 (hex) of the bytes as given; asked once, after the texts were read. */
  sha256(): Promise<string>;
}

/** The name that stands in reports: of the file without its folder, with nobody's address in it; `-` for standard input. */
export function inputName(input: LogInput): string {
  return 'path' in input ? nameWithoutPeople(input.name ?? basename(input.path)) : '-';
}

/**
 * Opens a log file whatever it is packed in: .csv, .csv.gz or .zip, told by its first bytes and not by its name.
 * `onBytes` hears of the bytes as they are read, before decompression.
 * @throws AuditError where the file cannot be opened, is empty, or its compression is damaged.
 */
export async function withLog<T>(
  input: LogInput,
  onBytes: (bytes: number) => void,
  use: (log: OpenedLog) => Promise<T>,
): Promise<T> {
  if ('stdin' in input) return withStream(input.stdin, '-', onBytes, use);
  const name = inputName(input);
  if (await isStream(input.path, name)) return withStream(createReadStream(input.path), name, onBytes, use);
  return use(await openFile(input.path, name, onBytes));
}

/** A stream is spooled: only the end of a .zip says what is in it, and a stream can be read only once. */
async function withStream<T>(
  stream: Readable,
  name: string,
  onBytes: (bytes: number) => void,
  use: (log: OpenedLog) => Promise<T>,
): Promise<T> {
  return withSpool(null, async (folder) => {
    const path = join(folder, 'stream');
    await pipeline(stream, createWriteStream(path, { mode: 0o600 }));
    return use(await openFile(path, name, onBytes));
  });
}

/** True for a named pipe, as a shell gives with `<(...)`. */
async function isStream(path: string, name: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return found.isFIFO() || found.isCharacterDevice();
  } catch (error) {
    throw unreadable(name, error);
  }
}

async function openFile(path: string, name: string, onBytes: (bytes: number) => void): Promise<OpenedLog> {
  const start = await readStart(path, name);
  const digest = createHash('sha256');
  let read = false;
  const passedOver: string[] = [];
  async function* bytes() {
    for await (const chunk of readBytes(path, name)) {
      digest.update(chunk);
      onBytes(chunk.length);
      yield chunk;
    }
    read = true;
  }
  return {
    name,
    texts: () => textsOf(path, name, start, bytes, passedOver),
    passedOver,
    sha256: async () => (read ? digest.digest('hex') : sha256Of(path, name)),
  };
}

async function sha256Of(path: string, name: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const chunk of readBytes(path, name)) digest.update(chunk);
  return digest.digest('hex');
}

async function* textsOf(
  path: string,
  name: string,
  start: Uint8Array,
  bytes: () => AsyncIterable<Uint8Array>,
  passedOver: string[],
): AsyncGenerator<LogText> {
  if (isZip(start)) {
    // The whole archive is read once for its digest; its entries are found from its end.
    await drain(bytes());
    for await (const entry of logEntriesOf(path, sourceLabel(name), (entry) =>
      passedOver.push(`${name}:${nameWithoutPeople(entry)}`),
    )) {
      const entryName = entry.only ? name : `${name}:${nameWithoutPeople(entry.name)}`;
      const chunks = entry.open();
      yield { name: entryName, chunks: /\.gz$/i.test(entry.name) ? gunzipped(chunks, entryName) : chunks };
    }
    return;
  }
  yield { name, chunks: isGzip(start) ? gunzipped(bytes(), name) : bytes() };
}

async function drain(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

async function readStart(path: string, name: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r');
    if ((await file.stat()).isDirectory()) {
      throw new AuditError(`${sourceLabel(name)}: opening a log file, found a folder; expected a file`, {
        remedy: 'Name the files in it, for example with a glob: logs/*.csv',
      });
    }
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead === 0) {
      throw new AuditError(
        `${sourceLabel(name)}: the file is empty (0 bytes); expected at least the header row of an Email Log`,
        {
          remedy: 'An empty file proves nothing: request or fetch the log again.',
        },
      );
    }
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (error instanceof AuditError) throw error;
    throw unreadable(name, error);
  }
}

async function* readBytes(path: string, name: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw unreadable(name, error);
  }
}

function isZip(start: Uint8Array): boolean {
  return (
    start[0] === 0x50 && start[1] === 0x4b && (start[2] === 3 || start[2] === 5) && (start[3] === 4 || start[3] === 6)
  );
}

function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

function unreadable(name: string, cause: unknown): AuditError {
  return new AuditError(`${sourceLabel(name)}: the file cannot be read: ${messageOf(cause)}`, {
    remedy: 'Check the path and that this user may read it.',
    cause,
  });
}
