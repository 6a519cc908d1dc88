import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type * as sqlite from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { AuditError } from '../support/errors.ts';
import { CANTOPEN, damaged, databaseError, resultOf } from './database-error.ts';
import { APPLICATION_ID, migrate, MIGRATIONS, schemaVersion } from './migrations.ts';

const IN_MEMORY = ':memory:';

const BUSY_TIMEOUT_MS = 5_000;

export interface DatabaseOptions {
  /** Nothing is created, upgraded or changed. */
  readonly readOnly?: boolean;
  /** False leaves out the check of every page, which takes time with the size of the file: for what is asked every minute. */
  readonly integrityCheck?: boolean;
  /** How long a statement waits for another process before it fails. */
  readonly busyTimeoutMs?: number;
}

/** The history was written by an earlier version of the program, and may not be changed now. */
export class OlderSchemaError extends AuditError {
  override readonly name = 'OlderSchemaError';
}

/** Opens the file, checks that it is a sound history this program understands, and brings its schema up to date. */
export function openDatabase(path: string, options: DatabaseOptions = {}): sqlite.DatabaseSync {
  const { DatabaseSync: Database } = loadSqlite();
  const inMemory = path === IN_MEMORY;
  const readOnly = options.readOnly === true && !inMemory;
  // Absolute, because SQLite reads a path that begins with "file:" as a URI.
  const location = inMemory ? path : resolve(path);
  let database: sqlite.DatabaseSync | undefined;
  try {
    if (!inMemory) prepareFile(location, readOnly);
    const open = (file: string) => new Database(file, { readOnly, timeout: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS });
    database = open(location);
    if (readOnly && !isReadable(database, location)) {
      database.close();
      database = open(`${pathToFileURL(location).href}?immutable=1`);
    }
    checkIdentity(database, location, readOnly);
    if (options.integrityCheck !== false) checkIntegrity(database, location);
    database.exec('PRAGMA foreign_keys = ON');
    if (!readOnly) {
      // Where the file system has no shared memory SQLite stays with its rollback journal, which is as safe.
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      migrate(database);
    }
    return database;
  } catch (error) {
    if (database?.isOpen === true) database.close();
    throw databaseError(error, location, 'Opening the history database');
  }
}

/**
 * False where SQLite would have to make its -shm file beside the database and may not (a read-only mount). Without a -wal
 * nobody else has the file open, so it can be read as one that does not change (https://sqlite.org/wal.html#readonly).
 */
function isReadable(database: sqlite.DatabaseSync, path: string): boolean {
  try {
    database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
    return true;
  } catch (error) {
    if (resultOf(error) !== CANTOPEN || existsSync(`${path}-wal`)) throw error;
    return false;
  }
}

/** Not a plain import, because that ends the program on a Node that was built without SQLite. */
export function loadSqlite(
  getBuiltin: (id: 'node:sqlite') => typeof sqlite | undefined = (id) => process.getBuiltinModule(id),
): typeof sqlite {
  const loaded = getBuiltin('node:sqlite');
  if (loaded !== undefined) return loaded;
  throw new AuditError(`Opening the history database: this Node (${process.version}) has no node:sqlite`, {
    remedy: 'Use Node 24 or newer, an official build: npm scripts and npx in a checkout bring their own.',
  });
}

/** Creates the file and its folder readable by this user alone; SQLite gives -wal and -shm the mode of the file. */
function prepareFile(path: string, readOnly: boolean): void {
  if (readOnly) {
    if (existsSync(path)) return;
    throw new AuditError(`Opening the history database ${path}: there is no such file`, {
      remedy: 'The first `tls-audit run` creates it. If there were runs before, check the path in the settings.',
    });
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  for (const file of [path, `${path}-wal`, `${path}-shm`]) makePrivate(file);
}

function makePrivate(file: string): void {
  if (!existsSync(file)) return;
  try {
    chmodSync(file, 0o600);
  } catch {
    // Another user's file, or a file system without modes (SMB, FAT): the mount decides who may read it.
  }
}

/** Before anything is written: a file of another program or of a newer version is left exactly as it is. */
function checkIdentity(database: sqlite.DatabaseSync, path: string, readOnly: boolean): void {
  const applicationId = database.prepare('PRAGMA application_id').get()?.['application_id'];
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (applicationId !== APPLICATION_ID && !(isEmpty && applicationId === 0)) {
    throw new AuditError(`Opening the history database ${path}: it is a database of another program`, {
      remedy: 'Check the path in the settings: tls-audit needs a file of its own. Nothing in this one was changed.',
    });
  }
  const version = schemaVersion(database);
  const newest = MIGRATIONS.length;
  if (version > newest) {
    throw new AuditError(
      `Opening the history database ${path}: its schema ${version} is newer than this program knows (up to ${newest})`,
      { remedy: 'Install the tls-audit version that wrote it, or a later one. Nothing in the file was changed.' },
    );
  }
  if (readOnly && version < newest) {
    throw new OlderSchemaError(
      `Opening the history database ${path} for reading: its schema is ${version}, this program needs ${newest}`,
      { remedy: 'The next `tls-audit run` or the worker brings it up to date; nothing recorded is lost.' },
    );
  }
}

function checkIntegrity(database: sqlite.DatabaseSync, path: string): void {
  const [first, ...others] = database.prepare('PRAGMA quick_check').all();
  if (first?.['quick_check'] === 'ok' && others.length === 0) return;
  throw damaged(path, String(first?.['quick_check']));
}
