import { describe, expect, it } from '@jest/globals';
import { judgedBefore } from '../../src/judge/judged-before.ts';
import type { DayDomain, RecordedDay, RecordedRun } from '../../src/model/history.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { DAY_MS } from '../../src/model/window.ts';
import { JOB, reportOf } from '../record/fixtures.ts';

const TLS = 'TLSv1.2:A';
const DAY = '2026-11-21';
const NEXT = '2026-11-22';
const windowOf = (from: string, days = 1) => ({ from: new Date(from), to: new Date(Date.parse(from) + days * DAY_MS) });

function domain(name: string, tls: Record<string, number>): DayDomain {
  const deliveries = Object.values(tls).reduce((sum, count) => sum + count, 0);
  const { plaintext = 0, unrecognised = 0 } = tls;
  const violations = plaintext + (tls['TLSv1.0:A'] ?? 0);
  const times = { firstSeen: `${DAY}T00:00:00.000Z`, lastSeen: `${DAY}T01:00:00.000Z` };
  const counts = { deliveries, violations, plaintext, unrecognised };
  return {
    domain: name,
    ...counts,
    details: { verified: 0, unverified: 0, verifiedTls: 0, unverifiedTls: 0, tls, ...times },
  };
}

function recordedDay(day: string, domains: readonly DayDomain[], changes: Partial<RecordedDay> = {}): RecordedDay {
  const total = (field: 'deliveries' | 'violations') => domains.reduce((sum, one) => sum + one[field], 0);
  const counts = { deliveries: total('deliveries'), violations: total('violations'), plaintext: 0, unrecognised: 0 };
  return { day, runId: 'r1', whole: true, late: false, complete: true, ...counts, ...changes };
}

function run(id: string, startedAt = '2026-11-22T03:00:00.000Z'): RecordedRun {
  const report = reportOf({ id, from: DAY, to: NEXT });
  const facts = { id, job: JOB, window: windowOf(DAY), startedAt: new Date(startedAt), verdict: 'pass' } as const;
  return { ...facts, report, mailedAt: null, link: null };
}

function compare(
  was: readonly DayDomain[],
  is: readonly DayDomain[],
  changes: Partial<RecordedDay> = {},
  found: { complete?: boolean; rowsCameLate?: boolean; window?: ReturnType<typeof windowOf> } = {},
) {
  const { complete = true, rowsCameLate = false, window = windowOf(DAY) } = found;
  return judgedBefore({
    ...{ window, policy: DEFAULT_POLICY, rowsCameLate, isUnmailed: () => false, runOf: (id) => run(id) },
    recorded: [recordedDay(DAY, was, changes)],
    recordedDomains: was.map((one) => ({ ...one, day: DAY })),
    found: [{ day: DAY, complete, domains: is }],
    days: [{ day: DAY, complete, domains: is }],
  })?.[0];
}

