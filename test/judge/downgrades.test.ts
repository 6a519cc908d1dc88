import { describe, expect, it } from '@jest/globals';
import { downgradesSince } from '../../src/judge/downgrades.ts';
import type { DomainPast } from '../../src/model/history.ts';
import { type DatedRow, tallyOf } from './rows.ts';

const NO_PAST: DomainPast = {
  domain: 'acme.example',
  protectedDay: undefined,
  plaintextSince: undefined,
  verifiedDay: undefined,
  verifiedDays: 0,
  unverifiedSince: undefined,
};
const PROTECTED: DomainPast = { ...NO_PAST, protectedDay: '2026-11-01' };

function downgradesOf(past: DomainPast | undefined, rows: readonly DatedRow[]): string[] {
  return downgradesSince(past === undefined ? [] : [past], tallyOf(rows)).map(
    ({ domain, kind, until, since }) => `${domain} ${kind} ${until} ${since}`,
  );
}

function row(day: string, tlsCipher: string, tlsVerified = ''): DatedRow {
  return { time: `2026-11-${day}T10:00:00Z`, tlsCipher, tlsVerified };
}

describe('a loss of TLS', () => {
  it.each<[string, DomainPast | undefined, DatedRow[], string[]]>([
    ['after a protected day', PROTECTED, [row('03', ':')], ['acme.example plaintext 2026-11-01 2026-11-03']],
    [
      'that goes on since an earlier day',
      { ...PROTECTED, plaintextSince: '2026-11-02' },
      [row('03', ':')],
      ['acme.example plaintext 2026-11-01 2026-11-02'],
    ],
    [
      'after weak TLS: any TLS is more than none',
      undefined,
      [row('03', 'TLSv1:A'), row('04', ':')],
      ['acme.example plaintext 2026-11-03 2026-11-04'],
    ],
    [
      'within the window, although a later day is protected again',
      undefined,
      [row('03', 'TLSv1.2:A'), row('04', ':'), row('05', 'TLSv1.2:A')],
      ['acme.example plaintext 2026-11-03 2026-11-04'],
    ],
    [
      'again, after it was repaired in the window',
      { ...PROTECTED, plaintextSince: '2026-11-02' },
      [row('03', 'TLSv1.2:A'), row('04', ':')],
      ['acme.example plaintext 2026-11-03 2026-11-04'],
    ],
  ])('is told %s', (_, past, rows, expected) => {
    expect(downgradesOf(past, rows)).toEqual(expected);
  });

  it.each<[string, DomainPast | undefined, DatedRow[]]>([
    ['a domain never seen before', undefined, [row('03', ':')]],
    ['a domain that always got some plaintext', NO_PAST, [row('03', ':'), row('03', 'TLSv1.2:A')]],
    ['a domain that stays protected', PROTECTED, [row('03', 'TLSv1.2:A')]],
    ['a value nobody knows', PROTECTED, [row('03', 'UNKNOWN')]],
    ['a day before with unrecognised values alone', undefined, [row('02', 'UNKNOWN'), row('03', ':')]],
    ['TLS that got weaker: it is a violation, not plaintext', PROTECTED, [row('03', 'TLSv1:A')]],
    ['a domain without mail in the window', { ...PROTECTED, plaintextSince: '2026-11-02' }, []],
  ])('is not told of %s', (_, past, rows) => {
    expect(downgradesOf(past, rows)).toEqual([]);
  });
});

describe('a loss of verification', () => {
  it('is told after days on which all was verified', () => {
    const past = { ...NO_PAST, verifiedDay: '2026-11-01', verifiedDays: 3 };
    expect(downgradesOf(past, [row('03', 'TLSv1.2:A', 'Unverified')])).toEqual([
      'acme.example unverified 2026-11-01 2026-11-03',
    ]);
  });

  it.each<[string, DomainPast, DatedRow[]]>([
    ['one that never was verified', NO_PAST, [row('03', 'TLSv1.2:A', 'Unverified')]],
    [
      'one the log is silent about',
      { ...NO_PAST, verifiedDay: '2026-11-01', verifiedDays: 3 },
      [row('03', 'TLSv1.2:A')],
    ],
    [
      'one that comes and goes',
      { ...NO_PAST, verifiedDay: '2026-11-01', verifiedDays: 2 },
      [row('03', 'TLSv1.2:A', 'Unverified'), row('04', 'TLSv1.2:A', 'Verified'), row('05', 'TLSv1.2:A', 'Unverified')],
    ],
  ])('is not told of %s', (_, past, rows) => {
    expect(downgradesOf(past, rows)).toEqual([]);
  });

  it('is told where the days that make it steady lie in the window', () => {
    const past = { ...NO_PAST, verifiedDay: '2026-11-01', verifiedDays: 1 };
    const rows = [
      row('02', 'TLSv1.2:A', 'Verified'),
      row('03', 'TLSv1.2:A', 'Verified'),
      row('05', 'TLSv1.2:A', 'Unverified'),
    ];
    expect(downgradesOf(past, rows)).toEqual(['acme.example unverified 2026-11-03 2026-11-05']);
  });
});

it('stands after the losses of TLS, and the newest loss first; a domain that lost TLS is told once', () => {
  const pasts = ['a', 'b', 'c'].map((name) => ({
    ...PROTECTED,
    domain: `${name}.example`,
    verifiedDay: '2026-11-01',
    verifiedDays: 3,
    plaintextSince: name === 'b' ? '2026-11-02' : undefined,
  }));
  const tally = tallyOf([
    { domain: 'a.example', tlsVerified: 'Unverified' },
    { domain: 'b.example', tlsCipher: ':', tlsVerified: 'Unverified' },
    { domain: 'c.example', tlsCipher: ':' },
  ]);
  expect(downgradesSince(pasts, tally).map(({ domain, kind }) => `${domain} ${kind}`)).toEqual([
    'c.example plaintext',
    'b.example plaintext',
    'a.example unverified',
  ]);
});
