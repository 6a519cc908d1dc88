import type { DatabaseSync } from 'node:sqlite';
import type { LockHolder, Locks, Owner } from '../model/run-record.ts';
import { lockQueries } from './queries/locks.ts';
import { runQueries } from './queries/runs.ts';
import { type Row, text } from './recorded-run.ts';
import type { Guard } from './run-records.ts';
import { inTransaction } from './transaction.ts';

/** A holder that has not been heard of for so long is dead, or so slow that its result is refused (eight heartbeats). */
export const STALE_AFTER_MS = 120_000;

const JOB_PREFIX = 'job:';

/** Locks this process holds: a row with its process number that is not among them was left by an earlier process. */
const heldHere = new Set<string>();

export function locksIn(
  database: DatabaseSync,
  guarded: Guard,
  isAlive: (pid: number) => boolean = isProcessAlive,
): Locks {
  function acquire(name: string, owner: Owner, now: Date): LockHolder | undefined {
    let holder: LockHolder | undefined;
    inTransaction(database, () => {
      const row = database.prepare(lockQueries.findLock).get({ name });
      if (row !== undefined && isHeld(name, row, owner, now, isAlive)) {
        holder = { place: text(row, 'place'), pid: Number(row['pid']), since: new Date(text(row, 'taken_at')) };
        return;
      }
      database
        .prepare(lockQueries.takeLock)
        .run({ name, owner: owner.id, place: owner.place, pid: owner.pid, now: now.toISOString() });
      if (!name.startsWith(JOB_PREFIX)) return;
      const reason =
        row === undefined
          ? 'its process ended without a word'
          : `its process ${Number(row['pid'])} ${isSilent(row, now) ? 'gave no sign for two minutes' : 'ended without a word'}; ` +
            `it was last heard of at ${text(row, 'heartbeat_at')}`;
      database.prepare(runQueries.abandonRuns).run({ job: name.slice(JOB_PREFIX.length), reason });
    });
    if (holder === undefined) heldHere.add(`${name} ${owner.id}`);
    return holder;
  }

  return {
    acquire: (name, owner, now) => guarded('Taking a lock in', () => acquire(name, owner, now)),

    beat(name, owner, now): boolean {
      const { changes } = guarded('Keeping a lock in', () =>
        database.prepare(lockQueries.beatLock).run({ name, owner: owner.id, now: now.toISOString() }),
      );
      return Number(changes) > 0;
    },

    release(name, owner): void {
      heldHere.delete(`${name} ${owner.id}`);
      guarded('Releasing a lock in', () => database.prepare(lockQueries.releaseLock).run({ name, owner: owner.id }));
    },
  };
}

function isHeld(name: string, row: Row, asking: Owner, now: Date, isAlive: (pid: number) => boolean): boolean {
  if (isSilent(row, now)) return false;
  if (text(row, 'place') !== asking.place) return true;
  const pid = Number(row['pid']);
  return pid === asking.pid ? heldHere.has(`${name} ${text(row, 'owner')}`) : isAlive(pid);
}

/** Dead, or only suspended. A clock that was set back must not keep a dead lock alive for as long as it was set back. */
function isSilent(row: Row, now: Date): boolean {
  return Math.abs(now.getTime() - Date.parse(text(row, 'heartbeat_at'))) >= STALE_AFTER_MS;
}

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
