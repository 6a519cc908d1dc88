import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chores, jobs } from '../../jobs/index.ts';
import { DAY_MS, startOfUtcDay, utcDay, utcDaysOf } from '../../src/model/window.ts';
import { doChore } from '../../src/job/run-job.ts';
import { runWorker } from '../../src/worker.ts';
import { startMailServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { type Nightly, openNightly } from './nightly.ts';
import { simulated } from '../worker/simulated-worker.ts';

/** Weeks with the change of the clocks in every test run; `npm run test:soak` asks for a year. */
const DAYS = Number(process.env['TEST_DAYS'] ?? 35);
const JOB = 'outbound-audit';
const FIRST_DAY = '2026-03-01';

let nightly: Nightly;
let server: TestMailServer;
beforeEach(async () => {
  nightly = openNightly(`${FIRST_DAY}T12:00:00Z`, { TLS_AUDIT_MAIL_ENABLED: 'true' });
  server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  nightly.settings.mail.smtp.port = server.port;
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

function subjects(): string[] {
  return server.received.map(({ raw }) => /^Subject: (.+(?:\r\n .+)*)\r$/m.exec(raw.toString())?.[1] ?? '');
}

describe('the worker with real runs, history and mail', () => {
  it(`leaves no hour without data in ${DAYS} days of Berlin with the changes of the clocks, and mails what is to be mailed`, async () => {
    const worker = simulated(
      DAYS,
      {
        TLS_AUDIT_JOBS_OUTBOUND_AUDIT_SCHEDULE: '30 2 * * *',
        TLS_AUDIT_JOBS_OUTBOUND_AUDIT_TIMEZONE: 'Europe/Berlin',
      },
      { jobs: [jobs[0]!] },
      `${FIRST_DAY}T12:00:00Z`,
    );
    const { logger } = worker;
    const { clock } = worker.parts;
    const weekly = chores.find(({ name }) => name === 'weekly-summary')!;
    // Every tenth day has a violation.
    const isBad = (day: string) => (Date.parse(day) / DAY_MS) % 10 === 0;
    const parts = {
      ...worker.parts,
      chores: [weekly],
      runJob: async (_job: unknown, signal: AbortSignal, tick: Date | undefined) => {
        nightly.nowMs = clock.now().getTime();
        const yesterday = utcDay(new Date(nightly.nowMs - DAY_MS));
        nightly.putLog(yesterday, [isBad(yesterday) ? { TLS_Cipher: ':' } : {}]);
        for (const file of readdirSync(join(nightly.folder, 'logs')).toSorted().slice(0, -9)) {
          rmSync(join(nightly.folder, 'logs', file));
        }
        return await nightly.run({ tick }, signal);
      },
      doChore: (chore: (typeof chores)[number], signal: AbortSignal) =>
        doChore(chore, nightly.settings, { clock, logger }, true, signal),
    };
    await runWorker(parts, worker.stop.signal);

    expect(logger.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
    const from = new Date(FIRST_DAY);
    const to = new Date(startOfUtcDay(nightly.nowMs));
    const days = utcDaysOf({ from, to });
    expect(days).toHaveLength(DAYS);
    nightly.read((history) => {
      expect([...history.coveredDays(JOB, { from, to })].toSorted()).toEqual(days);
      expect(history.runs.latest(JOB, DAYS + 1).filter(({ end }) => end === 'pass' || end === 'fail')).toHaveLength(
        DAYS,
      );
      const bad = days.filter(isBad);
      expect(history.totals(JOB, { from, to })).toMatchObject({ deliveries: DAYS, violations: bad.length });
      expect(history.outbox.open()).toEqual([]);
      const told = subjects();
      expect(told.filter((subject) => subject.startsWith('FAIL:'))).toHaveLength(bad.length);
      expect(told.filter((subject) => subject.startsWith('WEEK:'))).toHaveLength(Math.floor((DAYS + 6) / 7));
      expect(told.filter((subject) => !/^(FAIL|WEEK):/.test(subject))).toEqual([]);
    });
  }, 300_000);
});

describe('after an outage of three weeks', () => {
  it('everything is caught up, oldest first, each day told of once', async () => {
    nightly.nowMs = Date.parse('2026-11-01T05:30:00Z');
    nightly.putLog('2026-10-31', [{}]);
    await nightly.run();
    nightly.nowMs += 21 * DAY_MS;
    const lost = utcDaysOf({ from: new Date('2026-11-01'), to: new Date('2026-11-22') });
    for (const day of lost) nightly.putLog(day, [{ TLS_Cipher: ':', Recipient: `ann@${day}.example` }]);
    await nightly.run();

    nightly.read((history) => {
      const windows = history.runs
        .latest(JOB, 20)
        .slice(0, -1)
        .reverse()
        .map(({ window }) => window);
      expect(windows.map(({ from }) => from)).toEqual(
        windows.map(({ from }) => from).toSorted((a, b) => a.getTime() - b.getTime()),
      );
      for (const { from, to } of windows) expect(to.getTime() - from.getTime()).toBeLessThanOrEqual(7 * DAY_MS);
      expect(windows.at(-1)?.to).toEqual(new Date('2026-11-22'));
      const whole = { from: new Date('2026-10-31'), to: new Date('2026-11-22') };
      expect([...history.coveredDays(JOB, whole)].toSorted()).toEqual(['2026-10-31', ...lost]);
      expect(history.coveredHours(JOB, whole).filter(({ covered }) => !covered)).toEqual([]);
      expect(history.totals(JOB, whole)).toMatchObject({ deliveries: 22, violations: 21, violating: 21 });
      expect(history.outbox.open()).toEqual([]);
    });
    const told = server.received.map(({ raw }) => raw.toString());
    expect(told.length).toBeGreaterThanOrEqual(3);
    for (const day of lost) expect(told.filter((mail) => mail.includes(`${day}.example`))).toHaveLength(1);
  });
});
