import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { MessageHeaders } from '../../model/message.ts';
import { AuditError, messageOf, UsageError } from '../../support/errors.ts';
import { readMessages } from './headers.ts';

const STDIN = '-';

/**
 * The message files a person named: files as given, the files of folders by name (also in folders below, hidden ones
 * left out), `-` for standard input.
 * @throws AuditError for a name that does not exist; UsageError for a folder without files, and `-` twice
 */
export async function findMessageFiles(paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) {
    throw new UsageError('no message was named', { remedy: 'Name message files or folders, or - for standard input.' });
  }
  if (paths.filter((path) => path === STDIN).length > 1) {
    throw new UsageError('standard input (-) can be read only once');
  }
  const files: string[] = [];
  for (const path of paths) {
    if (path === STDIN || !(await isFolder(path))) {
      files.push(path);
      continue;
    }
    const found = await filesIn(path);
    if (found.length === 0) {
      throw new UsageError(`${path}: the folder holds no file`, { remedy: 'Save messages there as .eml files.' });
    }
    files.push(...found);
  }
  return files;
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

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await filesIn(path)));
    else if (entry.isFile() || (entry.isSymbolicLink() && (await isLinkToFile(path)))) files.push(path);
  }
  return files;
}

async function isLinkToFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
