import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UndeliveredError } from '../../src/deliver/owed-mail.ts';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { startMailServer, startScriptedServer } from '../deliver/mail-servers.ts';
import { type Nightly, openNightly } from './nightly.ts';

const JOB = 'outbound-audit';
const PLAIN = { disabledCommands: ['STARTTLS', 'AUTH'] };

let nightly: Nightly;
beforeEach(() => {
  nightly = openNightly('2026-11-01T05:30:00Z', { TLS_AUDIT_MAIL_ENABLED: 'true' });
});
afterEach(() => nightly[Symbol.dispose]());

function audited(): string[] {
  const records = nightly.read(({ runs }) => runs.latest(JOB, 50));
  return records.map(({ end, window }) => `${end} ${utcDay(window.from)} ${utcDay(window.to)}`).reverse();
}

/** Three weeks without the worker, while logs were put in place; the mail server is down when it comes back. */
async function comeBackWithoutMail(): Promise<void> {
  await using server = await startMailServer(PLAIN);
  nightly.settings.mail.smtp.port = server.port;
  nightly.putLog('2026-10-31');
  await nightly.run();
  for (let day = 1; day <= 21; day++) nightly.putLog(`2026-11-${String(day).padStart(2, '0')}`);
  nightly.nowMs += 21 * DAY_MS;
}

describe('mail that is down after an outage of three weeks', () => {
  it('stops no audit: every window is recorded, and the mail server is asked once', async () => {
    await comeBackWithoutMail();
    const gone = await startScriptedServer(undefined);
    await gone[Symbol.asyncDispose]();
    nightly.settings.mail.smtp.port = gone.port;
    await expect(nightly.run()).rejects.toThrow(UndeliveredError);

    expect(audited()).toEqual([
      'fail 2026-10-31 2026-11-01',
      'fail 2026-11-01 2026-11-08',
      'fail 2026-11-08 2026-11-15',
      'fail 2026-11-15 2026-11-22',
    ]);
    expect(nightly.log().match(/"mail is still owed"/g)).toHaveLength(1);
    expect(nightly.read(({ outbox }) => outbox.owed())).toHaveLength(3);

    await using server = await startMailServer(PLAIN);
    nightly.settings.mail.smtp.port = server.port;
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-22');
    await nightly.run();
    expect(server.received).toHaveLength(4);
    expect(nightly.read(({ outbox }) => outbox.open())).toEqual([]);
  });

  it('nor the audit of days whose rows came late', async () => {
    await comeBackWithoutMail();
    const gone = await startScriptedServer(undefined);
    await gone[Symbol.asyncDispose]();
    nightly.settings.mail.smtp.port = gone.port;
    nightly.putLog('2026-10-31', [{ TLS_Cipher: ':' }, { TLS_Cipher: ':', 'Internal Message ID': 'late' }]);
    await expect(nightly.run()).rejects.toThrow(UndeliveredError);
    // The first window that is caught up finds them, and they are judged before it is recorded.
    expect(audited()[2]).toBe('fail 2026-10-31 2026-11-01');
    expect(audited()).toHaveLength(5);
    expect(nightly.log().match(/"mail is still owed"/g)).toHaveLength(1);
  });
});

describe('a digest that is still owed on a night that passes', () => {
  it('makes the run fail until it is sent: the watchdog must not hear that all is well', async () => {
    nightly.putLog('2026-10-31');
    await using refusing = await startMailServer({
      ...PLAIN,
      refuse: { 'admin@example.com': { code: 451, text: 'try again later' } },
    });
    nightly.settings.mail.smtp.port = refusing.port;
    await expect(nightly.run()).rejects.toThrow(UndeliveredError);
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-01', [{}]);
    await expect(nightly.run()).rejects.toThrow(UndeliveredError);
    expect(audited()).toEqual(['fail 2026-10-31 2026-11-01', 'pass 2026-11-01 2026-11-02']);

    await using server = await startMailServer(PLAIN);
    nightly.settings.mail.smtp.port = server.port;
    await nightly.run();
    expect(server.received).toHaveLength(1);
  });

  it('and is about the days of that night makes it fail too', async () => {
    await using refusing = await startMailServer({ ...PLAIN, refuseMessage: { code: 451, text: 'try again later' } });
    nightly.settings.mail.smtp.port = refusing.port;
    nightly.putLog('2026-10-31');
    await expect(nightly.run()).rejects.toThrow(UndeliveredError);
    // Nothing new is to be told, so what was owed is sent after the audit.
    await expect(nightly.run()).rejects.toThrow(UndeliveredError);
    expect(nightly.read(({ outbox }) => outbox.owed())).toHaveLength(1);
  });
});
