import { describe, expect, it } from '@jest/globals';
import { adviceFrom, daysWithoutVerification, withDays } from '../../src/judge/advice.ts';
import type { DomainSum } from '../../src/model/history.ts';
import { windowOf } from './rows.ts';

const WINDOW = windowOf('2026-10-24T00:00:00Z', '2026-11-23T00:00:00Z');
const RULE = { days: 30, minDeliveries: 5, minDays: 3, maxListCharacters: 100 };

function sum(domain: string, counts: Partial<DomainSum> = {}): DomainSum {
  const none = { violations: 0, plaintext: 0, unrecognised: 0, verifiedTls: 0, unverifiedTls: 0 };
  return { domain, deliveries: 10, ...none, days: 5, ...counts };
}

function adviceOn(sums: readonly DomainSum[], rule = RULE) {
  return adviceFrom(sums, WINDOW, { audited: 30, withoutVerification: 4 }, rule);
}

describe('the preview of requiring TLS', () => {
  it('counts plaintext as bounced, and what nobody recognises apart', () => {
    const { required } = adviceOn([
      sum('a.example', { plaintext: 3, violations: 4 }),
      sum('b.example', { plaintext: 1, violations: 1 }),
      sum('c.example', { violations: 2, unrecognised: 2 }),
      sum('d.example'),
    ]);
    expect(required).toEqual({ deliveries: 40, bounced: 4, domains: 2, unrecognised: 2, weak: 3 });
  });
});

describe('the preview of requiring a verified certificate', () => {
  it('counts what is not verified as bounced beside plaintext, and what nobody knows as neither', () => {
    const { requiredVerify } = adviceOn([
      sum('a.example', { plaintext: 3, violations: 3, verifiedTls: 7 }),
      sum('b.example', { verifiedTls: 4, unverifiedTls: 6 }),
      sum('c.example', { unrecognised: 1, verifiedTls: 7 }),
      sum('d.example', { verifiedTls: 10 }),
      sum('e.example'),
    ]);
    expect(requiredVerify).toMatchObject({ verified: 28, bounced: 9, domains: 2, unknown: 13, unknownDays: 4 });
  });

  it('knows nothing of certificates where none is ever verified: the setting of the org verifies none', () => {
    const { requiredVerify } = adviceOn([
      sum('a.example', { plaintext: 3, violations: 3, unverifiedTls: 7 }),
      sum('b.example', { unverifiedTls: 10 }),
    ]);
    expect(requiredVerify).toEqual({
      ...{ verified: 0, bounced: 3, domains: 1, unknown: 17, unknownDays: 4, restrictTo: [], covered: 0 },
      requiredOnly: [{ reason: 'unknown', domains: 1, names: ['b.example'] }],
    });
  });

  it('takes no more to be known than there is, where evidence of two runs was joined', () => {
    const { requiredVerify } = adviceOn([sum('a.example', { verifiedTls: 10, unverifiedTls: 10 })]);
    expect(requiredVerify).toMatchObject({ bounced: 10, unknown: 0, covered: 0 });
  });
});

describe('the list of domains Required Verify is safe for', () => {
  it('holds those of the other list whose deliveries all are known to be verified', () => {
    const advice = adviceOn([
      sum('all.example', { verifiedTls: 10 }),
      sum('some.example', { verifiedTls: 9, unverifiedTls: 1 }),
      sum('old-days.example', { deliveries: 30, verifiedTls: 29 }),
      sum('plain.example', { plaintext: 1, violations: 1, verifiedTls: 9 }),
      sum('few.example', { deliveries: 1, verifiedTls: 1 }),
    ]);
    expect(advice.restrictTo).toEqual(['all.example', 'old-days.example', 'some.example']);
    expect(advice.requiredVerify).toMatchObject({
      restrictTo: ['all.example'],
      covered: 1,
      requiredOnly: [
        { reason: 'unverified', domains: 1, names: ['some.example'] },
        { reason: 'unknown', domains: 1, names: ['old-days.example'] },
      ],
    });
  });

  it('has room of its own: what did not fit into the other list beside unverified domains stands in it', () => {
    const sums = Array.from({ length: 10 }, (_, index) =>
      sum(`domain-${index}.example`, {
        deliveries: 100 + index,
        ...(index < 5 ? { verifiedTls: 100 + index } : { unverifiedTls: 100 + index }),
      }),
    );
    const advice = adviceOn(sums);
    expect(advice.restrictTo).toEqual([5, 6, 7, 8, 9].map((index) => `domain-${index}.example`));
    expect(advice.requiredVerify).toMatchObject({
      restrictTo: [0, 1, 2, 3, 4].map((index) => `domain-${index}.example`),
      requiredOnly: [{ reason: 'unverified', domains: 5 }],
    });
  });

  it('has no wildcard that covers a domain of which some is not verified', () => {
    const under = Array.from({ length: 12 }, (_, index) => sum(`branch-${index + 10}.x.com`, { verifiedTls: 10 }));
    const [parent, odd] = [sum('x.com', { verifiedTls: 10 }), sum('odd.x.com', { verifiedTls: 9, unverifiedTls: 1 })];
    expect(adviceOn([parent, ...under]).requiredVerify?.restrictTo).toEqual(['*.x.com', 'x.com']);
    const advice = adviceOn([parent, odd, ...under]);
    expect(advice.restrictTo).toEqual(['*.x.com', 'x.com']);
    expect(advice.requiredVerify?.restrictTo).not.toContain('*.x.com');
    expect(advice.requiredVerify?.requiredOnly.map(({ reason }) => reason)).toEqual(['unverified', 'length']);
  });
});

