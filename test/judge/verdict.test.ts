import { describe, expect, it } from '@jest/globals';
import { assess } from '../../src/judge/assessment.ts';
import { SUSPECTED_ROW_LIMIT } from '../../src/judge/verdict.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/model/policy.ts';
import type { Gap, SourceFailure, SourceSummary } from '../../src/model/report.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { type DatedRow, tallyOf } from './rows.ts';

interface Case {
  readonly rows?: DatedRow[];
  readonly policy?: Policy;
  readonly rejected?: number;
  readonly duplicates?: number;
  readonly sourceRows?: number[];
  readonly gaps?: Gap[];
  readonly failures?: SourceFailure[];
}

function verdictOf(facts: Case): { verdict: Verdict; reasons: readonly string[] } {
  const policy = facts.policy ?? DEFAULT_POLICY;
  const sources = (facts.sourceRows ?? [1]).map((rows, number): SourceSummary => ({
    name: `${number}.csv`,
    sha256: '',
    rows,
    dateOrder: 'unambiguous',
  }));
  const { verdict, reasons } = assess({
    policy,
    window: { from: null, to: null },
    tally: tallyOf(facts.rows ?? [{}], { policy }),
    sources,
    rejected: facts.rejected ?? 0,
    duplicates: facts.duplicates ?? 0,
    rejects: [],
    gaps: facts.gaps ?? [],
    failures: facts.failures ?? [],
    notes: [],
  });
  return { verdict, reasons };
}

const CLEAR: DatedRow = { tlsCipher: ':' };
const OLD: DatedRow = { tlsCipher: 'TLSv1.1:A' };
const UNKNOWN: DatedRow = { tlsCipher: '', domain: 'other.example' };
const DAY: Gap = { from: '2026-11-03T00:00:00.000Z', to: '2026-11-04T00:00:00.000Z' };

describe('pass', () => {
  it.each<[string, Case]>([
    ['every delivery complies', { rows: [{}, { tlsCipher: 'TLSv1.3:A' }] }],
    [
      'beside rows that are no deliveries',
      { rows: [{}, { event: 'R', tlsCipher: ':' }, { event: 'T' }, { event: 'P' }] },
    ],
    ['beside hand-offs inside Salesforce', { rows: [{}, { tlsCipher: 'None' }] }],
    ['beside duplicates', { duplicates: 5 }],
    ['of 499,999 rows', { sourceRows: [SUSPECTED_ROW_LIMIT - 1] }],
    ['of 500,001 rows', { sourceRows: [SUSPECTED_ROW_LIMIT + 1] }],
    ['of 500,000 rows in two files', { sourceRows: [SUSPECTED_ROW_LIMIT / 2, SUSPECTED_ROW_LIMIT / 2] }],
    ['of a delivery as old as the minimum', { rows: [OLD], policy: { minimum: 'TLSv1.1', maximum: null } }],
  ])('has no reasons: %s', (_, facts) => {
    expect(verdictOf(facts)).toEqual({ verdict: 'pass', reasons: [] });
  });
});

