import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { outboundAudit } from '../../jobs/outbound-audit.ts';
import type { Job } from '../../src/job/job.ts';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { AuditError } from '../../src/support/errors.ts';
import { startMailServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { type Nightly, openNightly } from './nightly.ts';
import type { LogFields } from '../support/log-text.ts';

let nightly: Nightly;
let server: TestMailServer;
beforeEach(async () => {
  nightly = openNightly('2026-11-03T03:10:00Z', { TLS_AUDIT_MAIL_ENABLED: 'true' });
  server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  nightly.settings.mail.smtp.port = server.port;
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const TLS = (recipient: string): LogFields => ({ Recipient: `ann@${recipient}` });
const PLAIN = (recipient: string): LogFields => ({ Recipient: `ann@${recipient}`, TLS_Cipher: ':' });

/** lost.example loses TLS on Nov 7 for good, oneday.example has plaintext on Nov 10 only. */
function rowsOf(day: string): LogFields[] {
  return [
    TLS('good.example'),
    (day >= '2026-11-07' ? PLAIN : TLS)('lost.example'),
    (day === '2026-11-10' ? PLAIN : TLS)('oneday.example'),
  ];
}

function texts(): string[] {
  return server.received.map(({ raw }) => raw.toString().replace(/=\r\n/g, '').replace(/\s+/g, ' '));
}

interface Night {
  readonly day: string;
  readonly mails: readonly string[];
  readonly verdicts: readonly string[];
}

/** One night after the other up to that of the last day; by default the log of Nov 5 is forgotten. */
async function nightsTo(last: string, missing = new Set(['2026-11-05']), rows = rowsOf): Promise<Night[]> {
  const nights: Night[] = [];
  for (;;) {
    const day = utcDay(new Date(nightly.nowMs - DAY_MS));
    if (day > last) return nights;
    if (!missing.has(day)) nightly.putLog(day, rows(day));
    const before = server.received.length;
    const { verdicts } = await nightly.run();
    nights.push({ day, mails: texts().slice(before), verdicts });
    nightly.nowMs += DAY_MS;
  }
}

const daysWith = (nights: readonly Night[], what: string | RegExp) =>
  nights.filter(({ mails }) => mails.some((mail) => mail.search(what) >= 0)).map(({ day }) => day);

/** The subjects of each night, by day. */
function subjects(nights: readonly Night[]): Record<string, string[]> {
  const subjectIn = (mail: string) => / Subject: (.*?) Message-ID:/.exec(mail)?.[1] ?? mail;
  return Object.fromEntries(nights.map(({ day, mails }) => [day.slice(5), mails.map(subjectIn)]));
}

/** In a subject. */
const LOST_TLS = /(domain|them) (partly )?lost TLS/;

describe('one forgotten upload', () => {
  it('is told of once, and leaves the nights after it what they would be without it', async () => {
    const nights = await nightsTo('2026-11-20');
    const plain = ['FAIL: 1 domain got plaintext mail'];
    const later = ['13', '14', '15', '16', '17', '18', '19', '20'].map((day) => [`11-${day}`, plain]);
    expect(subjects(nights)).toEqual({
      ...{ '11-02': [], '11-03': [], '11-04': [], '11-05': ['INCONCLUSIVE: no data'], '11-06': [] },
      '11-07': ['FAIL: 1 domain lost TLS'],
      ...{ '11-08': plain, '11-09': plain },
      '11-10': ['FAIL: 2 domains got plaintext mail, 1 of them lost TLS'],
      ...{ '11-11': plain, '11-12': plain },
      ...Object.fromEntries(later),
    });
    expect(daysWith(nights, '1 resolved')).toEqual(['2026-11-11']);
    expect(daysWith(nights, /replaces the result/i)).toEqual([]);
    // It stays due for two weeks, in a window of its own.
    const again = nights.filter(({ verdicts }) => verdicts.length > 1);
    expect([again[0]?.day, again.at(-1)?.day, again.length]).toEqual(['2026-11-06', '2026-11-18', 13]);
    for (const { verdicts } of again) expect(verdicts).toEqual(['inconclusive', expect.not.stringMatching('inconc')]);
    expect(daysWith(nights.slice(4), /never completely audited \(2026-11-05\)/)).toHaveLength(14);
  });

  it('is told of once where every night is mailed', async () => {
    nightly.settings.mail.when = 'always';
    const nights = await nightsTo('2026-11-09');
    expect(nights.map(({ mails }) => mails.length)).toEqual(nights.map(() => 1));
    expect(subjects(nights)['11-06']?.[0]).toMatch(/^PASS: 1 earlier day without complete data; /);
  });

  it('is mailed again where the day turns out otherwise, and where somebody names its days', async () => {
    await nightsTo('2026-11-13');
    const asked = { from: new Date('2026-11-05'), to: new Date('2026-11-12') };
    const before = server.received.length;
    await nightly.run({ explicit: asked });
    expect(texts().slice(before).join()).toContain('FAIL, judged again: 2 domains got plaintext mail');
    nightly.putLog('2026-11-05', [PLAIN('late.example'), TLS('good.example')], 8 * DAY_MS);
    const [night] = await nightsTo('2026-11-14');
    expect(night?.mails).toHaveLength(2);
    expect(night?.mails[0]).toContain('In violation now and not then: late.example.');
    expect(night?.mails[0]).toContain('1 new');
  });

  it('fails the job where it cannot be judged again, and keeps no night from being looked at', async () => {
    await nightsTo('2026-11-06');
    const failing: Job = {
      ...outboundAudit,
      run: (request, parts, signal) =>
        utcDay(request.window.from) === '2026-11-05'
          ? Promise.reject(new AuditError('no log can be fetched'))
          : outboundAudit.run(request, parts, signal),
    };
    nightly.putLog('2026-11-07', rowsOf('2026-11-07'));
    const before = server.received.length;
    await expect(nightly.run({ job: failing })).rejects.toThrow('no log can be fetched');
    expect(texts().slice(before)).toEqual([expect.stringContaining('FAIL: 1 domain lost TLS')]);
    const never = { ...failing, run: () => Promise.reject(new AuditError('the org is down')) };
    nightly.nowMs += DAY_MS;
    await expect(nightly.run({ job: never })).rejects.toThrow('the org is down');
    const lastDays = { from: new Date('2026-11-07'), to: new Date('2026-11-09') };
    expect(nightly.read((history) => [...history.auditedDays('outbound-audit', lastDays)])).toEqual(['2026-11-07']);
  });

  it('is told again until somebody got the mail', async () => {
    await nightsTo('2026-11-04');
    await nightly.run({ mail: false });
    nightly.nowMs += DAY_MS;
    const nights = await nightsTo('2026-11-08');
    expect(subjects(nights)['11-06']).toEqual(['INCONCLUSIVE, judged again: no data for Nov 5']);
    expect(nights.map(({ mails }) => mails.length)).toEqual([1, 1, 1]);
  });
});

describe('a week of forgotten uploads', () => {
  it('is told of day by day, and once, although days that lack data come and go beside each other', async () => {
    const missing = new Set(['05', '06', '07', '08', '09', '10', '11'].map((day) => `2026-11-${day}`));
    const nights = await nightsTo('2026-11-25', missing, () => [TLS('good.example')]);
    const told = nights.filter(({ mails }) => mails.length > 0);
    expect(told.map(({ day, mails }) => [day, mails.length])).toEqual([...missing].map((day) => [day, 1]));
    expect(Math.max(...nights.map(({ verdicts }) => verdicts.length))).toBe(2);
    const shown = nights.filter(({ day }) => day >= '2026-11-12').map(({ verdicts }) => verdicts.join());
    expect([new Set(shown.slice(0, 13)), shown.slice(13)]).toEqual([new Set(['inconclusive,pass']), ['pass']]);
  });

  it('ends with one mail about what the logs tell when they come', async () => {
    const missing = new Set(['05', '06', '07'].map((day) => `2026-11-${day}`));
    await nightsTo('2026-11-08', missing, () => [TLS('good.example')]);
    for (const day of missing) nightly.putLog(day, [PLAIN('late.example'), TLS('good.example')], 5 * DAY_MS);
    const [night] = await nightsTo('2026-11-09', missing, () => [TLS('good.example')]);
    expect(subjects(night === undefined ? [] : [night])['11-09']).toEqual([
      'FAIL, judged again: 1 domain got plaintext mail, a new one (Nov 5 to Nov 7)',
    ]);
    expect(night?.verdicts).toEqual(['fail', 'pass']);
  });
});

describe('a first day that is not complete', () => {
  it('has nothing to compare with where it alone is judged again', async () => {
    const first = { from: new Date('2026-11-02'), to: new Date('2026-11-03') };
    nightly.putLog('2026-11-02', rowsOf('2026-11-02'));
    await nightly.run();
    const { report } = await nightly.run({ explicit: first });
    expect(report).toHaveProperty('judgedBefore');
    expect(report).not.toHaveProperty('changes');
  });

  it('hides no loss of the days after it: each is news once', async () => {
    nightly.settings.source.quietHours = 6;
    const hourly = (recipient: string, cipher?: string): LogFields[] =>
      Array.from({ length: 8 }, (_, n) => ({
        ...(cipher === undefined ? TLS(recipient) : PLAIN(recipient)),
        'Internal Message ID': `${recipient}-${n}`,
        'Date/Time': `T${String(n * 3 + 1).padStart(2, '0')}:00:00Z`,
      }));
    const dated = (day: string, rows: readonly LogFields[]) =>
      rows.map((row) => ({ ...row, 'Date/Time': `${day}${row['Date/Time'] ?? ''}` }));
    const told: string[] = [];
    for (const day of ['2026-11-02', '2026-11-03', '2026-11-04', '2026-11-05', '2026-11-06']) {
      const rows = [...hourly('always.example', ':'), ...hourly('lost.example', day >= '2026-11-05' ? ':' : undefined)];
      nightly.putLog(day, dated(day, day === '2026-11-02' ? rows.slice(0, 2) : rows));
      const before = server.received.length;
      const { verdicts } = await nightly.run();
      expect(verdicts).toHaveLength(day === '2026-11-02' ? 1 : 2);
      const [mail = '', ...more] = texts().slice(before);
      expect(more).toEqual([]);
      told.push(/baseline|Since last time: [^.]+/.exec(mail)?.[0] ?? '');
      nightly.nowMs += DAY_MS;
    }
    expect(told).toEqual([
      'baseline',
      'Since last time: 1 ongoing',
      'Since last time: 1 ongoing',
      'Since last time: 1 downgrade, 1 new, 1 ongoing',
      'Since last time: 2 ongoing',
    ]);
    expect(texts().map((mail) => LOST_TLS.test(mail))).toEqual([false, false, false, true, false]);
  });
});
