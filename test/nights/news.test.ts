import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { startMailServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { parseMail } from '../integration/mail-parts.ts';
import { type Nightly, openNightly } from './nightly.ts';
import type { LogFields } from '../support/log-text.ts';

let nightly: Nightly;
let server: TestMailServer;
beforeEach(async () => {
  nightly = openNightly('2026-11-19T05:30:00Z', { TLS_AUDIT_MAIL_ENABLED: 'true' });
  server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  const { mail } = nightly.settings;
  nightly.settings = { ...nightly.settings, mail: { ...mail, smtp: { ...mail.smtp, port: server.port } } };
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

/** One night after the other, each with these rows in the log of the day before; what was mailed about each. */
async function nights(...rowsOfDays: readonly (readonly LogFields[])[]): Promise<(string | undefined)[]> {
  const told: (string | undefined)[] = [];
  for (const rows of rowsOfDays) {
    nightly.putLog(utcDay(new Date(nightly.nowMs - DAY_MS)), rows);
    const before = server.received.length;
    await nightly.run();
    const mail = server.received.slice(before).at(-1);
    told.push(mail === undefined ? undefined : parseMail(mail.raw).headers.get('subject')?.[0]);
    nightly.nowMs += DAY_MS;
  }
  return told;
}

function newestText(): string {
  const [mail] = server.received.slice(-1);
  return mail === undefined ? '' : (parseMail(mail.raw).parts[0]?.text ?? '');
}

function acceptUntil(expires: string): void {
  const path = join(nightly.folder, 'accepted.yaml');
  const entry = { domain: 'acme.example', reason: 'They move', owner: 'Jo', expires };
  writeFileSync(path, JSON.stringify({ exceptions: [entry] }));
  const { policy } = nightly.settings;
  nightly.settings = { ...nightly.settings, policy: { ...policy, exceptionsFile: path } };
}

const TLS: LogFields[] = [{}];
const PLAIN: LogFields[] = [{ TLS_Cipher: ':' }];
const HELD: LogFields[] = [{ TLS_Verified: 'Verified' }];

describe('night after night', () => {
  it('a domain that lost TLS is news once, and again when it lost it anew', async () => {
    expect(await nights(TLS, PLAIN, PLAIN, TLS, PLAIN)).toEqual([
      undefined,
      'FAIL: 1 domain lost TLS; 1 domain got plaintext mail',
      'FAIL: 1 domain got plaintext mail',
      undefined,
      'FAIL: 1 domain lost TLS; 1 domain got plaintext mail',
    ]);
  });

  it('an exception that ended stands in one subject, and in the mails as long as its domain counts again', async () => {
    acceptUntil('2026-11-19');
    expect(await nights(PLAIN, PLAIN, PLAIN, PLAIN, TLS)).toEqual([
      'PASS: 1 exception expires soon; 1 domain under an exception, all other mail protected by TLS 1.2 or better',
      undefined,
      'FAIL: 1 exception ended; 1 domain got plaintext mail',
      'FAIL: 1 domain got plaintext mail',
      undefined,
    ]);
  });

  it('an exception that ended is said once where nothing counts again', async () => {
    acceptUntil('2026-11-18');
    const [, ended, later] = await nights(PLAIN, TLS, TLS);
    expect(ended).toMatch(/^PASS: 1 exception ended; all mail/);
    expect(later).toBeUndefined();
  });

  it('a certificate is told of when it is lost, and when it holds again', async () => {
    expect(await nights(HELD, HELD, HELD, TLS, TLS, HELD, HELD, HELD, HELD)).toEqual([
      ...[undefined, undefined, undefined],
      'PASS: 1 domain no longer verified; all mail protected by TLS 1.2 or better',
      ...[undefined, undefined, undefined],
      'PASS: 1 domain verified again; all mail protected by TLS 1.2 or better',
      undefined,
    ]);
    const text = newestText();
    expect(text).toContain('Since last time: 1 resolved.');
    expect(text).toContain('- acme.example: all verified again, lost on Nov 21');
  });

  it('what was lost on the days of a first run is a baseline, and told of as news by the first night that compares', async () => {
    const { jobs } = nightly.settings;
    const outbound = { ...jobs['outbound-audit'], firstRunDays: 5 };
    nightly.settings = { ...nightly.settings, jobs: { ...jobs, 'outbound-audit': outbound } };
    for (const day of ['14', '15', '16']) nightly.putLog(`2026-11-${day}`, HELD);
    nightly.putLog('2026-11-17', TLS);
    expect(await nights(TLS, HELD, TLS, TLS)).toEqual([
      ...[undefined, undefined],
      'PASS: 1 domain partly unverified; all mail protected by TLS 1.2 or better',
      undefined,
    ]);
    const text = newestText();
    expect(text).toContain('DOWNGRADES: LOST VERIFICATION (1)');
    expect(text).not.toContain('LOST EARLIER');
    expect(text.replace(/\s+/g, ' ')).toContain(
      'acme.example (3 of 4 deliveries unverified since Nov 17, all verified until Nov 16)',
    );
  });

  it('the trend begins with the first audited day: what came before it is no night without data', async () => {
    await nights(PLAIN, PLAIN, PLAIN);
    expect(newestText()).toContain('3 nights: 3 with violations, at most 1 a night.');
  });

  it.each([
    ['2027-01-05', '2026-12-06', 17, '2026-12-05', 'Dec 6 to Dec 12'],
    // Longer than any later run looks back.
    ['2027-05-05', '2027-04-05', 137, '2027-04-04', 'Apr 5 to Apr 11'],
  ])('days lost in an outage until %s are told of once, and all of them', async (until, reach, days, last, window) => {
    expect(await nights(TLS)).toEqual([undefined]);
    nightly.nowMs = Date.parse(`${until}T05:30:00Z`);
    for (let day = Date.parse(reach); day < nightly.nowMs - DAY_MS; day += DAY_MS) {
      nightly.putLog(utcDay(new Date(day)), TLS);
    }
    await nightly.run();
    const mails = server.received.map(({ raw }) => raw.toString().replaceAll(/=\r\n|\s+/g, ' '));
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain(
      `Subject: PASS: ${days} earlier days without complete data; all mail protected by TLS 1.2 or better (${window})`,
    );
    expect(mails[0]).toContain(
      `${days} days before this window were never completely audited (between 2026-11-19 and ${last}): ` +
        'lost, because no log can be had any more.',
    );
    nightly.nowMs += DAY_MS;
    expect(await nights(TLS)).toEqual([undefined]);
  });
});
