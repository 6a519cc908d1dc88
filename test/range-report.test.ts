import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { assess } from '../src/judge/assessment.ts';
import { dayResults } from '../src/judge/day-results.ts';
import type { History } from '../src/model/history.ts';
import { DEFAULT_POLICY } from '../src/model/policy.ts';
import type { Report } from '../src/model/report.ts';
import { DAY_MS, utcDay } from '../src/model/window.ts';
import { reportRange } from '../src/range-report.ts';
import { openHistory } from '../src/record/history.ts';
import { type DatedRow, tallyOf } from './judge/rows.ts';
import { openNightly } from './nights/nightly.ts';

const JOB = 'outbound-audit';
const RULES = {
  policy: DEFAULT_POLICY,
  exceptions: [],
  advice: { days: 30, minDeliveries: 2, minDays: 2, maxListCharacters: 1000 },
};

let history: History;

beforeEach(() => {
  history = openHistory(':memory:');
});
afterEach(() => history.close());

/** Records a run over the days from `first`, judged as the nightly run judges. */
function record(first: string, days: number, rows: readonly DatedRow[], allRead = true): Report {
  const from = new Date(`${first}T00:00:00Z`);
  const window = { from, to: new Date(from.getTime() + days * DAY_MS) };
  const tally = tallyOf(rows, { window });
  const startedAt = new Date(window.to.getTime() + 3_600_000);
  const facts = { duplicates: 0, rejects: [], gaps: [], failures: [], notes: [] };
  const report: Report = {
    ...assess({
      ...facts,
      policy: DEFAULT_POLICY,
      window: { from: window.from.toISOString(), to: window.to.toISOString() },
      tally,
      rejected: 1,
      sources: [{ name: `${first}.csv`, sha256: first, rows: rows.length + 1, dateOrder: 'dmy' }],
    }),
    run: { id: `run-${first}`, job: JOB, startedAt: startedAt.toISOString(), version: '0.1.0' },
  };
  history.record({ report, days: dayResults({ window, startedAt, tally, gaps: [], unread: allRead ? [] : [window] }) });
  return report;
}

function rangeOf(first: string, last: string): Report {
  const window = { from: new Date(`${first}T00:00:00Z`), to: new Date(Date.parse(last) + DAY_MS) };
  return reportRange(history, { job: JOB, window }, RULES);
}

const FIRST: DatedRow[] = [
  { time: '2026-11-01T09:00:00Z', tlsCipher: 'TLSv1.3:A', tlsVerified: 'Verified' },
  { time: '2026-11-01T10:00:00Z', domain: 'b.example', tlsCipher: ':' },
];
const SECOND: DatedRow[] = [
  { time: '2026-11-02T08:00:00Z', tlsCipher: 'TLSv1.2:B', tlsVerified: 'Unverified' },
  { time: '2026-11-03T08:00:00Z', tlsCipher: ':' },
  { time: '2026-11-03T09:00:00Z', domain: 'odd.example', tlsCipher: 'UNKNOWN' },
];

