import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DatabaseSync } from 'node:sqlite';
import type { Locks, Owner } from '../../src/model/run-record.ts';
import { openDatabase } from '../../src/record/database.ts';
import { locksIn, STALE_AFTER_MS } from '../../src/record/locks.ts';
import { historyOf } from '../../src/record/history.ts';
import { JOB } from './fixtures.ts';

const NOW = new Date('2026-11-22T02:00:00Z');
const NAME = `job:${JOB}`;

function after(ms: number): Date {
  return new Date(NOW.getTime() + ms);
}

function owner(id: string, pid: number, place = 'here'): Owner {
  return { id, pid, place };
}

let database: DatabaseSync;
let alive: Set<number>;
beforeEach(() => {
  database = openDatabase(':memory:');
  alive = new Set([1, 2, 3]);
});
afterEach(() => database.close());

/** The locks as another process of the machine has them. */
function locks(): Locks {
  return locksIn(
    database,
    (_doing, work) => work(),
    (pid) => alive.has(pid),
  );
}

describe('a lock', () => {
  it('is held by one owner until it is released, and says by whom', () => {
    expect(locks().acquire(NAME, owner('a', 1), NOW)).toBeUndefined();
    expect(locks().acquire(NAME, owner('b', 2), after(5))).toEqual({ place: 'here', pid: 1, since: NOW });
    expect(locks().acquire('job:another', owner('b', 2), NOW)).toBeUndefined();
    locks().release(NAME, owner('b', 2));
    expect(locks().acquire(NAME, owner('b', 2), after(5))).toBeDefined();
    locks().release(NAME, owner('a', 1));
    expect(locks().acquire(NAME, owner('b', 2), after(5))).toBeUndefined();
    locks().release(NAME, owner('b', 2));
  });

  it('of a process that died is free at once; of one in another place only after its heartbeat stopped', () => {
    locks().acquire(NAME, owner('a', 1), NOW);
    locks().acquire('mail:1', owner('c', 1, 'there'), NOW);
    alive.delete(1);
    expect(locks().acquire(NAME, owner('b', 2), after(5))).toBeUndefined();
    expect(locks().acquire('mail:1', owner('b', 2), after(STALE_AFTER_MS - 1))).toMatchObject({ place: 'there' });
    expect(locks().acquire('mail:1', owner('b', 2), after(STALE_AFTER_MS))).toBeUndefined();
  });

  it('is kept by heartbeats, and the owner of a lost one is told so', () => {
    locks().acquire(NAME, owner('a', 1), NOW);
    expect(locks().beat(NAME, owner('a', 1), after(STALE_AFTER_MS - 1))).toBe(true);
    expect(locks().acquire(NAME, owner('b', 2), after(STALE_AFTER_MS))).toMatchObject({ pid: 1 });
    expect(locks().acquire(NAME, owner('b', 2), after(2 * STALE_AFTER_MS))).toBeUndefined();
    expect(locks().beat(NAME, owner('a', 1), after(2 * STALE_AFTER_MS))).toBe(false);
  });

  it('is not kept by a heartbeat from the future, which a clock that was set back leaves', () => {
    locks().acquire(NAME, owner('a', 1), after(STALE_AFTER_MS));
    expect(locks().acquire(NAME, owner('b', 2), NOW)).toBeUndefined();
  });

  it('left under the same process number by an earlier process is free: a container restarts as process 1', () => {
    const insert = database.prepare('INSERT INTO locks VALUES (?, ?, ?, ?, ?, ?)');
    insert.run(NAME, 'before the restart', 'here', 1, NOW.toISOString(), NOW.toISOString());
    expect(locks().acquire(NAME, owner('a', 1), after(5))).toBeUndefined();
    // The same process asks twice: its first piece of work still holds it.
    expect(locks().acquire(NAME, owner('b', 1), after(9))).toMatchObject({ pid: 1 });
    locks().release(NAME, owner('a', 1));
  });

  it('taken from a dead holder makes the run it left an abandoned one, and no run of another job', () => {
    const { runs } = historyOf(database, ':memory:');
    const window = { from: new Date('2026-11-21T00:00:00Z'), to: new Date('2026-11-22T00:00:00Z') };
    locks().acquire(NAME, owner('a', 1), NOW);
    runs.begin({ id: 'r1', job: JOB, window, startedAt: NOW });
    runs.begin({ id: 'r2', job: 'another', window, startedAt: NOW });
    alive.delete(1);
    expect(locks().acquire(NAME, owner('b', 2), after(7))).toBeUndefined();
    expect(runs.latest(JOB, 5)).toMatchObject([
      { id: 'r1', end: 'abandoned', reason: expect.stringContaining('its process 1 ended without a word') },
    ]);
    expect(runs.latest('another', 5)).toMatchObject([{ id: 'r2', end: null }]);
  });

  it('taken from a silent holder does not say that it has ended: it may have been suspended', () => {
    const { runs } = historyOf(database, ':memory:');
    const window = { from: new Date('2026-11-21T00:00:00Z'), to: new Date('2026-11-22T00:00:00Z') };
    locks().acquire(NAME, owner('a', 1), NOW);
    runs.begin({ id: 'r1', job: JOB, window, startedAt: NOW });
    locks().acquire(NAME, owner('b', 2), after(STALE_AFTER_MS));
    expect(runs.latest(JOB, 1)[0]?.reason).toMatch(
      /^its process 1 gave no sign for two minutes; it was last heard of at/,
    );
  });
});
