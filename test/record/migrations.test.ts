import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { backupDatabase, exportDatabase, verifyDatabase } from '../../src/record/care.ts';
import { openHistory } from '../../src/record/history.ts';
import { migrate, MIGRATIONS } from '../../src/record/migrations.ts';
import { JOB, reportOf, temporaryFolder } from './fixtures.ts';

const [FROM, TO] = ['2026-11-20T00:00:00.000Z', '2026-11-22T00:00:00.000Z'];
const WINDOW = { from: new Date(FROM), to: new Date(TO) };
const RUN = { id: 'r1', from: FROM, to: TO, verdict: 'fail' } as const;
const MAIL = { subject: 'FAIL', text: 't', html: 'h', messageId: 'r1.m@example.com', headers: {}, attachments: [] };

/** What a program of each version wrote: entry n is what came with version n + 1. */
const WRITTEN: readonly string[] = [
  `
  INSERT INTO runs (id, job, window_from, window_to, started_at, verdict, report_json, mailed_at)
  VALUES ('r0', '${JOB}', '${FROM}', '${TO}', '2026-11-22T01:00:00.000Z', 'fail', '${JSON.stringify(reportOf({ ...RUN, id: 'r0' }))}', NULL);
  INSERT INTO runs (id, job, window_from, window_to, started_at, verdict, report_json, mailed_at)
  VALUES ('r1', '${JOB}', '${FROM}', '${TO}', '2026-11-22T02:00:00.000Z', 'fail', '${JSON.stringify(reportOf(RUN))}', '2026-11-22T02:00:10.000Z');
  UPDATE runs SET superseded_by = 'r1' WHERE id = 'r0';
  INSERT INTO day_results (job, day, run_id, whole, complete)
  VALUES ('${JOB}', '2026-11-20', 'r1', 1, 1), ('${JOB}', '2026-11-21', 'r1', 1, 0);
  INSERT INTO day_domains (job, domain, day, deliveries, violations, plaintext, unrecognised)
  VALUES ('${JOB}', 'acme.example', '2026-11-20', 5, 2, 1, 1), ('${JOB}', 'acme.example', '2026-11-21', 3, 1, 1, 0);
  `,
  `
  INSERT OR REPLACE INTO run_records (id, job, window_from, window_to, started_at, phase, counts_json, ended_at, ended, reason)
  VALUES ('r0', '${JOB}', '${FROM}', '${TO}', '2026-11-22T01:00:00.000Z', 'done', '{}', NULL, 'fail', NULL),
         ('r1', '${JOB}', '${FROM}', '${TO}', '2026-11-22T02:00:00.000Z', 'done', '{}', NULL, 'fail', NULL);
  INSERT INTO locks (name, owner, place, pid, taken_at, heartbeat_at)
  VALUES ('job:${JOB}', 'dead', 'elsewhere', 7, '2026-11-22T01:00:00.000Z', '2026-11-22T01:00:00.000Z');
  `,
  `
  INSERT INTO outbox (message_id, kind, job, run_id, mail_json, created_at, tries, next_try_at, last_failure)
  VALUES ('${MAIL.messageId}', 'digest', '${JOB}', 'r1', '${JSON.stringify(MAIL)}', '${TO}', 1, '${TO}', 'no');
  INSERT INTO outbox_recipients (message_id, recipient, domain, state, changed_at)
  VALUES ('${MAIL.messageId}', 'abc', 'example.com', 'owed', '${TO}'), ('${MAIL.messageId}', 'def', 'example.com', 'accepted', '${TO}');
  `,
  `INSERT INTO troubles (job, since, failures, reason) VALUES ('${JOB}', '${TO}', 3, 'the org said no');`,
  `
  INSERT OR REPLACE INTO hours (job, hour, day, covered, source)
  WITH RECURSIVE clock (h) AS (SELECT 0 UNION ALL SELECT h + 1 FROM clock WHERE h < 23)
  SELECT job, printf('%sT%02d:00:00.000Z', day, h), day, complete, NULL FROM day_results, clock WHERE whole = 1;
  `,
  '',
  `
  INSERT INTO pruned_runs (sequence, window_to, content_hash, hash)
  VALUES (0, '2025-11-22T00:00:00.000Z', '${'0'.repeat(64)}', NULL);
  `,
  '',
  `INSERT INTO run_totals (job, ended, runs, timed, duration_ms) VALUES ('${JOB}', 'pass', 2, 1, 1000);`,
  '',
  `INSERT INTO pruned_days (before, sequence) VALUES ('2025-11-22', 0);`,
];

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'history.db');
});
afterEach(() => folder.remove());

