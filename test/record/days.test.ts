import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DayDetails, DayDomain, History } from '../../src/model/history.ts';
import { openHistory } from '../../src/record/history.ts';
import { JOB, reportOf } from './fixtures.ts';

const NOVEMBER = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-12-01T00:00:00Z') };

function detailsOf(tls: Record<string, number>, verified = 0, unverified = 0): DayDetails {
  const over = { verified, unverified, verifiedTls: verified, unverifiedTls: unverified };
  return { ...over, tls, firstSeen: '2026-11-01T09:00:00.000Z', lastSeen: '2026-11-01T10:00:00.000Z' };
}

const CLEAN: DayDomain = {
  domain: 'acme.example',
  deliveries: 3,
  violations: 0,
  plaintext: 0,
  unrecognised: 0,
  details: detailsOf({ 'TLSv1.3:TLS_AES_256_GCM_SHA384': 3 }, 3, 0),
};
const PLAIN: DayDomain = {
  ...CLEAN,
  violations: 2,
  plaintext: 2,
  details: detailsOf({ 'TLSv1.2:A': 1, plaintext: 2 }, 0, 1),
};
const UNKNOWN: DayDomain = { ...CLEAN, deliveries: 2, unrecognised: 2, details: detailsOf({ unrecognised: 2 }) };
const WITHOUT_DETAILS: DayDomain = {
  domain: 'acme.example',
  deliveries: 3,
  violations: 0,
  plaintext: 0,
  unrecognised: 0,
};

let history: History;

beforeEach(() => {
  history = openHistory(':memory:');
});
afterEach(() => history.close());

function recordDay(day: string, domains: readonly DayDomain[], complete = true): void {
  const from = `2026-11-${day}T00:00:00.000Z`;
  const to = new Date(Date.parse(from) + 86_400_000).toISOString();
  history.record({
    report: reportOf({ id: `run-${day}`, from, to }),
    days: [{ day: `2026-11-${day}`, complete, domains }],
  });
}

describe('how the mail of a domain was protected before a day', () => {
  it('is told by day, also of days that say nothing about it', () => {
    for (const [day, domain] of [
      ['01', PLAIN],
      ['02', CLEAN],
      ['03', UNKNOWN],
      ['04', WITHOUT_DETAILS],
      ['05', PLAIN],
    ] as const) {
      recordDay(day, [domain, { ...CLEAN, domain: 'other.example' }]);
    }
    const before = new Date('2026-11-05T00:00:00Z');
    const none = { deliveries: 3, plaintext: 0, unrecognised: 0, verifiedTls: 0, unverifiedTls: 0 };
    expect(history.protectionDays(JOB, 'acme.example', before)).toEqual([
      { ...none, day: '2026-11-01', plaintext: 2, unverifiedTls: 1 },
      { ...none, day: '2026-11-02', verifiedTls: 3 },
      { ...none, day: '2026-11-03', deliveries: 2, unrecognised: 2 },
      { ...none, day: '2026-11-04' },
    ]);
    expect(history.protectionDays(JOB, 'acme.example', new Date('2026-11-01T00:00:00Z'))).toEqual([]);
    expect(history.protectionDays('inbound-audit', 'acme.example', before)).toEqual([]);
    expect(history.protectionDays(JOB, 'unknown.example', before)).toEqual([]);
    expect(history.exposedDomains(JOB, before)).toEqual(new Set(['acme.example']));
    expect(history.exposedDomains(JOB, new Date('2026-11-01T00:00:00Z'))).toEqual(new Set());
    expect(history.exposedDomains('inbound-audit', before)).toEqual(new Set());
  });
});

