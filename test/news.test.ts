import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DAY_MS, utcDay } from '../src/model/window.ts';
import { startMailServer, type TestMailServer } from './deliver/mail-servers.ts';
import { type Nightly, openNightly } from './nightly.ts';
import type { LogFields } from './support/log-text.ts';

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
    told.push(/^Subject: (.+)\r$/m.exec(server.received.slice(before).at(-1)?.raw.toString() ?? '')?.[1]);
    nightly.nowMs += DAY_MS;
  }
  return told;
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

describe('night after night', () => {
  it('a domain that lost TLS is news once, and again when it lost it anew', async () => {
    expect(await nights(TLS, PLAIN, PLAIN, TLS, PLAIN)).toEqual([
      undefined,
      'FAIL: 1 domain lost TLS; 1 domain got plaintext mail (Nov 19)',
      'FAIL: 1 domain got plaintext mail (Nov 20)',
      undefined,
      'FAIL: 1 domain lost TLS; 1 domain got plaintext mail (Nov 22)',
    ]);
  });

  it('an exception that ended stands in one subject, and in the mails as long as its domain counts again', async () => {
    acceptUntil('2026-11-19');
    expect(await nights(PLAIN, PLAIN, PLAIN, PLAIN, TLS)).toEqual([
      expect.stringMatching(/^PASS: 1 exception expires soon; 0 of 1 delivery/),
      undefined,
      'FAIL: 1 exception ended; 1 domain got plaintext mail (Nov 20)',
      'FAIL: 1 domain got plaintext mail (Nov 21)',
      undefined,
    ]);
  });

  it('an exception that ended is said once where nothing counts again', async () => {
    acceptUntil('2026-11-18');
    const [, ended, later] = await nights(PLAIN, TLS, TLS);
    expect(ended).toMatch(/^PASS: 1 exception ended; 1 delivery/);
    expect(later).toBeUndefined();
  });

  it('days that were lost in a long outage are told of once, although what could still be had passes', async () => {
    expect(await nights(TLS)).toEqual([undefined]);
    nightly.nowMs = Date.parse('2027-01-05T05:30:00Z');
    for (let day = Date.parse('2026-12-06'); day < nightly.nowMs - DAY_MS; day += DAY_MS) {
      nightly.putLog(utcDay(new Date(day)), TLS);
    }
    await nightly.run();
    const mails = server.received.map(({ raw }) => raw.toString().replaceAll(/=\r\n|\s+/g, ' '));
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatch(/Subject: PASS: .* \(Dec 6 to Dec 12\)/);
    expect(mails[0]).toContain('17 days before this window were never completely audited');
    nightly.nowMs += DAY_MS;
    expect(await nights(TLS)).toEqual([undefined]);
  });
});
