import type { Clock } from '../model/ports.ts';
import type { LockHolder, Locks, Owner } from '../model/run-record.ts';
import type { Logger } from './logger.ts';

const HEARTBEAT_MS = 15_000;

export interface LockParts {
  readonly locks: Locks;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly owner: Owner;
}

/**
 * Does the work while this owner alone holds the lock, and keeps it alive meanwhile; where somebody else holds it, gives
 * `busy` the holder instead. `onLost` is told when somebody took the lock because this process was silent for too long.
 */
export async function withLock<T>(
  name: string,
  parts: LockParts,
  on: { readonly busy: (holder: LockHolder) => T; readonly lost?: () => void; readonly heartbeatMs?: number },
  work: () => Promise<T>,
): Promise<T> {
  const { locks, clock, logger, owner } = parts;
  const holder = locks.acquire(name, owner, clock.now());
  if (holder !== undefined) return on.busy(holder);
  const heart = setInterval(() => {
    try {
      if (!locks.beat(name, owner, clock.now())) on.lost?.();
    } catch (error) {
      // A database that is busy for a moment; one that stays so makes the recording fail, which is told.
      logger.warn('a lock could not be kept', { lock: name, reason: String(error) });
    }
  }, on.heartbeatMs ?? HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heart);
    try {
      locks.release(name, owner);
    } catch (error) {
      // What the work came to is what counts; a lock that is left is taken from this process when it is stale.
      logger.warn('a lock could not be released', { lock: name, reason: String(error) });
    }
  }
}
