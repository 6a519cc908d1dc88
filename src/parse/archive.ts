import { crc32 } from 'node:zlib';
import * as yauzl from 'yauzl';
import { nameWithoutPeople } from '../support/addresses.ts';
import { AuditError, messageOf } from '../support/errors.ts';

/** Bounds that no archive of Email Logs comes near; beyond them it is a mistake or an attack. */
export interface ArchiveLimits {
  readonly maxEntries: number;
  readonly maxTotalBytes: number;
  readonly maxRatio: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = { maxEntries: 1000, maxTotalBytes: 64 * 2 ** 30, maxRatio: 400 };

export interface ArchiveEntry {
  /** The entry's name for people; it never becomes a path. */
  readonly name: string;
  /** True where the archive holds no other log file. */
  readonly only: boolean;
  open(): AsyncIterable<Uint8Array>;
}

/**
 * The log files inside a .zip (entries named .csv or .csv.gz), one at a time, in the archive's order. Other entries
 * may hold what somebody takes for read, so `onPassedOver` hears of them; what macOS adds is none.
 * @throws AuditError where the archive is damaged, encrypted, over the limits, or holds no log file.
 */
export async function* logEntriesOf(
  path: string,
  name: string,
  onPassedOver: (entryName: string) => void = () => undefined,
  limits: ArchiveLimits = ARCHIVE_LIMITS,
): AsyncGenerator<ArchiveEntry> {
  const zip = await guarded(name, () => yauzl.openPromise(path, { autoClose: false }));
  try {
    const entries = await guarded(name, () => readEntries(zip, name, limits));
    const logs = entries.filter(isLog);
    if (logs.length === 0) {
      throw new AuditError(
        `${name}: looking for log files in the archive, found ${describeEntries(entries)}; expected a .csv or .csv.gz entry`,
        { remedy: 'Check that this is the archive Salesforce handed out.' },
      );
    }
    for (const entry of entries) if (!isLog(entry) && !isIncidental(entry)) onPassedOver(entry.fileName);
    for (const entry of logs) {
      yield {
        name: entry.fileName,
        only: logs.length === 1,
        open: () => openEntry(zip, entry, name),
      };
    }
  } finally {
    zip.close();
  }
}

/** yauzl checks sizes, not the checksum that the archive states (APPNOTE.TXT 4.4.7). */
async function* openEntry(zip: yauzl.ZipFile, entry: yauzl.Entry, name: string): AsyncGenerator<Uint8Array> {
  const stream = await guarded(name, () => zip.openReadStreamPromise(entry));
  let checksum = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (error) {
    throw damaged(name, messageOf(error), error);
  }
  if (checksum !== entry.crc32) throw damaged(name, 'its data does not have the checksum that it states');
}

async function readEntries(zip: yauzl.ZipFile, name: string, limits: ArchiveLimits): Promise<yauzl.Entry[]> {
  if (zip.entryCount > limits.maxEntries) {
    throw overLimit(name, `${zip.entryCount} entries`, `at most ${limits.maxEntries}`);
  }
  const entries: yauzl.Entry[] = [];
  let totalBytes = 0;
  for await (const entry of zip.eachEntry()) {
    totalBytes += entry.uncompressedSize;
    const ratio = entry.uncompressedSize / Math.max(entry.compressedSize, 1024);
    if (totalBytes > limits.maxTotalBytes)
      throw overLimit(name, `${totalBytes} bytes`, `at most ${limits.maxTotalBytes}`);
    if (ratio > limits.maxRatio) {
      throw overLimit(
        name,
        `an entry that unpacks to ${Math.round(ratio)} times its size`,
        `at most ${limits.maxRatio} times`,
      );
    }
    if (entry.isEncrypted() && isLog(entry)) {
      throw new AuditError(`${name}: opening the archive, found an encrypted entry; expected none`, {
        remedy: 'Unpack it by hand, and put the .csv file in its place.',
      });
    }
    entries.push(entry);
  }
  return entries;
}

function isLog(entry: yauzl.Entry): boolean {
  return /\.csv(\.gz)?$/i.test(entry.fileName) && !isIncidental(entry);
}

/** Folders, and what macOS puts into every archive it makes. */
function isIncidental(entry: yauzl.Entry): boolean {
  return /\/$|(^|\/)(__MACOSX\/|\._|\.DS_Store$)/.test(entry.fileName);
}

function describeEntries(entries: readonly yauzl.Entry[]): string {
  if (entries.length === 0) return 'no entries';
  const names = entries.slice(0, 5).map((entry) => JSON.stringify(nameWithoutPeople(entry.fileName)));
  return names.join(', ') + (entries.length > 5 ? ` and ${entries.length - 5} more` : '');
}

function overLimit(name: string, found: string, expected: string): AuditError {
  return new AuditError(`${name}: opening the archive, found ${found}; expected ${expected}`, {
    remedy: 'Unpack it by hand, check the content and scan the .csv files.',
  });
}

async function guarded<T>(name: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof AuditError) throw error;
    throw damaged(name, messageOf(error), error);
  }
}

function damaged(name: string, found: string, cause?: unknown): AuditError {
  return new AuditError(`${name}: the .zip archive cannot be read: ${nameWithoutPeople(found)}`, {
    remedy: 'The file may be cut or damaged: fetch it again, or unpack it by hand. Nothing of it was judged.',
    cause,
  });
}
