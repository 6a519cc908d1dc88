/** Mails, and who is owed them. The tables are in migrations.ts. */
export const outboxQueries = {
  putMail: `
    INSERT INTO outbox (message_id, kind, job, run_id, mail_json, created_at, next_try_at)
    VALUES (:messageId, :kind, :job, (SELECT id FROM runs WHERE id = :runId), :mail, :at, :at)
    ON CONFLICT (message_id) DO NOTHING`,

  // Who was withdrawn and is wanted again is owed it again.
  putRecipient: `
    INSERT INTO outbox_recipients (message_id, recipient, domain, state, changed_at)
    VALUES (:messageId, :recipient, :domain, 'owed', :at)
    ON CONFLICT DO UPDATE SET state = 'owed', changed_at = excluded.changed_at WHERE state = 'withdrawn'`,

  acceptedRecipient: `
    SELECT 1 FROM outbox_recipients WHERE message_id = :messageId AND state = 'accepted' LIMIT 1`,

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

  beginTry: `UPDATE outbox SET tries = tries + 1, next_try_at = :nextTryAt WHERE message_id = :messageId`,

  noteTry: `
    UPDATE outbox SET next_try_at = :nextTryAt, last_failure = :failure WHERE message_id = :messageId`,

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

  pruneMails: `
    DELETE FROM outbox WHERE (created_at < :mailsBefore OR created_at > :mailsAfter)
      AND NOT EXISTS (SELECT 1 FROM outbox_recipients WHERE message_id = outbox.message_id AND state = 'owed')`,
} as const;
