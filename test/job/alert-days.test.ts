import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { outboundAudit } from '../../jobs/outbound-audit.ts';
import { type JobRequest, runJobUnattended } from '../../src/job/run-job.ts';
import { DAY_MS } from '../../src/model/window.ts';
import { openHistory } from '../../src/record/history.ts';
import { startMailServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { type Nightly, openNightly } from '../nights/nightly.ts';

let nightly: Nightly;
let server: TestMailServer;
beforeEach(async () => {
  nightly = openNightly('2026-11-26T05:30:00Z', { TLS_AUDIT_MAIL_ENABLED: 'true' });
  server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  nightly.settings.mail.smtp.port = server.port;
  nightly.settings.jobs['outbound-audit'].firstRunDays = 1;
  for (const day of ['2026-11-25', '2026-11-26', '2026-11-27']) nightly.putLog(day, [{}]);
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

async function runAt(now: string, asked: Partial<JobRequest> = {}): Promise<string> {
  nightly.nowMs = Date.parse(now);
  const clock = { now: () => new Date(nightly.nowMs) };
  const common = { job: outboundAudit, settings: nightly.settings, explicit: undefined, dry: false, mail: true, clock };
  const stderr = new PassThrough().resume() as unknown as NodeJS.WriteStream;
  const outcome = runJobUnattended({ ...common, ...asked }, { stderr }, new AbortController().signal);
  return await outcome.then(
    ({ report }) => report.verdict,
    () => 'failed',
  );
}

/** The folder of logs is gone, or there again. */
function moveLogs(from: string, to: string): void {
  renameSync(join(nightly.folder, from), join(nightly.folder, to));
}

/** The alert as one line, without its HTML. */
function alert(): string {
  const [mail, ...more] = server.received.map(({ raw }) => raw.toString()).filter((raw) => raw.includes('FAILED'));
  expect(more).toEqual([]);
  return (mail ?? '').split('text/html')[0]!.replaceAll(/=\r\n/g, '').replaceAll(/\s+/g, ' ');
}

describe('the alert of a run that failed', () => {
  it('names no day where those it was to audit rest on complete data', async () => {
    expect(await runAt('2026-11-26T05:30:00Z')).toBe('pass');
    moveLogs('logs', 'gone');
    expect(await runAt('2026-11-26T09:00:00Z')).toBe('failed');
    expect(alert()).toContain('could not do its work. The history has complete data of every day that was due.');
    expect(alert()).not.toMatch(/without complete data|not known|nobody looked/i);
  });

  it('names the days of the time it makes up for, and not those that came after it', async () => {
    expect(await runAt('2026-11-26T05:30:00Z')).toBe('pass');
    moveLogs('logs', 'gone');
    const tick = new Date('2026-11-27T05:30:00Z');
    expect(await runAt('2026-11-28T02:00:00Z', { tick, asOf: tick })).toBe('failed');
    expect(alert()).toMatch(/Without complete data:? +Nov 26, 2026 \(UTC\)/);
    expect(alert()).toContain('could not do its work: days are left without complete data.');
  });

  it('names of several days those that lack data, also one that somebody looked at in vain', async () => {
    expect(await runAt('2026-11-26T05:30:00Z')).toBe('pass');
    rmSync(join(nightly.folder, 'logs', '2026-11-26.csv'));
    expect(await runAt('2026-11-27T05:30:00Z')).toBe('inconclusive');
    expect(await runAt('2026-11-28T05:30:00Z')).toBe('pass');
    moveLogs('logs', 'gone');
    expect(await runAt('2026-11-28T09:00:00Z')).toBe('failed');
    expect(alert()).toMatch(/Without complete data:? +Nov 26, 2026 \(UTC\)/);
  });
});

it('the alert of runs that were killed names their days, and not what is due by now', async () => {
  expect(await runAt('2026-11-26T05:30:00Z')).toBe('pass');
  const history = openHistory(nightly.historyPath);
  const at = new Date('2026-11-27T05:30:00Z');
  history.locks.acquire('job:outbound-audit', { id: 'killed', place: 'another container', pid: 1 }, at);
  const from = new Date('2026-11-26');
  const window = { from, to: new Date(from.getTime() + DAY_MS) };
  history.runs.begin({ id: 'killed', job: 'outbound-audit', window, startedAt: at });
  history.close();
  expect(await runAt('2026-11-28T02:00:00Z')).toBe('pass');
  expect(alert()).toMatch(/Without complete data:? +Nov 26, 2026 \(UTC\)/);
});
