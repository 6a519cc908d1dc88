/** Who does what at the moment. The tables are in migrations.ts. */
export const lockQueries = {
  findLock: `SELECT owner, place, pid, taken_at, heartbeat_at FROM locks WHERE name = :name`,

  takeLock: `
    INSERT INTO locks (name, owner, place, pid, taken_at, heartbeat_at) VALUES (:name, :owner, :place, :pid, :now, :now)
    ON CONFLICT (name) DO UPDATE SET owner = :owner, place = :place, pid = :pid, taken_at = :now, heartbeat_at = :now`,

  beatLock: `UPDATE locks SET heartbeat_at = :now WHERE name = :name AND owner = :owner`,

  releaseLock: `DELETE FROM locks WHERE name = :name AND owner = :owner`,

  // Left by a process that was killed between sending a mail and letting go of it: nobody asks for that one again.
  pruneLocks: `DELETE FROM locks WHERE heartbeat_at < :mailsBefore`,
} as const;
