import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DayDomain, History } from '../../src/model/history.ts';
import { utcDaysOf } from '../../src/model/window.ts';
import { openDatabase } from '../../src/record/database.ts';
import { historyOf } from '../../src/record/history.ts';
import { domainOf, JOB, reportOf } from './fixtures.ts';

const MAILS = new Date('2026-11-30');

let database: ReturnType<typeof openDatabase>;
let history: History;

beforeEach(() => {
  database = openDatabase(':memory:');
  history = historyOf(database, ':memory:');
});
afterEach(() => history.close());

function dayName(day: number): string {
  return `2026-11-${String(day).padStart(2, '0')}`;
}

function detailed(domain: string, deliveries: number, violations = 0): DayDomain {
  const times = { firstSeen: '2026-11-01T09:00:00.000Z', lastSeen: '2026-11-01T10:00:00.000Z' };
  const use = { verified: deliveries, unverified: 0, verifiedTls: deliveries, unverifiedTls: 0 };
  return {
    ...domainOf(domain, { deliveries, violations }),
    details: { ...use, ...times, tls: { 'TLSv1.3:A': deliveries } },
  };
}

interface Facts {
  readonly job?: string;
  readonly complete?: boolean;
  readonly deliveries?: number;
  readonly violations?: number;
  readonly lateDays?: readonly number[];
}

/** A run over the days from the first to the last. */
function record(id: string, first: number, last = first, facts: Facts = {}): void {
  const { job = JOB, complete = true, deliveries = 5, violations = 1, lateDays = [] } = facts;
  const [from, to] = [`${dayName(first)}T00:00:00.000Z`, `${dayName(last + 1)}T00:00:00.000Z`];
  const domains = [detailed('acme.example', deliveries, violations), domainOf('old.example', { deliveries: 2 })];
  const days = utcDaysOf({ from: new Date(from), to: new Date(to) }).map((day) => ({ day, complete, domains }));
  history.record({ report: reportOf({ id, job, from, to }), days, lateDays: lateDays.map(dayName) });
}

function prune(day: number): void {
  history.prune({ results: new Date(dayName(day)), mails: MAILS });
}

function faults(): string[] | undefined {
  return history.verify().days?.faults.map(({ job, day, fault }) => `${job === JOB ? '' : job}${day} ${fault}`);
}

/** What somebody with write access to the file does, who knows SQL. */
function tamper(sql: string): void {
  const before = database.prepare('SELECT total_changes() AS n').get()?.['n'];
  database.exec('PRAGMA foreign_keys = OFF');
  database.exec(sql);
  database.exec('PRAGMA foreign_keys = ON');
  expect(database.prepare('SELECT total_changes() AS n').get()?.['n']).not.toBe(before);
}

