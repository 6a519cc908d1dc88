import { spawnSync } from 'node:child_process';
import { linkSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/support/package-info.ts';
import { type Nightly, openNightly } from '../nights/nightly.ts';

const CLI = join(packageRoot, 'src', 'cli.ts');

let nightly: Nightly;
beforeEach(async () => {
  nightly = openNightly('2026-11-22T05:30:00Z');
  nightly.putLog('2026-11-21');
  await nightly.run();
  const settings = {
    source: { type: 'directory', directory: { path: join(nightly.folder, 'logs') } },
    history: { path: nightly.historyPath },
    mail: { enabled: false },
    health: { port: null },
  };
  writeFileSync(join(nightly.folder, 'tls-audit.yaml'), stringify(settings));
});
afterEach(() => nightly[Symbol.dispose]());

function tlsAudit(...args: string[]) {
  const all = [CLI, ...args, '--config', join(nightly.folder, 'tls-audit.yaml')];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    encoding: 'utf8',
    env: {},
    cwd: nightly.folder,
  });
  return { status, stdout, stderr };
}

describe('tls-audit history', () => {
  it('backs up, exports and verifies; a backup put in its place is the history', () => {
    expect(tlsAudit('history', 'backup', 'copy.db')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('sound'),
    });
    const copy = join(nightly.folder, 'copy.db');
    expect((statSync(copy).mode & 0o777).toString(8)).toBe('600');
    expect(tlsAudit('history', 'verify')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('1 result, 1 day'),
    });
    const exported = tlsAudit('history', 'export');
    expect(exported.status).toBe(0);
    const lines = exported.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { table?: string });
    expect(lines.map(({ table }) => table)).toEqual(
      expect.arrayContaining([undefined, 'runs', 'day_results', 'hours']),
    );
    expect(exported.stdout).not.toMatch(/ann@/);
    writeFileSync(nightly.historyPath, readFileSync(copy));
    expect(JSON.parse(tlsAudit('status', '--json').stdout)).toMatchObject([{ verdict: 'fail' }]);
  });

  it('exports into a file for this user alone, also in the place of one that others may read', () => {
    const target = join(nightly.folder, 'export.jsonl');
    writeFileSync(target, '', { mode: 0o644 });
    expect(tlsAudit('history', 'export', 'export.jsonl')).toMatchObject({ status: 0, stdout: '' });
    expect((statSync(target).mode & 0o777).toString(8)).toBe('600');
    expect(readFileSync(target, 'utf8')).toContain('"table":"runs"');
  });

  it.each([
    ['history', 'export', 'history.db'],
    ['history', 'export', 'history.db-wal'],
    ['history', 'export', './logs/../history.db-shm'],
    ['history', 'export', '--output', 'symbolic.db'],
    ['history', 'backup', 'hard.db'],
    ['history', 'backup', 'history.db'],
    ['report', '--output', 'history.db'],
    ['run', '--dry-run', '--output', 'symbolic.db'],
  ])('nothing is written over the history itself: %s %s %s', (...args) => {
    symlinkSync(nightly.historyPath, join(nightly.folder, 'symbolic.db'));
    linkSync(nightly.historyPath, join(nightly.folder, 'hard.db'));
    const before = readFileSync(nightly.historyPath);
    const { status, stderr } = tlsAudit(...args);
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('the history itself') });
    expect(readFileSync(nightly.historyPath)).toEqual(before);
  });

  it.each(['frobnicate', 'backup'])('%s without what it needs is wrong usage', (action) => {
    expect(tlsAudit('history', action)).toMatchObject({ status: 2, stdout: '' });
  });
});

describe.each<[string, (path: string) => void, RegExp]>([
  [
    'that a newer version wrote',
    (path) => {
      const newer = new DatabaseSync(path);
      newer.exec('PRAGMA user_version = 99');
      newer.close();
    },
    /its schema 99 is newer than this program knows/,
  ],
  ['that is damaged', (path) => writeFileSync(path, readFileSync(path).fill(0xff, 4096, 8192)), /the file is damaged/],
  [
    'that is no database',
    (path) => writeFileSync(path, 'Date/Time,Recipient\n'.repeat(300)),
    /is not an SQLite database/,
  ],
])('a history %s', (_, spoil, problem) => {
  it('is refused by every command with what to do, and left as it is', () => {
    spoil(nightly.historyPath);
    const before = readFileSync(nightly.historyPath);
    for (const args of [
      ['run'],
      ['worker', '--once'],
      ['status'],
      ['report'],
      ['history', 'verify'],
      ['history', 'backup', 'copy.db'],
    ]) {
      const { status, stdout, stderr } = tlsAudit(...args);
      expect({ args, status, stdout }).toEqual({ args, status: 1, stdout: '' });
      expect(stderr).toMatch(problem);
      expect(stderr).not.toMatch(/^\s+at /m);
      expect(readFileSync(nightly.historyPath)).toEqual(before);
    }
  });
});
