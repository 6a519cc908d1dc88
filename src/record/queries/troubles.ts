/** Jobs that fail. The tables are in migrations.ts. */
export const troubleQueries = {
  noteFailure: `
    INSERT INTO troubles (job, since, failures, reason) VALUES (:job, :at, 1, :reason)
    ON CONFLICT (job) DO UPDATE SET failures = failures + 1, reason = :reason
    RETURNING *`,

  noteAlert: `UPDATE troubles SET alerts = alerts + 1, alerted_at = :at WHERE job = :job`,

  endTrouble: `DELETE FROM troubles WHERE job = :job RETURNING *`,

  troubles: `SELECT * FROM troubles ORDER BY since`,
} as const;
