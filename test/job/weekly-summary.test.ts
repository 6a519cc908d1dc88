import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { weeklySummary } from '../../jobs/weekly-summary.ts';
import { UndeliveredError } from '../../src/deliver/owed-mail.ts';
import { doChore } from '../../src/job/run-job.ts';
import { startMailServer, startScriptedServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { type Nightly, openNightly } from '../nights/nightly.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const NEVER = new AbortController().signal;

let nightly: Nightly;
let server: TestMailServer;
beforeEach(async () => {
  nightly = openNightly('2026-11-22T05:30:00Z', { TLS_AUDIT_MAIL_ENABLED: 'true' });
  server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  nightly.settings.mail.smtp.port = server.port;
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

/** `run weekly-summary`, as a timer, a retry or a person starts it. */
async function startedAt(time: string, logger = quietLogger()): Promise<string> {
  nightly.nowMs = Date.parse(time);
  const clock = { now: () => new Date(nightly.nowMs) };
  return await doChore(weeklySummary, nightly.settings, { clock, logger }, true, NEVER);
}

/** Of the summaries, unfolded (RFC 5322 section 2.2.3). */
function subjects(): string[] {
  return server.received
    .map(({ raw }) => /^Subject: (.*(?:\r\n[ \t].*)*)/m.exec(raw.toString())?.[1]?.replaceAll('\r\n', '') ?? '')
    .filter((subject) => subject.startsWith('WEEK'));
}

describe('the summary of a week', () => {
  it('is mailed once, however often and whenever its run is started again', async () => {
    // A machine that was off on Monday morning; a retry after midnight; somebody by hand.
    await startedAt('2026-11-23T23:55:00Z');
    const logger = quietLogger();
    for (const time of ['2026-11-23T23:59:00Z', '2026-11-24T00:10:00Z', '2026-11-25T09:00:00Z']) {
      expect(await startedAt(time, logger)).toContain('(Nov 16 to Nov 22)');
    }
    expect(subjects()).toEqual(['WEEK: Nothing was audited, 0 of 7 days covered (Nov 16 to Nov 22)']);
    expect(logger.lines.filter(({ message }) => message.includes('no other is mailed'))).toHaveLength(3);

    await startedAt('2026-11-30T07:00:00Z');
    expect(subjects().slice(1)).toEqual(['WEEK: Nothing was audited, 0 of 7 days covered (Nov 23 to Nov 29)']);
  });

  it('goes by the schedule and its time zone', async () => {
    nightly.settings.jobs['weekly-summary'].timezone = 'Pacific/Auckland';
    // Monday 07:00 in Auckland is Sunday 18:00 UTC.
    await startedAt('2026-11-22T18:00:00Z');
    await startedAt('2026-11-23T07:00:00Z');
    await startedAt('2026-11-29T17:59:00Z');
    expect(subjects()).toEqual(['WEEK: Nothing was audited, 0 of 7 days covered (Nov 15 to Nov 21)']);
  });

  it('is sent by the run that is started again where the mail server was down, which fails until then', async () => {
    const gone = await startScriptedServer(undefined);
    await gone[Symbol.asyncDispose]();
    nightly.settings.mail.smtp.port = gone.port;
    await expect(startedAt('2026-11-23T23:50:00Z')).rejects.toThrow(UndeliveredError);
    await expect(startedAt('2026-11-24T00:05:00Z')).rejects.toThrow(UndeliveredError);
    nightly.settings.mail.smtp.port = server.port;
    await startedAt('2026-11-24T00:20:00Z');
    await startedAt('2026-11-24T00:35:00Z');
    expect(subjects()).toHaveLength(1);
  });

  it('counts a run in one week only, also where the run or the summary came late', async () => {
    nightly.putLog('2026-11-21');
    await nightly.run();
    nightly.nowMs = Date.parse('2026-11-23T07:30:00Z');
    nightly.putLog('2026-11-22');
    await nightly.run();
    const runs = async (time: string) => /Runs:? +(.*)/.exec(await startedAt(time))?.[1];
    expect(await runs('2026-11-23T07:40:00Z')).toBe('1 fail');
    expect(await runs('2026-11-30T07:00:00Z')).toBe('1 fail');
  });
});