describe('a recorded day', () => {
  beforeEach(() => {
    record('week', 1, 7);
    record('judged again', 3, 3, { deliveries: 6 });
    record('next', 8, 8, { lateDays: [5] });
    record('incomplete', 9, 9, { complete: false });
    record('other job', 4, 4, { job: 'inbound-audit' });
  });

  it('is proved by the run it rests on', () => {
    expect(history.verify()).toMatchObject({
      brokenAt: undefined,
      days: { proven: 10, unproven: 0, faults: [] },
    });
  });

  it.each([
    ['changed counts', `UPDATE day_domains SET violations = 0, plaintext = 0 WHERE day = '2026-11-02'`, '2 changed'],
    ['a count that is one less', `UPDATE day_domains SET deliveries = 5 WHERE deliveries = 6`, '3 changed'],
    ['a removed domain', `DELETE FROM day_domains WHERE day = '2026-11-06' AND domain = 'old.example'`, '6 changed'],
    ['an added domain', insertDomain('2026-11-06', 'new.example'), '6 changed'],
    [
      'a renamed domain',
      `UPDATE day_domains SET domain = 'b.example' WHERE day = '2026-11-08' AND domain = 'acme.example'`,
      '8 changed',
    ],
    [
      'changed protocols',
      `UPDATE day_domains SET tls = '{"TLSv1.0:A":5}' WHERE day = '2026-11-08' AND tls IS NOT NULL`,
      '8 changed',
    ],
    [
      'changed verification',
      `UPDATE day_domains SET verified_tls = 0 WHERE day = '2026-11-08' AND tls IS NOT NULL`,
      '8 changed',
    ],
    [
      'a detail where none was',
      `UPDATE day_domains SET first_seen = '2026' WHERE day = '2026-11-08' AND tls IS NULL`,
      '8 changed',
    ],
    [
      'a detail that is gone',
      `UPDATE day_domains SET last_seen = NULL WHERE day = '2026-11-08' AND tls IS NOT NULL`,
      '8 changed',
    ],
    ['a complete day that is not', `UPDATE day_results SET complete = 0 WHERE day = '2026-11-02'`, '2 changed'],
    ['an incomplete day that is', `UPDATE day_results SET complete = 1 WHERE day = '2026-11-09'`, '9 changed'],
    ['a whole day that is a part', `UPDATE day_results SET whole = 0 WHERE day = '2026-11-09'`, '9 changed'],
    ['a mark that is gone', `UPDATE day_results SET late = 0 WHERE day = '2026-11-05'`, '5 changed'],
    ['a mark nobody made', `UPDATE day_results SET late = 1 WHERE day = '2026-11-06'`, '6 changed'],
    ['another run', `UPDATE day_results SET run_id = 'week' WHERE day = '2026-11-03'`, '3 changed'],
    ['a run that is not there', `UPDATE day_results SET run_id = 'gone' WHERE day = '2026-11-06'`, '6 inserted'],
    [
      'an inserted day',
      `INSERT INTO day_results SELECT job, '2026-11-10', run_id, 1, 1, 0 FROM day_results WHERE day = '2026-11-09'`,
      '10 inserted',
    ],
    [
      'a day of another job',
      `INSERT INTO day_results SELECT 'inbound-audit', day, run_id, 1, 1, 0 FROM day_results WHERE day = '2026-11-09'`,
      '9 inserted',
    ],
    [
      'a removed day',
      `DELETE FROM day_results WHERE day = '2026-11-02'; DELETE FROM day_domains WHERE day = '2026-11-02'`,
      '2 removed',
    ],
    ['a removed day of an incomplete run', `DELETE FROM day_results WHERE run_id = 'incomplete'`, '9 removed'],
    ['a removed day of another job', `DELETE FROM day_results WHERE job = 'inbound-audit'`, '4 removed'],
  ])('with %s is found', (_, sql, expected) => {
    tamper(sql);
    const [found = '', ...others] = faults() ?? [];
    expect(others).toEqual([]);
    const [number = '', fault = ''] = expected.split(' ');
    expect(found.replace('inbound-audit', '')).toBe(`${dayName(Number(number))} ${fault}`);
  });

  it('moved to another date is missed where it was and found where it is', () => {
    tamper(`UPDATE day_results SET day = '2026-11-10' WHERE day = '2026-11-09'`);
    expect(faults()).toEqual(['2026-11-09 removed', '2026-11-10 inserted']);
  });

  it.each([
    ['without its hash', `UPDATE runs SET days_json = NULL WHERE id = 'week'`, 'week'],
    ['with another hash', `UPDATE runs SET days_json = replace(days_json, 'a', 'b') WHERE id = 'next'`, 'next'],
    [
      'whose mark as late is taken back',
      `UPDATE runs SET days_json = replace(days_json, '["2026-11-05"]', '[]')`,
      'next',
    ],
  ])('%s breaks the chain of runs, and then nothing proves any day', (_, sql, brokenAt) => {
    tamper(sql);
    expect(history.verify().brokenAt).toBe(brokenAt);
    expect(history.verify()).not.toHaveProperty('days');
  });
});

function insertDomain(day: string, domain: string): string {
  return `INSERT INTO day_domains (job, domain, day, deliveries, violations, plaintext, unrecognised)
          VALUES ('${JOB}', '${domain}', '${day}', 1, 0, 0, 0)`;
}

