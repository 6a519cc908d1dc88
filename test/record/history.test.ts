import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { History } from '../../src/model/history.ts';
import { openDatabase } from '../../src/record/database.ts';
import { historyOf, openHistory } from '../../src/record/history.ts';
import { daysOf, domainOf, failureOf, JOB, reportOf } from './fixtures.ts';

const D20 = '2026-11-20T00:00:00.000Z';
const D21 = '2026-11-21T00:00:00.000Z';
const D21_NOON = '2026-11-21T12:00:00.000Z';
const D22 = '2026-11-22T00:00:00.000Z';
const D23 = '2026-11-23T00:00:00.000Z';
const ALL = { from: new Date(D20), to: new Date(D23) };

function recordRun(history: History, id: string, from: string, to: string, deliveries = 1): void {
  const days = daysOf(from, to, [domainOf('acme.example', { deliveries })]);
  history.record({ report: reportOf({ id, from, to }), days });
}

describe('the recorded runs', () => {
  let history: History;
  beforeEach(() => {
    history = openHistory(':memory:');
  });
  afterEach(() => history.close());

  it('gives back the report as it was reported', () => {
    const report = reportOf({ id: 'r1', from: D21, to: D22, verdict: 'fail' });
    history.record({ report, days: daysOf(D21, D22) });
    expect(history.findRun('r1')).toEqual({
      id: 'r1',
      job: JOB,
      window: { from: new Date(D21), to: new Date(D22) },
      startedAt: new Date('2026-11-22T02:00:00.000Z'),
      verdict: 'fail',
      report,
      mailedAt: null,
      link: { hash: history.verify().head, previous: '', days: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(history.findRun('r2')).toBeUndefined();
  });

  it('lists the newest first by when they were recorded, whatever their clock, of one job or of all, up to the limit', () => {
    for (const [id, job, startedAt] of [
      ['a', JOB, '2026-11-21T02:00:00Z'],
      ['b', JOB, '2026-11-23T02:00:00Z'],
      ['c', 'inbound-audit', '2026-11-22T02:00:00Z'],
    ] as const) {
      const day = startedAt.slice(0, 10);
      const window = { from: `${day}T00:00:00.000Z`, to: `${day}T01:00:00.000Z` };
      history.record({ report: reportOf({ id, job, startedAt, ...window }), days: daysOf(window.from, window.to) });
    }
    expect(history.latestRuns(undefined, 10).map(({ id }) => id)).toEqual(['c', 'b', 'a']);
    expect(history.latestRuns(JOB, 10).map(({ id }) => id)).toEqual(['b', 'a']);
    expect(history.latestRuns(undefined, 1).map(({ id }) => id)).toEqual(['c']);
  });

  it('finds the run before some time by the days that rest on it, whatever was recorded last', () => {
    recordRun(history, 'r20', D20, D21);
    recordRun(history, 'r21', D21, D22);
    recordRun(history, 'r20 again', D20, D21, 2);
    const before = (time: string) => history.runBefore(JOB, new Date(time))?.id;
    expect([D20, D21, D22, D23].map(before)).toEqual([undefined, 'r20 again', 'r21', 'r21']);
    expect(history.runBefore('inbound-audit', new Date(D23))).toBeUndefined();
  });

  it('lists the runs up to some time since its day before was first judged, without those that were replaced', () => {
    const D19 = '2026-11-19T00:00:00.000Z';
    recordRun(history, 'r19', D19, D20);
    recordRun(history, 'r20 to r21', D20, D22);
    recordRun(history, 'r19 again', D19, D20, 2);
    recordRun(history, 'r21', D21, D22, 2);
    recordRun(history, 'r21 again', D21, D22, 3);
    recordRun(history, 'r22', D22, D23);
    const upTo = (time: string) => history.runsUpTo(JOB, new Date(time)).map(({ id }) => id);
    expect(upTo(D22)).toEqual(['r20 to r21', 'r19 again', 'r21 again']);
    expect(upTo(D20)).toEqual(['r19 again']);
    expect(upTo(D23)).toEqual(['r22']);
    expect(upTo(D19)).toEqual([]);
  });

  it('supersedes an older run of the same job and window, and keeps it readable', () => {
    recordRun(history, 'first', D21, D22, 1);
    recordRun(history, 'wider', D20, D22, 2);
    recordRun(history, 'second', D21, D22, 3);
    recordRun(history, 'third', D21, D22, 4);
    expect(history.latestRuns(JOB, 10).map(({ id }) => id)).toEqual(['third', 'wider']);
    expect(history.findRun('first')?.report.run?.id).toBe('first');
  });

  it('remembers when the digest of a run was first accepted', () => {
    recordRun(history, 'r1', D21, D22);
    history.markMailed('r1', new Date('2026-11-22T02:05:00Z'));
    history.markMailed('r1', new Date('2026-11-22T02:09:00Z'));
    expect(history.findRun('r1')?.mailedAt).toEqual(new Date('2026-11-22T02:05:00Z'));
    expect(failureOf(() => history.markMailed('r9', new Date())).message).toContain('there is no such run');
  });

  it.each([
    ['no run', { ...reportOf({ id: 'x', from: D21, to: D22 }), run: undefined }, daysOf(D21, D22), 'no run'],
    ['no window', reportOf({ id: 'x', from: null, to: D22 }), [], 'null to 2026-11-22'],
    ['an empty window', reportOf({ id: 'x', from: D22, to: D22 }), [], 'the earlier first'],
    ['no start', reportOf({ id: 'x', from: D21, to: D22, startedAt: '?' }), daysOf(D21, D22), 'started at ?'],
    ['a missing day', reportOf({ id: 'x', from: D21, to: D23 }), daysOf(D21, D22), '"2026-11-21 2026-11-22"'],
    ['a foreign day', reportOf({ id: 'x', from: D21, to: D22 }), daysOf(D21, D23), 'for each day of "2026-11-21"'],
  ])('refuses a report with %s and records nothing', (_name, report, days, expected) => {
    const { run, ...rest } = report;
    const given = run === undefined ? rest : { ...rest, run };
    const failure = failureOf(() => history.record({ report: given, days }));
    expect(failure.message).toContain(expected);
    expect(failure.remedy).toBeDefined();
    expect(history.latestRuns(undefined, 10)).toEqual([]);
    expect(history.firstDay(JOB)).toBeUndefined();
  });

  it('refuses to record one run twice', () => {
    recordRun(history, 'r1', D21, D22);
    expect(failureOf(() => recordRun(history, 'r1', D20, D21)).message).toContain('run r1 is recorded already');
    expect(history.firstDay(JOB)).toBe('2026-11-21');
  });
});

describe('the cursor of a source', () => {
  let history: History;
  beforeEach(() => {
    history = openHistory(':memory:');
  });
  afterEach(() => history.close());

  const run = (id: string, job: string, source: string, createdAt: string, fileId: string) => {
    const cursor = { source, createdAt: new Date(createdAt), id: fileId };
    history.record({ report: reportOf({ id, job, from: D21, to: D22 }), days: daysOf(D21, D22), cursor });
  };

  it('is kept by job and source, and moves with what is recorded', () => {
    run('a', JOB, 'event-log-file One', D22, '0AT1');
    run('b', JOB, 'event-log-file Two', D21, '0AT2');
    run('c', 'another-job', 'event-log-file One', D20, '0AT3');
    run('d', JOB, 'event-log-file One', D23, '0AT4');
    const one = { job: JOB, source: 'event-log-file One', createdAt: new Date(D23), id: '0AT4' };
    const two = { job: JOB, source: 'event-log-file Two', createdAt: new Date(D21), id: '0AT2' };
    expect(history.cursors(JOB)).toEqual([one, two]);
    expect(history.cursors(undefined)).toHaveLength(3);
    recordRun(history, 'e', D20, D21);
    expect(history.cursors(JOB)).toEqual([one, two]);
  });

  it('stays where the recording fails', () => {
    run('a', JOB, 'event-log-file One', D21, '0AT1');
    expect(failureOf(() => run('a', JOB, 'event-log-file One', D22, '0AT2')).message).toContain('recorded already');
    expect(history.cursors(JOB)).toMatchObject([{ createdAt: new Date(D21), id: '0AT1' }]);
  });
});

describe('the results of days', () => {
  const database = openDatabase(':memory:');
  const history = historyOf(database, ':memory:');

  function heldDays() {
    return database
      .prepare(
        `SELECT day, run_id AS run, whole, complete, deliveries FROM day_results JOIN day_domains USING (job, day)
         ORDER BY day`,
      )
      .all()
      .map((row) => ({ ...row }));
  }

  beforeEach(() =>
    database.exec(
      'DELETE FROM day_results; UPDATE runs SET superseded_by = NULL; DELETE FROM runs; DELETE FROM run_records',
    ),
  );

  it('replace what was recorded for the day: no day is the sum of two runs', () => {
    recordRun(history, 'a', D20, D22, 5);
    recordRun(history, 'b', D21, D23, 7);
    expect(heldDays()).toEqual([
      { day: '2026-11-20', run: 'a', whole: 1, complete: 1, deliveries: 5 },
      { day: '2026-11-21', run: 'b', whole: 1, complete: 1, deliveries: 7 },
      { day: '2026-11-22', run: 'b', whole: 1, complete: 1, deliveries: 7 },
    ]);
  });

  it('keep a whole day against a run over a part of it, and replace a part by a part or the whole', () => {
    recordRun(history, 'whole', D20, D21, 5);
    recordRun(history, 'half of the 20th and of the 21st', '2026-11-20T12:00:00Z', D21_NOON, 2);
    expect(heldDays()).toEqual([
      { day: '2026-11-20', run: 'whole', whole: 1, complete: 1, deliveries: 5 },
      { day: '2026-11-21', run: 'half of the 20th and of the 21st', whole: 0, complete: 0, deliveries: 2 },
    ]);
    recordRun(history, 'other half', D21_NOON, D22, 3);
    expect(heldDays()[1]).toEqual({ day: '2026-11-21', run: 'other half', whole: 0, complete: 0, deliveries: 3 });
    recordRun(history, 'all', D21, D22, 6);
    expect(heldDays()[1]).toEqual({ day: '2026-11-21', run: 'all', whole: 1, complete: 1, deliveries: 6 });
  });

  it('are covered only where they are whole and complete, and first where the job ever looked', () => {
    expect(history.firstDay(JOB)).toBeUndefined();
    const days = daysOf(D20, D23).map((day) => ({ ...day, complete: day.day !== '2026-11-21' }));
    history.record({ report: reportOf({ id: 'a', from: D20, to: D23 }), days });
    expect(history.coveredDays(JOB, ALL)).toEqual(new Set(['2026-11-20', '2026-11-22']));
    expect(history.coveredDays(JOB, { from: new Date(D20), to: new Date(D22) })).toEqual(new Set(['2026-11-20']));
    expect(history.coveredDays('inbound-audit', ALL)).toEqual(new Set());
    expect(history.firstDay(JOB)).toBe('2026-11-20');
    expect(history.firstDay('inbound-audit')).toBeUndefined();
  });

  it('of one job leave those of another alone', () => {
    recordRun(history, 'a', D20, D21, 5);
    const report = reportOf({ id: 'b', job: 'inbound-audit', from: D20, to: D21 });
    history.record({ report, days: daysOf(D20, D21) });
    expect(history.coveredDays(JOB, ALL)).toEqual(new Set(['2026-11-20']));
    expect(heldDays()).toHaveLength(1);
    expect(history.latestRuns(undefined, 10)).toHaveLength(2);
  });
});

describe('a complete day', () => {
  const day = (deliveries: number, complete: boolean) => [
    { day: '2026-11-21', complete, domains: [domainOf('acme.example', { deliveries, violations: 1 })] },
  ];

  it.each([
    ['stays where the new result is incomplete and rests on less', 5, 2, 5],
    ['stays where it rests on as much', 5, 5, 5],
    ['gives way where more came to light', 5, 6, 6],
  ])('%s', (_name, before, after, expected) => {
    const database = openDatabase(':memory:');
    const history = historyOf(database, ':memory:');
    history.record({ report: reportOf({ id: 'a', from: D21, to: D22 }), days: day(before, true) });
    history.record({ report: reportOf({ id: 'b', from: D21, to: D22 }), days: day(after, false) });
    const sum = database.prepare('SELECT sum(deliveries) AS deliveries FROM day_domains').get();
    expect(sum?.['deliveries']).toBe(expected);
    expect(history.coveredDays(JOB, ALL).has('2026-11-21')).toBe(expected === before);
    history.close();
  });
});
