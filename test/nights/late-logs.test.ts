import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createKeyPair } from '../../src/demo/keys.ts';
import type { Org } from '../../src/demo/org.ts';
import { DAY_MS, HOUR_MS, utcDay } from '../../src/model/window.ts';
import { type LogFields, logText } from '../support/log-text.ts';
import { startStrictOrg } from '../support/strict-org.ts';
import { type Nightly, openNightly } from './nightly.ts';

// Nights on EventLogFile records, some of which come days after their day was judged.

const JOB = 'outbound-audit';
const TYPE = 'EmailDelivery';
const keys = createKeyPair();

/** A delivery that looks like the usual one, and is another. */
const OTHER = { 'Internal Message ID': 'other' };

let nightly: Nightly;
let org: Org;
let clockAheadMs = 0;
beforeEach(async () => {
  clockAheadMs = 0;
  nightly = openNightly('2026-11-11T05:30:00Z', {
    TLS_AUDIT_SOURCE_TYPE: 'event-log-file',
    TLS_AUDIT_SOURCE_EVENT_LOG_FILE_EVENT_TYPE: TYPE,
    TLS_AUDIT_JOBS_OUTBOUND_AUDIT_FIRST_RUN_DAYS: '1',
    TLS_AUDIT_SALESFORCE_PRIVATE_KEY: keys.privateKeyPem,
  });
  org = await startOrg();
  signInTo(org);
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await org.close();
});

async function startOrg(): Promise<Org> {
  const clock = { now: () => new Date(nightly.nowMs - clockAheadMs) };
  return await startStrictOrg({ publicKeyPem: keys.publicKeyPem, eventTypes: [TYPE], clock });
}

function signInTo({ clientId, username, url }: Org): void {
  nightly.settings.salesforce = { ...nightly.settings.salesforce, loginUrl: url, audience: url, clientId, username };
}

/** A daily log of the day, made so long after its end. */
function addLog(day: string, rows: readonly LogFields[], afterMs = 3 * HOUR_MS): string {
  const logDate = new Date(day);
  return org.addEventLogFile({
    eventType: TYPE,
    logDate,
    createdDate: new Date(logDate.getTime() + DAY_MS + afterMs),
    content: contentOf(day, rows),
  });
}

/** A log of one hour, made two hours ago. */
function addHour(day: string, content: readonly LogFields[] | Buffer, hour = 12): string {
  return org.addEventLogFile({
    eventType: TYPE,
    logDate: new Date(`${day}T${hour}:00:00Z`),
    interval: 'Hourly',
    sequence: 2,
    createdDate: new Date(nightly.nowMs - 2 * HOUR_MS),
    content: Buffer.isBuffer(content) ? content : contentOf(day, content),
  });
}

function contentOf(day: string, rows: readonly LogFields[]): Buffer {
  return Buffer.from(logText(rows.map((row) => ({ 'Date/Time': `${day}T12:00:00Z`, ...row }))));
}

/** A night with the log of the day before it; gives the days that were judged and what they came to. */
async function night(): Promise<string[]> {
  addLog(utcDay(new Date(nightly.nowMs - DAY_MS)), [{}]);
  return await again();
}

async function again(): Promise<string[]> {
  try {
    const { report, others } = await nightly.run();
    return [...others, report].map(({ window: { from }, verdict }) => `${from?.slice(5, 10) ?? ''} ${verdict}`);
  } finally {
    nightly.nowMs += DAY_MS;
  }
}

async function nights(count: number): Promise<void> {
  for (let number = 0; number < count; number++) expect(await night()).toHaveLength(1);
}

function readUpTo() {
  return nightly.read((history) =>
    history.cursors(JOB).map(({ source, createdAt, id }) => ({ source, createdAt, id })),
  );
}

function dayOf(day: string) {
  const window = { from: new Date(day), to: new Date(Date.parse(day) + DAY_MS) };
  return nightly.read((history) => ({
    ...history.totals(JOB, window),
    covered: history.coveredDays(JOB, window).size === 1,
  }));
}

/** The org does not hand the log out, for so many times. */
function refuse(id: string, times: number): void {
  org.faults.add({
    match: (_method, path) => path.includes(id),
    fault: { kind: 'status', status: 404, body: [{ errorCode: 'NOT_FOUND', message: 'gone' }] },
    times,
  });
}

