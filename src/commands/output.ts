import { randomBytes } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LogInput } from '../parse/log-input.ts';
import { AuditError, UsageError, messageOf } from '../support/errors.ts';
import { type OutputStream, wantsColor, widthOf } from './context.ts';

const NO_ROOM = 'Where standard output leads to a file, look whether its disk has room.';

/** Where a command's result goes: the file of `--output`, or standard output. */
export interface Output {
  readonly screen: { readonly color: boolean; readonly width: number };
  write(text: string): Promise<void>;
}

/**
 * Checks where the result is to go before the work begins, so that nobody waits for a result that is then lost.
 * @throws UsageError for a folder that does not exist, a folder in place of a file, or one of the inputs.
 */
export async function prepareOutput(
  file: string | undefined,
  stdout: OutputStream,
  inputs: readonly LogInput[] = [],
  options: { readonly mode?: number } = {},
): Promise<Output> {
  const screen = { color: file === undefined && wantsColor(stdout), width: file === undefined ? widthOf(stdout) : 80 };
  if (file === undefined) return { screen, write: (text) => writeText(text, stdout) };
  const target = realPathOf(file);
  if (inputs.some((input) => 'path' in input && realPathOf(input.path) === target)) {
    throw wrongOutput(file, 'it is one of the files to read', 'Name another file: the log would be lost.');
  }
  const remedy = 'Name a file in a folder that exists and that this user may write to.';
  const folder = dirname(target);
  if ((await kindOf(folder)) !== 'folder') throw wrongOutput(file, `the folder ${folder} does not exist`, remedy);
  const kind = await kindOf(target);
  if (kind === 'folder') throw wrongOutput(file, 'it is a folder', remedy);
  return {
    screen,
    write: async (text) => {
      try {
        // A pipe or a device cannot be replaced, only written to.
        if (kind === 'other') await writeFile(target, text);
        else await writeFileWhole(text, target, options.mode);
      } catch (error) {
        throw wrongOutput(file, `the result could not be written: ${messageOf(error)}`, remedy, error);
      }
    },
  };
}

/**
 * Writes to a stream; a reader that closed early (`| head`) has seen enough and is no failure.
 * @throws AuditError where the stream takes nothing, as on a full disk.
 */
export async function writeText(text: string, stream: NodeJS.WritableStream): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => {
      if (!error || ('code' in error && error.code === 'EPIPE')) resolve();
      else
        reject(new AuditError(`the result could not be written: ${error.message}`, { remedy: NO_ROOM, cause: error }));
    });
  });
}

/**
 * Keeps the history from being written over by a result: SQLite's own files beside it are part of it.
 * @throws UsageError where the file is one of them, also through a link.
 */
export function refuseHistory(file: string | undefined, historyPath: string): void {
  if (file === undefined) return;
  const target = realPathOf(file);
  const history = realPathOf(historyPath);
  for (const part of [history, `${history}-wal`, `${history}-shm`, `${history}-journal`]) {
    if (target !== realPathOf(part) && !isSameFile(target, part)) continue;
    throw new UsageError(`${file}: this is the history itself, or belongs to it (${history})`, {
      remedy: 'Name another file: every recorded run would be lost.',
    });
  }
}

/**
 * Puts the content at the path whole or not at all.
 * @param mode of the file; without it a file that stood there keeps its own.
 */
export async function writeFileWhole(content: string | Uint8Array, path: string, mode?: number): Promise<void> {
  const part = `${path}.${randomBytes(4).toString('hex')}.part`;
  try {
    const found = await stat(path).then(
      (stats) => stats.mode & 0o777,
      () => 0o666,
    );
    await writeFile(part, content, { mode: mode ?? found, flag: 'wx' });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** Of what is not there, its place in the real folder. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realPathOf(folder), basename(path));
  }
}

/** True for two names of one file, as hard links are, and names that differ in case on a disk that takes them for one. */
function isSameFile(one: string, other: string): boolean {
  try {
    const [first, second] = [statSync(one, { bigint: true }), statSync(other, { bigint: true })];
    return first.ino === second.ino && first.dev === second.dev;
  } catch {
    return false;
  }
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'other' | 'none'> {
  try {
    const found = await stat(path);
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other';
  } catch {
    return 'none';
  }
}

function wrongOutput(file: string, found: string, remedy: string, cause?: unknown): UsageError {
  return new UsageError(`--output ${file}: ${found}`, { remedy, cause });
}
