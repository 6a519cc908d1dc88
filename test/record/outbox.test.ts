import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DatabaseSync } from 'node:sqlite';
import type { History } from '../../src/model/history.ts';
import type { MailTry } from '../../src/model/outbox.ts';
import type { DigestMail } from '../../src/model/ports.ts';
import { openDatabase } from '../../src/record/database.ts';
import { historyOf } from '../../src/record/history.ts';
import { daysOf, failureOf, JOB, reportOf } from './fixtures.ts';

const FROM = '2026-11-21T00:00:00.000Z';
const TO = '2026-11-22T00:00:00.000Z';
const AT = new Date('2026-11-22T02:00:00Z');
const LATER = new Date('2026-11-22T02:05:00Z');
const ANN = 'ann@admins.example';
const BOB = 'bob@other.example';

let database: DatabaseSync;
let history: History;
beforeEach(() => {
  database = openDatabase(':memory:');
  history = historyOf(database, ':memory:');
});
afterEach(() => history.close());

function mailOf(id: string, changes: Partial<DigestMail> = {}): DigestMail {
  return {
    ...{ subject: `FAIL: ${id}`, text: `text of ${id}`, html: '<p>', messageId: `${id}@audit.example`, headers: {} },
    attachments: [],
    ...changes,
  };
}

function recordWithDigest(id: string, tellsOf: readonly string[] = [], at = AT): void {
  const mail = { mail: mailOf(id), kind: 'digest', job: JOB, at, recipients: [ANN, BOB], tellsOf } as const;
  history.record({ report: reportOf({ id, from: FROM, to: TO }), days: daysOf(FROM, TO), mail: () => mail });
}

function tried(changes: Partial<MailTry>): MailTry {
  return { accepted: [], refused: [], wanted: [ANN, BOB], failure: null, at: LATER, nextTryAt: LATER, ...changes };
}

describe('a digest', () => {
  it('is stored with the result, and owed to everybody', () => {
    recordWithDigest('r1');
    const [owed, ...others] = history.outbox.owed();
    expect(others).toEqual([]);
    expect(owed).toMatchObject({ messageId: 'r1@audit.example', kind: 'digest', job: JOB, createdAt: AT, tries: 0 });
    expect(owed?.mail).toEqual(mailOf('r1'));
    expect([ANN, BOB, 'ann@OTHER.example'].map((address) => owed?.isOwedTo(address))).toEqual([true, true, false]);
    expect(owed?.isOwedTo('ann@Admins.Example')).toBe(true);
  });

  it('is not stored where the result is not', () => {
    recordWithDigest('r1');
    expect(failureOf(() => recordWithDigest('r1')).message).toContain('recorded already');
    expect(history.outbox.owed()).toHaveLength(1);
  });

  it('is stored without any address', () => {
    recordWithDigest('r1');
    history.outbox.record('r1@audit.example', tried({ accepted: [ANN], failure: 'later' }));
    const tables = ['outbox', 'outbox_recipients', 'runs', 'run_records'];
    const rows = tables.flatMap((table) => database.prepare(`SELECT * FROM ${table}`).all());
    expect(rows.length).toBeGreaterThanOrEqual(4);
    expect(JSON.stringify(rows)).not.toMatch(/ann|bob/);
  });

  it('is owed to those who have not got it, until all have; then the run counts as mailed', () => {
    recordWithDigest('r1');
    history.outbox.begin('r1@audit.example', LATER);
    history.outbox.record('r1@audit.example', tried({ accepted: [ANN], failure: '450 busy' }));
    const owed = history.outbox.find('r1@audit.example');
    expect([owed?.isOwedTo(ANN), owed?.isOwedTo(BOB), owed?.tries]).toEqual([false, true, 1]);
    expect(history.findRun('r1')?.mailedAt).toBeNull();
    expect(history.outbox.open()).toMatchObject([
      { subject: 'FAIL: r1', owed: 1, refused: 0, lastFailure: '450 busy' },
    ]);
    history.outbox.record('r1@audit.example', tried({ accepted: [BOB] }));
    expect(history.outbox.find('r1@audit.example')).toBeUndefined();
    expect(history.outbox.owed()).toEqual([]);
    expect(history.findRun('r1')?.mailedAt).toEqual(LATER);
  });

  it('refused for good is owed no more, but not counted as mailed, and told of once', () => {
    recordWithDigest('r1');
    const refused = [{ recipient: BOB, response: '550 unknown' }];
    history.outbox.record('r1@audit.example', tried({ accepted: [ANN], refused }));
    expect(history.outbox.owed()).toEqual([]);
    expect(history.findRun('r1')?.mailedAt).toBeNull();
    expect(history.outbox.undelivered(JOB, AT)).toMatchObject([
      { messageId: 'r1@audit.example', why: 'refused', domains: ['other.example'], response: '550 unknown' },
    ]);
    recordWithDigest('r2', ['r1@audit.example']);
    expect(history.outbox.undelivered(JOB, AT)).toEqual([]);
    expect(history.outbox.open().map(({ messageId }) => messageId)).toEqual(['r2@audit.example']);
  });

  it('that is late is merged into the next one, and then not owed any more', () => {
    recordWithDigest('r1');
    expect(history.outbox.undelivered(JOB, AT)).toEqual([]);
    expect(history.outbox.undelivered('another', LATER)).toEqual([]);
    expect(history.outbox.undelivered(JOB, LATER)).toMatchObject([
      { why: 'late', subject: 'FAIL: r1', text: 'text of r1', domains: ['admins.example', 'other.example'] },
    ]);
    recordWithDigest('r2', ['r1@audit.example'], LATER);
    expect(history.outbox.owed().map(({ messageId }) => messageId)).toEqual(['r2@audit.example']);
    expect(history.outbox.undelivered(JOB, LATER)).toEqual([]);
    expect(history.findRun('r1')?.mailedAt).toBeNull();
  });

  it('that told of others is told of with their text', () => {
    const content = 'FAIL: r0\n\ntext of r0';
    const attachments = [
      { filename: 'a.csv', contentType: 'text/csv', content: 'no' },
      { filename: 'undelivered-1.txt', contentType: 'text/plain; charset=utf-8', content },
    ];
    history.outbox.put({ mail: mailOf('m', { attachments }), kind: 'digest', job: JOB, at: AT, recipients: [ANN] });
    expect(history.outbox.undelivered(JOB, LATER)).toMatchObject([{ text: `text of m\n\n${content}`, runId: null }]);
  });

  it('is owed nobody who is not named in the settings any more', () => {
    recordWithDigest('r1');
    history.outbox.record('r1@audit.example', tried({ accepted: [ANN], wanted: [ANN] }));
    expect(history.outbox.owed()).toEqual([]);
    expect(history.findRun('r1')?.mailedAt).toEqual(LATER);
  });
});
