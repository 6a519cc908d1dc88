import { writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { findLogFiles, totalBytes } from '../../src/commands/log-files.ts';
import { withSpool } from '../../src/support/spool.ts';

const STDIN = Readable.from([]);

/** A folder with a.csv, b.csv.gz, c[1].csv and sub/d.csv. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  return withSpool(null, async (folder) => {
    await mkdir(join(folder, 'sub'));
    for (const name of ['b.csv.gz', 'a.csv', 'c[1].csv', 'sub/d.csv'])
      await writeFile(join(folder, name), 'x'.repeat(name.length));
    return work(folder);
  });
}

async function found(...names: string[]): Promise<string[]> {
  return inFolder(async (folder) => {
    const inputs = await findLogFiles(
      names.map((name) => (name === '-' ? name : join(folder, name))),
      STDIN,
    );
    return inputs.map((input) => ('path' in input ? input.path.slice(folder.length + 1) : '-'));
  });
}

describe('findLogFiles', () => {
  it.each<[string, string[], string[]]>([
    ['files, in the order given', ['b.csv.gz', 'a.csv'], ['b.csv.gz', 'a.csv']],
    ['a glob, by name', ['*.csv*'], ['a.csv', 'b.csv.gz', 'c[1].csv']],
    ['a glob through folders', ['**/*.csv'], ['a.csv', 'c[1].csv', 'sub/d.csv']],
    ['alternatives', ['{b,a}.csv*'], ['a.csv', 'b.csv.gz']],
    ['a file whose name looks like a glob', ['c[1].csv'], ['c[1].csv']],
    ['standard input between files', ['b.csv.gz', '-', 'a.csv'], ['b.csv.gz', '-', 'a.csv']],
  ])('finds %s', async (_, names, files) => {
    expect(await found(...names)).toEqual(files);
  });

  it.each([
    ['x.csv', 'there is no such file'],
    ['x*.csv', 'no file fits this pattern'],
  ])('%s: a failure', async (name, problem) => {
    await expect(found('a.csv', name)).rejects.toMatchObject({
      name: 'AuditError',
      exitCode: 1,
      message: expect.stringMatching(new RegExp(`${RegExp.escape(name)}: ${problem}$`)),
      remedy: expect.stringContaining('.csv.gz'),
    });
  });

  it('takes standard input once', async () => {
    await expect(found('-', '-')).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('only once') });
  });
});

describe('totalBytes', () => {
  it('is the size of all files', async () => {
    const total = await inFolder(async (folder) => totalBytes(await findLogFiles([join(folder, '*.csv*')], STDIN)));
    expect(total).toBe('a.csv'.length + 'b.csv.gz'.length + 'c[1].csv'.length);
  });

  it('is unknown with standard input among them', async () => {
    expect(await totalBytes([{ stdin: STDIN }])).toBeUndefined();
  });
});
