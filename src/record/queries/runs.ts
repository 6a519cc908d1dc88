/** The hash of the link before: null without a link before, '' where that link has none. */
const PREVIOUS_HASH = `(
      SELECT coalesce(hash, '') FROM (
        SELECT sequence, hash FROM runs UNION ALL SELECT sequence, hash FROM pruned_runs
      ) AS before WHERE before.sequence < runs.sequence ORDER BY before.sequence DESC LIMIT 1
    ) AS previous_hash`;

/** Ended run records of days that are kept no longer. */
const PRUNABLE_RECORDS = `window_to <= :before AND ended IS NOT NULL AND id NOT IN (SELECT id FROM runs)`;

/**
 * How records ended. Whole milliseconds, whose sum does not depend on the order (a counter that falls by a rounding error
 * counts as reset); none below 0, whatever the clock was set to during the run.
 */
const RECORD_TOTALS = `
    SELECT job, ended, count(*) AS runs, count(ended_at) AS timed,
           coalesce(sum(max(0, CAST(round(
             (unixepoch(ended_at, 'subsec') - unixepoch(started_at, 'subsec')) * 1000
           ) AS INTEGER))), 0) AS duration_ms
    FROM run_records`;

/** The recorded runs, their chain and their course. The tables are in migrations.ts. */
export const runQueries = {
  // Behind every run there ever was: the place of a pruned one is never given again.
  insertRun: `
    INSERT INTO runs (sequence, id, job, window_from, window_to, started_at, verdict, report_json)
    SELECT 1 + max(coalesce((SELECT max(sequence) FROM runs), 0), coalesce((SELECT max(sequence) FROM pruned_runs), 0)),
           :id, :job, :from, :to, :startedAt, :verdict, :report`,

  /** Every run ever recorded, in order: whole, or what pruning left of it. */
  links: `
    SELECT sequence, id, job, window_from, window_to, started_at, verdict, report_json, days_json, NULL AS content_hash, hash
    FROM runs
    UNION ALL
    SELECT sequence, NULL, NULL, NULL, window_to, NULL, NULL, NULL, NULL, content_hash, hash FROM pruned_runs
    ORDER BY sequence`,

  newestTwoLinks: `
    SELECT sequence, id, job, window_from, window_to, started_at, verdict, report_json, days_json, NULL AS content_hash, hash
    FROM runs
    UNION ALL
    SELECT sequence, NULL, NULL, NULL, window_to, NULL, NULL, NULL, NULL, content_hash, hash FROM pruned_runs
    ORDER BY sequence DESC LIMIT 2`,

  storeDays: `UPDATE runs SET days_json = :days WHERE id = :id`,

  /** The first run that is superseded by another one than the next over its window, or hidden by one that is not there. */
  wronglySuperseded: `
    SELECT id FROM runs
    WHERE superseded_by IS NOT (
      SELECT id FROM runs AS later
      WHERE later.job = runs.job AND later.window_from = runs.window_from AND later.window_to = runs.window_to
        AND later.sequence > runs.sequence
      ORDER BY later.sequence LIMIT 1
    )
    ORDER BY sequence LIMIT 1`,

  /** What each run that is still there recorded about days, in order. */
  runDays: `SELECT sequence, id, job, window_from, window_to, days_json FROM runs ORDER BY sequence`,

  storeHash: `UPDATE runs SET hash = :hash WHERE id = :id`,

  supersedeOlderRuns: `
    UPDATE runs SET superseded_by = :id
    WHERE job = :job AND window_from = :from AND window_to = :to AND id <> :id AND superseded_by IS NULL`,

  markMailed: `UPDATE runs SET mailed_at = coalesce(mailed_at, :at) WHERE id = :id`,

  // In the order in which they were recorded: by their starts, a run under a clock that was ahead would stay the newest.
  latestRuns: `
    SELECT id, job, window_from, window_to, started_at, verdict, report_json, days_json, mailed_at, hash,
           ${PREVIOUS_HASH} FROM runs
    WHERE superseded_by IS NULL AND (:job IS NULL OR job = :job)
    ORDER BY sequence DESC
    LIMIT :limit`,

  findRun: `
    SELECT id, job, window_from, window_to, started_at, verdict, report_json, days_json, mailed_at, hash,
           ${PREVIOUS_HASH} FROM runs
    WHERE id = :id`,

  runBefore: `SELECT run_id FROM day_results WHERE job = :job AND day < :day ORDER BY day DESC LIMIT 1`,

  runsUpTo: `
    WITH newest AS (SELECT max(day) AS day FROM day_results WHERE job = :job AND day < :day),
    first AS (
      SELECT min(sequence) AS sequence FROM runs, newest
      WHERE job = :job AND window_from < date(newest.day, '+1 day') AND window_to > newest.day || 'T00:00:00.000Z'
    )
    SELECT id, job, window_from, window_to, started_at, verdict, report_json, days_json, mailed_at, hash,
           ${PREVIOUS_HASH} FROM runs
    WHERE job = :job AND superseded_by IS NULL AND window_to <= :time AND sequence >= (SELECT sequence FROM first)
    ORDER BY sequence`,

  newestRevision: `
    SELECT newest.id FROM runs AS given JOIN runs AS newest USING (job, window_from, window_to)
    WHERE given.id = :id AND given.superseded_by IS NOT NULL AND newest.superseded_by IS NULL`,

  prunableRuns: `
    SELECT sequence, id, job, window_from, window_to, started_at, verdict, report_json, days_json, hash FROM runs
    WHERE window_to <= :before
      AND id NOT IN (SELECT run_id FROM day_results)
      AND id NOT IN (SELECT run_id FROM outbox WHERE run_id IS NOT NULL)`,

  insertPrunedRun: `
    INSERT INTO pruned_runs (sequence, window_to, content_hash, hash) VALUES (:sequence, :windowTo, :contentHash, :hash)`,

  deletePrunedRuns: `DELETE FROM runs WHERE sequence IN (SELECT sequence FROM pruned_runs)`,

  beginRun: `
    INSERT INTO run_records (id, job, window_from, window_to, started_at, phase, counts_json)
    VALUES (:id, :job, :from, :to, :startedAt, 'finding', '{}')`,

  progressRun: `
    UPDATE run_records SET phase = :phase, counts_json = json_patch(counts_json, :counts)
    WHERE id = :id AND ended IS NULL`,

  endRun: `
    UPDATE run_records SET ended = :end, ended_at = :at, reason = :reason WHERE id = :id AND ended IS NULL`,

  abandonRuns: `
    UPDATE run_records SET ended = 'abandoned', reason = :reason WHERE job = :job AND ended IS NULL`,

  // A run that was recorded without having been begun (by an older caller) has no course to tell.
  completeRun: `
    INSERT INTO run_records (id, job, window_from, window_to, started_at, phase, counts_json, ended, ended_at)
    VALUES (:id, :job, :from, :to, :startedAt, 'done', :counts, :end, :at)
    ON CONFLICT (id) DO UPDATE SET
      phase = 'done', counts_json = json_patch(counts_json, excluded.counts_json), ended = :end, ended_at = :at
    WHERE ended IS NULL`,

  latestRunRecords: `
    SELECT run_records.*, runs.superseded_by FROM run_records LEFT JOIN runs USING (id)
    WHERE (:job IS NULL OR run_records.job = :job)
    ORDER BY run_records.sequence DESC
    LIMIT :limit`,

  runTotals: `
    SELECT ended, sum(runs) AS runs, sum(timed) AS timed, sum(duration_ms) AS duration_ms
    FROM (
      ${RECORD_TOTALS} WHERE job = :job AND ended IS NOT NULL GROUP BY job, ended
      UNION ALL
      SELECT job, ended, runs, timed, duration_ms FROM run_totals WHERE job = :job
    )
    GROUP BY ended ORDER BY ended`,

  keepTotals: `
    INSERT INTO run_totals (job, ended, runs, timed, duration_ms)
    ${RECORD_TOTALS} WHERE ${PRUNABLE_RECORDS} GROUP BY job, ended
    ON CONFLICT (job, ended) DO UPDATE SET
      runs = runs + excluded.runs, timed = timed + excluded.timed, duration_ms = duration_ms + excluded.duration_ms`,

  pruneRunRecords: `DELETE FROM run_records WHERE ${PRUNABLE_RECORDS}`,
} as const;
