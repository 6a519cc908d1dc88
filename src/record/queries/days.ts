/** What is known of each day and hour, and what days come to. The tables are in migrations.ts. */
export const dayQueries = {
  heldDay: `
    SELECT whole, complete,
           (SELECT coalesce(sum(deliveries), 0) FROM day_domains WHERE job = :job AND day = :day) AS deliveries
    FROM day_results WHERE job = :job AND day = :day`,

  markLate: `UPDATE day_results SET late = 1 WHERE job = :job AND day = :day`,

  uncoverDay: `UPDATE hours SET covered = 0 WHERE job = :job AND day = :day`,

  clearUnread: `DELETE FROM unread_days WHERE job = :job AND day = :day`,

  markUnread: `INSERT OR IGNORE INTO unread_days (job, day) VALUES (:job, :day)`,

  unreadDays: `SELECT day FROM unread_days WHERE job = :job ORDER BY day`,

  deleteDay: `DELETE FROM day_results WHERE job = :job AND day = :day`,

  insertDay: `
    INSERT INTO day_results (job, day, run_id, whole, complete) VALUES (:job, :day, :runId, :whole, :complete)`,

  insertDomain: `
    INSERT INTO day_domains (job, domain, day, deliveries, violations, plaintext, unrecognised,
                             verified, unverified, verified_tls, unverified_tls, tls, first_seen, last_seen)
    VALUES (:job, :domain, :day, :deliveries, :violations, :plaintext, :unrecognised,
            :verified, :unverified, :verifiedTls, :unverifiedTls, :tls, :firstSeen, :lastSeen)`,

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

  protectionDays: `
    SELECT day, deliveries, plaintext, unrecognised, coalesce(verified_tls, 0) AS verified_tls,
           coalesce(unverified_tls, 0) AS unverified_tls
    FROM day_domains
    WHERE job = :job AND domain = :domain AND day < :before
    ORDER BY day`,

  // "+day": nearly every day is one before, and the index by day costs a look-up for each row.
  exposedDomains: `
    SELECT DISTINCT domain FROM day_domains
    WHERE job = :job AND +day < :before AND (plaintext > 0 OR unverified_tls > 0)`,

  domainSums: `
    SELECT domain, sum(CASE WHEN doubted THEN violations + unrecognised ELSE deliveries END) AS deliveries,
           sum(violations) AS violations, sum(plaintext) AS plaintext, sum(unrecognised) AS unrecognised,
           coalesce(sum(CASE WHEN NOT doubted THEN verified_tls END), 0) AS verified_tls,
           coalesce(sum(unverified_tls), 0) AS unverified_tls, sum(deliveries > 0 AND NOT doubted) AS days
    FROM (
      SELECT day_domains.*, late OR day IN (SELECT value FROM json_each(:late)) AS doubted
      FROM day_domains JOIN day_results USING (job, day)
      WHERE job = :job AND day BETWEEN :first AND :last
    )
    GROUP BY domain
    ORDER BY domain`,

  daysWithoutVerification: `
    SELECT count(DISTINCT day) AS days
    FROM day_domains JOIN day_results USING (job, day)
    WHERE job = :job AND day BETWEEN :first AND :last AND NOT late AND verified_tls IS NULL AND deliveries > 0`,

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
    SELECT domain, day, deliveries, violations, plaintext, unrecognised, verified, unverified, verified_tls,
           unverified_tls, tls, first_seen, last_seen
    FROM day_domains
    WHERE job = :job AND day BETWEEN :first AND :last
    ORDER BY domain, day`,

  totals: `
    SELECT coalesce(sum(deliveries), 0) AS deliveries, coalesce(sum(violations), 0) AS violations,
           coalesce(sum(plaintext), 0) AS plaintext, coalesce(sum(unrecognised), 0) AS unrecognised,
           count(DISTINCT CASE WHEN violations > 0 THEN domain END) AS violating
    FROM day_domains WHERE job = :job AND day BETWEEN :first AND :last`,

  pruneDays: `DELETE FROM day_results WHERE day < :firstDay`,

  pruneUnread: `DELETE FROM unread_days WHERE day < :firstDay`,

  forgetPrunings: `DELETE FROM pruned_days WHERE before <= :firstDay`,

  notePruning: `
    INSERT INTO pruned_days (before, sequence)
    SELECT :firstDay, max(sequence) FROM (SELECT sequence FROM runs UNION ALL SELECT sequence FROM pruned_runs)`,

  prunings: `SELECT before, sequence FROM pruned_days ORDER BY before`,

  provableDay: `SELECT job, day, whole, complete FROM day_results WHERE job = :job AND day = :day`,

  provableDays: `SELECT job, day, run_id, whole, complete, late FROM day_results ORDER BY job, day`,

  provableDomains: `
    SELECT domain, deliveries, violations, plaintext, unrecognised, verified, unverified, verified_tls, unverified_tls,
           tls, first_seen, last_seen
    FROM day_domains WHERE job = :job AND day = :day ORDER BY domain`,
} as const;
