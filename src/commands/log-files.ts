import { existsSync } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { LogInput } from '../parse/log-input.ts';
import { AuditError, UsageError } from '../support/errors.ts';

/**
 * The files a person named: paths, globs (where the shell did not expand them) and `-` for standard input, in the
 * order given, a glob's files by name.
 * @throws AuditError for a name that fits no file, UsageError for `-` twice.
 */
export async function findLogFiles(names: readonly string[], stdin: Readable): Promise<LogInput[]> {
  const inputs: LogInput[] = [];
  for (const name of names) {
    if (name === '-') {
      if (inputs.some((input) => 'stdin' in input)) throw new UsageError('standard input (-) can be read only once');
      inputs.push({ stdin });
    } else if (existsSync(name)) {
      inputs.push({ path: name });
    } else {
      inputs.push(...(await expand(name)).map((path) => ({ path })));
    }
  }
  return inputs;
}

/** Bytes to read in all; undefined where standard input is among the inputs. */
export async function totalBytes(inputs: readonly LogInput[]): Promise<number | undefined> {
  let total = 0;
  for (const input of inputs) {
    if (!('path' in input)) return undefined;
    total += (await stat(input.path)).size;
  }
  return total;
}

async function expand(pattern: string): Promise<string[]> {
  const isPattern = /[*?[{]/.test(pattern);
  const paths = isPattern ? await filesLike(pattern) : [];
  if (paths.length === 0) {
    throw new AuditError(
      `${pattern || '(an empty name)'}: ${isPattern ? 'no file fits this pattern' : 'there is no such file'}`,
      {
        remedy: 'Name Email Log files (.csv, .csv.gz, .zip), a quoted glob, or - for standard input.',
      },
    );
  }
  return paths;
}

/** A folder that fits the pattern is none of the files that were meant. */
async function filesLike(pattern: string): Promise<string[]> {
  const found = await Array.fromAsync(glob(pattern, { withFileTypes: true }));
  return found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
