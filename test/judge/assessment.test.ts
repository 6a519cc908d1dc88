import { describe, expect, it } from '@jest/globals';
import { assess, type AssessmentFacts } from '../../src/judge/assessment.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { type DatedRow, tallyOf } from './rows.ts';

const SOURCE = { name: 'a.csv', sha256: '00', rows: 10, dateOrder: 'unambiguous' } as const;

function assessRows(rows: readonly DatedRow[], facts: Partial<AssessmentFacts> = {}) {
  return assess({
    policy: DEFAULT_POLICY,
    window: { from: null, to: null },
    tally: tallyOf(rows),
    sources: [SOURCE],
    rejected: 0,
    duplicates: 0,
    rejects: [],
    gaps: [],
    failures: [],
    notes: [],
    ...facts,
  });
}

function deliveries(domain: string, ...ciphers: string[]): DatedRow[] {
  return ciphers.map((tlsCipher) => ({ domain, tlsCipher }));
}

describe('the order of domains', () => {
  it.each<[string, DatedRow[], string[]]>([
    [
      'plaintext before weak TLS, however many',
      [...deliveries('weak.example', 'TLSv1:A', 'TLSv1:A', 'TLSv1:A'), ...deliveries('clear.example', ':')],
      ['clear.example', 'weak.example'],
    ],
    [
      'then by violations',
      [
        ...deliveries('a.example', ':'),
        ...deliveries('b.example', ':', 'TLSv1:A'),
        ...deliveries('c.example', 'TLSv1:A'),
        ...deliveries('d.example', 'TLSv1:A', 'SSLv3:A'),
      ],
      ['b.example', 'a.example', 'd.example', 'c.example'],
    ],
    [
      'then by name',
      [...deliveries('b.example', ':'), ...deliveries('a.example', ':'), ...deliveries('xn--bcher-kva.example', ':')],
      ['a.example', 'b.example', 'xn--bcher-kva.example'],
    ],
    [
      'unrecognised after violating and before compliant',
      [
        ...deliveries('a.example', 'TLSv1.2:A'),
        ...deliveries('b.example', '', ''),
        ...deliveries('c.example', 'TLSv1:A', ''),
      ],
      ['c.example', 'b.example', 'a.example'],
    ],
    [
      'by name where nothing violates, whatever the number of deliveries',
      [...deliveries('b.example', 'TLSv1.2:A', 'TLSv1.2:A'), ...deliveries('a.example', 'TLSv1.2:A')],
      ['a.example', 'b.example'],
    ],
  ])('is %s', (_, rows, order) => {
    expect(assessRows(rows).domains.map(({ domain }) => domain)).toEqual(order);
    expect(assessRows(rows.toReversed()).domains.map(({ domain }) => domain)).toEqual(order);
  });
});

describe('the report', () => {
  it('says of a domain what the contract says', () => {
    const report = assessRows([
      { tlsCipher: ':', time: '2026-11-01T09:00:00Z' },
      { tlsCipher: 'TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384', tlsVerified: 'Verified', time: '2026-11-02T10:00:00Z' },
      { tlsCipher: ':', time: '2026-11-03T10:00:00Z' },
    ]);
    expect(report.domains).toEqual([
      {
        domain: 'acme.example',
        status: 'violating',
        deliveries: 3,
        violations: 2,
        unrecognised: 0,
        protocols: { 'TLSv1.2': 1, plaintext: 2 },
        ciphers: { 'ECDHE-RSA-AES256-GCM-SHA384': 1 },
        verified: 1,
        unverified: 0,
        firstSeen: '2026-11-01T09:00:00.000Z',
        lastSeen: '2026-11-03T10:00:00.000Z',
      },
    ]);
  });

  it.each([
    ['violating', [':', '', 'TLSv1.2:A']],
    ['unrecognised', ['', 'TLSv1.2:A']],
    ['compliant', ['TLSv1.2:A', 'TLSv1.3:A']],
  ])('gives a domain the status %s', (status, ciphers) => {
    expect(assessRows(deliveries('a.example', ...ciphers)).domains[0]?.status).toBe(status);
  });

  it('adds up the rows of its sources beside what the tally counted', () => {
    const report = assessRows([{}, { event: 'R' }], {
      sources: [SOURCE, { ...SOURCE, name: 'b.csv', rows: 5 }],
      rejected: 3,
      duplicates: 2,
      rejects: [{ source: 'a.csv', line: 7, reason: 'x' }],
    });
    expect(report).toMatchObject({
      schema: 'tls-audit/report/1',
      policy: { minimum: 'TLSv1.2', maximum: null },
      window: { from: null, to: null },
      counts: { rows: 15, rejected: 3, duplicates: 2, deliveries: 1, events: { R: 1, D: 1 } },
      rejects: [{ source: 'a.csv', line: 7, reason: 'x' }],
    });
  });

  it('lists the most used cipher suite first', () => {
    const [domain] = assessRows(deliveries('a.example', 'TLSv1.2:B', 'TLSv1.2:C', 'TLSv1.2:A', 'TLSv1.2:C')).domains;
    expect(Object.keys(domain?.ciphers ?? {})).toEqual(['C', 'A', 'B']);
  });

  it('survives names that mean something to JavaScript', () => {
    const [domain] = assessRows(deliveries('__proto__', 'TLSv1.2:__proto__', 'TLSv1.2:constructor')).domains;
    expect(domain?.domain).toBe('__proto__');
    expect(Object.entries(domain?.ciphers ?? {})).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
  });
});

describe('the values nobody knows', () => {
  it('stand as written with their column, the most frequent first, those of deliveries and of Mail Event', () => {
    const report = assessRows([
      ...deliveries('a.example', 'TLSv1.4:A', 'UNKNOWN', 'UNKNOWN', '', ':', 'None', 'TLSv1.2:A'),
      { event: 'other', eventText: 'Z' },
      { event: 'R', tlsCipher: 'means nothing' },
    ]);
    expect(report.unrecognisedValues).toEqual([
      { column: 'TLS_Cipher', value: 'UNKNOWN', count: 2 },
      { column: 'TLS_Cipher', value: '', count: 1 },
      { column: 'TLS_Cipher', value: 'TLSv1.4:A', count: 1 },
      { column: 'Mail Event', value: 'Z', count: 1 },
    ]);
  });

  it('are the 20 most frequent, and none is of any length', () => {
    const values = Array.from({ length: 30 }, (_, number) => `X${number}${'x'.repeat(500)}`);
    const { unrecognisedValues, counts } = assessRows(deliveries('a.example', ...values, values[29] ?? ''));
    expect(counts.unrecognised).toBe(31);
    expect(unrecognisedValues).toHaveLength(20);
    expect(unrecognisedValues[0]).toMatchObject({ value: expect.stringMatching(/^X29x{77}$/), count: 2 });
  });

  it.each<[string, DatedRow]>([
    ['TLS_Cipher', { tlsCipher: 'ann@acme.example' }],
    ['Mail Event', { event: 'other', eventText: '<ann@acme.example>' }],
  ])('never show a person’s address that slipped into %s', (_, row) => {
    expect(JSON.stringify(assessRows([row]))).not.toContain('ann');
  });
});
