import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../src/model/window.ts';
import { logText } from '../support/log-text.ts';
import { buildImage, outside, type Stage } from './image-build.ts';
import { freePort, makeFolder, ROOT, runProgram, startProgram, until } from './program.ts';

const BUILD_LIMIT_MS = 180_000;

/** Of this machine's environment only what decides where packages come from. */
const NPM_ENV = /^(HOME|.*_proxy|npm_config_(cache|registry|userconfig)|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR))$/i;

let folder: Awaited<ReturnType<typeof makeFolder>>;
let image: Stage;
let app: string;

beforeAll(async () => {
  folder = await makeFolder();
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => NPM_ENV.test(entry[0]));
  const env = { ...Object.fromEntries(kept), npm_config_prefer_offline: 'true', npm_config_update_notifier: 'false' };
  const stages = await buildImage({ context: ROOT, place: folder.path, env });
  image = stages.at(-1)!;
  app = join(image.root, image.workdir);
}, BUILD_LIMIT_MS);

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

function cli(): string {
  return outside(image, image.entrypoint)[1] ?? '';
}

describe('the image', () => {
  it('runs as a user without rights, with a health check and one volume that is its own', () => {
    expect(image.user).not.toMatch(/^(root|0)(:|$)/);
    expect(image.volumes).toEqual(['/data']);
    expect(image.owners).toEqual([`${image.user}:${image.user} /data`]);
    expect(image.healthcheck).toEqual(['node', '/app/dist/src/cli.js', 'status', '--live']);
    expect(image.env['NODE_ENV']).toBe('production');
    expect(posix.dirname(image.env['TLS_AUDIT_HISTORY_PATH'] ?? '')).toBe('/data');
  });

  it('runs the worker, or whatever command is given', () => {
    expect(image.entrypoint).toEqual(['node', '/app/dist/src/cli.js']);
    expect(image.command).toEqual(['worker']);
  });

  it('holds the program and nothing of its making', async () => {
    expect((await readdir(app)).sort()).toEqual(['config', 'dist', 'node_modules', 'package.json']);
    expect((await readdir(image.root)).sort()).toEqual(['app', 'data']);
    expect(await readdir(join(image.root, 'data'))).toEqual([]);
    expect((await readdir(join(app, 'dist'))).sort()).toEqual(['jobs', 'src']);
  });

  it('holds every package the program needs, and none that only its making needs', async () => {
    const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>;
    };
    const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
    const isThere = ([path]: (typeof packages)[number]) => existsSync(join(app, path));
    expect(packages.filter(([, { dev }]) => dev).filter(isThere)).toEqual([]);
    const needed = packages.filter(([, { dev, devOptional, optional }]) => !dev && !devOptional && !optional);
    expect(needed.length).toBeGreaterThan(50);
    expect(needed.filter((entry) => !isThere(entry))).toEqual([]);
    for (const name of ['jest', 'typescript', 'eslint', 'node', 'prettier', 'knip', 'yazl']) {
      expect({ name, isThere: existsSync(join(app, 'node_modules', name)) }).toEqual({ name, isThere: false });
    }
  });

  it('has the version of the checkout', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const ended = await runProgram(['--version'], { cli: cli(), cwd: image.root, env: image.env });
    expect(ended).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  });

  it('judges a log as the checkout does', async () => {
    const stdin = logText([{}, { TLS_Cipher: ':', Recipient: 'bob@plain.example' }]);
    const args = ['scan', '-', '--json', '--exit-code'];
    const ended = await runProgram(args, { cli: cli(), cwd: image.root, env: image.env, stdin });
    expect(ended).toMatchObject({ code: 10, stderr: '' });
    expect(ended).toEqual(await runProgram(args, { stdin }));
  });

  it('works with its own command, is found healthy by its own check, and writes to its volume only', async () => {
    const logs = join(folder.path, 'logs');
    await mkdir(logs);
    await writeFile(join(logs, 'log.csv'), logText([{ 'Date/Time': new Date(Date.now() - DAY_MS).toISOString() }]));
    const settledAt = new Date(Date.now() - 10_000);
    await utimes(join(logs, 'log.csv'), settledAt, settledAt);
    const data = join(image.root, 'data');
    const env = {
      ...image.env,
      TLS_AUDIT_HISTORY_PATH: join(image.root, image.env['TLS_AUDIT_HISTORY_PATH'] ?? ''),
      TLS_AUDIT_SOURCE_TYPE: 'directory',
      TLS_AUDIT_SOURCE_DIRECTORY_PATH: logs,
      TLS_AUDIT_MAIL_ENABLED: 'false',
      TLS_AUDIT_JOBS_OUTBOUND_AUDIT_SCHEDULE: '* * * * * *',
      TLS_AUDIT_HEALTH_PORT: String(await freePort()),
      TMPDIR: folder.path,
    };
    const before = await snapshot(image.root);
    const options = { cli: cli(), cwd: app, env };
    await using worker = startProgram([...image.entrypoint.slice(2), ...image.command], options);
    const check = () => runProgram(image.healthcheck.slice(2), options);
    await until('the health check says well', async () => (await check()).code === 0);
    await until('a run is recorded', async () => {
      const { stdout } = await runProgram(['status', '--json'], options);
      return stdout.includes('"verdict"');
    });
    worker.kill('SIGTERM');
    expect(await worker.ended).toMatchObject({ code: 0, signal: null });
    expect(await check()).toMatchObject({ code: 1 });
    const after = await snapshot(image.root);
    const changed = [...after].filter(([path, state]) => before.get(path) !== state).map(([path]) => path);
    expect(changed.filter((path) => !path.startsWith(data))).toEqual([]);
    expect(changed).toContain(env.TLS_AUDIT_HISTORY_PATH);
  });
});

/** Size and time of every file below the folder. */
async function snapshot(root: string): Promise<Map<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const states = files.map(async (file): Promise<[string, string]> => {
    const { size, mtimeMs } = await stat(file);
    return [file, `${size} ${mtimeMs}`];
  });
  return new Map(await Promise.all(states));
}
