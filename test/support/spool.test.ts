import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../src/support/package-info.ts';
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

const HOLDS_A_LOG = `
  import { writeFileSync } from 'node:fs';
  import { withSpool } from '${join(packageRoot, 'src', 'support', 'spool.ts')}';
  await withSpool(process.argv[1], async (folder) => {
    writeFileSync(folder + '/log.csv', 'ann@example.com');
    process.stdout.write(folder);
    await new Promise(() => setInterval(() => undefined, 1000));
  });
`;

/** Another process of this program in the midst of its work, and its folder. */
async function startWorking(parent: string): Promise<{ process: ChildProcess; folder: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', HOLDS_A_LOG, parent], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [folder] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, folder: folder.toString() };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('folders that others left', () => {
  it('are removed when their process was killed, and not while it lives', async () => {
    await withSpool(null, async (parent) => {
      const killed = await startWorking(parent);
      const living = await startWorking(parent);
      try {
        await kill(killed.process);
        expect(existsSync(join(killed.folder, 'log.csv'))).toBe(true);
        await withSpool(parent, async (own) => {
          await withSpool(parent, () => Promise.resolve());
          expect((await readdir(parent)).toSorted()).toEqual([basename(living.folder), basename(own)].toSorted());
        });
        expect(existsSync(join(living.folder, 'log.csv'))).toBe(true);
      } finally {
        await kill(living.process);
      }
    });
  });

  it('are removed where another process has the number now', async () => {
    await withSpool(null, async (parent) => {
      const name = await withSpool(parent, (own) => Promise.resolve(basename(own)));
      // Same place and number, another start: as of a container whose only process is always number 1.
      const earlier = join(parent, name.replace(/-\d+-(\w+)$/, '-1-$1'));
      await mkdir(earlier);
      await withSpool(parent, () => Promise.resolve());
      expect(existsSync(earlier)).toBe(false);
    });
  });

  it('are removed when a process of another place gave no sign for an hour', async () => {
    await withSpool(null, async (parent) => {
      const [silent, working] = ['tls-audit-0123456789ab-1-77-aaaaaa', 'tls-audit-0123456789ab-1-77-bbbbbb'] as const;
      for (const name of [silent, working]) await mkdir(join(parent, name));
      const twoHoursAgo = new Date(Date.now() - 2 * 3_600_000);
      await utimes(join(parent, silent), twoHoursAgo, twoHoursAgo);
      await withSpool(parent, () => Promise.resolve());
      expect(await readdir(parent)).toEqual([working]);
    });
  });

  it('are kept where they are not of this program, or no folders', async () => {
    await withSpool(null, async (parent) => {
      const long = new Date(0);
      const others = ['tls-audit-settings', 'tls-audit-abcdef', 'other-0123456789ab-1-77-aaaaaa'];
      for (const name of others) {
        await mkdir(join(parent, name));
        await utimes(join(parent, name), long, long);
      }
      const link = 'tls-audit-0123456789ab-1-77-cccccc';
      await symlink(join(parent, 'tls-audit-settings'), join(parent, link));
      await withSpool(parent, () => Promise.resolve());
      expect((await readdir(parent)).toSorted()).toEqual([...others, link].toSorted());
    });
  });
});
