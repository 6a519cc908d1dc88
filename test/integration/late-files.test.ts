import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { createEventLogFileSource } from '../../src/acquire/event-log-file-source.ts';
import { lazySession } from '../../src/acquire/lazy-session.ts';
import { openSession } from '../../src/acquire/session.ts';
import { loadSettings } from '../../src/config/loading.ts';
import { createKeyPair } from '../../src/demo/keys.ts';
import type { NewEventLogFile } from '../../src/demo/org/files.ts';
import { dueDays } from '../../src/job/job.ts';
import { HOUR_MS, type Window } from '../../src/model/window.ts';
import { openHistory } from '../../src/record/history.ts';
import { collectLogs } from '../acquire/fixture.ts';
import { logText } from '../support/log-text.ts';
import { startStrictOrg } from '../support/strict-org.ts';
import { auditOf } from './audit-of.ts';

// Salesforce brings EventLogFile records late, and more than one for an hour.

const EVENT_TYPE = 'EmailDelivery';
const MONDAY_MS = Date.UTC(2026, 10, 16);
const keys = createKeyPair();

function hourly(hour: number, late: { sequence: number; cipher?: string; createdAfterMs: number }): NewEventLogFile {
  const logDate = new Date(MONDAY_MS + hour * HOUR_MS);
  const row = {
    'Date/Time': new Date(logDate.getTime() + 60_000).toISOString(),
    'Internal Message ID': `16/A4-${hour}-${late.sequence}`,
    ...(late.cipher === undefined ? {} : { TLS_Cipher: late.cipher }),
  };
  return {
    eventType: EVENT_TYPE,
    logDate,
    interval: 'Hourly',
    sequence: late.sequence,
    createdDate: new Date(logDate.getTime() + late.createdAfterMs),
    content: Buffer.from(logText([row])),
  };
}

it('a file that comes after its day was audited is found the night after, and the day is audited again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tls-audit-late-'));
  const history = openHistory(':memory:');
  const org = await startStrictOrg({ publicKeyPem: keys.publicKeyPem, eventTypes: [EVENT_TYPE] });
  const settings = loadSettings({ env: {} }).jobs['outbound-audit'];
  const planAt = (now: Date) =>
    dueDays('outbound-audit', { now, asOf: now, history, settings: { ...settings, firstRunDays: 1 } });
  const auditAt = async (now: Date, window: Window) => {
    const logger = collectLogs();
    const session = lazySession((signal) =>
      openSession(
        {
          loginUrl: org.url,
          auth: {
            type: 'jwt',
            clientId: org.clientId,
            username: org.username,
            privateKeyPem: keys.privateKeyPem,
            audience: org.url,
          },
          apiVersion: '65.0',
          timeoutMs: 5000,
        },
        { clock: { now: () => new Date() }, logger },
        signal,
      ),
    );
    const limits = { maxFileBytes: 1e6, downloadTimeoutMs: 5000 };
    const source = createEventLogFileSource({ eventType: EVENT_TYPE, interval: 'any', ...limits }, session);
    return await auditOf(source, { window, now, spoolFolder: folder, logger, session, history });
  };
  try {
    for (let hour = 0; hour < 24; hour++)
      org.addEventLogFile(hourly(hour, { sequence: 1, createdAfterMs: 4 * HOUR_MS }));
    const firstNight = new Date(MONDAY_MS + 29.5 * HOUR_MS);
    const monday = { from: new Date(MONDAY_MS), to: new Date(MONDAY_MS + 24 * HOUR_MS) };
    expect(planAt(firstNight)).toEqual([monday]);
    expect(await auditAt(firstNight, monday)).toMatchObject({ verdict: 'pass', counts: { deliveries: 24 } });

    // Twelve hours later a second file of hour 20 tells of a delivery in plaintext.
    org.addEventLogFile(hourly(20, { sequence: 2, cipher: ':', createdAfterMs: 22 * HOUR_MS }));
    const nextNight = new Date(MONDAY_MS + 53.5 * HOUR_MS);
    const tuesday = { from: monday.to, to: new Date(MONDAY_MS + 48 * HOUR_MS) };
    expect(planAt(nextNight)).toEqual([tuesday]);
    const report = await auditAt(nextNight, tuesday);
    expect(report).toMatchObject({ verdict: 'inconclusive', counts: { deliveries: 0 } });
    expect(report.notes.join(' ')).toContain('2026-11-16 (1 delivery more)');
    expect(planAt(nextNight)).toEqual([monday, tuesday]);
    expect(await auditAt(nextNight, monday)).toMatchObject({
      verdict: 'fail',
      counts: { deliveries: 25, violations: 1 },
      gaps: [],
    });

    // Tuesday, of which nothing came, is still due.
    const thirdNight = new Date(MONDAY_MS + 77.5 * HOUR_MS);
    expect(planAt(thirdNight)).toEqual([tuesday, { from: tuesday.to, to: new Date(MONDAY_MS + 72 * HOUR_MS) }]);

    // Three weeks later, when no night reads Monday's files again, two more deliveries of Monday come to light.
    org.addEventLogFile(hourly(21, { sequence: 2, cipher: ':', createdAfterMs: 21 * 24 * HOUR_MS }));
    org.addEventLogFile(hourly(22, { sequence: 2, cipher: ':', createdAfterMs: 21 * 24 * HOUR_MS }));
    const lateDay = { from: new Date(MONDAY_MS + 21 * 24 * HOUR_MS), to: new Date(MONDAY_MS + 22 * 24 * HOUR_MS) };
    const lateReport = await auditAt(new Date(lateDay.to.getTime() + 5.5 * HOUR_MS), lateDay);
    expect(lateReport.notes.join(' ')).toContain('2026-11-16 (2 deliveries more)');
  } finally {
    history.close();
    await org.close();
    await rm(folder, { recursive: true });
  }
});
