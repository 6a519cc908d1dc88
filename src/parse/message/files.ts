import { createReadStream, type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { MessageHeaders } from '../../model/message.ts';
import { AuditError, messageOf, UsageError } from '../../support/errors.ts';
import { readMessages } from './headers.ts';

const STDIN = '-';

/** What was found of what a person named. */
interface MessageFiles {
  readonly files: string[];
  /** Names that do not exist, folders that hold no file or that may not be read. */
  readonly failures: AuditError[];
}

/**
 * The message files a person named: files as given, the files of folders by name (also in folders below, hidden ones
 * left out), `-` for standard input.
 * @throws UsageError where nothing was named, or `-` twice.
 */
export async function findMessageFiles(paths: readonly string[]): Promise<MessageFiles> {
  if (paths.length === 0) {
    throw new UsageError('no message was named', { remedy: 'Name message files or folders, or - for standard input.' });
  }
  if (paths.filter((path) => path === STDIN).length > 1) {
    throw new UsageError('standard input (-) can be read only once');
  }
  const found: MessageFiles = { files: [], failures: [] };
  for (const path of paths) {
    const before = found.files.length + found.failures.length;
    await noting(found.failures, async () => {
      if (path === STDIN || !(await isFolder(path))) found.files.push(path);
      else await addFilesIn(path, found);
      if (found.files.length + found.failures.length > before) return;
      throw new UsageError(`${path}: the folder holds no file`, { remedy: 'Save messages there as .eml files.' });
    });
  }
  return found;
}

async function noting(failures: AuditError[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    failures.push(error);
  }
}

/** The headers of every message of one file. */
export async function* readMessageFile(file: string, stdin: Readable): AsyncGenerator<MessageHeaders> {
  const isStdin = file === STDIN;
  const chunks: AsyncIterable<Uint8Array> = isStdin ? asBytes(stdin) : createReadStream(file);
  try {
    yield* readMessages(chunks, isStdin);
  } catch (error) {
    if (error instanceof AuditError) throw error;
    throw new AuditError(`${isStdin ? 'standard input' : file}: the message cannot be read: ${messageOf(error)}`, {
      remedy: 'Check that this user may read it.',
      cause: error,
    });
  }
}

async function* asBytes(stream: Readable): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream as AsyncIterable<Uint8Array | string>) {
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw new AuditError(`${path}: there is no such message file: ${messageOf(error)}`, {
      remedy: 'Name message files or folders, or - for standard input.',
      cause: error,
    });
  }
}

async function addFilesIn(folder: string, found: MessageFiles): Promise<void> {
  await noting(found.failures, async () => {
    for (const entry of (await entriesOf(folder)).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await addFilesIn(path, found);
      else if (entry.isFile() || (entry.isSymbolicLink() && !(await isLinkToFolder(path)))) found.files.push(path);
    }
  });
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new AuditError(`${folder}: the folder cannot be read: ${messageOf(error)}`, {
      remedy: 'Check that this user may read it.',
      cause: error,
    });
  }
}

/** A link that leads nowhere is no folder: reading it fails by its name. */
async function isLinkToFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
