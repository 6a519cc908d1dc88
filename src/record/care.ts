import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { AuditError, UsageError } from '../support/errors.ts';
import { countOf } from '../support/plural.ts';
import { damaged, databaseError } from './database-error.ts';
import { loadSqlite, openDatabase } from './database.ts';
import { schemaVersion } from './migrations.ts';

/** Tables in the order in which a row's references come before it. */
const EXPORTED = [
  'pruned_days',
  'runs',
  'pruned_runs',
  'run_records',
  'run_totals',
  'day_results',
  'day_domains',
  'unread_days',
  'cursors',
  'hours',
  'outbox',
  'outbox_recipients',
  'troubles',
];

const OF_TWO_COLUMNS = ['pruned_days', 'unread_days'];

/**
 * Copies the history whole, also while another process writes to it, checks the copy and puts it at the target, for this
 * user alone. A file that stands there is replaced only by a sound copy.
 */
export async function backupDatabase(path: string, target: string): Promise<void> {
  if (!existsSync(dirname(target))) {
    throw new UsageError(`history backup ${target}: the folder ${dirname(target)} does not exist`);
  }
  const { backup } = loadSqlite();
  const draft = `${target}.${process.pid}.part`;
  const source = openDatabase(path, { readOnly: true });
  try {
    await backup(source, draft);
    chmodSync(draft, 0o600);
    verifyDatabase(draft);
    renameSync(draft, target);
  } catch (error) {
    throw databaseError(error, target, 'Writing a backup of the history to');
  } finally {
    source.close();
    for (const file of [draft, `${draft}-wal`, `${draft}-shm`]) rmSync(file, { force: true });
  }
}

/** Every row as one JSON object a line, `table` first; the first line says what it is. Holds no addresses. */
export function exportDatabase(path: string): string {
  const database = openDatabase(path, { readOnly: true });
  try {
    const head = { schema: 'tls-audit/history/1', version: schemaVersion(database) };
    // One transaction: what is exported is how it stood at one moment.
    database.exec('BEGIN');
    const rows = EXPORTED.flatMap((table) =>
      database
        .prepare(`SELECT * FROM ${table} ORDER BY ${OF_TWO_COLUMNS.includes(table) ? '1, 2' : '1, 2, 3'}`)
        .all()
        .map((row) => ({ table, ...row })),
    );
    database.exec('COMMIT');
    return [head, ...rows].map((line) => `${JSON.stringify(line)}\n`).join('');
  } catch (error) {
    throw databaseError(error, path, 'Exporting the history database');
  } finally {
    database.close();
  }
}

/**
 * Checks every page, index and reference of the file; gives what was found, in words.
 * @throws AuditError where anything is wrong.
 */
export function verifyDatabase(path: string): string {
  const database = openDatabase(path, { readOnly: true });
  try {
    const [first, ...others] = database.prepare('PRAGMA integrity_check').all();
    if (first?.['integrity_check'] !== 'ok' || others.length > 0) {
      throw damaged(path, String(first?.['integrity_check']));
    }
    const broken = database.prepare('PRAGMA foreign_key_check').all();
    if (broken.length > 0) throw damaged(path, `${countOf(broken.length, 'row')} refer to nothing`);
    const count = (table: string) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
    return `schema ${schemaVersion(database)}, ${countOf(count('runs'), 'result')}, ${countOf(count('day_results'), 'day')}`;
  } catch (error) {
    throw error instanceof AuditError ? error : databaseError(error, path, 'Checking the history database');
  } finally {
    database.close();
  }
}
