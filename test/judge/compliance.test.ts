import { describe, expect, it } from '@jest/globals';
import { judgeProtocol } from '../../src/judge/compliance.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/model/policy.ts';
import { TLS_VERSIONS, type TlsVersion } from '../../src/model/protocol.ts';

function compliantVersions(policy: Policy): TlsVersion[] {
  return TLS_VERSIONS.filter((version) => judgeProtocol(version, policy) === 'compliant');
}

describe('a policy', () => {
  it.each<[string, Policy, TlsVersion[]]>([
    ['by default is TLS 1.2 or better', DEFAULT_POLICY, ['TLSv1.2', 'TLSv1.3']],
    ['at least 1.3', { minimum: 'TLSv1.3', maximum: null }, ['TLSv1.3']],
    ['at least 1.0', { minimum: 'TLSv1.0', maximum: null }, ['TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']],
    ['anything encrypted', { minimum: 'SSLv2', maximum: null }, [...TLS_VERSIONS]],
    ['only 1.2', { minimum: 'TLSv1.2', maximum: 'TLSv1.2' }, ['TLSv1.2']],
    ['1.0 to 1.1', { minimum: 'TLSv1.0', maximum: 'TLSv1.1' }, ['TLSv1.0', 'TLSv1.1']],
  ])('%s', (_, policy, compliant) => {
    expect(compliantVersions(policy)).toEqual(compliant);
    for (const version of TLS_VERSIONS.filter((candidate) => !compliant.includes(candidate))) {
      expect(judgeProtocol(version, policy)).toBe('violation');
    }
  });

  it.each<Policy>([DEFAULT_POLICY, { minimum: 'SSLv2', maximum: null }, { minimum: 'SSLv2', maximum: 'SSLv2' }])(
    '%j: plaintext violates it, and what is not recognised neither complies nor violates',
    (policy) => {
      expect(judgeProtocol('plaintext', policy)).toBe('violation');
      expect(judgeProtocol('unrecognised', policy)).toBe('unrecognised');
    },
  );
});
