import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/judge/assessment.ts';
import { coversDomain, type PolicyException } from '../../src/model/exception.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import type { Report } from '../../src/model/report.ts';
import { type DatedRow, tallyOf } from './rows.ts';

function exception(domain: string, expires: string | null = '2026-12-31'): PolicyException {
  return { domain, reason: 'accepted', owner: 'Jo', expires };
}

function judge(rows: readonly DatedRow[], exceptions: readonly PolicyException[]): Report {
  return assess({
    policy: DEFAULT_POLICY,
    window: { from: '2026-11-01T00:00:00.000Z', to: '2026-11-08T00:00:00.000Z' },
    tally: tallyOf(rows),
    sources: [],
    rejected: 0,
    duplicates: 0,
    rejects: [],
    gaps: [],
    failures: [],
    notes: [],
    exceptions,
  });
}

const PLAIN: DatedRow = { tlsCipher: ':' };

describe('an exception', () => {
  it.each([
    ['x.com', 'x.com', true],
    ['x.com', 'a.x.com', false],
    ['*.x.com', 'a.x.com', true],
    ['*.x.com', 'a.b.x.com', true],
    ['*.x.com', 'x.com', false],
    ['*.x.com', 'ax.com', false],
  ])('%s on %s: %s', (pattern, domain, covers) => {
    expect(coversDomain(pattern, domain)).toBe(covers);
  });

  it('takes a finding out of the verdict and leaves every count', () => {
    const rows = [PLAIN, { domain: 'b.example' }];
    const report = judge(rows, [exception('acme.example')]);
    expect(report.verdict).toBe('pass');
    expect(report.reasons).toEqual([]);
    expect(report.counts).toEqual(judge(rows, []).counts);
    expect(report.domains[0]).toMatchObject({
      domain: 'acme.example',
      status: 'violating',
      violations: 1,
      excepted: 1,
    });
    expect(report.domains[1]).not.toHaveProperty('excepted');
    expect(report.exceptions).toEqual([{ ...exception('acme.example'), state: 'valid', deliveries: 1, domains: 1 }]);
  });

  it('names no address of a person, whatever its owner and its reason are written as', () => {
    const written = {
      ...exception('acme.example'),
      owner: 'Jo <jo.bell@acme.example>',
      reason: 'asked by "sam roe"@b.example',
    };
    const [use] = judge([PLAIN], [written]).exceptions ?? [];
    expect(use).toMatchObject({ owner: 'Jo <[address]>', reason: 'asked by [address]', deliveries: 1 });
  });

  it('takes nothing else out: the rest fails, and the reasons count only it', () => {
    const { verdict, reasons } = judge(
      [PLAIN, { tlsCipher: 'TLSv1:A' }, { ...PLAIN, domain: 'b.example' }],
      [exception('acme.example')],
    );
    expect(verdict).toBe('fail');
    expect(reasons).toEqual(['1 delivery to 1 domain was sent in plaintext']);
  });

  it('never makes a doubt a pass', () => {
    const report = judge([PLAIN, { tlsCipher: 'UNKNOWN' }], [exception('acme.example')]);
    expect(report.verdict).toBe('inconclusive');
    expect(report.domains[0]).toMatchObject({ excepted: 1, unrecognised: 1 });
  });

  it('covers deliveries up to its last day and none after it', () => {
    const rows = [
      { ...PLAIN, time: '2026-11-03T23:59:59Z' },
      { ...PLAIN, time: '2026-11-04T00:00:00Z' },
    ];
    expect(judge(rows, [exception('acme.example', '2026-11-04')])).toMatchObject({ verdict: 'pass' });
    expect(judge(rows, [exception('acme.example', '2026-11-03')])).toMatchObject({
      verdict: 'fail',
      reasons: ['1 delivery to 1 domain was sent in plaintext'],
      domains: [{ violations: 2, excepted: 1 }],
    });
  });

  it.each([
    ['without an expiry that can be read', [exception('acme.example', null)]],
    ['that expired', [exception('acme.example', '2026-10-31')]],
    ['for what is under the domain', [exception('*.acme.example')]],
  ])('%s covers nothing', (_, exceptions) => {
    expect(judge([PLAIN], exceptions)).toMatchObject({ verdict: 'fail', exceptions: [{ deliveries: 0, domains: 0 }] });
  });

  it('of its own goes before a wildcard, but not when it has expired', () => {
    const rows = [{ ...PLAIN, domain: 'a.acme.example' }];
    const taken = (...exceptions: PolicyException[]) =>
      judge(rows, exceptions).exceptions?.map(({ deliveries }) => deliveries);
    expect(taken(exception('*.acme.example'), exception('a.acme.example'))).toEqual([0, 1]);
    expect(taken(exception('*.acme.example'), exception('a.acme.example', null))).toEqual([1, 0]);
    expect(taken(exception('*.example'), exception('*.acme.example'))).toEqual([0, 1]);
  });

  // The last audited day is 7 November.
  it.each([
    ['2026-11-06', 'expired'],
    ['2026-11-07', 'expiring'],
    ['2026-11-14', 'expiring'],
    ['2026-11-15', 'valid'],
    [null, 'expired'],
  ] as const)('that ends %s is %s', (expires, state) => {
    expect(judge([], [exception('acme.example', expires)]).exceptions?.[0]?.state).toBe(state);
  });
});