describe('a report over a range of days', () => {
  it('counts as one run over the same rows would', () => {
    record('2026-11-01', 1, FIRST);
    record('2026-11-02', 2, SECOND);
    const whole = assess({
      policy: DEFAULT_POLICY,
      window: { from: '2026-11-01T00:00:00.000Z', to: '2026-11-04T00:00:00.000Z' },
      tally: tallyOf([...FIRST, ...SECOND]),
      sources: [],
      rejected: 2,
      duplicates: 0,
      rejects: [],
      gaps: [],
      failures: [],
      notes: [],
    });
    const range = rangeOf('2026-11-01', '2026-11-03');
    expect(range.domains).toEqual(whole.domains);
    expect(range.counts).toEqual({ ...whole.counts, rows: 7 });
    expect([range.verdict, range.reasons]).toEqual([whole.verdict, whole.reasons]);
    expect(range.unrecognisedValues).toEqual(whole.unrecognisedValues);
    expect(range.sources.map(({ name }) => name)).toEqual(['2026-11-01.csv', '2026-11-02.csv']);
    expect(range.run).toBeUndefined();
  });

  it('is cut to the days asked for, and compares with what came before them', () => {
    record('2026-11-01', 1, FIRST);
    record('2026-11-02', 2, SECOND);
    const range = rangeOf('2026-11-03', '2026-11-03');
    expect(range.domains.map(({ domain, deliveries }) => [domain, deliveries])).toEqual([
      ['acme.example', 1],
      ['odd.example', 1],
    ]);
    expect(range.changes).toEqual([{ domain: 'acme.example', state: 'new', since: '2026-11-03', nights: 1 }]);
    expect(range.downgrades).toEqual([
      {
        ...{ domain: 'acme.example', kind: 'plaintext', until: '2026-11-02', since: '2026-11-03', before: 'all' },
        exposed: { deliveries: 1, of: 1 },
      },
    ]);
  });

  it('tells the lives of findings day by day, and of the first day that they stood then', () => {
    const at = (day: number, domain: string, tlsCipher: string) => ({
      time: `2026-11-0${day}T09:00:00Z`,
      domain,
      tlsCipher,
    });
    record('2026-11-01', 4, [
      ...[at(1, 'always.example', ':'), at(2, 'always.example', ':'), at(4, 'always.example', ':')],
      ...[at(1, 'mended.example', ':'), at(2, 'mended.example', 'UNKNOWN'), at(3, 'mended.example', 'TLSv1.2:A')],
      ...[at(1, 'broken.example', 'TLSv1.2:A'), at(3, 'broken.example', ':'), at(4, 'broken.example', ':')],
      ...[at(2, 'fine.example', 'TLSv1.2:A')],
    ]);
    const { changes, downgrades } = rangeOf('2026-11-01', '2026-11-04');
    expect(changes?.toSorted((a, b) => (a.domain < b.domain ? -1 : 1))).toEqual([
      { domain: 'always.example', state: 'ongoing', since: '2026-11-01', nights: 3 },
      { domain: 'broken.example', state: 'new', since: '2026-11-03', nights: 2 },
      { domain: 'mended.example', state: 'resolved', since: '2026-11-01', nights: 1 },
    ]);
    expect(downgrades).toEqual([
      {
        ...{ domain: 'broken.example', kind: 'plaintext', until: '2026-11-01', since: '2026-11-03', before: 'all' },
        exposed: { deliveries: 2, of: 2 },
      },
    ]);
    expect(rangeOf('2026-11-03', '2026-11-04').changes).toContainEqual({
      ...{ domain: 'always.example', state: 'ongoing', since: '2026-11-01', nights: 3 },
    });
  });

  it('tells a finding that came back once, from its first night on, with its newest messages', () => {
    for (const day of [1, 2, 3, 4, 5, 6]) {
      const at = (domain: string, isBad: boolean): DatedRow => ({
        ...{ time: `2026-11-0${day}T09:00:00Z`, domain, internalId: `${domain}-${day}` },
        tlsCipher: isBad ? ':' : 'TLSv1.3:A',
      });
      record(`2026-11-0${day}`, 1, [at('bad.example', day !== 3), at('now-and-then.example', day === 2 || day === 5)]);
    }
    const { changes, domains } = rangeOf('2026-11-01', '2026-11-06');
    expect(changes?.toSorted((a, b) => (a.domain < b.domain ? -1 : 1))).toEqual([
      { domain: 'bad.example', state: 'ongoing', since: '2026-11-01', nights: 5 },
      { domain: 'now-and-then.example', state: 'resolved', since: '2026-11-02', nights: 2 },
    ]);
    expect(domains.map(({ samples }) => samples?.map(({ internalMessageId }) => internalMessageId))).toEqual([
      ['bad.example-4', 'bad.example-5', 'bad.example-6'],
      ['now-and-then.example-2', 'now-and-then.example-5'],
    ]);
    expect(rangeOf('2026-11-02', '2026-11-06').changes).toContainEqual({
      ...{ domain: 'bad.example', state: 'ongoing', since: '2026-11-01', nights: 5 },
    });
  });

  it('says what each day came to, also where there is no data', () => {
    record('2026-11-01', 1, FIRST);
    record('2026-11-03', 1, SECOND, false);
    const { days, gaps, verdict } = rangeOf('2026-11-01', '2026-11-04');
    expect(days).toEqual([
      {
        day: '2026-11-01',
        data: 'complete',
        deliveries: 2,
        violations: 1,
        plaintext: 1,
        unrecognised: 0,
        protocols: { 'TLSv1.3': 1, plaintext: 1 },
      },
      { day: '2026-11-02', data: 'none', deliveries: 0, violations: 0, plaintext: 0, unrecognised: 0 },
      expect.objectContaining({ day: '2026-11-03', data: 'incomplete', deliveries: 2 }),
      expect.objectContaining({ day: '2026-11-04', data: 'none' }),
    ]);
    expect(gaps).toEqual([
      { from: '2026-11-02T00:00:00.000Z', to: '2026-11-03T00:00:00.000Z' },
      { from: '2026-11-03T00:00:00.000Z', to: '2026-11-04T00:00:00.000Z', partial: true },
      { from: '2026-11-04T00:00:00.000Z', to: '2026-11-05T00:00:00.000Z' },
    ]);
    expect(verdict).toBe('fail');
  });

  it('never passes on days without data', () => {
    record('2026-11-01', 1, [{ time: '2026-11-01T09:00:00Z' }]);
    expect(rangeOf('2026-11-01', '2026-11-02').verdict).toBe('inconclusive');
    expect(rangeOf('2027-01-01', '2027-01-02')).toMatchObject({ verdict: 'inconclusive', counts: { deliveries: 0 } });
  });

  it('previews what requiring TLS would have done', () => {
    record('2026-11-01', 1, FIRST);
    record('2026-11-02', 2, [SECOND[0] ?? {}, { time: '2026-11-03T09:00:00Z' }]);
    expect(rangeOf('2026-11-01', '2026-11-03').advice).toMatchObject({
      days: 3,
      required: { deliveries: 4, bounced: 1, domains: 1 },
      restrictTo: ['acme.example'],
      leftOut: [{ reason: 'violations', domains: 1, names: ['b.example'] }],
    });
  });

  it('takes exceptions of now, by the day of the delivery', () => {
    record('2026-11-01', 1, FIRST);
    const exceptions = [{ domain: 'b.example', reason: 'r', owner: 'o', expires: '2026-11-01' }];
    const window = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-02T00:00:00Z') };
    const report = reportRange(history, { job: JOB, window }, { ...RULES, exceptions });
    expect(report).toMatchObject({ verdict: 'inconclusive', counts: { violations: 1 } });
    expect(report.domains[0]).toMatchObject({ domain: 'b.example', status: 'violating', excepted: 1 });
  });

  it('reads days recorded without details, and says so', () => {
    const report = record('2026-11-01', 1, FIRST);
    const run = { ...report.run!, id: 'older' };
    const day = { domain: 'b.example', deliveries: 3, violations: 1, plaintext: 1, unrecognised: 0 };
    history.record({ report: { ...report, run }, days: [{ day: '2026-11-01', complete: true, domains: [day] }] });
    const range = rangeOf('2026-11-01', '2026-11-01');
    expect(range.domains).toEqual([
      expect.objectContaining({ deliveries: 3, violations: 1, protocols: { plaintext: 1 } }),
    ]);
    expect(range.notes).toContain('2 deliveries were recorded before protocols were kept by day.');
  });

  it('holds 10,000 domains over 30 days', () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => ({ domain: `d${index}.example` }));
    const first = Date.parse('2026-11-01');
    for (let index = 0; index < 30; index += 15) {
      const dated = rows.flatMap((row) =>
        [0, 7].map((offset) => ({ ...row, time: new Date(first + (index + offset) * DAY_MS).toISOString() })),
      );
      record(utcDay(new Date(first + index * DAY_MS)), 15, dated);
    }
    const range = rangeOf('2026-11-01', '2026-11-30');
    expect(range.domains).toHaveLength(10_000);
    expect(range.counts.deliveries).toBe(40_000);
  });

  it('counts a file once that several nights read, and says what it rests on', async () => {
    using nightly = openNightly('2026-11-09T05:30:00Z');
    const days = ['02', '03', '04', '05', '06'].map((day) => `2026-11-${day}`);
    const rows = [...days, '2026-11-07'].flatMap((day) => [
      { 'Date/Time': `${day}T09:00:00Z` },
      { 'Date/Time': `${day}T10:00:00Z`, 'Mail Event': 'R' },
    ]);
    nightly.putLog(
      '2026-11-08',
      [...rows, { 'Date/Time': 'never' }, { ...rows[0], 'Internal Message ID': '16/A4-20983-0' }],
      600_000,
      'week',
    );
    for (const day of days) {
      await nightly.run({ explicit: { from: new Date(day), to: new Date(Date.parse(day) + DAY_MS) } });
    }
    const window = { from: new Date('2026-11-02'), to: new Date('2026-11-07') };
    const range = nightly.read((recorded) => reportRange(recorded, { job: JOB, window }, RULES));
    expect(range.sources.map(({ name, rows: read }) => [name, read])).toEqual([['week.csv', 14]]);
    expect(range.rejects).toHaveLength(1);
    expect(range.counts).toMatchObject({ rows: 14, rejected: 1, duplicates: 1, outsideWindow: 2, deliveries: 5 });
    expect(range.counts.events).toMatchObject({ R: 5, D: 5 });
    expect(range.notes[0]).toBe(
      'From the history: 5 recorded days of 5 days, 5 runs. What was judged is counted by day. Each source counts once, ' +
        'however many of the runs read it, and so does each of its rows.',
    );
  });
});