describe('the cursor', () => {
  it('stands at the newest file that a night has read', async () => {
    addLog('2026-11-10', [{}]);
    await again();
    // Made at the same time: the id tells them apart.
    addLog('2026-11-09', [{}], 2 * DAY_MS - HOUR_MS);
    const id = addLog('2026-11-11', [{}], -HOUR_MS);
    await again();
    const cursor = {
      source: `event-log-file ${TYPE} (any) at ${new URL(org.url).host}`,
      createdAt: new Date('2026-11-11T23:00:00Z'),
      id,
    };
    expect(readUpTo()).toEqual([cursor]);
    // A night without a new file, and days that somebody names, leave it there.
    await again();
    await nightly.run({ explicit: { from: new Date('2026-11-10'), to: new Date('2026-11-11') } });
    expect(readUpTo()).toEqual([cursor]);
  });

  it('stays where a night fails, which the next one makes good', async () => {
    await nights(6);
    addHour('2026-11-10', [OTHER]);
    org.faults.add({
      match: (_method, path) => path.endsWith('/LogFile'),
      fault: { kind: 'status', status: 404, body: [{ errorCode: 'NOT_FOUND', message: 'gone' }] },
    });
    const before = readUpTo();
    await expect(night()).rejects.toThrow('NOT_FOUND');
    expect(readUpTo()).toEqual(before);
    expect(await night()).toEqual(['11-10 pass', '11-16 pass']);
    expect(dayOf('2026-11-10')).toMatchObject({ deliveries: 2, covered: true });
  });
});

describe('a log that comes a week after its day was judged', () => {
  beforeEach(() => nights(7));

  it('has the day judged again once, though what it holds looks like what is known', async () => {
    addHour('2026-11-10', [OTHER]);
    expect(await night()).toEqual(['11-10 pass', '11-17 pass']);
    expect(dayOf('2026-11-10')).toMatchObject({ deliveries: 2, covered: true });
    expect(await night()).toEqual(['11-18 pass']);
  });

  it('tells what does not comply', async () => {
    addHour('2026-11-10', [{ TLS_Cipher: ':' }]);
    expect(await night()).toEqual(['11-10 fail', '11-17 pass']);
    expect(dayOf('2026-11-10')).toMatchObject({ deliveries: 2, violations: 1, covered: true });
  });

  it('leaves its day open as long as it cannot be read', async () => {
    const damaged = Buffer.concat([contentOf('2026-11-10', [{}]).subarray(0, 300), Buffer.alloc(64)]);
    addHour('2026-11-10', damaged);
    expect(await night()).toEqual(['11-10 inconclusive', '11-17 inconclusive']);
    expect(dayOf('2026-11-10')).toMatchObject({ deliveries: 1, covered: false });
    expect(await night()).toEqual(['11-10 inconclusive', '11-18 pass']);
    addLog('2026-11-10', [{}, OTHER], nightly.nowMs - Date.parse('2026-11-11') - 2 * HOUR_MS);
    expect(await night()).toEqual(['11-10 pass', '11-19 pass']);
    expect(dayOf('2026-11-10')).toMatchObject({ deliveries: 2, covered: true });
    expect(await night()).toEqual(['11-20 pass']);
  });

  it('leaves its day open where it cannot be had', async () => {
    refuse(addHour('2026-11-10', [OTHER]), 2);
    expect(await night()).toEqual(['11-10 inconclusive', '11-17 inconclusive']);
    expect(dayOf('2026-11-10')).toMatchObject({ deliveries: 1, covered: false });
    expect(await night()).toEqual(['11-10 pass', '11-18 pass']);
    expect(dayOf('2026-11-10')).toMatchObject({ deliveries: 2, covered: true });
  });

  it('is not lost where another one of its day can be read', async () => {
    addHour('2026-11-10', [OTHER]);
    refuse(addHour('2026-11-10', [{ TLS_Cipher: ':' }], 13), 2);
    expect(await night()).toEqual(['11-10 inconclusive', '11-17 inconclusive']);
    expect(await night()).toEqual(['11-10 fail', '11-18 pass']);
    expect(dayOf('2026-11-10')).toMatchObject({ deliveries: 3, violations: 1, covered: true });
  });

  it('is judged once where its first download fails', async () => {
    refuse(addHour('2026-11-10', [OTHER]), 1);
    expect(await night()).toEqual(['11-10 pass', '11-17 inconclusive']);
    expect(dayOf('2026-11-10')).toMatchObject({ deliveries: 2, covered: true });
    expect(await night()).toEqual(['11-18 pass']);
  });

  it('uncovers its day also where somebody names the day, whose earlier result stays', async () => {
    refuse(addHour('2026-11-10', [OTHER]), 2);
    const explicit = { from: new Date('2026-11-10'), to: new Date('2026-11-12') };
    expect((await nightly.run({ explicit })).report.verdict).toBe('inconclusive');
    expect(dayOf('2026-11-10')).toMatchObject({ deliveries: 1, covered: false });
    expect(await night()).toEqual(['11-10 inconclusive', '11-17 pass']);
    expect(await night()).toEqual(['11-10 pass', '11-18 pass']);
    expect(dayOf('2026-11-10')).toMatchObject({ deliveries: 2, covered: true });
  });

  it('stays due where somebody judges a part of its day', async () => {
    nightly.settings.jobs['outbound-audit'].reachDays = 2;
    nightly.settings.jobs['outbound-audit'].catchUpDays = 2;
    refuse(addHour('2026-11-10', [{ TLS_Cipher: ':' }], 15), 2);
    expect(await night()).toEqual(['11-10 inconclusive', '11-17 inconclusive']);
    await nightly.run({ explicit: { from: new Date('2026-11-10'), to: new Date('2026-11-10T12:00:00Z') } });
    expect(await night()).toEqual(['11-10 fail', '11-18 pass']);
  });

  it('is new whatever the clock of this machine says', async () => {
    clockAheadMs = 3 * HOUR_MS;
    nightly.settings.source.overlapDays = 0;
    refuse(addHour('2026-11-16', [{ TLS_Cipher: ':' }]), 2);
    expect(await night()).toEqual(['11-16 inconclusive', '11-17 inconclusive']);
    expect(await night()).toEqual(['11-16 fail', '11-18 pass']);
  });

  it('is new also after nights on the logs of another org', async () => {
    const id = addHour('2026-11-10', [{ TLS_Cipher: ':' }]);
    const here = nightly.settings.salesforce;
    const mine = org;
    org = await startOrg();
    signInTo(org);
    await nights(2);
    await org.close();
    org = mine;
    nightly.settings.salesforce = here;
    addLog('2026-11-17', [{}]);
    addLog('2026-11-18', [{}]);
    expect(await night()).toContain('11-10 fail');
    expect(readUpTo()).toHaveLength(2);
    expect(org.requests.some(({ path }) => path.includes(id))).toBe(true);
  });
});

