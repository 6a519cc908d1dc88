import { mkdir, mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditError, messageOf } from './errors.ts';
import { namePrefix, removeLeftovers } from './leftovers.ts';

const SIGN_OF_LIFE_MS = 60_000;

/** Gives the work a spool folder that is gone afterwards, whatever happens. `parent` as for `openSpool`. */
export async function withSpool<T>(parent: string | null, work: (folder: string) => Promise<T>): Promise<T> {
  await using spool = await openSpool(parent);
  return await work(spool.folder);
}

/**
 * A folder of its own (mode 0700) that is gone when it is disposed of; what killed processes left in the parent goes at once.
 * @param parent null is the system's folder for temporary files.
 */
export async function openSpool(parent: string | null): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await makeFolder(parent ?? tmpdir());
  const signs = setInterval(() => void touch(folder), SIGN_OF_LIFE_MS).unref();
  return {
    folder,
    async [Symbol.asyncDispose]() {
      clearInterval(signs);
      // A program that is just ending may still write into it.
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function makeFolder(parent: string): Promise<string> {
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    await removeLeftovers(parent);
    return await mkdtemp(join(parent, namePrefix()));
  } catch (error) {
    throw new AuditError(`making a spool folder in ${parent} failed: ${messageOf(error)}`, {
      remedy: 'Check that the folder exists, has room and may be written to (setting spool.path).',
      cause: error,
    });
  }
}

/** A folder that is gone is missed by the work itself. */
async function touch(folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now).catch(() => undefined);
}