it('advice counts the days with complete data, in the mail of a night and in a report over a range', async () => {
  using nightly = openNightly('2026-11-03T03:10:00Z');
  for (let day = Date.parse('2026-11-02'); day <= Date.parse('2026-11-07'); day += DAY_MS) {
    const date = utcDay(new Date(day));
    const rows = Array.from({ length: 24 }, (_, hour) => ({
      'Date/Time': new Date(day + hour * 3_600_000).toISOString(),
      'Internal Message ID': `16/A4-${day + hour}`,
    }));
    if (date !== '2026-11-05') nightly.putLog(date, rows);
    nightly.nowMs = day + DAY_MS + 3 * 3_600_000;
    await nightly.run();
  }
  const window = { from: new Date('2026-11-02'), to: new Date('2026-11-08') };
  const { nightlyDays, range } = nightly.read((recorded) => ({
    nightlyDays: recorded.latestRuns(JOB, 1)[0]?.report.advice?.days,
    range: reportRange(recorded, { job: JOB, window }, RULES),
  }));
  expect([nightlyDays, range.advice?.days]).toEqual([5, 5]);
});

describe('a report over days in which a protection is lost and found', () => {
  it('tells of both, and of what was lost before its first day', () => {
    const day = (number: number): string => `2026-11-0${number}`;
    [true, true, true, false, true, true, true].forEach((isVerified, index) => {
      const tlsVerified = isVerified ? 'Verified' : 'Unverified';
      record(day(index + 1), 1, [{ time: `${day(index + 1)}T09:00:00Z`, tlsCipher: 'TLSv1.3:A', tlsVerified }]);
    });
    const restored = [{ domain: 'acme.example', kind: 'unverified', since: day(4), on: day(7), now: 'all' }];
    expect(rangeOf(day(1), day(7))).toMatchObject({ downgrades: [{ since: day(4) }], restored });
    expect(rangeOf(day(5), day(7))).toMatchObject({ downgrades: [], restored });
    expect(rangeOf(day(1), day(6))).toMatchObject({ downgrades: [{ since: day(4) }], restored: [] });
  });
});
