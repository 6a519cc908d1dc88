/** How far the files of each source were read. The table is in migrations.ts. */
export const cursorQueries = {
  cursors: `SELECT job, source, created_at, id FROM cursors WHERE job = coalesce(:job, job) ORDER BY job, source`,

  moveCursor: `
    INSERT INTO cursors (job, source, created_at, id) VALUES (:job, :source, :createdAt, :id)
    ON CONFLICT (job, source) DO UPDATE SET created_at = excluded.created_at, id = excluded.id`,
};
