/** Every query on the history; the tables are in migrations.ts. */
export const queries = {
  insertRun: `
    INSERT INTO runs (id, job, window_from, window_to, started_at, verdict, report_json)
    VALUES (:id, :job, :from, :to, :startedAt, :verdict, :report)`,

  newestTwo: `
    SELECT id, job, window_from, window_to, started_at, verdict, report_json, hash FROM runs
    ORDER BY sequence DESC LIMIT 2`,

  storeHash: `UPDATE runs SET hash = :hash WHERE id = :id`,

  chain: `
    SELECT id, job, window_from, window_to, started_at, verdict, report_json, hash FROM runs ORDER BY sequence`,

  supersedeOlderRuns: `
    UPDATE runs SET superseded_by = :id
    WHERE job = :job AND window_from = :from AND window_to = :to AND id <> :id AND superseded_by IS NULL`,

  heldWhole: `SELECT 1 FROM day_results WHERE job = :job AND day = :day AND whole = 1`,

  deleteDay: `DELETE FROM day_results WHERE job = :job AND day = :day`,

  insertDay: `
    INSERT INTO day_results (job, day, run_id, whole, complete) VALUES (:job, :day, :runId, :whole, :complete)`,

  insertDomain: `
    INSERT INTO day_domains (job, domain, day, deliveries, violations, plaintext, unrecognised,
                             verified, unverified, tls, first_seen, last_seen)
    VALUES (:job, :domain, :day, :deliveries, :violations, :plaintext, :unrecognised,
            :verified, :unverified, :tls, :firstSeen, :lastSeen)`,

  markMailed: `UPDATE runs SET mailed_at = coalesce(mailed_at, :at) WHERE id = :id`,

  coveredDays: `
    SELECT day FROM day_results WHERE job = :job AND complete = 1 AND day BETWEEN :first AND :last`,

  firstDay: `SELECT min(day) AS day FROM day_results WHERE job = :job`,

  anyDayBefore: `SELECT 1 FROM day_results WHERE job = :job AND day < :before LIMIT 1`,

  // A day says something about a domain when at least one delivery had a recognised value; the others (no mail, or
  // only unrecognised values) neither open nor close a finding. "violating" is the newest violating day, "clean" the
  // newest day that says otherwise: the finding is open when no clean day came after the newest violating one.
  openFindings: `
    WITH newest AS (
      SELECT domain,
             max(CASE WHEN violations > 0 THEN day END) AS violating,
             max(CASE WHEN violations = 0 THEN day END) AS clean
      FROM day_domains
      WHERE job = :job AND day < :before AND deliveries > unrecognised
      GROUP BY domain
    )
    SELECT newest.domain, min(day) AS since, count(*) AS nights
    FROM newest JOIN day_domains series
      ON series.job = :job AND series.domain = newest.domain
     AND series.violations > 0 AND series.day > coalesce(clean, '') AND series.day < :before
    WHERE violating > coalesce(clean, '')
    GROUP BY newest.domain
    ORDER BY newest.domain`,

  // As with findings: a day without a recognised value says nothing, nor does one without a word on verification.
  domainPasts: `
    WITH newest AS (
      SELECT domain,
             max(CASE WHEN deliveries > unrecognised AND plaintext = 0 THEN day END) AS protected,
             max(CASE WHEN verified > 0 AND unverified = 0 THEN day END) AS verified
      FROM day_domains
      WHERE job = :job AND day < :before
      GROUP BY domain
    )
    SELECT newest.domain, newest.protected, newest.verified,
           min(CASE WHEN series.plaintext > 0 AND series.day > newest.protected THEN series.day END) AS plaintext_since,
           min(CASE WHEN series.unverified > 0 AND series.day > newest.verified THEN series.day END) AS unverified_since
    FROM newest JOIN day_domains series
      ON series.job = :job AND series.domain = newest.domain AND series.day < :before
    GROUP BY newest.domain
    ORDER BY newest.domain`,

  domainSums: `
    SELECT domain, sum(deliveries) AS deliveries, sum(violations) AS violations, sum(plaintext) AS plaintext,
           sum(unrecognised) AS unrecognised, sum(deliveries > 0) AS days
    FROM day_domains
    WHERE job = :job AND day BETWEEN :first AND :last
    GROUP BY domain
    ORDER BY domain`,

  recordedDays: `
    SELECT day_results.day, run_id, complete, coalesce(sum(deliveries), 0) AS deliveries,
           coalesce(sum(violations), 0) AS violations, coalesce(sum(plaintext), 0) AS plaintext,
           coalesce(sum(unrecognised), 0) AS unrecognised
    FROM day_results LEFT JOIN day_domains USING (job, day)
    WHERE job = :job AND day_results.day BETWEEN :first AND :last
    GROUP BY day_results.day
    ORDER BY day_results.day`,

  dayDomains: `
    SELECT domain, day, deliveries, violations, plaintext, unrecognised, verified, unverified, tls, first_seen, last_seen
    FROM day_domains
    WHERE job = :job AND day BETWEEN :first AND :last
    ORDER BY domain, day`,

  latestRuns: `
    SELECT id, job, window_from, window_to, started_at, verdict, report_json, mailed_at FROM runs
    WHERE superseded_by IS NULL AND (:job IS NULL OR job = :job)
    ORDER BY started_at DESC, sequence DESC
    LIMIT :limit`,

  findRun: `
    SELECT id, job, window_from, window_to, started_at, verdict, report_json, mailed_at FROM runs WHERE id = :id`,
} as const;
