import { chmod, lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { prepareOutput } from '../../src/commands/output.ts';
import { AuditError } from '../../src/support/errors.ts';
import { withSpool } from '../../src/support/spool.ts';

describe('standard output', () => {
  it('takes the result where no file is named', async () => {
    const stdout = new PassThrough();
    await (await prepareOutput(undefined, stdout)).write('PASS\n');
    stdout.end();
    expect(await text(stdout)).toBe('PASS\n');
  });

  it.each([
    ['a reader that closed early is no failure', 'EPIPE', 'written'],
    ['a disk that is full is one', 'ENOSPC', 'the result could not be written: ENOSPC'],
  ])('%s', async (_, code, expected) => {
    const failure = Object.assign(new Error(code), { code });
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(failure) });
    stdout.on('error', () => undefined);
    const output = await prepareOutput(undefined, stdout);
    const outcome = await output.write('PASS\n').then(
      () => 'written',
      (error: unknown) => (error instanceof AuditError ? error.message : error),
    );
    expect(outcome).toBe(expected);
  });
});

describe('--output', () => {
  it('writes to the file and to nothing else', async () => {
    await withSpool(null, async (folder) => {
      const stdout = new PassThrough();
      await (await prepareOutput(join(folder, 'report.txt'), stdout)).write('PASS\n');
      expect(await readFile(join(folder, 'report.txt'), 'utf8')).toBe('PASS\n');
      expect(await readdir(folder)).toEqual(['report.txt']);
      expect(stdout.readableLength).toBe(0);
    });
  });

  it('replaces an earlier result whole and keeps its mode', async () => {
    await withSpool(null, async (folder) => {
      const file = join(folder, 'report.txt');
      await writeFile(file, 'a much longer result than the next one');
      await chmod(file, 0o640);
      await (await prepareOutput(file, new PassThrough())).write('PASS\n');
      expect(await readFile(file, 'utf8')).toBe('PASS\n');
      expect((await stat(file)).mode & 0o777).toBe(0o640);
    });
  });

  it('writes to where a link leads and keeps the link', async () => {
    await withSpool(null, async (folder) => {
      await writeFile(join(folder, 'real.txt'), 'old');
      await symlink('real.txt', join(folder, 'link.txt'));
      await (await prepareOutput(join(folder, 'link.txt'), new PassThrough())).write('PASS\n');
      expect(await readFile(join(folder, 'real.txt'), 'utf8')).toBe('PASS\n');
      expect((await lstat(join(folder, 'link.txt'))).isSymbolicLink()).toBe(true);
    });
  });

  it('writes to a device instead of replacing it', async () => {
    await (await prepareOutput('/dev/null', new PassThrough())).write('PASS\n');
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  it('refuses one of the files to read, also through a link', async () => {
    await withSpool(null, async (folder) => {
      await writeFile(join(folder, 'log.csv'), 'a log');
      await symlink('log.csv', join(folder, 'link.csv'));
      const inputs = [{ path: join(folder, 'log.csv') }];
      for (const name of ['log.csv', 'link.csv']) {
        await expect(prepareOutput(join(folder, name), new PassThrough(), inputs)).rejects.toMatchObject({
          name: 'UsageError',
          message: expect.stringContaining('it is one of the files to read'),
        });
      }
    });
  });

  it.each([
    ['a folder that is not there', 'missing/report.txt', /the folder .*missing does not exist/],
    ['a folder in its place', '.', /it is a folder/],
  ])('says before the work what is wrong with %s', async (_, name, message) => {
    await withSpool(null, async (folder) => {
      await expect(prepareOutput(join(folder, name), new PassThrough())).rejects.toMatchObject({
        name: 'UsageError',
        exitCode: 2,
        message: expect.stringMatching(message),
        remedy: expect.stringContaining('folder'),
      });
      expect(await readdir(folder)).toEqual([]);
    });
  });
});
