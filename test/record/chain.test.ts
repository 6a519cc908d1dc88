import { beforeEach, describe, expect, it } from '@jest/globals';
import type { History } from '../../src/model/history.ts';
import { openDatabase } from '../../src/record/database.ts';
import { historyOf } from '../../src/record/history.ts';
import { daysOf, reportOf } from './fixtures.ts';

let database: ReturnType<typeof openDatabase>;
let history: History;

beforeEach(() => {
  database = openDatabase(':memory:');
  history = historyOf(database, ':memory:');
});

function record(day: number): void {
  const [from, to] = [`2026-11-0${day}T00:00:00.000Z`, `2026-11-0${day + 1}T00:00:00.000Z`];
  history.record({ report: reportOf({ id: `run-${day}`, from, to }), days: daysOf(from, to) });
}

describe('the chain of recorded runs', () => {
  it('holds while nothing is changed, also over superseded and mailed runs', () => {
    expect(history.verify()).toEqual({
      ...{ runs: 0, unhashed: 0, pruned: 0, head: '', unknown: [] },
      days: { proven: 0, unproven: 0, faults: [] },
    });
    record(1);
    const { head } = history.verify();
    record(2);
    history.record({
      report: reportOf({ id: 'again', from: '2026-11-02T00:00:00.000Z', to: '2026-11-03T00:00:00.000Z' }),
      days: daysOf('2026-11-02T00:00:00.000Z', '2026-11-03T00:00:00.000Z'),
    });
    history.markMailed('run-1', new Date('2026-11-02T02:00:00Z'));
    const check = history.verify();
    expect(check).toMatchObject({ runs: 3, unhashed: 0, brokenAt: undefined });
    expect(check.head).toMatch(/^[0-9a-f]{64}$/);
    expect(check.head).not.toBe(head);
  });

  it.each([
    [
      'a changed report',
      `UPDATE runs SET report_json = replace(report_json, 'pass', 'fail') WHERE id = 'run-2'`,
      'run-2',
    ],
    ['a changed verdict', `UPDATE runs SET verdict = 'fail' WHERE id = 'run-1'`, 'run-1'],
    ['a changed window', `UPDATE runs SET window_to = '2026-12-01T00:00:00.000Z' WHERE id = 'run-2'`, 'run-2'],
    ['a changed hash', `UPDATE runs SET hash = upper(hash) WHERE id = 'run-1'`, 'run-1'],
    ['a hash that is gone', `UPDATE runs SET hash = NULL WHERE id = 'run-2'`, 'run-2'],
    [
      'a run that is gone',
      `DELETE FROM day_results WHERE run_id = 'run-2'; DELETE FROM runs WHERE id = 'run-2'`,
      'run-3',
    ],
    ['a run that is hidden', `UPDATE runs SET superseded_by = 'run-2' WHERE id = 'run-3'`, 'run-3'],
    ['runs in another order', `UPDATE runs SET sequence = 9 WHERE id = 'run-1'`, 'run-2'],
  ])('is broken by %s', (_, change, brokenAt) => {
    for (const day of [1, 2, 3]) record(day);
    database.exec(change);
    expect(history.verify().brokenAt).toBe(brokenAt);
  });

  it('is broken where a run that was replaced comes back', () => {
    record(1);
    const [from, to] = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'];
    for (const id of ['again', 'and again'])
      history.record({ report: reportOf({ id, from, to }), days: daysOf(from, to) });
    expect(history.verify().brokenAt).toBeUndefined();
    database.exec(`UPDATE runs SET superseded_by = NULL WHERE id = 'again'`);
    expect(history.verify().brokenAt).toBe('again');
  });

  it('gives every run its hash and that of the run before it, and finds them again', () => {
    const links = [1, 2, 3].map((day) => {
      record(day);
      return history.findRun(`run-${day}`)?.link;
    });
    expect(links.map((link) => link?.previous)).toEqual(['', links[0]?.hash, links[1]?.hash]);
    expect(history.verify().head).toBe(links[2]?.hash);
    const witnesses = links.map((link) => link?.hash ?? '').map((hash) => hash.toUpperCase());
    expect(history.verify(witnesses).unknown).toEqual([]);
    history.prune({ results: new Date('2026-11-03T00:00:00Z'), mails: new Date('2026-11-03T00:00:00Z') });
    expect(history.verify(witnesses).unknown).toEqual([]);
    expect(history.findRun('run-3')?.link).toEqual(links[2]);
    expect(history.verify(['f'.repeat(64)]).unknown).toEqual(['f'.repeat(64)]);
  });

  it('hands the hash to the digest that is stored with the result', () => {
    const [from, to] = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'];
    const told: unknown[] = [];
    history.record({
      report: reportOf({ id: 'run-1', from, to }),
      days: daysOf(from, to),
      mail: (own) => {
        told.push(own);
        const mail = { subject: 's', text: '', html: '', messageId: 'm@x', headers: {}, attachments: [] };
        return { mail, kind: 'digest', job: 'outbound-audit', at: new Date(to), recipients: ['ann@example.com'] };
      },
    });
    expect(told).toEqual([{ ...history.findRun('run-1')?.link, hash: history.verify().head, previous: '' }]);
  });

  it('never gives the place of a pruned run to another one', () => {
    for (const day of [1, 2]) record(day);
    history.prune({ results: new Date('2026-11-09T00:00:00Z'), mails: new Date('2026-11-09T00:00:00Z') });
    for (const day of [3, 4]) record(day);
    expect(history.verify()).toMatchObject({ runs: 2, pruned: 2, brokenAt: undefined });
    history.prune({ results: new Date('2026-11-09T00:00:00Z'), mails: new Date('2026-11-09T00:00:00Z') });
    expect(history.verify()).toMatchObject({ runs: 0, pruned: 4, brokenAt: undefined });
  });

  it('does not know what stood before a run whose predecessor has no hash', () => {
    for (const day of [1, 2]) record(day);
    database.exec("UPDATE runs SET hash = NULL WHERE id = 'run-1'");
    expect(history.findRun('run-1')?.link).toBeNull();
    expect(history.findRun('run-2')?.link?.previous).toBeNull();
  });

  it('shows the removal of the newest run by its head', () => {
    for (const day of [1, 2]) record(day);
    const { head } = history.verify();
    database.exec(`DELETE FROM day_results WHERE run_id = 'run-2'; DELETE FROM runs WHERE id = 'run-2'`);
    expect(history.verify()).toMatchObject({ brokenAt: undefined, runs: 1 });
    expect(history.verify().head).not.toBe(head);
  });

  it('takes in runs recorded before there were hashes, and holds them from then on', () => {
    for (const day of [1, 2]) record(day);
    database.exec('UPDATE runs SET hash = NULL, days_json = NULL');
    expect(history.verify()).toMatchObject({ runs: 2, unhashed: 2, brokenAt: undefined });
    record(3);
    expect(history.verify()).toMatchObject({ runs: 3, unhashed: 2, brokenAt: undefined });
    database.exec(`UPDATE runs SET verdict = 'fail' WHERE id = 'run-1'`);
    expect(history.verify().brokenAt).toBe('run-3');
  });

  it('stays provable when old runs are pruned, and names what is gone', () => {
    for (const day of [1, 2, 3]) record(day);
    const { head } = history.verify();
    history.prune({ results: new Date('2026-11-03T00:00:00Z'), mails: new Date('2026-11-03T00:00:00Z') });
    expect(history.verify()).toEqual({
      runs: 1,
      unhashed: 0,
      pruned: 2,
      prunedUntil: '2026-11-03T00:00:00.000Z',
      head,
      unknown: [],
      days: { proven: 1, unproven: 0, faults: [], prunedBefore: '2026-11-03' },
    });
    record(4);
    expect(history.verify()).toMatchObject({ runs: 2, pruned: 2, brokenAt: undefined });
    database.exec(`UPDATE pruned_runs SET window_to = '2026-11-01T00:00:00.000Z' WHERE sequence = 2`);
    expect(history.verify().brokenAt).toBe('no. 2');
  });
});
