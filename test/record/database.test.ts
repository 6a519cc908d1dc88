import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadSqlite, openDatabase } from '../../src/record/database.ts';
import { historyOf, openHistory } from '../../src/record/history.ts';
import { migrate, MIGRATIONS, schemaVersion } from '../../src/record/migrations.ts';
import { daysOf, domainOf, failureOf, JOB, reportOf, temporaryFolder } from './fixtures.ts';

const FROM = '2026-11-21T00:00:00.000Z';
const TO = '2026-11-22T00:00:00.000Z';

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'data', 'history.db');
});
afterEach(() => folder.remove());

function recordOne(id: string, target = path): void {
  const history = openHistory(target);
  history.record({ report: reportOf({ id, from: FROM, to: TO }), days: daysOf(FROM, TO) });
  history.close();
}

function modeOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

describe('a history in a file', () => {
  it('is created with its folder, for this user alone', () => {
    const history = openHistory(path);
    history.record({ report: reportOf({ id: 'r1', from: FROM, to: TO }), days: daysOf(FROM, TO) });
    expect(modeOf(join(folder.path, 'data'))).toBe('700');
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect([file, modeOf(file)]).toEqual([file, '600']);
    history.close();
  });

  it('is made private again when somebody opened it up', () => {
    recordOne('r1');
    chmodSync(path, 0o644);
    openHistory(path).close();
    expect(modeOf(path)).toBe('600');
  });

  it('survives closing, with write-ahead logging, full sync and foreign keys', () => {
    recordOne('r1');
    const database = openDatabase(path);
    const settings = ['journal_mode', 'synchronous', 'foreign_keys'].map(
      (name) => database.prepare(`PRAGMA ${name}`).get()?.[name],
    );
    expect(settings).toEqual(['wal', 2, 1]);
    const history = historyOf(database, path);
    expect(history.findRun('r1')?.report).toEqual(reportOf({ id: 'r1', from: FROM, to: TO }));
    history.close();
    history.close();
  });

  it('can be read while another process has it open, and refuses to be written through a reader', () => {
    const writer = openHistory(path);
    const reader = openHistory(path, { readOnly: true });
    writer.record({ report: reportOf({ id: 'r1', from: FROM, to: TO }), days: daysOf(FROM, TO) });
    expect(reader.latestRuns(JOB, 5).map(({ id }) => id)).toEqual(['r1']);
    const failure = failureOf(() =>
      reader.record({ report: reportOf({ id: 'r2', from: FROM, to: TO }), days: daysOf(FROM, TO) }),
    );
    expect(failure.message).toContain('read-only');
    reader.close();
    writer.close();
  });

  it('that does not exist is not created by a reader', () => {
    const failure = failureOf(() => openHistory(path, { readOnly: true }));
    expect(failure.message).toBe(`Opening the history database ${path}: there is no such file`);
    expect(existsSync(path)).toBe(false);
    expect(existsSync(join(folder.path, 'data'))).toBe(false);
  });
});

