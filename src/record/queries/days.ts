/** What is known of each day and hour, and what days come to. The tables are in migrations.ts. */
export const dayQueries = {
  heldDay: `
    SELECT whole, complete,
           (SELECT coalesce(sum(deliveries), 0) FROM day_domains WHERE job = :job AND day = :day) AS deliveries
    FROM day_results WHERE job = :job AND day = :day`,

  markLate: `UPDATE day_results SET late = 1 WHERE job = :job AND day = :day`,

  uncoverDay: `UPDATE hours SET covered = 0 WHERE job = :job AND day = :day`,

  deleteDay: `DELETE FROM day_results WHERE job = :job AND day = :day`,

  insertDay: `
    INSERT INTO day_results (job, day, run_id, whole, complete) VALUES (:job, :day, :runId, :whole, :complete)`,

  insertDomain: `
    INSERT INTO day_domains (job, domain, day, deliveries, violations, plaintext, unrecognised,
                             verified, unverified, tls, first_seen, last_seen)
    VALUES (:job, :domain, :day, :deliveries, :violations, :plaintext, :unrecognised,
            :verified, :unverified, :tls, :firstSeen, :lastSeen)`,

  insertHour: `
    INSERT INTO hours (job, hour, day, covered, source) VALUES (:job, :hour, :day, :covered, :source)`,

  coveredDays: `
    SELECT day FROM day_results WHERE job = :job AND complete = 1 AND late = 0 AND day BETWEEN :first AND :last`,

  auditedDays: `
    SELECT day FROM day_results WHERE job = :job AND whole = 1 AND late = 0 AND day BETWEEN :first AND :last`,

  hours: `
    SELECT hour, covered, source FROM hours WHERE job = :job AND hour >= :from AND hour < :to ORDER BY hour`,

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
    ), broken AS (
      SELECT domain, max(day) AS day
      FROM newest JOIN day_domains USING (domain)
      WHERE job = :job AND unverified > 0 AND day < newest.verified
      GROUP BY domain
    )
    SELECT newest.domain, newest.protected, newest.verified,
           min(CASE WHEN series.plaintext > 0 AND series.day > newest.protected THEN series.day END) AS plaintext_since,
           min(CASE WHEN series.unverified > 0 AND series.day > newest.verified THEN series.day END) AS unverified_since,
           coalesce(sum(series.verified > 0 AND series.day > coalesce(broken.day, '') AND series.day <= newest.verified), 0)
             AS verified_days
    FROM newest LEFT JOIN broken USING (domain) JOIN day_domains series
      ON series.job = :job AND series.domain = newest.domain AND series.day < :before
    GROUP BY newest.domain
    ORDER BY newest.domain`,

  domainSums: `
    SELECT domain, sum(CASE WHEN doubted THEN violations + unrecognised ELSE deliveries END) AS deliveries,
           sum(violations) AS violations, sum(plaintext) AS plaintext, sum(unrecognised) AS unrecognised,
           sum(deliveries > 0 AND NOT doubted) AS days
    FROM (
      SELECT day_domains.*, late OR day IN (SELECT value FROM json_each(:late)) AS doubted
      FROM day_domains JOIN day_results USING (job, day)
      WHERE job = :job AND day BETWEEN :first AND :last
    )
    GROUP BY domain
    ORDER BY domain`,

  recordedDays: `
    SELECT day_results.day, run_id, whole, late, complete AND NOT late AS complete, coalesce(sum(deliveries), 0) AS deliveries,
           coalesce(sum(violations), 0) AS violations, coalesce(sum(plaintext), 0) AS plaintext,
           coalesce(sum(unrecognised), 0) AS unrecognised
    FROM day_results LEFT JOIN day_domains USING (job, day)
    WHERE job = :job AND day_results.day BETWEEN :first AND :last
    GROUP BY day_results.day
    ORDER BY day_results.day`,

  // The protocol is what stands before the colon of "protocol:suite", and all of "plaintext" and "unrecognised".
  dayProtocols: `
    SELECT day, substr(key, 1, instr(key || ':', ':') - 1) AS protocol, sum(value) AS deliveries
    FROM day_domains, json_each(tls)
    WHERE job = :job AND day BETWEEN :first AND :last AND tls IS NOT NULL
    GROUP BY day, protocol`,

  dayDomains: `
    SELECT domain, day, deliveries, violations, plaintext, unrecognised, verified, unverified, tls, first_seen, last_seen
    FROM day_domains
    WHERE job = :job AND day BETWEEN :first AND :last
    ORDER BY domain, day`,

  totals: `
    SELECT coalesce(sum(deliveries), 0) AS deliveries, coalesce(sum(violations), 0) AS violations,
           coalesce(sum(plaintext), 0) AS plaintext, coalesce(sum(unrecognised), 0) AS unrecognised,
           count(DISTINCT CASE WHEN violations > 0 THEN domain END) AS violating
    FROM day_domains WHERE job = :job AND day BETWEEN :first AND :last`,

  pruneDays: `DELETE FROM day_results WHERE day < :firstDay`,
} as const;