describe('inconclusive', () => {
  it.each<[string, Case, string[]]>([
    ['a row could not be read', { rejected: 1 }, ['1 row could not be read']],
    ['rows could not be read', { rejected: 1200 }, ['1,200 rows could not be read']],
    [
      'a delivery was not recognised',
      { rows: [{}, UNKNOWN] },
      ['1 delivery to 1 domain has a TLS value that is not recognised'],
    ],
    [
      'deliveries were not recognised',
      { rows: [UNKNOWN, UNKNOWN, { tlsCipher: 'UNKNOWN' }, {}] },
      ['3 deliveries to 2 domains have a TLS value that is not recognised'],
    ],
    ['a Mail Event is unknown', { rows: [{}, { event: 'other' }] }, ['1 row has an unknown Mail Event']],
    [
      'Mail Events are unknown',
      { rows: [{}, { event: 'other' }, { event: 'other' }] },
      ['2 rows have an unknown Mail Event'],
    ],
    ['a day rests on no data', { gaps: [DAY] }, ['no data for 2026-11-03']],
    [
      'days rest on no data',
      { gaps: [{ from: '2026-10-31T00:00:00.000Z', to: '2026-11-03T00:00:00.000Z' }] },
      ['no data for 2026-10-31 to 2026-11-02'],
    ],
    [
      'hours rest on no data',
      { gaps: [{ from: '2026-11-03T22:00:00.000Z', to: '2026-11-04T00:00:00.000Z' }] },
      ['no data for 2026-11-03 22:00 to 24:00 UTC'],
    ],
    [
      'a file could not be read',
      { failures: [{ source: 'b.csv', reason: 'it is cut' }] },
      ['b.csv could not be read: it is cut'],
    ],
    ['there was no row', { rows: [], sourceRows: [0] }, ['no delivery was judged']],
    ['there was no file', { rows: [], sourceRows: [] }, ['no delivery was judged']],
    [
      'no row was a delivery',
      { rows: [{ event: 'R' }, { event: 'P' }, { tlsCipher: 'None' }] },
      ['no delivery was judged'],
    ],
  ])('says why: %s', (_, facts, reasons) => {
    expect(verdictOf(facts)).toEqual({ verdict: 'inconclusive', reasons });
  });

  it('is a file of exactly 500,000 rows, which may have been cut', () => {
    const { verdict, reasons } = verdictOf({ sourceRows: [3, 500_000] });
    expect(verdict).toBe('inconclusive');
    expect(reasons).toEqual([expect.stringMatching(/^1\.csv has exactly 500,000 rows, .* rows may be missing$/)]);
  });

  it('says every doubt there is', () => {
    const { verdict, reasons } = verdictOf({
      rows: [UNKNOWN, { event: 'other' }],
      rejected: 1,
      gaps: [DAY],
      failures: [{ source: 'b.csv', reason: 'x' }],
      sourceRows: [500_000],
    });
    expect(verdict).toBe('inconclusive');
    expect(reasons).toHaveLength(6);
  });
});

describe('fail', () => {
  it.each<[string, Case, string[]]>([
    ['one delivery in plaintext', { rows: [CLEAR, {}] }, ['1 delivery to 1 domain was sent in plaintext']],
    [
      'several',
      { rows: [CLEAR, CLEAR, { ...CLEAR, domain: 'other.example' }] },
      ['3 deliveries to 2 domains were sent in plaintext'],
    ],
    ['old TLS', { rows: [OLD] }, ['1 delivery to 1 domain used TLS older than TLSv1.2 (TLSv1.1)']],
    [
      'several old versions',
      { rows: [OLD, { tlsCipher: 'SSLv3:A' }, { tlsCipher: 'TLSv1:A', domain: 'other.example' }] },
      ['3 deliveries to 2 domains used TLS older than TLSv1.2 (SSLv3, TLSv1.0, TLSv1.1)'],
    ],
    [
      'TLS newer than the maximum',
      { rows: [{}, { tlsCipher: 'TLSv1.3:A' }], policy: { minimum: 'TLSv1.2', maximum: 'TLSv1.2' } },
      ['1 delivery to 1 domain used TLS newer than TLSv1.2 (TLSv1.3)'],
    ],
    [
      'plaintext, old and new',
      { rows: [{ tlsCipher: 'TLSv1.3:A' }, OLD, CLEAR], policy: { minimum: 'TLSv1.2', maximum: 'TLSv1.2' } },
      [
        '1 delivery to 1 domain was sent in plaintext',
        '1 delivery to 1 domain used TLS older than TLSv1.2 (TLSv1.1)',
        '1 delivery to 1 domain used TLS newer than TLSv1.2 (TLSv1.3)',
      ],
    ],
    [
      'plaintext under the laxest policy',
      { rows: [CLEAR], policy: { minimum: 'SSLv2', maximum: null } },
      ['1 delivery to 1 domain was sent in plaintext'],
    ],
  ])('says what violates: %s', (_, facts, reasons) => {
    expect(verdictOf(facts)).toEqual({ verdict: 'fail', reasons });
  });

  it.each<[string, Case]>([
    ['rows that could not be read', { rejected: 1 }],
    ['unrecognised deliveries', { rows: [CLEAR, UNKNOWN] }],
    ['unknown Mail Events', { rows: [CLEAR, { event: 'other' }] }],
    ['gaps', { gaps: [DAY] }],
    ['unread files', { failures: [{ source: 'b.csv', reason: 'x' }] }],
    ['a suspected cut', { sourceRows: [500_000] }],
  ])('outweighs a doubt, and the doubt is still said: %s', (_, facts) => {
    const { verdict, reasons } = verdictOf({ rows: [CLEAR], ...facts });
    expect(verdict).toBe('fail');
    expect(reasons).toHaveLength(2);
    expect(reasons[0]).toContain('plaintext');
  });
});
