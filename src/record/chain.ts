import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { ChainCheck } from '../model/ports.ts';
import { queries } from './queries.ts';
import { type Row, text } from './recorded-run.ts';

/** What a run's hash speaks for: all that is recorded about it and never changes afterwards, and the run before it. */
function hashOf(row: Row, previous: string): string {
  const fields = ['id', 'job', 'window_from', 'window_to', 'started_at', 'verdict', 'report_json'];
  const content = JSON.stringify([previous, ...fields.map((field) => text(row, field))]);
  return createHash('sha256').update(content).digest('hex');
}

/** Stores the hash of the newest run. Runs recorded before there were hashes are taken into the chain as they stand. */
export function chainNewest(database: DatabaseSync): void {
  const [newest, before] = database.prepare(queries.newestTwo).all();
  if (newest === undefined) return;
  const stored = before?.['hash'];
  const previous = before === undefined ? '' : typeof stored === 'string' ? stored : headOf(database, newest);
  database.prepare(queries.storeHash).run({ id: text(newest, 'id'), hash: hashOf(newest, previous) });
}

/** The head of a chain whose runs have no hashes yet. */
function headOf(database: DatabaseSync, newest: Row): string {
  let head = '';
  for (const row of database.prepare(queries.chain).iterate()) {
    if (row['id'] !== newest['id']) head = hashOf(row, head);
  }
  return head;
}

/**
 * Computes every hash anew, from the first run to the newest. A changed, inserted or removed run breaks the chain where
 * it stood; that runs at the end were removed shows only against a head written down elsewhere.
 */
export function checkChain(database: DatabaseSync): ChainCheck {
  let head = '';
  let runs = 0;
  let unhashed = 0;
  for (const row of database.prepare(queries.chain).iterate()) {
    head = hashOf(row, head);
    runs++;
    // Only runs older than the first hash may be without one.
    if (row['hash'] === null && unhashed === runs - 1) unhashed++;
    else if (row['hash'] !== head) return { runs, unhashed, head, brokenAt: text(row, 'id') };
  }
  return { runs, unhashed, head, brokenAt: undefined };
}
