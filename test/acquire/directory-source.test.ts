import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDirectorySource, type DirectorySourceOptions } from '../../src/acquire/directory-source.ts';
import { AuditError } from '../../src/support/errors.ts';
import { collectLogs, everythingOf, failureOf, never, NOW } from './fixture.ts';

const WINDOW = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-08T00:00:00Z') };
const OLD = new Date('2026-11-03T00:00:00Z');

let folder: string;
let spool: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-audit-logs-'));
  spool = await mkdtemp(join(tmpdir(), 'tls-audit-spool-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(spool, { recursive: true });
});

async function put(name: string, modified = OLD, content = 'content'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  await utimes(path, modified, modified);
  return path;
}

function createSource(
  options: Partial<DirectorySourceOptions> = {},
  logger = collectLogs(),
  now = () => NOW,
  wait: (durationMs: number) => Promise<void> = () => Promise.resolve(),
) {
  const all = { path: folder, pattern: '*.{csv,csv.gz,zip}', maxFileBytes: 1e6, ...options };
  return createDirectorySource(all, { clock: { now }, logger, wait });
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('nothing was found');
  return value;
}

async function namesFound(source: ReturnType<typeof createSource>): Promise<string[]> {
  return (await source.find(WINDOW, never)).map((file) => file.name);
}

describe('find', () => {
  it('lists regular files of the folder that match, oldest first', async () => {
    await put('b.csv', new Date('2026-11-05T00:00:00Z'));
    await put('c.CSV.GZ', new Date('2026-11-04T00:00:00Z'));
    await put('a.Zip', new Date('2026-11-05T00:00:00Z'));
    await put('notes.txt');
    await put('d.csv.part');
    await put('.e.csv');
    await mkdir(join(folder, 'folder.csv'));
    await writeFile(join(folder, 'folder.csv', 'inside.csv'), '');
    await symlink(join(folder, 'b.csv'), join(folder, 'link.csv'));
    expect(await namesFound(createSource())).toEqual(['c.CSV.GZ', 'a.Zip', 'b.csv', 'link.csv']);
  });

  it('takes the pattern of the setting', async () => {
    await put('Mail 2026-11-03.csv');
    await put('other.csv');
    expect(await namesFound(createSource({ pattern: 'mail ????-??-??.CSV' }))).toEqual(['Mail 2026-11-03.csv']);
  });

  it('gives a stable id, the time and the size', async () => {
    await put('a.csv');
    const [first] = await createSource().find(WINDOW, never);
    const [again] = await createSource().find(WINDOW, never);
    expect(first).toMatchObject({ name: 'a.csv', createdAt: OLD, sizeBytes: 7 });
    expect(again?.id).toBe(first?.id);
    await put('a.csv', OLD, 'other content');
    expect((await createSource().find(WINDOW, never))[0]?.id).not.toBe(first?.id);
  });

  it('passes over what was last changed before the window', async () => {
    await put('before.csv', new Date(WINDOW.from.getTime() - 25 * 3_600_000));
    await put('rounded.csv', new Date(WINDOW.from.getTime() - 1000));
    await put('at.csv', WINDOW.from);
    await put('after.csv', new Date('2026-11-20T00:00:00Z'));
    expect(await namesFound(createSource())).toEqual(['rounded.csv', 'at.csv', 'after.csv']);
  });

  it('watches a file that changed a moment ago until it is settled', async () => {
    await put('settled.csv', new Date(NOW.getTime() - 10_000));
    await put('fresh.csv', new Date(NOW.getTime() - 1000));
    const waits: number[] = [];
    const source = createSource({}, collectLogs(), undefined, (durationMs) => {
      waits.push(durationMs);
      return Promise.resolve();
    });
    expect(await namesFound(source)).toEqual(['settled.csv', 'fresh.csv']);
    expect(waits).toEqual([2000]);
  });

  it('names a file that is still being written, and does not take it', async () => {
    const path = await put('growing.csv', new Date(NOW.getTime() - 1000));
    const logger = collectLogs();
    const source = createSource({}, logger, undefined, () => appendFile(path, 'more'));
    const [growing] = await source.find(WINDOW, never);
    expect(logger.lines.map(({ facts }) => facts)).toEqual([{ file: 'growing.csv' }]);
    const failure = await failureOf(source.fetch(must(growing), spool, never));
    expect(failure.message).toContain('it changed while it was read');
    expect(await readdir(spool)).toEqual([]);
  });

  it('names a file that cannot even be looked at, and lists the others', async () => {
    await put('a.csv', new Date(NOW.getTime() - 1000));
    await symlink('circle.csv', join(folder, 'circle.csv'));
    const logger = collectLogs();
    const source = createSource({}, logger);
    const files = await source.find(WINDOW, never);
    expect(files.map(({ name }) => name).sort()).toEqual(['a.csv', 'circle.csv']);
    const circle = must(files.find(({ name }) => name === 'circle.csv'));
    const failure = await failureOf(source.fetch(circle, spool, never));
    expect(failure).toBeInstanceOf(AuditError);
    expect(failure.message).toContain('circle.csv: ELOOP');
    expect(logger.lines).toEqual([]);
  });

  it('names a link that leads nowhere, as into a share that is not mounted', async () => {
    await put('a.csv', new Date(NOW.getTime() - 1000));
    await symlink(join(folder, 'unmounted/b.csv'), join(folder, 'b.csv'));
    const source = createSource();
    const files = await source.find(WINDOW, never);
    expect(files.map(({ name }) => name).sort()).toEqual(['a.csv', 'b.csv']);
    const failure = await failureOf(source.fetch(must(files.find(({ name }) => name === 'b.csv')), spool, never));
    expect(failure.message).toContain('b.csv: ENOENT');
  });

  it('names a pipe, which could be waited for in vain, and does not open it', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.csv')]);
    const source = createSource();
    const [pipe] = await source.find({ ...WINDOW, from: new Date(0) }, never);
    expect(pipe?.refusal).toContain('it is a pipe');
    expect((await failureOf(source.fetch(must(pipe), spool, never))).message).toContain('pipe.csv: it is a pipe');
  });

  it('fails for a folder that does not exist', async () => {
    const failure = await failureOf(createSource({ path: join(folder, 'gone') }).find(WINDOW, never));
    expect(failure).toBeInstanceOf(AuditError);
    expect(failure.message).toContain('gone: it does not exist');
    expect(failure.remedy).toContain('source.directory.path');
  });

  it('fails for a folder that is a file', async () => {
    const failure = await failureOf(createSource({ path: await put('a.csv') }).find(WINDOW, never));
    expect(failure.message).toContain('it is not a folder');
  });
});

