import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { historyPruning } from '../../jobs/history-pruning.ts';
import { weeklySummary } from '../../jobs/weekly-summary.ts';
import type { AuditName, ChoreParts } from '../../src/job/job.ts';
import { doChore } from '../../src/job/run-job.ts';
import type { History } from '../../src/model/history.ts';
import type { DigestMail } from '../../src/model/ports.ts';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { openHistory } from '../../src/record/history.ts';
import { AuditError } from '../../src/support/errors.ts';
import { newOwner } from '../../src/support/owner.ts';
import { startMailServer } from '../deliver/mail-servers.ts';
import { openNightly } from '../nights/nightly.ts';
import { daysOf, domainOf, JOB, reportOf } from '../record/fixtures.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const NOW = new Date('2026-11-23T07:00:00Z');
const NEVER = new AbortController().signal;

let history: History;
let sent: DigestMail[];
beforeEach(() => {
  history = openHistory(':memory:');
  sent = [];
});
afterEach(() => history.close());

function parts(): ChoreParts & { readonly tick: Date } {
  return {
    ...{ tick: NOW, clock: { now: () => NOW }, logger: quietLogger(), history, owner: newOwner(), version: '0.1.0' },
    ...{ messageIdDomain: 'example.com', zone: 'UTC', keepDays: 400, tooOldAfterMs: 2 * DAY_MS },
    audits: [JOB],
    chores: ['weekly-summary', 'history-pruning'],
    mailer: {
      recipients: ['admin@example.com'],
      send: (mail) => {
        sent.push(mail);
        return Promise.resolve({ accepted: ['admin@example.com'], rejected: [] });
      },
      compose: () => Promise.resolve(Buffer.from('')),
      close: () => undefined,
    },
  };
}

/** Records the day that ended so many days ago. */
function record(daysAgo: number, deliveries: number, violations: number, job: AuditName = JOB): void {
  const fromMs = Date.parse('2026-11-23T00:00:00Z') - daysAgo * DAY_MS;
  const [from, to] = [new Date(fromMs).toISOString(), new Date(fromMs + DAY_MS).toISOString()];
  const report = reportOf({ id: job === JOB ? `r${daysAgo}` : `${job}-${daysAgo}`, job, from, to, startedAt: to });
  history.record({ report, days: daysOf(from, to, [domainOf('acme.example', { deliveries, violations })]) });
}

describe('the weekly summary', () => {
  it('says what the week came to, against the week before, and is sent once', async () => {
    for (let day = 1; day <= 14; day++) record(day, 10, day === 3 ? 2 : 0);
    const text = await weeklySummary.run(parts(), NEVER);
    await weeklySummary.run(parts(), NEVER);
    expect(sent.map(({ subject }) => subject)).toEqual([
      'WEEK: 2 violations in 70 deliveries, 7 of 7 days covered (Nov 16 to Nov 22)',
    ]);
    expect(text).toContain('70 deliveries (the week before: 70)');
    expect(text).toContain('This mail comes every week, also when all is well.');
    expect(sent[0]?.headers['Auto-Submitted']).toBe('auto-generated');
  });

  it('tells of every audit that is enabled, in one mail', async () => {
    for (let day = 1; day <= 7; day++) record(day, 10, 0);
    record(2, 4, 1, 'inbound-audit');
    await weeklySummary.run({ ...parts(), audits: [JOB, 'inbound-audit'] }, NEVER);
    expect(sent.map(({ subject }) => subject)).toEqual([
      'WEEK: Mail sent: 0 violations in 70 deliveries, 7 of 7 days covered; Mail received: 1 violation in 4 deliveries, ' +
        '1 of 7 days covered (Nov 16 to Nov 22)',
    ]);
    const text = sent[0]!.text.replaceAll(/\s+/g, ' ');
    expect(text).toContain('- Mail received: without complete data: 2026-11-16, 2026-11-17,');
    expect(text).toContain('Mail sent: deliveries: 70 deliveries (the week before: 0)');
    expect(text).toContain('Mail received: violations: 1, of them 1 in plaintext');
    expect(text).toContain('MAIL RECEIVED: OPEN FINDINGS (1) - acme.example, in violation since 2026-11-21');
  });

  it('says first that nobody looked, and which days have no data', async () => {
    await weeklySummary.run(parts(), NEVER);
    expect(sent[0]?.subject).toBe('WEEK: Nothing was audited, 0 of 7 days covered (Nov 16 to Nov 22)');
    expect(sent[0]?.text).toContain('none: nobody looked');
    record(2, 5, 0);
    history.troubles.failed(JOB, NOW, 'the org said no');
    history.troubles.failed('history-pruning', NOW, 'the disk said no');
    // Disabled since: nobody waits for it.
    history.troubles.failed('inbound-audit', NOW, 'the org said no');
    const text = (await weeklySummary.run({ ...parts(), mailer: undefined }, NEVER)).replaceAll(/\s+/g, ' ');
    expect(text).toContain('0 violations in 5 deliveries, 1 of 7 days covered');
    expect(text).toContain('2026-11-22');
    expect(text).toContain('JOBS THAT FAIL (2)');
    expect(text).toContain('outbound-audit: 1 failure since 2026-11-23 07:00 UTC: the org said no');
    expect(text).toContain('history-pruning: 1 failure since 2026-11-23 07:00 UTC: the disk said no');
  });
});