describe('a file that cannot be used', () => {
  it('is refused when it is no database, and left as it is', () => {
    mkdirSync(join(folder.path, 'data'));
    const content = 'Date/Time,Internal Message ID\n'.repeat(200);
    writeFileSync(path, content);
    const failure = failureOf(() => openHistory(path));
    expect(failure.message).toContain(`Opening the history database ${path}: the file is not an SQLite database`);
    expect(failure.remedy).toContain('backup');
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it.each([
    ['overwritten in the middle', (bytes: Buffer) => bytes.fill(0xff, 4096, 4096 + 3000)],
    ['cut in half', (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 8192) * 4096)],
  ])('is refused when it was %s, and left as it is', (_name, damage) => {
    recordOne('r1');
    const damaged = damage(readFileSync(path));
    truncateSync(path);
    writeFileSync(path, damaged);
    const failure = failureOf(() => openHistory(path));
    expect(failure.message).toContain(`history database ${path}: the file is damaged`);
    expect(failure.remedy).toContain('Keep the file as it is');
    expect(readFileSync(path)).toEqual(damaged);
  });

  it('is refused when a newer version wrote it, and loses nothing', () => {
    recordOne('r1');
    const newer = new DatabaseSync(path);
    newer.exec(`CREATE TABLE from_the_future (id TEXT); PRAGMA user_version = ${MIGRATIONS.length + 3}`);
    newer.close();
    const before = readFileSync(path);
    for (const readOnly of [false, true]) {
      const failure = failureOf(() => openHistory(path, { readOnly }));
      expect(failure.message).toContain(`its schema ${MIGRATIONS.length + 3} is newer than this program knows`);
      expect(failure.remedy).toContain('Install the tls-audit version that wrote it');
      expect(readFileSync(path)).toEqual(before);
    }
  });

  it('is refused when it belongs to another program, and left as it is', () => {
    mkdirSync(join(folder.path, 'data'));
    const foreign = new DatabaseSync(path);
    foreign.exec('CREATE TABLE customers (name TEXT)');
    foreign.close();
    const before = readFileSync(path);
    expect(failureOf(() => openHistory(path)).message).toContain('a database of another program');
    expect(readFileSync(path)).toEqual(before);
  });

  it('is refused when its folder is a file, or it is a folder', () => {
    writeFileSync(join(folder.path, 'data'), '');
    expect(failureOf(() => openHistory(path)).message).toContain(`${path}: the file cannot be opened`);
    expect(failureOf(() => openHistory(folder.path)).message).toContain('the file cannot be opened');
  });

  it('is refused when its folder is read-only', () => {
    mkdirSync(join(folder.path, 'data'), { mode: 0o555 });
    const failure = asOrdinaryUser(() => failureOf(() => openHistory(path)));
    expect(failure.message).toContain(`${path}: the file or its folder is read-only for this user (`);
    expect(failure.message).toContain('EACCES');
    expect(failure.remedy).toContain('write access');
  });

  it('is refused when the file is read-only, and can then be read only', () => {
    recordOne('r1');
    chmodSync(path, 0o444);
    chmodSync(join(folder.path, 'data'), 0o777);
    const failure = asOrdinaryUser(() => failureOf(() => openHistory(path)));
    expect(failure.message).toContain('read-only for this user');
    const run = asOrdinaryUser(() => {
      const reader = openHistory(path, { readOnly: true });
      const found = reader.findRun('r1');
      reader.close();
      return found;
    });
    expect(run?.id).toBe('r1');
  });

  it('says so when this Node has no SQLite', () => {
    const failure = failureOf(() => loadSqlite(() => undefined));
    expect(failure.message).toContain('has no node:sqlite');
    expect(failure.remedy).toContain('Node 24');
  });
});

describe('a failed recording', () => {
  it('says that another process holds the file, and works again when it lets go', () => {
    recordOne('r1');
    const history = openHistory(path, { busyTimeoutMs: 0 });
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const run = { report: reportOf({ id: 'r2', from: FROM, to: TO }), days: daysOf(FROM, TO) };
    const failure = failureOf(() => history.record(run));
    expect(failure.message).toContain(`Recording a run in the history database ${path}: another process holds it`);
    other.exec('ROLLBACK');
    other.close();
    history.record(run);
    expect(history.latestRuns(JOB, 5).map(({ id }) => id)).toEqual(['r2']);
    history.close();
  });

  it('on a full disk keeps what was there, whole, and works again when there is space', () => {
    recordOne('r1');
    const database = openDatabase(path);
    const history = historyOf(database, path);
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages + 4}`);
    const domains = Array.from({ length: 2_000 }, (_, n) => domainOf(`d${n}.example`, { deliveries: 1 }));
    const run = { report: reportOf({ id: 'r2', from: FROM, to: TO }), days: daysOf(FROM, TO, domains) };
    const failure = failureOf(() => history.record(run));
    expect(failure.message).toContain(`${path}: the disk is full`);
    expect(failure.remedy).toContain('Free space');
    expect(history.latestRuns(JOB, 5).map(({ id }) => id)).toEqual(['r1']);
    expect(history.coveredDays(JOB, { from: new Date(FROM), to: new Date(TO) })).toEqual(new Set(['2026-11-21']));
    database.exec('PRAGMA max_page_count = 100000');
    history.record(run);
    expect(history.latestRuns(JOB, 5).map(({ id }) => id)).toEqual(['r2']);
    history.close();
  });
});

describe('the migrations', () => {
  function schemaOf(database: DatabaseSync) {
    return database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all();
  }

  it.each(Array.from(MIGRATIONS.keys()))('lead from version %d to the same schema as a new history', (version) => {
    mkdirSync(join(folder.path, 'data'));
    const old = new DatabaseSync(path);
    migrate(old, MIGRATIONS.slice(0, version));
    expect(schemaVersion(old)).toBe(version);
    old.close();
    const upgraded = openDatabase(path);
    const fresh = openDatabase(':memory:');
    expect(schemaVersion(upgraded)).toBe(MIGRATIONS.length);
    expect(schemaOf(upgraded)).toEqual(schemaOf(fresh));
    expect(schemaOf(fresh).length).toBeGreaterThan(5);
    upgraded.close();
    fresh.close();
  });

  it('are kept up to the last whole step when one fails', () => {
    const database = new DatabaseSync(':memory:');
    const steps = ['CREATE TABLE one (a TEXT)', 'CREATE TABLE two (a TEXT); CREATE TABLE one (a TEXT)'];
    expect(() => migrate(database, steps)).toThrow('table one already exists');
    expect(schemaVersion(database)).toBe(1);
    expect(schemaOf(database).map((row) => row['name'])).toEqual(['one']);
    migrate(database, ['CREATE TABLE one (a TEXT)', 'CREATE TABLE two (a TEXT)']);
    expect(schemaVersion(database)).toBe(2);
    database.close();
  });

  it('are not run by a reader', () => {
    mkdirSync(join(folder.path, 'data'));
    new DatabaseSync(path).close();
    writeFileSync(path, '');
    const failure = failureOf(() => openHistory(path, { readOnly: true }));
    expect(failure.message).toContain(`its schema is 0, this program needs ${MIGRATIONS.length}`);
    expect(readFileSync(path)).toHaveLength(0);
  });
});

/** File modes do not bind root: as root the work is done as nobody (65534), who owns none of the files here. */
function asOrdinaryUser<T>(work: () => T): T {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65534);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}
