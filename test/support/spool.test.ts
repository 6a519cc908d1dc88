import { existsSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { withSpool } from '../../src/support/spool.ts';

describe('withSpool', () => {
  it('gives the work a folder that nobody else may enter, and takes it away afterwards', async () => {
    const folder = await withSpool(null, async (path) => {
      expect((await stat(path)).mode & 0o777).toBe(0o700);
      await writeFile(join(path, 'a.csv'), 'x');
      return path;
    });
    expect(dirname(folder)).toBe(tmpdir());
    expect(basename(folder)).toMatch(/^tls-audit-/);
    expect(existsSync(folder)).toBe(false);
  });

  it('takes it away as well when the work fails, and hands the failure on', async () => {
    const failure = new Error('x');
    let folder = '';
    const work = withSpool(null, async (path) => {
      folder = path;
      await writeFile(join(path, 'a.csv'), 'x');
      throw failure;
    });
    await expect(work).rejects.toBe(failure);
    expect(existsSync(folder)).toBe(false);
  });

  it('makes the parent folder where it is missing, and leaves it', async () => {
    await withSpool(null, async (outer) => {
      const parent = join(outer, 'deep', 'spool');
      expect(await withSpool(parent, (path) => Promise.resolve(dirname(path)))).toBe(parent);
      expect(await readdir(parent)).toEqual([]);
    });
  });

  it('says which folder could not be made, and which setting names it', async () => {
    await withSpool(null, async (outer) => {
      await writeFile(join(outer, 'file'), '');
      await expect(withSpool(join(outer, 'file'), () => Promise.resolve())).rejects.toMatchObject({
        name: 'AuditError',
        message: expect.stringContaining(`making a spool folder in ${join(outer, 'file')} failed: `),
        remedy: expect.stringContaining('spool.path'),
      });
    });
  });
});
