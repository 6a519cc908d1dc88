import { describe, expect, it } from '@jest/globals';
import { compareTlsVersions, parseTlsVersion, TLS_VERSIONS } from '../../src/model/protocol.ts';

describe('parseTlsVersion', () => {
  it.each([
    ['TLSv1.3', 'TLSv1.3'],
    ['TLSv1.2', 'TLSv1.2'],
    ['TLSv1.1', 'TLSv1.1'],
    ['TLSv1.0', 'TLSv1.0'],
    ['TLSv1', 'TLSv1.0'],
    ['TLS1_2', 'TLSv1.2'],
    ['TLS1.3', 'TLSv1.3'],
    ['TLS 1.2', 'TLSv1.2'],
    ['TLS-1.2', 'TLSv1.2'],
    ['TLS_v1_3', 'TLSv1.3'],
    ['tls v1.1', 'TLSv1.1'],
    ['TLS1', 'TLSv1.0'],
    ['SSLv3', 'SSLv3'],
    ['SSL 3.0', 'SSLv3'],
    ['ssl3', 'SSLv3'],
    ['SSLv2', 'SSLv2'],
    ['  TLSv1.2 ', 'TLSv1.2'],
  ])('%j is %s', (text, version) => {
    expect(parseTlsVersion(text)).toBe(version);
  });

  it.each([
    '',
    'TLS',
    'UNKNOWN',
    'TLSv1/SSLv3',
    'TLSv1.4',
    'TLSv2.0',
    'TLSv12',
    'TLSv1.22',
    'SSLv3.1',
    'SSLv1',
    'DTLSv1.2',
    'TLSv1.2x',
    'xTLSv1.2',
    'TLS  1.2',
    '1.2',
    'plaintext',
    'None',
    '__proto__',
  ])('%j states no version', (text) => {
    expect(parseTlsVersion(text)).toBeUndefined();
  });
});

describe('compareTlsVersions', () => {
  it('orders versions by age', () => {
    const sorted = [
      'TLSv1.3',
      'SSLv2',
      'TLSv1.0',
      'TLSv1.2',
      'SSLv3',
      'TLSv1.1',
    ] satisfies (typeof TLS_VERSIONS)[number][];
    expect(sorted.sort(compareTlsVersions)).toEqual(['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']);
  });

  it('finds a version as old as itself', () => {
    for (const version of TLS_VERSIONS) expect(compareTlsVersions(version, version)).toBe(0);
  });
});