it('a chore that fails is told of by mail, also where its history is damaged, and once when it works again', async () => {
  using nightly = openNightly(NOW.toISOString(), { TLS_AUDIT_MAIL_ENABLED: 'true' });
  await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  nightly.settings.mail.smtp.port = server.port;
  const context = { clock: { now: () => NOW }, logger: quietLogger() };
  const prune = (mail: boolean) =>
    doChore(historyPruning, nightly.settings, context, mail, NEVER).catch((error: unknown) => error);
  writeFileSync(nightly.historyPath, 'this is no database'.repeat(500));
  // By hand with --no-mail nothing is told, and nothing counted.
  for (const mail of [false, true, true]) expect(await prune(mail)).toBeInstanceOf(AuditError);
  rmSync(nightly.historyPath);
  for (const mail of [true, true]) expect(await prune(mail)).toContain('are forgotten');
  expect(server.received.map(({ raw }) => /^Subject: (\w+: \S+)/m.exec(raw.toString())?.[1])).toEqual([
    'FAILED: history-pruning',
    'RECOVERED: history-pruning',
  ]);
});

it('pruning forgets results older than the days to keep, and nothing that is owed', async () => {
  for (const day of [500, 401, 400, 399, 1]) record(day, 1, 0);
  const old = new Date(NOW.getTime() - 100 * DAY_MS);
  for (const id of ['delivered', 'owed']) {
    const mail = { subject: id, text: '', html: '', messageId: id, headers: {}, attachments: [] };
    history.outbox.put({ mail, kind: 'digest', job: JOB, at: old, recipients: ['admin@example.com'] });
  }
  const tried = { accepted: ['admin@example.com'], refused: [], wanted: ['admin@example.com'], failure: null };
  history.outbox.record('delivered', { ...tried, at: old, nextTryAt: old });
  // Made under a clock that was ahead: in a year its Message-ID is that of another summary.
  const ahead = new Date(NOW.getTime() + 365 * DAY_MS);
  const early = { subject: '', text: '', html: '', messageId: 'early', headers: {}, attachments: [] };
  const putEarly = () => history.outbox.put({ mail: early, kind: 'summary', job: JOB, at: ahead, recipients: [] });
  expect([putEarly(), putEarly()]).toEqual([true, false]);
  const killed = newOwner();
  for (const at of [old, NOW]) history.locks.acquire(`mail:${at.toISOString()}`, killed, at);
  await historyPruning.run(parts(), NEVER);
  expect([old, NOW].map((at) => history.locks.beat(`mail:${at.toISOString()}`, killed, NOW))).toEqual([false, true]);
  const kept = history.coveredDays(JOB, { from: new Date('2025-01-01T00:00:00Z'), to: NOW });
  expect([...kept].toSorted()).toEqual([400, 399, 1].map((day) => utcDay(new Date(NOW.getTime() - day * DAY_MS))));
  expect(history.latestRuns(JOB, 10).map(({ id }) => id)).toEqual(['r1', 'r399', 'r400']);
  expect(history.runs.latest(JOB, 10).map(({ id }) => id)).toEqual(['r1', 'r399', 'r400']);
  expect(history.outbox.owed().map(({ messageId }) => messageId)).toEqual(['owed']);
  expect(putEarly()).toBe(true);
  expect(
    history.outbox.put({
      mail: { ...history.outbox.owed()[0]!.mail, messageId: 'delivered' },
      kind: 'digest',
      job: JOB,
      at: NOW,
      recipients: [],
    }),
  ).toBe(true);
});