describe('a log that comes six weeks after its day was judged', () => {
  it('has the day judged again, as often as it takes to read it', async () => {
    await nights(42);
    refuse(addHour('2026-11-10', [{ TLS_Cipher: ':' }]), 2);
    expect(await night()).toEqual(['11-10 inconclusive', '12-22 inconclusive']);
    expect(await night()).toEqual(['11-10 fail', '12-23 pass']);
    expect(await night()).toEqual(['12-24 pass']);
  });
});

describe('a log of a day that stayed without data', () => {
  const late = () => addLog('2026-11-11', [{ TLS_Cipher: ':' }], nightly.nowMs - Date.parse('2026-11-12') - HOUR_MS);

  beforeEach(async () => {
    await nights(1);
    // Nov 11 has no log.
    expect(await again()).toEqual(['11-11 inconclusive']);
    for (let number = 0; number < 14; number++) await night();
    expect(await night()).toEqual(['11-26 pass']);
  });

  it('has it judged, however late it comes', async () => {
    late();
    expect(await night()).toEqual(['11-11 fail', '11-27 pass']);
    expect(dayOf('2026-11-11')).toMatchObject({ deliveries: 1, violations: 1, covered: true });
    expect(await night()).toEqual(['11-28 pass']);
  });

  it('is asked for again where it cannot be had, which fails no job', async () => {
    refuse(late(), 4);
    expect(await night()).toEqual(['11-11 inconclusive', '11-27 inconclusive']);
    expect(await night()).toEqual(['11-11 inconclusive', '11-28 pass']);
    expect(nightly.read((history) => [...history.unreadDays(JOB)])).toEqual(['2026-11-11']);
    expect(await night()).toEqual(['11-11 fail', '11-29 pass']);
    expect(nightly.read((history) => history.unreadDays(JOB).size)).toBe(0);
    expect(await night()).toEqual(['11-30 pass']);
  });

  it('is due until it is judged, where the run that was to judge it fails', async () => {
    late();
    // The night asks for the type first, and the run about Nov 11 again.
    let describes = 0;
    org.faults.add({
      match: (_method, path) => path.includes('/EventLogFile/describe') && ++describes === 2,
      fault: { kind: 'status', status: 403, body: [{ errorCode: 'INSUFFICIENT_ACCESS', message: 'no' }] },
    });
    await expect(night()).rejects.toThrow('INSUFFICIENT_ACCESS');
    expect(await night()).toEqual(['11-11 fail', '11-28 pass']);
  });
});

describe('the first logs ever', () => {
  it('have all days judged, also those further back than days without data are looked at again', async () => {
    nightly.settings.jobs['outbound-audit'].catchUpDays = 2;
    for (let number = 0; number < 6; number++) await again();
    for (let day = 10; day <= 15; day++) {
      const date = `2026-11-${day}`;
      addLog(date, [day === 10 ? { TLS_Cipher: ':' } : {}], nightly.nowMs - Date.parse(date) - DAY_MS - 2 * HOUR_MS);
    }
    expect(await night()).toContain('11-10 fail');
    expect(dayOf('2026-11-12').covered).toBe(true);
    expect(await night()).toEqual(['11-17 pass']);
  });
});

describe('days that nobody looked at', () => {
  it('are covered but for the one whose log cannot be read', async () => {
    await nights(1);
    for (let day = 11; day <= 13; day++) {
      if (day !== 12) addLog(`2026-11-${day}`, [{}]);
      nightly.nowMs += DAY_MS;
    }
    const cut = contentOf('2026-11-12', [{}, OTHER]);
    cut.fill(0, 300, 320);
    addHour('2026-11-12', cut);
    expect(await night()).toEqual(['11-11 inconclusive']);
    expect(['11', '12', '13', '14'].filter((day) => dayOf(`2026-11-${day}`).covered)).toEqual(['11', '13', '14']);
    expect(await night()).toEqual(['11-12 inconclusive', '11-15 pass']);
  });
});