describe('the days of a range', () => {
  beforeEach(() => {
    recordDay('01', [PLAIN]);
    recordDay('02', [CLEAN, { ...PLAIN, domain: 'b.example' }]);
    recordDay('04', [], false);
  });

  it('are added up by domain', () => {
    expect(history.domainSums(JOB, NOVEMBER)).toEqual([
      {
        ...{ domain: 'acme.example', deliveries: 6, violations: 2, plaintext: 2, unrecognised: 0, days: 2 },
        ...{ verifiedTls: 3, unverifiedTls: 1 },
      },
      {
        ...{ domain: 'b.example', deliveries: 3, violations: 2, plaintext: 2, unrecognised: 0, days: 1 },
        ...{ verifiedTls: 0, unverifiedTls: 1 },
      },
    ]);
    const second = { from: new Date('2026-11-02T00:00:00Z'), to: new Date('2026-11-03T00:00:00Z') };
    expect(history.domainSums(JOB, second).map(({ days, violations }) => [days, violations])).toEqual([
      [1, 0],
      [1, 2],
    ]);
  });

  it('are counted where they hold deliveries recorded before verification was kept', () => {
    recordDay('05', [WITHOUT_DETAILS, { ...CLEAN, domain: 'b.example' }]);
    recordDay('06', [{ ...WITHOUT_DETAILS, deliveries: 0 }]);
    expect(history.daysWithoutVerification(JOB, NOVEMBER)).toBe(1);
    expect(history.domainSums(JOB, { ...NOVEMBER, from: new Date('2026-11-05T00:00:00Z') })).toMatchObject([
      { domain: 'acme.example', deliveries: 3, verifiedTls: 0, unverifiedTls: 0 },
      { domain: 'b.example', verifiedTls: 3 },
    ]);
  });

  it('count for what did not comply only where they are late, marked so or named so', () => {
    const none = { deliveries: 0, violations: 0, plaintext: 0, unrecognised: 0, days: 0, verifiedTls: 0 };
    const second = { from: new Date('2026-11-02T00:00:00Z'), to: new Date('2026-11-03T00:00:00Z') };
    const expected = [
      { ...none, domain: 'acme.example', unverifiedTls: 0 },
      { ...none, domain: 'b.example', deliveries: 2, violations: 2, plaintext: 2, unverifiedTls: 1 },
    ];
    expect(history.domainSums(JOB, second, ['2026-11-02'])).toEqual(expected);
    const [from, to] = ['2026-11-05T00:00:00.000Z', '2026-11-06T00:00:00.000Z'];
    const days = [{ day: '2026-11-05', complete: true, domains: [] }];
    history.record({ report: reportOf({ id: 'run-05', from, to }), days, lateDays: ['2026-11-02'] });
    expect(history.domainSums(JOB, second)).toEqual(expected);
    expect(history.recordedDays(JOB, second)).toMatchObject([{ late: true, complete: false, deliveries: 6 }]);
  });

  it('are listed with the run they rest on, also a day without mail', () => {
    const sums = { whole: true, late: false, deliveries: 6, violations: 2, plaintext: 2, unrecognised: 0 };
    expect(history.recordedDays(JOB, NOVEMBER)).toEqual([
      { day: '2026-11-01', runId: 'run-01', complete: true, ...sums, deliveries: 3 },
      { day: '2026-11-02', runId: 'run-02', complete: true, ...sums },
      {
        day: '2026-11-04',
        runId: 'run-04',
        whole: true,
        late: false,
        complete: false,
        deliveries: 0,
        violations: 0,
        plaintext: 0,
        unrecognised: 0,
      },
    ]);
  });

  it('give back every domain of every day as it was recorded', () => {
    recordDay('05', [WITHOUT_DETAILS]);
    expect([...history.dayProtocols(JOB, NOVEMBER)].map(([day, uses]) => [day, Object.fromEntries(uses)])).toEqual([
      ['2026-11-01', { 'TLSv1.2': 1, plaintext: 2 }],
      ['2026-11-02', { 'TLSv1.2': 1, 'TLSv1.3': 3, plaintext: 2 }],
    ]);
    expect([...history.dayDomains(JOB, NOVEMBER)]).toEqual([
      { day: '2026-11-01', ...PLAIN },
      { day: '2026-11-02', ...CLEAN },
      { day: '2026-11-05', ...WITHOUT_DETAILS },
      { day: '2026-11-02', ...PLAIN, domain: 'b.example' },
    ]);
  });
});
