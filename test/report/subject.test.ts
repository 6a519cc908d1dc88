import { describe, expect, it } from '@jest/globals';
import type { Report } from '../../src/model/report.ts';
import { subjectOf } from '../../src/report/subject.ts';
import { domain, empty, excepted, fail, inbound, inconclusive, report, weak } from './samples.ts';

const week = { from: '2026-11-16T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };
const nightly = { from: '2026-11-22T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };
const clean = domain('a.example', { 'TLSv1.2': 812 });
const gap = (from: string, to: string) => ({ from: `2026-11-${from}.000Z`, to: `2026-11-${to}.000Z` });

function doubtful(parts: Partial<Parameters<typeof report>[0]>): Report {
  return report({ verdict: 'inconclusive', reasons: ['a reason'], domains: [clean], ...parts });
}

it.each<[string, Report]>([
  ['FAIL: 3 domains got plaintext mail, 1 of them partly lost TLS; 1 domain got mail below TLS 1.2, a new one', fail],
  [
    'FAIL: 1 domain got plaintext mail',
    report({ verdict: 'fail', reasons: ['x'], domains: [domain('a.example', { plaintext: 5 })] }),
  ],
  ['FAIL: 2 domains got mail below TLS 1.2 (Nov 16 to Nov 22)', weak],
  [
    'FAIL: 1 domain got mail above TLS 1.2',
    report({
      verdict: 'fail',
      reasons: ['x'],
      policy: { minimum: 'TLSv1.2', maximum: 'TLSv1.2' },
      domains: [domain('a.example', { 'TLSv1.3': 5 }, { violations: 5, status: 'violating' })],
    }),
  ],
  [
    'FAIL: 2 domains got mail other than TLS 1.2',
    report({
      verdict: 'fail',
      reasons: ['x'],
      policy: { minimum: 'TLSv1.2', maximum: 'TLSv1.2' },
      domains: [
        domain('a.example', { 'TLSv1.3': 5 }, { violations: 5, status: 'violating' }),
        domain('b.example', { 'TLSv1.0': 5 }),
      ],
    }),
  ],
  [
    'FAIL: 2 domains got mail outside TLS 1.1 to TLS 1.2',
    report({
      verdict: 'fail',
      reasons: ['x'],
      policy: { minimum: 'TLSv1.1', maximum: 'TLSv1.2' },
      domains: [
        domain('a.example', { 'TLSv1.3': 5 }, { violations: 5, status: 'violating' }),
        domain('b.example', { 'TLSv1.0': 5 }),
      ],
    }),
  ],
  ['FAIL: plaintext mail received from 1 domain; mail below TLS 1.2 received from 1 domain, a new one', inbound],
  [
    'FAIL: mail below TLS 1.2 received from 2 domains',
    report({
      direction: 'inbound',
      verdict: 'fail',
      reasons: ['x'],
      domains: [domain('a.example', { 'TLSv1.0': 5 }), domain('b.example', { 'TLSv1.1': 5 })],
    }),
  ],
  ['PASS: all mail received protected by TLS 1.2 or better', report({ direction: 'inbound', domains: [clean] })],
  ['INCONCLUSIVE: no incoming mail', doubtful({ direction: 'inbound', domains: [] })],
  [
    'INCONCLUSIVE: 1 domain with unrecognised TLS',
    doubtful({ direction: 'inbound', domains: [domain('a.example', { unrecognised: 4 })] }),
  ],
  ['INCONCLUSIVE: no data', empty],
  ['INCONCLUSIVE: no data', doubtful({ domains: [], window: { from: null, to: null } })],
  ['INCONCLUSIVE: 1 log file could not be read (Nov 16 to Nov 22)', inconclusive],
  [
    'INCONCLUSIVE: no data for 1 of 7 days, Nov 20 (Nov 16 to Nov 22)',
    doubtful({ window: week, gaps: [gap('20T00:00:00', '21T00:00:00')] }),
  ],
  [
    'INCONCLUSIVE: no data for 3 of 7 days (Nov 16 to Nov 22)',
    doubtful({ window: week, gaps: [gap('17T00:00:00', '18T00:00:00'), gap('20T00:00:00', '22T00:00:00')] }),
  ],
  ['INCONCLUSIVE: no data for Nov 16 to Nov 22', doubtful({ window: week, gaps: [week] })],
  [
    'INCONCLUSIVE: no data for 1 day, Nov 20 (Nov 18 06:00 to Nov 23 06:00)',
    doubtful({ window: gap('18T06:00:00', '23T06:00:00'), gaps: [gap('20T00:00:00', '21T00:00:00')] }),
  ],
  [
    'INCONCLUSIVE: data not complete for 2 of 7 days, Nov 20 to Nov 21 (Nov 16 to Nov 22)',
    doubtful({ window: week, gaps: [{ ...gap('20T00:00:00', '22T00:00:00'), partial: true }] }),
  ],
  [
    'INCONCLUSIVE: no data for 6 hours (Nov 16 to Nov 22)',
    doubtful({ window: week, gaps: [gap('20T03:00:00', '20T08:30:00')] }),
  ],
  ['INCONCLUSIVE: no data for 6 hours', doubtful({ gaps: [gap('22T03:00:00', '22T08:30:00')] })],
  ['INCONCLUSIVE: 1 domain with unrecognised TLS', doubtful({ domains: [domain('a.example', { unrecognised: 4 })] })],
  [
    'INCONCLUSIVE: 1 domain with unrecognised TLS',
    doubtful({ domains: [domain('a.example', { unrecognised: 1 })], counts: { rejected: 9 } }),
  ],
  ['INCONCLUSIVE: rows could not be read', doubtful({ counts: { rejected: 2 } })],
  [
    'INCONCLUSIVE: rows with an unknown mail event',
    doubtful({ counts: { events: { R: 0, D: 812, T: 0, P: 0, other: 1 } } }),
  ],
  [
    'INCONCLUSIVE: no deliveries to judge',
    doubtful({ domains: [], counts: { events: { R: 12, D: 0, T: 0, P: 0, other: 0 }, outsideWindow: 5 } }),
  ],
  ['INCONCLUSIVE: rows may be missing', doubtful({})],
  [
    'PASS: all mail protected by TLS 1.2 or better',
    report({ domains: [clean, { ...clean, domain: 'b.example' }], window: nightly }),
  ],
  [
    'PASS: 1 exception expires soon; 1 domain under an exception, all other mail protected by TLS 1.2 or better',
    excepted,
  ],
  [
    'PASS: 1 domain no longer verified; all mail protected by TLS 1.2 or better',
    report({
      domains: [clean],
      downgrades: [{ domain: 'a.example', kind: 'unverified', until: '2026-11-21', since: '2026-11-22' }],
    }),
  ],
  [
    'PASS: all mail protected by TLS 1.2 only',
    report({ domains: [clean], policy: { minimum: 'TLSv1.2', maximum: 'TLSv1.2' } }),
  ],
])('%s', (subject, sample) => {
  expect(subjectOf(sample)).toBe(subject);
});

it('is the same night after night while the findings are: Gmail groups by it', () => {
  const night = (day: number, parts: Partial<Parameters<typeof report>[0]>): Report =>
    report({
      domains: [
        domain('a.example', { plaintext: day, 'TLSv1.2': 40 * day }),
        domain(`b${day}.example`, { 'TLSv1.3': day }),
      ],
      window: { from: `2026-11-0${day}T00:00:00.000Z`, to: `2026-11-0${day + 1}T00:00:00.000Z` },
      ...parts,
    });
  for (const parts of [
    { verdict: 'fail', reasons: ['x'] },
    { domains: [clean] },
    { verdict: 'inconclusive', reasons: ['x'], domains: [] },
  ] as const) {
    expect(subjectOf(night(4, parts))).toBe(subjectOf(night(3, parts)));
  }
  const rejects = (rejected: number): Report => doubtful({ counts: { rejected } });
  expect(subjectOf(rejects(3))).toBe(subjectOf(rejects(1)));
});

describe('what is news in a night', () => {
  const since = '2026-11-22';
  const change = (name: string, state: 'new' | 'ongoing') => ({ domain: `${name}.example`, state, since, nights: 1 });
  const lost = (name: string, deliveries = 3) => ({
    ...({ domain: `${name}.example`, kind: 'plaintext', until: '2026-11-21', since } as const),
    exposed: { deliveries, of: 3 },
  });
  const night = (names: string, parts: Partial<Report>, covered = ''): string =>
    subjectOf({
      ...report({
        verdict: 'fail',
        reasons: ['x'],
        domains: [
          ...names
            .split(/(?=.)/)
            .filter(Boolean)
            .map((name) => domain(`${name}.example`, name < 'n' ? { plaintext: 3 } : { 'TLSv1.0': 3 })),
          ...covered
            .split(/(?=.)/)
            .filter(Boolean)
            .map((name) => domain(`${name}.example`, { plaintext: 3 }, { excepted: 3 })),
        ],
        window: nightly,
      }),
      ...parts,
    });

  it.each<[string, string, Partial<Report>]>([
    ['1 domain got plaintext mail', 'a', { changes: [change('a', 'ongoing'), change('b', 'new')] }],
    ['1 domain got plaintext mail, a new one', 'a', { changes: [change('a', 'new')] }],
    ['2 domains got plaintext mail, all new', 'ab', { changes: [change('a', 'new'), change('b', 'new')] }],
    ['2 domains got plaintext mail, 1 of them new', 'ab', { changes: [change('a', 'new'), change('b', 'ongoing')] }],
    ['1 domain lost TLS', 'a', { changes: [change('a', 'new')], downgrades: [lost('a')] }],
    ['1 domain got plaintext mail', 'a', { downgrades: [{ ...lost('a'), told: true }] }],
    ['2 domains lost TLS, 1 of them partly', 'ab', { downgrades: [lost('a'), lost('b', 1)] }],
    [
      '4 domains got plaintext mail, 1 of them lost TLS, 1 partly lost TLS, 1 new',
      'abcd',
      { changes: ['a', 'b', 'c'].map((name) => change(name, 'new')), downgrades: [lost('a'), lost('b', 1)] },
    ],
    ['1 domain got plaintext mail', 'ax', { changes: [change('a', 'ongoing'), change('x', 'ongoing')] }],
    [
      '1 domain got plaintext mail; 1 domain got mail below TLS 1.2, a new one',
      'axy',
      { changes: [change('a', 'ongoing'), change('x', 'ongoing'), change('y', 'new')] },
    ],
    [
      '2 domains got mail below TLS 1.2, 1 of them new',
      'xy',
      { changes: [change('x', 'new'), change('y', 'ongoing')] },
    ],
  ])('FAIL: %s', (statement, names, parts) => {
    expect(night(names, parts)).toBe(`FAIL: ${statement}`);
  });

  it('is named also where an exception covers it', () => {
    const mail = 'all other mail protected by TLS 1.2 or better';
    const pass = { verdict: 'pass', reasons: [], downgrades: [lost('a')] } as const;
    expect(night('', pass, 'a')).toBe(`PASS: 1 domain under an exception lost TLS, ${mail}`);
    expect(night('', pass, 'ab')).toBe(`PASS: 2 domains under an exception, 1 of them lost TLS, ${mail}`);
    expect(night('', { ...pass, downgrades: [] }, 'ab')).toBe(`PASS: 2 domains under an exception, ${mail}`);
    expect(night('b', { downgrades: [lost('a')] }, 'a')).toBe(
      'FAIL: 1 domain got plaintext mail; 1 domain under an exception lost TLS',
    );
    expect(night('', { ...pass, verdict: 'inconclusive' }, 'a')).toMatch(
      /^INCONCLUSIVE: 1 domain under an exception lost TLS; /,
    );
  });
});
