import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { AuditError } from '../support/errors.ts';
import { errorCode } from './error-code.ts';

export interface SpooledBytes {
  readonly bytes: number;
  /** Hex. */
  readonly md5: string;
}

/**
 * Writes the chunks to `destination`, readable by this user only, through `destination.part`: under its own name the
 * file is whole, checked and on disk, or not there. When `chunks` or `check` throws, nothing is left behind.
 */
export async function writeSpoolFile(
  destination: string,
  chunks: AsyncIterable<Uint8Array>,
  check: (spooled: SpooledBytes) => void | Promise<void>,
): Promise<SpooledBytes> {
  const part = `${destination}.part`;
  try {
    // A part left by a run that was killed may be readable by others: it is never written into.
    await rm(part, { force: true });
    const spooled = await writeAll(part, chunks);
    await check(spooled);
    await rename(part, destination);
    return spooled;
  } catch (error) {
    await rm(part, { force: true });
    throw isDiskError(error) ? toAuditError(error, part) : error;
  }
}

async function writeAll(path: string, chunks: AsyncIterable<Uint8Array>): Promise<SpooledBytes> {
  const file = await open(path, 'wx', 0o600);
  // MD5 is what Salesforce states as the checksum of a file; it finds damage, it proves no origin.
  const hash = createHash('md5');
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      for (let written = 0; written < chunk.byteLength;) {
        written += (await file.write(chunk, written)).bytesWritten;
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, md5: hash.digest('hex') };
}

const DISK_CALLS = ['open', 'write', 'fsync', 'rename', 'unlink', 'close'];

function isDiskError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('syscall' in error)) return false;
  return typeof error.syscall === 'string' && DISK_CALLS.includes(error.syscall);
}

function toAuditError(error: unknown, path: string): AuditError {
  const code = errorCode(error) ?? 'unknown error';
  return new AuditError(`writing the spool file ${path}: ${code}`, {
    remedy:
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'Free space on that disk, or set spool.path to a folder with room for the largest log file.'
        : 'Set spool.path to a folder that this user may write to.',
  });
}
