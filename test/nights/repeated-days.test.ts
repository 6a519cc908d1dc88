import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
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

/** One night after the other up to that of the last day; the log of Nov 5 is forgotten. */
async function nightsTo(last: string): Promise<Night[]> {
  const nights: Night[] = [];
  for (;;) {
    const day = utcDay(new Date(nightly.nowMs - DAY_MS));
    if (day > last) return nights;
    if (day !== '2026-11-05') nightly.putLog(day, rowsOf(day));
    const before = server.received.length;
    const { verdicts } = await nightly.run();
    nights.push({ day, mails: texts().slice(before), verdicts });
    nightly.nowMs += DAY_MS;
  }
}

const daysWith = (nights: readonly Night[], what: string | RegExp) =>
  nights.filter(({ mails }) => mails.some((mail) => mail.search(what) >= 0)).map(({ day }) => day);

/** In a subject. */
const LOST_TLS = /(domain|them) (partly )?lost TLS/;

describe('one forgotten upload', () => {
  it('makes the nights after it tell each finding as news once, in one mail a night', async () => {
    const nights = await nightsTo('2026-11-15');
    const sent = nights.filter(({ day }) => day >= '2026-11-05');
    expect(sent.map(({ day, mails }) => [day, mails.length])).toEqual(sent.map(({ day }) => [day, 1]));
    expect(daysWith(nights, LOST_TLS)).toEqual(['2026-11-07', '2026-11-10']);
    expect(daysWith(nights, '1 downgrade, 1 new')).toEqual(['2026-11-07', '2026-11-10']);
    expect(daysWith(nights, 'judged again')).toEqual([]);
    expect(daysWith(nights, /resolved since last time/i)).toEqual(['2026-11-12']);
    expect(daysWith(nights, '1 resolved')).toEqual(['2026-11-12']);
    expect(sent.flatMap(({ verdicts }) => verdicts)).not.toContain('pass');
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

  it('is told again until somebody got the mail', async () => {
    await nightsTo('2026-11-10');
    nightly.putLog('2026-11-11', rowsOf('2026-11-11'));
    await nightly.run({ mail: false });
    nightly.nowMs += DAY_MS;
    const [first, second] = await nightsTo('2026-11-13');
    expect(first?.mails[0]).toContain('FAIL, judged again: 2 domains got plaintext mail (Nov 5 to Nov 11)');
    expect([first?.mails.length, second?.mails.length]).toEqual([2, 1]);
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
      const { report } = await nightly.run();
      expect(report.window.from).toBe('2026-11-02T00:00:00.000Z');
      const [mail = ''] = texts().slice(before);
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
