import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditError, messageOf } from './errors.ts';

/**
 * Gives the work a folder of its own (mode 0700) that is gone afterwards, whatever happens.
 * @param parent null is the system's folder for temporary files.
 */
export async function withSpool<T>(parent: string | null, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makeFolder(parent ?? tmpdir());
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeFolder(parent: string): Promise<string> {
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    return await mkdtemp(join(parent, 'tls-audit-'));
  } catch (error) {
    throw new AuditError(`making a spool folder in ${parent} failed: ${messageOf(error)}`, {
      remedy: 'Check that the folder exists, has room and may be written to (setting spool.path).',
      cause: error,
    });
  }
}