describe('the list of domains TLS may be required for', () => {
  it('holds who had enough clean deliveries on enough days, and says why others are left out', () => {
    const advice = adviceOn([
      sum('z.example'),
      sum('enough.example', { deliveries: 5, days: 3 }),
      sum('few.example', { deliveries: 4 }),
      sum('short.example', { days: 2 }),
      sum('weak.example', { violations: 1 }),
      sum('odd.example', { unrecognised: 1 }),
      sum('a b,c.example'),
      sum('nodot'),
    ]);
    expect(advice.restrictTo).toEqual(['enough.example', 'z.example']);
    expect(advice.covered).toBe(2);
    expect(advice.leftOut).toEqual([
      { reason: 'violations', domains: 1, names: ['weak.example'] },
      { reason: 'unrecognised', domains: 1, names: ['odd.example'] },
      { reason: 'few', domains: 2, names: ['short.example', 'few.example'] },
      { reason: 'unusual', domains: 2, names: ['a b,c.example', 'nodot'] },
    ]);
  });

  it('names every domain by itself while that fits: a wildcard speaks for names never seen', () => {
    const names = ['x.com', 'a.x.com', 'b.x.com'];
    expect(adviceOn(names.map((name) => sum(name))).restrictTo).toEqual(['a.x.com', 'b.x.com', 'x.com']);
  });

  const subdomains = Array.from({ length: 12 }, (_, index) => sum(`branch-${index + 10}.x.com`));

  it('is shortened by a wildcard beside the domain itself, which a wildcard does not cover', () => {
    const advice = adviceOn([sum('x.com'), ...subdomains, sum('y.example')]);
    expect(advice.restrictTo).toEqual(['*.x.com', 'x.com', 'y.example']);
    expect(advice.covered).toBe(14);
    expect(advice.leftOut).toEqual([]);
  });

  it.each([
    ['nobody sends mail to the domain itself: it might be a public suffix', subdomains],
    ['the domain itself is not safe', [sum('x.com', { violations: 1 }), ...subdomains]],
    [
      'something under it is not safe',
      [sum('x.com'), sum('old.x.com', { plaintext: 1, violations: 1 }), ...subdomains],
    ],
  ])('has no wildcard where %s', (_, sums) => {
    const advice = adviceOn(sums);
    expect(advice.restrictTo.filter((name) => name.startsWith('*'))).toEqual([]);
    expect(advice.restrictTo.length).toBeGreaterThan(2);
  });

  it('never is longer than allowed: who gets the least mail goes, and is counted', () => {
    const sums = Array.from({ length: 50 }, (_, index) =>
      sum(`domain-${index + 10}.example`, { deliveries: 100 + index }),
    );
    const advice = adviceOn(sums);
    expect(advice.restrictTo.join(', ').length).toBeLessThanOrEqual(100);
    expect(advice.restrictTo).toEqual(
      ['domain-56.example', 'domain-57.example', 'domain-58.example', 'domain-59.example', 'domain-55.example'].sort(),
    );
    expect(advice.leftOut).toMatchObject([{ reason: 'length', domains: 45 }]);
    expect(advice.leftOut[0]?.names?.slice(0, 2)).toEqual(['domain-54.example', 'domain-53.example']);
    expect(advice.leftOut[0]?.names).toHaveLength(20);
  });
});

it('days of a run that is not recorded yet are added to what is', () => {
  const day = { domain: 'a.example', deliveries: 2, violations: 1, plaintext: 1, unrecognised: 0 };
  const details = {
    ...{ verified: 1, unverified: 1, verifiedTls: 1, unverifiedTls: 0, tls: { 'TLSv1.2:A': 1, plaintext: 1 } },
    ...{ firstSeen: '2026-11-22T09:00:00.000Z', lastSeen: '2026-11-22T10:00:00.000Z' },
  };
  const days = [
    { day: '2026-11-21', complete: true, domains: [day] },
    { day: '2026-11-22', complete: true, domains: [day, { ...day, domain: 'new.example', details }] },
  ];
  expect(withDays([sum('a.example', { verifiedTls: 3 }), sum('b.example')], days)).toEqual([
    sum('a.example', { deliveries: 14, violations: 2, plaintext: 2, verifiedTls: 3, days: 7 }),
    sum('b.example'),
    sum('new.example', { deliveries: 2, violations: 1, plaintext: 1, verifiedTls: 1, days: 1 }),
  ]);
  expect(daysWithoutVerification(days)).toBe(2);
  expect(daysWithoutVerification([{ ...days[1]!, domains: days[1]!.domains.slice(1) }])).toBe(0);
});
