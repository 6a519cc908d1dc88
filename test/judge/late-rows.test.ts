import { describe, expect, it } from '@jest/globals';
import { lateDays, lateNote } from '../../src/judge/late-rows.ts';
import type { DayDomain } from '../../src/model/history.ts';
import { tallyOf } from './rows.ts';

const DAY = '2026-11-03';
const TLS = 'TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384';

function recorded(domain: string, tls: Readonly<Record<string, number>> | undefined, plaintext = 0) {
  const deliveries = Object.values(tls ?? { any: 2 }).reduce((sum, count) => sum + count, 0);
  const counts: DayDomain = { domain, deliveries, violations: plaintext, plaintext, unrecognised: 0 };
  const times = { firstSeen: `${DAY}T00:00:00.000Z`, lastSeen: `${DAY}T01:00:00.000Z` };
  return {
    ...counts,
    day: DAY,
    ...(tls === undefined
      ? {}
      : { details: { verified: 0, unverified: 0, verifiedTls: 0, unverifiedTls: 0, tls, ...times } }),
  };
}

const rows = (...values: string[]) => tallyOf(values.map((tlsCipher) => ({ tlsCipher })));

describe('late rows', () => {
  it.each([
    ['as many as recorded', rows(TLS, TLS), [recorded('acme.example', { [TLS]: 2 })], 0],
    ['fewer than recorded', rows(TLS), [recorded('acme.example', { [TLS]: 2 })], 0],
    ['more of the same', rows(TLS, TLS, TLS), [recorded('acme.example', { [TLS]: 2 })], 1],
    ['something else, though fewer', rows(':'), [recorded('acme.example', { [TLS]: 2 })], 1],
    ['a domain that was not there', rows(TLS, TLS), [recorded('other.example', { [TLS]: 2 })], 2],
    ['nothing recorded of a judged day', rows(TLS), [], 1],
    ['as many as recorded before details were kept', rows(TLS, TLS), [recorded('acme.example', undefined)], 0],
    ['more plaintext than recorded before details were kept', rows(':'), [recorded('acme.example', undefined)], 1],
  ])('%s', (_what, found, known, deliveries) => {
    const expected = deliveries === 0 ? [] : [{ day: DAY, deliveries }];
    expect(lateDays(known, new Set([DAY]), found)).toMatchObject(expected);
  });

  it('are none of a day that is due anyhow', () => {
    expect(lateDays([], new Set(), rows(':'))).toEqual([]);
  });

  it('bring what of them does not comply or nobody can tell, and nothing else', () => {
    const known = [recorded('acme.example', { [TLS]: 2, plaintext: 1 }, 1)];
    const [late] = lateDays(known, new Set([DAY]), rows(TLS, TLS, TLS, ':', ':', 'UNKNOWN'));
    const news = { violations: 1, plaintext: 1, unrecognised: 1 };
    expect(late).toEqual({ day: DAY, deliveries: 3, news: [{ domain: 'acme.example', deliveries: 2, ...news }] });
    expect(lateDays(known, new Set([DAY]), rows(TLS, TLS, TLS))).toMatchObject([{ deliveries: 1, news: [] }]);
  });

  it('are told by day and number, and what becomes of the days', () => {
    const late = [
      { day: DAY, deliveries: 1 },
      { day: '2026-11-04', deliveries: 0, reason: 'rows of an unknown kind' as const },
    ];
    expect(lateNote([], [])).toBeUndefined();
    expect(lateNote(late, [])).toContain('2026-11-03 (1 delivery more), 2026-11-04 (rows of an unknown kind)');
    expect(lateNote(late, [])).toContain('They were judged again at once; this report rests on that.');
    expect(lateNote(late, late)).toContain('Until these days are judged again they count as not covered');
    expect(lateNote(late, late.slice(1))).toContain('Until 2026-11-04 are judged again');
  });
});
