import { createHash } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
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
  const blocks = new BlockWriter(file);
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      await blocks.add(chunk);
    }
    await blocks.finish();
    await file.sync();
  } finally {
    await blocks.settle();
    await file.close();
  }
  return { bytes, md5: hash.digest('hex') };
}

const BLOCK_BYTES = 512 * 1024;

/** Writes in blocks, one of them to disk while the other is filled; whoever adds faster than the disk takes waits. */
class BlockWriter {
  readonly #file: FileHandle;
  #filling = Buffer.allocUnsafe(BLOCK_BYTES);
  #writing = Buffer.allocUnsafe(BLOCK_BYTES);
  #filled = 0;
  #pending: Promise<void> = Promise.resolve();

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** The chunk is copied: its memory may be used again. */
  async add(chunk: Uint8Array): Promise<void> {
    for (let taken = 0; taken < chunk.byteLength;) {
      const part = chunk.subarray(taken, taken + BLOCK_BYTES - this.#filled);
      this.#filling.set(part, this.#filled);
      this.#filled += part.byteLength;
      taken += part.byteLength;
      if (this.#filled === BLOCK_BYTES) await this.#flush();
    }
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.#pending;
  }

  /** Waits until nothing is written any more, whatever became of it. */
  async settle(): Promise<void> {
    await this.#pending.catch(() => undefined);
  }

  async #flush(): Promise<void> {
    await this.#pending;
    const block = this.#filling.subarray(0, this.#filled);
    [this.#filling, this.#writing] = [this.#writing, this.#filling];
    this.#filled = 0;
    this.#pending = this.#write(block);
    // A failure is met by who waits for it, after more may have been added.
    this.#pending.catch(() => undefined);
  }

  async #write(block: Uint8Array): Promise<void> {
    for (let written = 0; written < block.byteLength;) {
      written += (await this.#file.write(block, written)).bytesWritten;
    }
  }
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