describe('an honest history', () => {
  it('is proved where a complete day stays because a later run rested on less', () => {
    record('whole', 1, 3);
    record('less', 2, 2, { complete: false, deliveries: 1 });
    expect(history.recordedDays(JOB, { from: new Date('2026-11-02'), to: new Date('2026-11-03') })).toMatchObject([
      { runId: 'whole' },
    ]);
    expect(history.verify().days).toEqual({ proven: 3, unproven: 0, faults: [] });
    tamper(`UPDATE day_results SET run_id = 'less' WHERE day = '2026-11-02'`);
    expect(faults()).toEqual(['2026-11-02 changed']);
  });

  it('is proved where days are late, stay so, are late again and are judged again', () => {
    record('1', 1);
    record('2', 2, 2, { lateDays: [1] });
    record('stays', 1, 1, { complete: false, deliveries: 2, lateDays: [1] });
    expect(history.verify().days).toMatchObject({ proven: 2, faults: [] });
    record('again', 1, 1, { deliveries: 9 });
    record('received', 3, 3, { job: 'inbound-audit', lateDays: [1, 9] });
    record('4', 4, 4, { lateDays: [1, 2] });
    record('nothing of it is there', 5, 5, { lateDays: [30] });
    expect(faults()).toEqual([]);
  });

  it('is proved over runs that are superseded, nested and wider', () => {
    record('a', 1, 7);
    record('b', 1, 7, { deliveries: 6 });
    record('c', 3, 4, { deliveries: 7 });
    record('d', 2, 9, { deliveries: 8 });
    record('e', 9, 9, { deliveries: 9, complete: false });
    expect(history.verify().days).toEqual({ proven: 9, unproven: 0, faults: [] });
  });

  it('is proved after pruning, also where the run of a pruned day stands, and a pruned day is audited again', () => {
    record('a', 1, 7);
    record('b', 2, 2, { deliveries: 6 });
    record('c', 8);
    prune(4);
    expect(history.verify()).toMatchObject({ pruned: 1, days: { proven: 5, faults: [], prunedBefore: '2026-11-04' } });
    record('d', 2, 2, { lateDays: [1] });
    expect(history.verify().days).toMatchObject({ proven: 6, faults: [] });
    prune(5);
    expect(history.verify().days).toMatchObject({ proven: 4, faults: [], prunedBefore: '2026-11-05' });
    prune(5);
    prune(3);
    expect(history.verify().days).toMatchObject({ proven: 4, faults: [], prunedBefore: '2026-11-05' });
    prune(30);
    expect(history.verify().days).toMatchObject({ proven: 0, faults: [], prunedBefore: '2026-11-30' });
  });

  it('is proved where a clock that was ahead pruned what is younger', () => {
    record('a', 1, 7);
    prune(6);
    record('b', 4, 5);
    record('c', 8, 9);
    prune(5);
    expect(history.verify().days).toMatchObject({ proven: 5, faults: [], prunedBefore: '2026-11-06' });
    tamper(`DELETE FROM day_results WHERE day = '2026-11-05'`);
    expect(faults()).toEqual(['2026-11-05 removed']);
  });

  it('shows a day that was removed as if by pruning, or put back', () => {
    for (const day of [1, 2, 3, 4, 5]) record(`${day}`, day);
    prune(2);
    expect(faults()).toEqual([]);
    tamper(`DELETE FROM day_results WHERE day = '2026-11-04'; UPDATE pruned_days SET before = '2026-11-05'`);
    // Pruning takes all that is older: here there still is some.
    expect(faults()).toEqual(['2026-11-02 inserted', '2026-11-03 inserted']);
    tamper(`UPDATE pruned_days SET before = '2026-11-05', sequence = 1`);
    expect(faults()).toEqual(['2026-11-04 removed']);
  });
});

describe('days recorded before days were hashed', () => {
  beforeEach(() => {
    for (const day of [1, 2, 3]) record(`${day}`, day);
    // As a history of an earlier version is after the migration.
    tamper('UPDATE runs SET hash = NULL, days_json = NULL');
    record('4', 4);
  });

  it('are counted, until they are judged again', () => {
    expect(history.verify().days).toEqual({ proven: 1, unproven: 3, faults: [] });
    record('again', 2);
    expect(history.verify().days).toEqual({ proven: 2, unproven: 2, faults: [] });
  });

  it('prove no day that was hashed, and none of other days', () => {
    tamper(`UPDATE day_results SET run_id = '3' WHERE day = '2026-11-04'`);
    expect(faults()).toEqual(['2026-11-04 changed']);
    tamper(`UPDATE day_results SET day = '2026-11-05' WHERE day = '2026-11-04'`);
    expect(faults()).toEqual(['2026-11-04 removed', '2026-11-05 inserted']);
  });

  it('keep the mark as late that a newer run made', () => {
    record('5', 5, 5, { lateDays: [3] });
    expect(history.verify().days).toMatchObject({ proven: 2, unproven: 3, faults: [] });
    tamper(`UPDATE day_results SET late = 0 WHERE day = '2026-11-03'`);
    expect(faults()).toEqual(['2026-11-03 changed']);
  });
});

describe('the hashes', () => {
  it('hold where a later version adds a column', () => {
    record('1', 1, 3);
    database.exec(`
      ALTER TABLE day_domains ADD COLUMN more INTEGER;
      ALTER TABLE day_results ADD COLUMN more INTEGER NOT NULL DEFAULT 7`);
    expect(history.verify().days).toEqual({ proven: 3, unproven: 0, faults: [] });
  });

  it('are over every column of the days, but for those the hashes of runs tell', () => {
    const columnsOf = (table: string) =>
      database
        .prepare(`SELECT name FROM pragma_table_info(?)`)
        .all(table)
        .map(({ name }) => String(name));
    const values: Record<string, string> = { tls: `'{}'`, run_id: `'2'`, day: `'2026-11-09'`, job: `'inbound-audit'` };
    for (const table of ['day_results', 'day_domains']) {
      for (const column of columnsOf(table)) {
        database = openDatabase(':memory:');
        history = historyOf(database, ':memory:');
        record('1', 1);
        record('2', 2);
        const value = values[column] ?? (/^(complete|whole)$/.test(column) ? '0' : column === 'late' ? '1' : '99');
        const change = column === 'whole' ? 'whole = 0, complete = 0' : `${column} = ${value}`;
        tamper(
          `UPDATE ${table} SET ${change} WHERE day = '2026-11-01'${table === 'day_domains' ? ` AND domain = 'acme.example'` : ''}`,
        );
        expect({ table, column, faults: (faults() ?? []).length > 0 }).toEqual({ table, column, faults: true });
      }
    }
  });
});
