import { expect, it } from '@jest/globals';
import { sentenceOf, verifiedText } from '../../src/report/wording.ts';
import { domain } from './samples.ts';

it.each([
  [0, 0, undefined],
  [3, 0, '100%'],
  [0, 3, '0%'],
  [2, 1, '67%'],
  [9_999, 1, '99%'],
  [1, 9_999, '1%'],
])('%d verified and %d unverified deliveries are a share of %s', (verified, unverified, share) => {
  expect(verifiedText(domain('a.example', { 'TLSv1.2': 1 }, { verified, unverified }))).toBe(share);
});

it('no share is told of mail that all went in plaintext: there was no certificate to look at', () => {
  expect(verifiedText(domain('a.example', { plaintext: 2 }, { verified: 0, unverified: 2 }))).toBeUndefined();
});

it.each([
  ['no data for 2026-11-22', 'No data for 2026-11-22.'],
  ['2 rows could not be read', '2 rows could not be read.'],
  ['acme.csv could not be read: no such file', 'acme.csv could not be read: no such file.'],
  ['used TLS older than TLSv1.2 (TLSv1.0, SSLv3)', 'Used TLS older than TLS 1.2 (TLS 1.0, SSL 3).'],
])('%s becomes a sentence', (reason, sentence) => {
  expect(sentenceOf(reason)).toBe(sentence);
});
