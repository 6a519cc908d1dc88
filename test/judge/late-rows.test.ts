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
    expect(lateDays(known, new Set([DAY]), found)).toEqual(expected);
  });

  it('are none of a day that is due anyhow', () => {
    expect(lateDays([], new Set(), rows(':'))).toEqual([]);
  });

  it('are told by day and number', () => {
    expect(lateNote([])).toBeUndefined();
    expect(lateNote([{ day: DAY, deliveries: 1 }])).toContain('2026-11-03 (1 delivery more)');
  });
});
