import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { sourceLabel } from '../model/report.ts';
import { AuditError, messageOf } from '../support/errors.ts';
import { ARCHIVE_LIMITS, type ArchiveLimits } from './archive.ts';

const CHUNK_BYTES = 256 * 1024;

/** The least that counts as read: the first bytes of a file may unpack to many times their number. */
const FIRST_BYTES = 64 * 1024;

/**
 * The bytes of a .gz, bounded like those of an archive.
 * @throws AuditError where they are damaged or cut, or beyond the limits
 */
export async function* gunzipped(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  { maxTotalBytes, maxRatio }: Pick<ArchiveLimits, 'maxTotalBytes' | 'maxRatio'> = ARCHIVE_LIMITS,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const fed = pipeline(chunks, gunzip);
  fed.catch(() => undefined); // it is awaited below; the reading loop may fail first
  let bytes = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxTotalBytes) throw beyond(name, 'more', `at most ${maxTotalBytes} bytes`);
      const ratio = bytes / Math.max(gunzip.bytesWritten, FIRST_BYTES);
      if (ratio > maxRatio) throw beyond(name, `${Math.round(ratio)} times its size`, `at most ${maxRatio} times`);
      yield chunk;
    }
    await fed;
  } catch (error) {
    if (error instanceof AuditError) throw error;
    throw new AuditError(`${sourceLabel(name)}: the compressed file cannot be unpacked: ${messageOf(error)}`, {
      remedy: 'The file is cut or damaged: fetch it again. Nothing of it was judged.',
      cause: error,
    });
  }
}

function beyond(name: string, found: string, expected: string): AuditError {
  return new AuditError(`${sourceLabel(name)}: the compressed file unpacks to ${found}; expected ${expected}`, {
    remedy: 'Unpack it by hand, check the content and scan the .csv file.',
  });
}
