/** The hash of the link before: null without a link before, '' where that link has none. */
const PREVIOUS_HASH = `(
      SELECT coalesce(hash, '') FROM (
        SELECT sequence, hash FROM runs UNION ALL SELECT sequence, hash FROM pruned_runs
      ) AS before WHERE before.sequence < runs.sequence ORDER BY before.sequence DESC LIMIT 1
    ) AS previous_hash`;

/** Every query on the history; the tables are in migrations.ts. */
export const queries = {
  // Behind every run there ever was: the place of a pruned one is never given again.
  insertRun: `
    INSERT INTO runs (sequence, id, job, window_from, window_to, started_at, verdict, report_json)
    SELECT 1 + max(coalesce((SELECT max(sequence) FROM runs), 0), coalesce((SELECT max(sequence) FROM pruned_runs), 0)),
           :id, :job, :from, :to, :startedAt, :verdict, :report`,

  /** Every run ever recorded, in order: whole, or what pruning left of it. */
  links: `
    SELECT sequence, id, job, window_from, window_to, started_at, verdict, report_json, NULL AS content_hash, hash FROM runs
    UNION ALL
    SELECT sequence, NULL, NULL, NULL, window_to, NULL, NULL, NULL, content_hash, hash FROM pruned_runs
    ORDER BY sequence`,

  newestTwoLinks: `
    SELECT sequence, id, job, window_from, window_to, started_at, verdict, report_json, NULL AS content_hash, hash FROM runs
    UNION ALL
    SELECT sequence, NULL, NULL, NULL, window_to, NULL, NULL, NULL, content_hash, hash FROM pruned_runs
    ORDER BY sequence DESC LIMIT 2`,

  storeHash: `UPDATE runs SET hash = :hash WHERE id = :id`,

  supersedeOlderRuns: `
    UPDATE runs SET superseded_by = :id
    WHERE job = :job AND window_from = :from AND window_to = :to AND id <> :id AND superseded_by IS NULL`,

  heldWhole: `SELECT 1 FROM day_results WHERE job = :job AND day = :day AND whole = 1`,

  heldComplete: `
    SELECT (SELECT coalesce(sum(deliveries), 0) FROM day_domains WHERE job = :job AND day = :day) AS deliveries
    FROM day_results WHERE job = :job AND day = :day AND complete = 1`,

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

  markMailed: `UPDATE runs SET mailed_at = coalesce(mailed_at, :at) WHERE id = :id`,

  coveredDays: `
    SELECT day FROM day_results WHERE job = :job AND complete = 1 AND late = 0 AND day BETWEEN :first AND :last`,

  auditedDays: `
    SELECT day FROM day_results WHERE job = :job AND whole = 1 AND day BETWEEN :first AND :last`,

  insertHour: `
    INSERT INTO hours (job, hour, day, covered, source) VALUES (:job, :hour, :day, :covered, :source)`,

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
    SELECT domain, sum(deliveries) AS deliveries, sum(violations) AS violations, sum(plaintext) AS plaintext,
           sum(unrecognised) AS unrecognised, sum(deliveries > 0) AS days
    FROM day_domains
    WHERE job = :job AND day BETWEEN :first AND :last
    GROUP BY domain
    ORDER BY domain`,

  recordedDays: `
    SELECT day_results.day, run_id, complete AND NOT late AS complete, coalesce(sum(deliveries), 0) AS deliveries,
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

  latestRuns: `
    SELECT id, job, window_from, window_to, started_at, verdict, report_json, mailed_at, hash, ${PREVIOUS_HASH} FROM runs
    WHERE superseded_by IS NULL AND (:job IS NULL OR job = :job)
    ORDER BY started_at DESC, sequence DESC
    LIMIT :limit`,

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
    ORDER BY run_records.started_at DESC, run_records.sequence DESC
    LIMIT :limit`,

  newestRevision: `
    SELECT newest.id FROM runs AS given JOIN runs AS newest USING (job, window_from, window_to)
    WHERE given.id = :id AND given.superseded_by IS NOT NULL AND newest.superseded_by IS NULL`,

  findLock: `SELECT owner, place, pid, taken_at, heartbeat_at FROM locks WHERE name = :name`,

  takeLock: `
    INSERT INTO locks (name, owner, place, pid, taken_at, heartbeat_at) VALUES (:name, :owner, :place, :pid, :now, :now)
    ON CONFLICT (name) DO UPDATE SET owner = :owner, place = :place, pid = :pid, taken_at = :now, heartbeat_at = :now`,

  beatLock: `UPDATE locks SET heartbeat_at = :now WHERE name = :name AND owner = :owner`,

  releaseLock: `DELETE FROM locks WHERE name = :name AND owner = :owner`,

  putMail: `
    INSERT INTO outbox (message_id, kind, job, run_id, mail_json, created_at, next_try_at)
    VALUES (:messageId, :kind, :job, (SELECT id FROM runs WHERE id = :runId), :mail, :at, :at)
    ON CONFLICT (message_id) DO NOTHING`,

  putRecipient: `
    INSERT INTO outbox_recipients (message_id, recipient, domain, state, changed_at)
    VALUES (:messageId, :recipient, :domain, 'owed', :at)
    ON CONFLICT DO NOTHING`,

  mergeOwed: `
    UPDATE outbox_recipients SET state = 'merged', changed_at = :at WHERE message_id = :messageId AND state = 'owed'`,

  tellRefused: `UPDATE outbox_recipients SET told = 1 WHERE message_id = :messageId AND state = 'refused'`,

  owedMails: `
    SELECT outbox.*, runs.window_from, runs.window_to, json_group_array(recipient) AS recipients
    FROM outbox JOIN outbox_recipients USING (message_id) LEFT JOIN runs ON runs.id = outbox.run_id
    WHERE state = 'owed' AND (:messageId IS NULL OR message_id = :messageId)
    GROUP BY outbox.sequence ORDER BY outbox.sequence`,

  settleRecipient: `
    UPDATE outbox_recipients SET state = :state, changed_at = :at, response = :response
    WHERE message_id = :messageId AND recipient = :recipient AND state = 'owed'`,

  owedRecipients: `SELECT recipient FROM outbox_recipients WHERE message_id = :messageId AND state = 'owed'`,

  noteTry: `
    UPDATE outbox SET tries = tries + 1, next_try_at = :nextTryAt, last_failure = :failure WHERE message_id = :messageId`,

  // The digest counts as mailed when everybody who was to get it has got it.
  markRunMailed: `
    UPDATE runs SET mailed_at = coalesce(mailed_at, :at)
    WHERE id = (SELECT run_id FROM outbox WHERE message_id = :messageId)
      AND NOT EXISTS (
        SELECT 1 FROM outbox_recipients WHERE message_id = :messageId AND state NOT IN ('accepted', 'withdrawn')
      )
      AND EXISTS (SELECT 1 FROM outbox_recipients WHERE message_id = :messageId AND state = 'accepted')`,

  undeliveredMails: `
    SELECT message_id, kind, run_id, mail_json, created_at, last_failure,
           max(state = 'refused') AS refused, max(response) AS response, json_group_array(DISTINCT domain) AS domains
    FROM outbox JOIN outbox_recipients USING (message_id)
    WHERE job = :job AND ((state = 'refused' AND told = 0) OR (state = 'owed' AND created_at < :lateBefore))
    GROUP BY sequence ORDER BY sequence`,

  openMails: `
    SELECT message_id, kind, job, mail_json ->> 'subject' AS subject, created_at, tries, next_try_at, last_failure,
           sum(state = 'owed') AS owed, sum(state = 'refused') AS refused
    FROM outbox JOIN outbox_recipients USING (message_id)
    WHERE state = 'owed' OR (state = 'refused' AND told = 0)
    GROUP BY sequence ORDER BY sequence`,

  noteFailure: `
    INSERT INTO troubles (job, since, failures, reason) VALUES (:job, :at, 1, :reason)
    ON CONFLICT (job) DO UPDATE SET failures = failures + 1, reason = :reason
    RETURNING *`,

  noteAlert: `UPDATE troubles SET alerts = alerts + 1, alerted_at = :at WHERE job = :job`,

  endTrouble: `DELETE FROM troubles WHERE job = :job RETURNING *`,

  troubles: `SELECT * FROM troubles ORDER BY since`,

  totals: `
    SELECT coalesce(sum(deliveries), 0) AS deliveries, coalesce(sum(violations), 0) AS violations,
           coalesce(sum(plaintext), 0) AS plaintext, coalesce(sum(unrecognised), 0) AS unrecognised,
           count(DISTINCT CASE WHEN violations > 0 THEN domain END) AS violating
    FROM day_domains WHERE job = :job AND day BETWEEN :first AND :last`,

  pruneMails: `
    DELETE FROM outbox WHERE created_at < :mailsBefore
      AND NOT EXISTS (SELECT 1 FROM outbox_recipients WHERE message_id = outbox.message_id AND state = 'owed')`,

  // Left by a process that was killed between sending a mail and letting go of it: nobody asks for that one again.
  pruneLocks: `DELETE FROM locks WHERE heartbeat_at < :mailsBefore`,

  pruneDays: `DELETE FROM day_results WHERE day < :firstDay`,

  prunableRuns: `
    SELECT sequence, id, job, window_from, window_to, started_at, verdict, report_json, hash FROM runs
    WHERE window_to <= :before
      AND id NOT IN (SELECT run_id FROM day_results)
      AND id NOT IN (SELECT run_id FROM outbox WHERE run_id IS NOT NULL)`,

  insertPrunedRun: `
    INSERT INTO pruned_runs (sequence, window_to, content_hash, hash) VALUES (:sequence, :windowTo, :contentHash, :hash)`,

  deletePrunedRuns: `DELETE FROM runs WHERE sequence IN (SELECT sequence FROM pruned_runs)`,

  pruneRunRecords: `
    DELETE FROM run_records WHERE window_to <= :before AND ended IS NOT NULL AND id NOT IN (SELECT id FROM runs)`,

  findRun: `
    SELECT id, job, window_from, window_to, started_at, verdict, report_json, mailed_at, hash, ${PREVIOUS_HASH} FROM runs
    WHERE id = :id`,
} as const;