/** A history as a program of that version left it. */
function writeOld(version: number): void {
  const old = new DatabaseSync(path);
  old.exec('PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON');
  for (let step = 0; step < version; step++) {
    migrate(old, MIGRATIONS.slice(0, step + 1));
    if (step === version - 1) for (const sql of WRITTEN.slice(0, version)) old.exec(sql);
  }
  old.close();
}

describe.each(Array.from(MIGRATIONS.keys()).slice(1))('a history of version %d', (version) => {
  it('is brought up to date and has lost nothing', async () => {
    writeOld(version);
    const history = openHistory(path);
    expect(history.latestRuns(JOB, 5)).toMatchObject([
      { id: 'r1', verdict: 'fail', report: reportOf(RUN), mailedAt: new Date('2026-11-22T02:00:10.000Z') },
    ]);
    expect(history.findRun('r0')?.report).toEqual(reportOf({ ...RUN, id: 'r0' }));
    expect(history.runs.newerThan('r0')).toBe('r1');
    expect(history.runs.latest(JOB, 5)).toMatchObject([
      { id: 'r1', end: 'fail', phase: 'done', supersededBy: null },
      { id: 'r0', end: 'fail', phase: 'done', supersededBy: 'r1' },
    ]);
    expect(history.firstDay(JOB)).toBe('2026-11-20');
    expect(history.coveredDays(JOB, WINDOW)).toEqual(new Set(['2026-11-20']));
    expect(history.auditedDays(JOB, WINDOW)).toEqual(new Set(['2026-11-20', '2026-11-21']));
    const hours = history.coveredHours(JOB, WINDOW);
    expect([hours.length, hours.filter(({ covered }) => covered).length]).toEqual([48, 24]);
    expect(history.domainSums(JOB, WINDOW)).toEqual([
      {
        ...{ domain: 'acme.example', deliveries: 8, violations: 3, plaintext: 2, unrecognised: 1, days: 2 },
        ...{ verifiedTls: 0, unverifiedTls: 0 },
      },
    ]);
    expect(history.daysWithoutVerification(JOB, WINDOW)).toBe(2);
    expect([...history.dayDomains(JOB, WINDOW)].map(({ details }) => details)).toEqual([undefined, undefined]);
    expect(history.openFindings(JOB, WINDOW.to)).toEqual([{ domain: 'acme.example', since: '2026-11-20', nights: 2 }]);
    expect(history.outbox.owed().map(({ messageId, mail }) => [messageId, mail])).toEqual(
      version < 3 ? [] : [[MAIL.messageId, MAIL]],
    );
    expect(history.troubles.current().map(({ failures }) => failures)).toEqual(version < 4 ? [] : [3]);
    // The dead holder of the lock does not keep the job from running.
    expect(history.locks.acquire(`job:${JOB}`, { id: 'new', place: 'here', pid: 1 }, new Date())).toBeUndefined();
    history.close();

    expect(verifyDatabase(path)).toBe(`schema ${MIGRATIONS.length}, 2 results, 2 days`);
    await backupDatabase(path, join(folder.path, 'backup.db'));
    expect(exportDatabase(join(folder.path, 'backup.db'))).toBe(exportDatabase(path));
  });
});

it('what is known of TLS in days recorded before it was counted is the fewest it can have been', () => {
  const old = new DatabaseSync(path);
  migrate(old, MIGRATIONS.slice(0, 9));
  for (const sql of WRITTEN.slice(0, 9)) old.exec(sql);
  // Of 9 deliveries 3 were plaintext and 1 has a value nobody knows.
  old.exec(`UPDATE day_domains SET deliveries = 9, plaintext = 3, unrecognised = 1, verified = 4, unverified = 5, tls = '{}',
            first_seen = '', last_seen = '' WHERE day = '2026-11-21'`);
  old.close();
  const history = openHistory(path);
  const none = { verifiedTls: 0, unverifiedTls: 0 };
  expect(history.protectionDays(JOB, 'acme.example', WINDOW.to)).toEqual([
    { ...none, day: '2026-11-20', deliveries: 5, plaintext: 1, unrecognised: 1 },
    { day: '2026-11-21', deliveries: 9, plaintext: 3, unrecognised: 1, verifiedTls: 3, unverifiedTls: 1 },
  ]);
  history.close();
});

it('every version has rows of its own in the test above', () => {
  // The newest versions only added columns, which older rows leave empty, or are today's.
  const tables = (version: number) => {
    const database = new DatabaseSync(':memory:');
    migrate(database, MIGRATIONS.slice(0, version));
    return database
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
      .all()
      .map(({ name }) => String(name));
  };
  const written = WRITTEN.join('\n');
  expect(tables(MIGRATIONS.length - 1).filter((table) => !new RegExp(`INTO ${table} `).test(written))).toEqual([]);
});