describe('fetch', () => {
  it('copies the file, readable by this user only', async () => {
    const content = 'x'.repeat(700_000) + 'end';
    await put('../a.csv'.slice(3), OLD, content);
    const source = createSource();
    const [file] = await source.find(WINDOW, never);
    const fetched = await source.fetch(file!, spool, never);
    expect(await readFile(fetched.path, 'utf8')).toBe(content);
    expect((await stat(fetched.path)).mode & 0o777).toBe(0o600);
    expect(fetched.path).toMatch(/\.csv$/);
    expect(await readFile(join(folder, 'a.csv'), 'utf8')).toBe(content);
  });

  it.each([
    ['a.csv.gz', /\.csv\.gz$/],
    ['b.ZIP', /\.zip$/],
  ])('keeps the kind of %s', async (name, ending) => {
    await put(name);
    const source = createSource();
    const [file] = await source.find(WINDOW, never);
    expect((await source.fetch(file!, spool, never)).path).toMatch(ending);
  });

  it('refuses a file that grew since it was found', async () => {
    const path = await put('a.csv');
    const source = createSource();
    const [file] = await source.find(WINDOW, never);
    await appendFile(path, 'more');
    const failure = await failureOf(source.fetch(file!, spool, never));
    expect(failure.message).toContain('it changed while it was read (11 bytes, 7 when it was found)');
    expect(await readdir(spool)).toEqual([]);
  });

  it('refuses a file that went away', async () => {
    const path = await put('a.csv');
    const source = createSource();
    const [file] = await source.find(WINDOW, never);
    await rm(path);
    const failure = await failureOf(source.fetch(file!, spool, never));
    expect(failure).toBeInstanceOf(AuditError);
    expect(failure.message).toContain('ENOENT');
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ['grew', (path) => appendFile(path, 'more')],
    ['went away', (path) => rm(path)],
  ])('says nowhere whose address the name of a file holds that %s', async (_, change) => {
    const path = await put('ann@acme.example.csv', new Date(NOW.getTime() - 1000));
    const logger = collectLogs();
    const source = createSource({}, logger, undefined, () => change(path));
    const [file] = await source.find(WINDOW, never);
    const failure = await failureOf(source.fetch(must(file), spool, never));
    expect(must(file).name).toBe('[address]@acme.example.csv');
    expect(failure.message).toContain('[address]@acme.example.csv');
    expect(everythingOf(failure) + JSON.stringify(logger.lines)).not.toContain('ann@');
  });

  it('refuses a file that is too large', async () => {
    await put('a.csv');
    const source = createSource({ maxFileBytes: 6 });
    const [file] = await source.find(WINDOW, never);
    expect((await failureOf(source.fetch(file!, spool, never))).message).toContain('source.maxFileBytes allows 6');
  });

  it('stops when its signal aborts', async () => {
    await put('a.csv');
    const source = createSource();
    const [file] = await source.find(WINDOW, never);
    const failure = await failureOf(source.fetch(file!, spool, AbortSignal.abort(new Error('stop'))));
    expect(failure.message).toBe('stop');
    expect(await readdir(spool)).toEqual([]);
  });
});
