import type { DatabaseSync } from 'node:sqlite';
import type { ChainCheck } from '../model/chain-check.ts';
import type { ChainLink } from '../model/history.ts';
import { sha256 } from './hash.ts';
import { runQueries } from './queries/runs.ts';
import { daysHash, type Row, text } from './recorded-run.ts';

/** What is recorded about a run and never changes afterwards; the hashes of its days come behind it. */
const RUN_FIELDS = ['id', 'job', 'window_from', 'window_to', 'started_at', 'verdict', 'report_json'] as const;

/** The hash over what was recorded of a run: computed while it is there, kept when it was pruned. */
function contentHashOf(row: Row): string {
  const kept = row['content_hash'];
  if (typeof kept === 'string') return kept;
  const days = daysHash(row);
  return sha256(...RUN_FIELDS.map((field) => text(row, field)), ...(days === null ? [] : [days]));
}

/** The end of the window stands beside the content, so that a pruned run still proves how old it was. */
function hashOf(row: Row, previous: string): string {
  return sha256(previous, text(row, 'window_to'), contentHashOf(row));
}

/**
 * Stores the hash of the run, which has to be the newest; what it recorded about days has to be there. Runs recorded before there were hashes are taken into the
 * chain as they stand.
 */
export function chainNewest(database: DatabaseSync, id: string): ChainLink {
  const [newest, before] = database.prepare(runQueries.newestTwoLinks).all();
  if (newest?.['id'] !== id) throw new Error(`run ${id} is not the newest one`);
  const stored = before?.['hash'];
  const previous = before === undefined ? '' : typeof stored === 'string' ? stored : headBefore(database, newest);
  const hash = hashOf(newest, previous);
  database.prepare(runQueries.storeHash).run({ id, hash });
  return { hash, previous, days: daysHash(newest) };
}

/** The head of a chain whose runs have no hashes yet. */
function headBefore(database: DatabaseSync, newest: Row): string {
  let head = '';
  for (const row of database.prepare(runQueries.links).iterate()) {
    if (row['sequence'] !== newest['sequence']) head = hashOf(row, head);
  }
  return head;
}

/**
 * Removes the runs of days that are kept no longer, and leaves of each its place and its hashes: the chain of what was
 * recorded before and after it stays provable. To be called within a transaction.
 */
export function pruneRuns(database: DatabaseSync, before: Date): void {
  const bounds = { before: before.toISOString() };
  const leaveBehind = database.prepare(runQueries.insertPrunedRun);
  for (const row of database.prepare(runQueries.prunableRuns).all(bounds)) {
    leaveBehind.run({
      sequence: Number(row['sequence']),
      windowTo: text(row, 'window_to'),
      contentHash: contentHashOf(row),
      hash: typeof row['hash'] === 'string' ? row['hash'] : null,
    });
  }
  database.prepare(runQueries.deletePrunedRuns).run();
}

/**
 * Computes every hash anew, from the first run to the newest. A changed, inserted or removed run breaks the chain where
 * it stood; that runs at the end were removed, or that the whole chain was made anew, shows only against a head written
 * down elsewhere.
 */
export function checkChain(database: DatabaseSync, witnesses: readonly string[]): Omit<ChainCheck, 'days'> {
  const sought = new Set(witnesses.map((hash) => hash.toLowerCase()));
  let head = '';
  let links = 0;
  let unhashed = 0;
  let pruned = 0;
  let prunedUntil: string | undefined;
  for (const row of database.prepare(runQueries.links).iterate()) {
    head = hashOf(row, head);
    sought.delete(head);
    links++;
    if (row['content_hash'] !== null) {
      pruned++;
      const to = text(row, 'window_to');
      if (prunedUntil === undefined || prunedUntil < to) prunedUntil = to;
    }
    // Only runs older than the first hash may be without one.
    if (row['hash'] === null && unhashed === links - 1) unhashed++;
    else if (row['hash'] !== head) {
      return {
        runs: links - pruned,
        unhashed,
        pruned,
        prunedUntil,
        head,
        brokenAt: row['id'] === null ? `no. ${links}` : text(row, 'id'),
        unknown: [...sought],
      };
    }
  }
  // Which run hides which is not hashed, because it comes later; it follows from the runs.
  const hidden = database.prepare(runQueries.wronglySuperseded).get();
  const brokenAt = hidden === undefined ? undefined : text(hidden, 'id');
  return { runs: links - pruned, unhashed, pruned, prunedUntil, head, brokenAt, unknown: [...sought] };
}
