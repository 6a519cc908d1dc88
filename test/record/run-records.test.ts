import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { History } from '../../src/model/history.ts';
import { openDatabase } from '../../src/record/database.ts';
import { historyOf, openHistory } from '../../src/record/history.ts';
import { migrate, MIGRATIONS } from '../../src/record/migrations.ts';
import { daysOf, failureOf, JOB, reportOf } from './fixtures.ts';

const FROM = '2026-11-21T00:00:00.000Z';
const TO = '2026-11-22T00:00:00.000Z';
const STARTED = new Date('2026-11-22T02:00:00Z');
const LATER = new Date('2026-11-22T02:03:00Z');

let history: History;
beforeEach(() => {
  history = openHistory(':memory:');
});
afterEach(() => history.close());

function begin(id: string): void {
  history.runs.begin({ id, job: JOB, window: { from: new Date(FROM), to: new Date(TO) }, startedAt: STARTED });
}

describe('the record of a run', () => {
  it('exists from its start, with its phase and what was counted so far', () => {
    begin('r1');
    history.runs.progress('r1', 'fetching', { files: 2 });
    history.runs.progress('r1', 'recording', { rows: 10 });
    expect(history.runs.latest(JOB, 5)).toEqual([
      {
        id: 'r1',
        job: JOB,
        window: { from: new Date(FROM), to: new Date(TO) },
        startedAt: STARTED,
        phase: 'recording',
        counts: { files: 2, rows: 10 },
        endedAt: null,
        end: null,
        reason: null,
        supersededBy: null,
      },
    ]);
    expect(history.latestRuns(JOB, 5)).toEqual([]);
  });

  it('ends with the verdict in the moment its result is recorded', () => {
    begin('r1');
    history.runs.progress('r1', 'fetching', { files: 2 });
    history.record({ report: reportOf({ id: 'r1', from: FROM, to: TO }), days: daysOf(FROM, TO), at: LATER });
    expect(history.runs.latest(undefined, 5)).toMatchObject([
      { end: 'pass', phase: 'done', endedAt: LATER, counts: { files: 2, rows: 1, deliveries: 1, violations: 0 } },
    ]);
  });

  it.each(['failed', 'abandoned'] as const)('that %s says why, and that is its last word', (end) => {
    begin('r1');
    history.runs.end('r1', end, { at: LATER, reason: 'the org said no' });
    history.runs.end('r1', 'abandoned', { at: STARTED, reason: 'another reason' });
    expect(history.runs.latest(JOB, 5)).toMatchObject([{ end, endedAt: LATER, reason: 'the org said no' }]);
  });

  it('that was taken for dead refuses its late result, whole', () => {
    begin('r1');
    history.runs.end('r1', 'abandoned', { at: LATER, reason: 'taken over' });
    const late = { report: reportOf({ id: 'r1', from: FROM, to: TO }), days: daysOf(FROM, TO) };
    expect(failureOf(() => history.record(late)).message).toContain('taken for dead meanwhile');
    expect(history.latestRuns(JOB, 5)).toEqual([]);
    expect(history.firstDay(JOB)).toBeUndefined();
  });

  it('of a re-run names the newest revision, and the reported figures of each stay', () => {
    for (const id of ['first', 'second', 'third']) {
      begin(id);
      history.record({ report: reportOf({ id, from: FROM, to: TO }), days: daysOf(FROM, TO) });
    }
    expect(history.runs.latest(JOB, 5).map(({ id, supersededBy }) => [id, supersededBy])).toEqual([
      ['third', null],
      ['second', 'third'],
      ['first', 'second'],
    ]);
    expect(history.runs.newerThan('first')).toBe('third');
    expect(history.runs.newerThan('third')).toBeNull();
    expect(history.findRun('first')?.report.run?.id).toBe('first');
  });
});

it('the runs of a history of version 1 are among the records after its migration', () => {
  const database = openDatabase(':memory:');
  database.exec('DROP TABLE run_records; DROP TABLE locks; PRAGMA user_version = 1');
  const report = JSON.stringify(reportOf({ id: 'old', from: FROM, to: TO }));
  database
    .prepare(
      `INSERT INTO runs (id, job, window_from, window_to, started_at, verdict, report_json)
       VALUES ('old', '${JOB}', '${FROM}', '${TO}', '${FROM}', 'pass', ?)`,
    )
    .run(report);
  migrate(database, MIGRATIONS.slice(0, 2));
  const old = historyOf(database, ':memory:');
  expect(old.runs.latest(JOB, 5)).toMatchObject([{ id: 'old', end: 'pass', endedAt: null, reason: null }]);
  old.close();
});
