import { describe, expect, it } from '@jest/globals';
import { readTlsValue, type TlsValue } from '../../src/judge/tls-value.ts';

describe('TLS_Cipher of a D row', () => {
  it.each<[string, TlsValue]>([
    ['TLSv1.2:AES256-GCM-SHA384', { kind: 'tls', version: 'TLSv1.2', cipherSuite: 'AES256-GCM-SHA384' }],
    ['TLSv1.3:TLS_AES_256_GCM_SHA384', { kind: 'tls', version: 'TLSv1.3', cipherSuite: 'TLS_AES_256_GCM_SHA384' }],
    ['TLSv1:AES128-SHA', { kind: 'tls', version: 'TLSv1.0', cipherSuite: 'AES128-SHA' }],
    ['TLS1_2:AES128-SHA', { kind: 'tls', version: 'TLSv1.2', cipherSuite: 'AES128-SHA' }],
    ['TLS 1.1:AES128-SHA', { kind: 'tls', version: 'TLSv1.1', cipherSuite: 'AES128-SHA' }],
    ['SSLv3:RC4-MD5', { kind: 'tls', version: 'SSLv3', cipherSuite: 'RC4-MD5' }],
    ['SSLv2:RC4-MD5', { kind: 'tls', version: 'SSLv2', cipherSuite: 'RC4-MD5' }],
    [' TLSv1.2 : AES128-SHA ', { kind: 'tls', version: 'TLSv1.2', cipherSuite: 'AES128-SHA' }],
    ['TLSv1.2:a:b', { kind: 'tls', version: 'TLSv1.2', cipherSuite: 'a:b' }],
    ['TLSv1.2:', { kind: 'tls', version: 'TLSv1.2', cipherSuite: '' }],
    [':', { kind: 'plaintext' }],
    [' : ', { kind: 'plaintext' }],
    ['None', { kind: 'internal' }],
    [' None ', { kind: 'internal' }],
    ['', { kind: 'unrecognised' }],
    ['   ', { kind: 'unrecognised' }],
    ['::', { kind: 'unrecognised' }],
    [':AES128-SHA', { kind: 'unrecognised' }],
    ['UNKNOWN', { kind: 'unrecognised' }],
    ['UNKNOWN:AES128-SHA', { kind: 'unrecognised' }],
    ['TLSv1/SSLv3:AES128-SHA', { kind: 'unrecognised' }],
    ['TLSv1.4:AES128-SHA', { kind: 'unrecognised' }],
    ['AES256-GCM-SHA384', { kind: 'unrecognised' }],
    ['AES256-GCM-SHA384:TLSv1.2', { kind: 'unrecognised' }],
    ['None:', { kind: 'unrecognised' }],
    ['Nonesuch', { kind: 'unrecognised' }],
    ['-', { kind: 'unrecognised' }],
    ['N/A', { kind: 'unrecognised' }],
    ['\uFFFD', { kind: 'unrecognised' }],
  ])('%j', (text, value) => {
    expect(readTlsValue(text)).toEqual(value);
  });
});
