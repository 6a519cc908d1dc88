import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { LogInput } from '../parse/log-input.ts';
import { UsageError, messageOf } from '../support/errors.ts';
import { type OutputStream, wantsColor, widthOf } from './context.ts';

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
        else await writeFileWhole(text, target);
      } catch (error) {
        throw wrongOutput(file, `the result could not be written: ${messageOf(error)}`, remedy, error);
      }
    },
  };
}

/** Writes to a stream; a reader that closed early (`| head`) has seen enough and is no failure. */
export async function writeText(text: string, stream: NodeJS.WritableStream): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => {
      if (error && !('code' in error && error.code === 'EPIPE')) reject(error);
      else resolve();
    });
  });
}

/** Puts the content at the path whole or not at all; a file that stood there keeps its mode. */
export async function writeFileWhole(content: string | Uint8Array, path: string): Promise<void> {
  const part = `${path}.${randomBytes(4).toString('hex')}.part`;
  try {
    const mode = await stat(path).then(
      (found) => found.mode & 0o777,
      () => 0o666,
    );
    await writeFile(part, content, { mode, flag: 'wx' });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
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