describe('what is different from an earlier result', () => {
  it.each([
    ['nothing', { [TLS]: 2 }, { [TLS]: 2 }, [0, 0, 0]],
    ['a delivery more', { [TLS]: 2 }, { [TLS]: 3 }, [1, 0, 0]],
    ['plaintext instead of TLS', { [TLS]: 2 }, { [TLS]: 1, plaintext: 1 }, [1, 1, 1]],
    ['old TLS more', { [TLS]: 1, plaintext: 1 }, { [TLS]: 1, plaintext: 1, 'TLSv1.0:A': 2 }, [2, 2, 0]],
    ['fewer', { [TLS]: 2 }, { [TLS]: 1 }, [0, 0, 1]],
  ] as const)('%s', (_, was, is, [more, moreViolations, fewer]) => {
    const found = compare([domain('a.example', was)], [domain('a.example', is)]);
    expect(found).toMatchObject({ more, moreViolations, fewer, deliveries: domain('', was).deliveries });
  });

  it('is measured against what was found, whatever is kept of the earlier result', () => {
    const was = [domain('a.example', { plaintext: 2 })];
    const [entry] =
      judgedBefore({
        ...{ window: windowOf(DAY), policy: DEFAULT_POLICY, rowsCameLate: false, isUnmailed: () => false },
        recorded: [recordedDay(DAY, was)],
        recordedDomains: was.map((one) => ({ ...one, day: DAY })),
        found: [{ day: DAY, complete: true, domains: [] }],
        days: [{ day: DAY, complete: false, domains: was }],
        runOf: (id) => run(id),
      }) ?? [];
    expect(entry).toMatchObject({ fewer: 2, vanished: ['a.example'], replaced: false });
  });

  it('are domains that are in violation now or were then, day by day', () => {
    const was = [domain('a.example', { plaintext: 1 }), domain('b.example', { [TLS]: 1 })];
    const is = [domain('b.example', { plaintext: 1 }), domain('c.example', { 'TLSv1.0:A': 1 })];
    expect(compare(was, is)).toMatchObject({ appeared: ['b.example', 'c.example'], vanished: ['a.example'] });
    const [days] = [
      [DAY, NEXT].map((day) => ({ day, complete: true, domains: [domain('a.example', { plaintext: 1 })] })),
    ];
    const known = domain('a.example', { plaintext: 1 });
    const entries = judgedBefore({
      ...{
        window: windowOf(DAY, 2),
        policy: DEFAULT_POLICY,
        rowsCameLate: false,
        isUnmailed: () => true,
        days,
        found: days,
      },
      recorded: [recordedDay(DAY, [known], { runId: 'r2' }), recordedDay(NEXT, [])],
      recordedDomains: [{ ...known, day: DAY }],
      runOf: (id) => run(id, id === 'r1' ? '2026-11-23T03:00:00.000Z' : undefined),
    });
    expect(entries).toMatchObject([
      { id: 'r2', days: [DAY], appeared: [], unmailed: true },
      { id: 'r1', days: [NEXT], appeared: ['a.example'] },
    ]);
  });

  it('is counted in all where an earlier version kept no protocols', () => {
    const known = { domain: 'a.example', deliveries: 2, violations: 0, plaintext: 0, unrecognised: 0 };
    expect(compare([known], [domain('a.example', { [TLS]: 2, plaintext: 1 })])).toMatchObject({
      ...{ more: 1, moreViolations: 1, fewer: 0, appeared: ['a.example'] },
    });
  });
});

describe('why it is judged again', () => {
  it.each([
    ['late', {}, true],
    ['late', { late: true, complete: false }, false],
    ['incomplete', { complete: false }, false],
    ['repeated', {}, false],
  ] as const)('%s', (why, changes, rowsCameLate) => {
    expect(compare([], [], changes, { rowsCameLate })).toMatchObject({ why });
  });
});

describe('an earlier result stays', () => {
  const two = [domain('a.example', { [TLS]: 2 })];
  const three = [domain('a.example', { [TLS]: 3 })];
  it.each([
    ['where the new one is complete', two, {}, {}, true],
    ['where neither is', two, { complete: false }, { complete: false }, true],
    ['where the new one is incomplete and rests on more', three, {}, { complete: false }, true],
    ['where the new one is incomplete and rests on as much', two, {}, { complete: false }, false],
    ['of a late day likewise', two, { complete: false, late: true }, { complete: false }, false],
    [
      'where the new one is about a part of the day',
      three,
      {},
      { window: { from: new Date(`${DAY}T06:00:00Z`), to: new Date(`${DAY}T07:00:00Z`) } },
      false,
    ],
  ])('%s', (_, is, changes, found, replaced) => {
    expect(compare(two, is, changes, found)).toMatchObject({ replaced });
  });

  it('and is none where no day was judged before, or its run is gone', () => {
    const facts = { window: windowOf(DAY), policy: DEFAULT_POLICY, rowsCameLate: false, isUnmailed: () => false };
    expect(
      judgedBefore({ ...facts, recorded: [], recordedDomains: [], found: [], days: [], runOf: (id) => run(id) }),
    ).toBeUndefined();
    const recorded = [recordedDay(DAY, [])];
    expect(
      judgedBefore({ ...facts, recorded, recordedDomains: [], found: [], days: [], runOf: () => undefined }),
    ).toBeUndefined();
  });
});
