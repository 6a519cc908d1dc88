import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from './transaction.ts';

/** Written into the file's header ("TLSA"), so that no other program's database is ever taken for a history. */
export const APPLICATION_ID = 0x544c_5341;

/**
 * The schema, step by step: entry n brings version n to n + 1. Released entries never change; a change of the schema is
 * a new entry at the end. Times are ISO 8601 UTC text with milliseconds and days are `YYYY-MM-DD`: both sort as text.
 */
export const MIGRATIONS: readonly string[] = [
  `
  PRAGMA application_id = ${APPLICATION_ID};

  -- Every run as it was reported. superseded_by: a later run of the same job over the same window.
  CREATE TABLE runs (
    sequence      INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    job           TEXT NOT NULL,
    window_from   TEXT NOT NULL,
    window_to     TEXT NOT NULL CHECK (window_to > window_from),
    started_at    TEXT NOT NULL,
    verdict       TEXT NOT NULL CHECK (verdict IN ('pass', 'fail', 'inconclusive')),
    report_json   TEXT NOT NULL,
    mailed_at     TEXT,
    superseded_by TEXT REFERENCES runs (id)
  ) STRICT;
  CREATE INDEX runs_by_start ON runs (started_at);
  CREATE INDEX runs_by_window ON runs (job, window_from, window_to);
  CREATE INDEX runs_by_successor ON runs (superseded_by) WHERE superseded_by IS NOT NULL;

  -- What is known about each UTC day now: the result of exactly one run. whole: that run's window held the whole day.
  CREATE TABLE day_results (
    job      TEXT NOT NULL,
    day      TEXT NOT NULL,
    run_id   TEXT NOT NULL REFERENCES runs (id),
    whole    INTEGER NOT NULL CHECK (whole IN (0, 1)),
    complete INTEGER NOT NULL CHECK (complete IN (0, 1) AND complete <= whole),
    PRIMARY KEY (job, day)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX day_results_by_run ON day_results (run_id);

  -- The key leads to a domain's days in order, which is how findings are looked up.
  CREATE TABLE day_domains (
    job          TEXT NOT NULL,
    domain       TEXT NOT NULL,
    day          TEXT NOT NULL,
    deliveries   INTEGER NOT NULL CHECK (deliveries >= 0),
    violations   INTEGER NOT NULL CHECK (violations >= 0),
    plaintext    INTEGER NOT NULL CHECK (plaintext >= 0),
    unrecognised INTEGER NOT NULL CHECK (unrecognised >= 0),
    PRIMARY KEY (job, domain, day),
    FOREIGN KEY (job, day) REFERENCES day_results (job, day) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX day_domains_by_day ON day_domains (job, day);
  `,
  `
  -- Every run from its start, also those that never came to a result. ended: null while it is under way.
  CREATE TABLE run_records (
    sequence    INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    job         TEXT NOT NULL,
    window_from TEXT NOT NULL,
    window_to   TEXT NOT NULL CHECK (window_to > window_from),
    started_at  TEXT NOT NULL,
    phase       TEXT NOT NULL CHECK (phase IN ('finding', 'fetching', 'reading', 'recording', 'done')),
    counts_json TEXT NOT NULL,
    ended_at    TEXT,
    ended       TEXT CHECK (ended IN ('pass', 'fail', 'inconclusive', 'failed', 'abandoned')),
    reason      TEXT
  ) STRICT;
  CREATE INDEX run_records_by_start ON run_records (started_at);
  CREATE INDEX run_records_under_way ON run_records (job) WHERE ended IS NULL;
  INSERT INTO run_records (id, job, window_from, window_to, started_at, phase, counts_json, ended)
  SELECT id, job, window_from, window_to, started_at, 'done', '{}', verdict FROM runs ORDER BY sequence;

  -- Who does what at the moment, across processes.
  CREATE TABLE locks (
    name         TEXT PRIMARY KEY,
    owner        TEXT NOT NULL,
    place        TEXT NOT NULL,
    pid          INTEGER NOT NULL,
    taken_at     TEXT NOT NULL,
    heartbeat_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Mails, stored before they are sent. No address is stored: recipient is a digest of the Message-ID and the address.
  CREATE TABLE outbox (
    sequence     INTEGER PRIMARY KEY,
    message_id   TEXT NOT NULL UNIQUE,
    kind         TEXT NOT NULL CHECK (kind IN ('digest', 'alert', 'summary')),
    job          TEXT NOT NULL,
    run_id       TEXT REFERENCES runs (id),
    mail_json    TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    tries        INTEGER NOT NULL DEFAULT 0,
    next_try_at  TEXT NOT NULL,
    last_failure TEXT
  ) STRICT;
  CREATE INDEX outbox_by_run ON outbox (run_id) WHERE run_id IS NOT NULL;

  -- told: another mail told of the refusal. merged: another mail told of what was late, which is not sent any more.
  CREATE TABLE outbox_recipients (
    message_id TEXT NOT NULL REFERENCES outbox (message_id) ON DELETE CASCADE,
    recipient  TEXT NOT NULL,
    domain     TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('owed', 'accepted', 'refused', 'merged', 'withdrawn')),
    told       INTEGER NOT NULL DEFAULT 0 CHECK (told IN (0, 1)),
    changed_at TEXT NOT NULL,
    response   TEXT,
    PRIMARY KEY (message_id, recipient)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX outbox_recipients_open ON outbox_recipients (message_id)
  WHERE state = 'owed' OR (state = 'refused' AND told = 0);
  `,
  `
  -- Jobs that fail, each since its last success.
  CREATE TABLE troubles (
    job        TEXT PRIMARY KEY,
    since      TEXT NOT NULL,
    failures   INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    alerts     INTEGER NOT NULL DEFAULT 0,
    alerted_at TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- The coverage ledger: what is known of each UTC hour, from the run whose result counts for its day.
  CREATE TABLE hours (
    job     TEXT NOT NULL,
    hour    TEXT NOT NULL,
    day     TEXT NOT NULL,
    covered INTEGER NOT NULL CHECK (covered IN (0, 1)),
    source  TEXT,
    PRIMARY KEY (job, hour),
    FOREIGN KEY (job, day) REFERENCES day_results (job, day) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX hours_by_day ON hours (job, day);
  -- What older versions knew: whole days.
  INSERT INTO hours (job, hour, day, covered)
  WITH RECURSIVE clock (h) AS (SELECT 0 UNION ALL SELECT h + 1 FROM clock WHERE h < 23)
  SELECT job, printf('%sT%02d:00:00.000Z', day, h), day, complete FROM day_results, clock WHERE whole = 1;
  `,
  `
  -- What a day's deliveries used, so that any range of days can be told and losses of protection be seen. NULL in days
  -- recorded before. tls: JSON, deliveries by "protocol:suite", "plaintext" or "unrecognised".
  ALTER TABLE day_domains ADD COLUMN verified INTEGER;
  ALTER TABLE day_domains ADD COLUMN unverified INTEGER;
  ALTER TABLE day_domains ADD COLUMN tls TEXT;
  ALTER TABLE day_domains ADD COLUMN first_seen TEXT;
  ALTER TABLE day_domains ADD COLUMN last_seen TEXT;
  `,
  `
  -- SHA-256 over the run and the hash of the run before it (chain.ts). NULL in runs recorded before.
  ALTER TABLE runs ADD COLUMN hash TEXT;

  -- What pruning leaves of a run: its place in the chain.
  CREATE TABLE pruned_runs (
    sequence     INTEGER PRIMARY KEY,
    window_to    TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    hash         TEXT
  ) STRICT;
  `,
  `
  -- late: more has come to light than the day was judged on. Its result stands, and it has to be judged again.
  ALTER TABLE day_results ADD COLUMN late INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1));
  `,
  `
  -- What pruning leaves of run_records, so that a count of runs never falls. timed: those whose end is known.
  CREATE TABLE run_totals (
    job         TEXT NOT NULL,
    ended       TEXT NOT NULL CHECK (ended IN ('pass', 'fail', 'inconclusive', 'failed', 'abandoned')),
    runs        INTEGER NOT NULL CHECK (runs >= 0),
    timed       INTEGER NOT NULL CHECK (timed BETWEEN 0 AND runs),
    duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
    PRIMARY KEY (job, ended)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What verified and unverified say of deliveries that went over TLS; the log may say it of plaintext too. Of days
  -- recorded before: the fewest it can have been. NULL where verified is.
  ALTER TABLE day_domains ADD COLUMN verified_tls INTEGER;
  ALTER TABLE day_domains ADD COLUMN unverified_tls INTEGER;
  UPDATE day_domains
  SET verified_tls = max(0, verified - unrecognised), unverified_tls = max(0, unverified - plaintext - unrecognised)
  WHERE verified IS NOT NULL;
  `,
  `
  -- Hashes of the days that the run recorded, and the days it marked as late (day-proof.ts). NULL in runs recorded before.
  -- The values of day_results and day_domains that were recorded with hashes never change: a migration may only add to them.
  ALTER TABLE runs ADD COLUMN days_json TEXT;

  -- What pruning took: the days before, of the runs up to that sequence.
  CREATE TABLE pruned_days (
    before   TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- How far the files of a source were read, in the order of (created_at, id).
  CREATE TABLE cursors (
    job        TEXT NOT NULL,
    source     TEXT NOT NULL,
    created_at TEXT NOT NULL,
    id         TEXT NOT NULL,
    PRIMARY KEY (job, source)
  ) STRICT, WITHOUT ROWID;

  -- Days with a log that no run has read and judged so far.
  CREATE TABLE unread_days (
    job TEXT NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (job, day)
  ) STRICT, WITHOUT ROWID;
  `,
];

export function schemaVersion(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** Brings the schema to the newest version, each step whole or not at all, also when two processes start together. */
export function migrate(database: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  while (schemaVersion(database) < migrations.length) {
    inTransaction(database, () => {
      const version = schemaVersion(database);
      const step = migrations[version];
      if (step === undefined) return;
      database.exec(step);
      database.exec(`PRAGMA user_version = ${version + 1}`);
    });
  }
}
