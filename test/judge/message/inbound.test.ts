import { describe, expect, it } from '@jest/globals';
import { judgeInbound } from '../../../src/judge/message/inbound.ts';
import { DEFAULT_POLICY, type Policy } from '../../../src/model/policy.ts';
import { readKeptHeaders } from '../../../src/parse/message/kept-headers.ts';

const TAIL =
  'Received: from mail.acme.example (mail.acme.example [192.0.2.1]) by mx.salesforce.com with ESMTPS ' +
  '(cipher=TLS_AES_256_GCM_SHA384) id 1; Mon, 23 Nov 2026 03:00:00 +0000\r\nMessage-ID: <1@acme.example>\r\n';

function judge(headers: string | null, policy: Policy = DEFAULT_POLICY) {
  return judgeInbound(readKeptHeaders(headers), policy);
}

function own(status: string, version?: string, cipher?: string): string {
  return [
    `X-SFDC-TLS-STATUS: ${status}\r\n`,
    version === undefined ? '' : `X-SFDC-TLS-VERSION: ${version}\r\n`,
    cipher === undefined ? '' : `X-SFDC-TLS-CIPHER: ${cipher}\r\n`,
  ].join('');
}

/** Headers of exactly so many characters. */
function padded(headers: string, length: number): string {
  return `${headers}X-Pad: ${'a'.repeat(length - headers.length - 7)}`;
}

describe('what Salesforce noted', () => {
  it.each([
    ['true', 'TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384', 'TLSv1.2'],
    ['true', 'TLSv1.3', 'TLS_AES_256_GCM_SHA384', 'TLSv1.3'],
    ['true', 'TLSv1', 'AES256-SHA', 'TLSv1.0'],
  ])('status %s, version %s, cipher %s is %3$s', (status, version, cipher, protocol) => {
    expect(judge(own(status, version, cipher) + TAIL)).toEqual({
      protocol,
      cipherSuite: cipher,
      doubt: undefined,
      problem: '',
    });
  });

  it('is no cipher suite that cannot be one, as it may name a person', () => {
    expect(judge(own('true', 'TLSv1', 'person@acme.example') + TAIL)).toMatchObject({
      protocol: 'TLSv1.0',
      cipherSuite: '',
    });
    expect(judge(own('true', 'TLSv1.2', 'person@acme.example') + TAIL)).toMatchObject({ doubt: 'contradictory' });
  });

  it('is plaintext only where it says so', () => {
    expect(judge(own('false', 'None', 'None') + TAIL)).toMatchObject({ protocol: 'plaintext', cipherSuite: '' });
  });

  it('is judged by the upper bound of the policy too', () => {
    const onlyTls12: Policy = { minimum: 'TLSv1.2', maximum: 'TLSv1.2' };
    expect(judge(own('true', 'TLSv1.3') + TAIL, onlyTls12)).toMatchObject({ protocol: 'TLSv1.3', doubt: undefined });
  });
});

describe('what is unknown, whatever the Received headers say', () => {
  it.each([
    ['null', null, 'not kept', 'no headers were kept'],
    ['empty', '', 'not kept', 'no headers were kept'],
    ['blank', ' \r\n', 'not kept', 'no headers were kept'],
    ['without TLS headers', TAIL, 'no TLS headers', 'no X-SFDC-TLS header'],
    ['no headers at all, but text', 'hello', 'no TLS headers', 'no X-SFDC-TLS header'],
    ['a name that only looks alike', `X-SFDC-TLS-NoRelay: 1\r\n${TAIL}`, 'no TLS headers', 'no X-SFDC-TLS header'],
    ['cut', padded(own('true', 'TLSv1.3') + TAIL, 32_000), 'cut', 'the headers are cut at 32,000 characters'],
    ['cut, plaintext', padded(own('false') + TAIL, 32_000), 'cut', 'the headers are cut at 32,000 characters'],
    [
      'no version',
      own('true') + TAIL,
      'contradictory',
      'X-SFDC-TLS-STATUS is true, yet no X-SFDC-TLS-VERSION is given',
    ],
    [
      'a version without TLS',
      own('false', 'TLSv1.2') + TAIL,
      'contradictory',
      'X-SFDC-TLS-STATUS is false, yet X-SFDC-TLS-VERSION names a version',
    ],
    [
      'a version nobody knows',
      own('true', 'TLSv9') + TAIL,
      'contradictory',
      'X-SFDC-TLS-VERSION "TLSv9" is no TLS version this program knows',
    ],
    [
      'a version nobody knows, beside a suite that tells one',
      own('true', 'banana', 'ECDHE-RSA-AES256-GCM-SHA384') + TAIL,
      'contradictory',
      'X-SFDC-TLS-VERSION "banana" is no TLS version this program knows',
    ],
    [
      'a forged second status',
      own('true', 'TLSv1.3') + TAIL + own('false'),
      'contradictory',
      'X-SFDC-TLS-STATUS stands there 2 times with different values: the first counts, but the sender may have forged one (duplicate)',
    ],
  ])('%s', (_, headers, doubt, problem) => {
    expect(judge(headers)).toEqual({ protocol: 'unrecognised', cipherSuite: '', doubt, problem });
  });

  it('is not what a forged header makes of a violation', () => {
    expect(judge(own('false', 'None', 'None') + TAIL + own('true', 'TLSv1.3'))).toMatchObject({
      protocol: 'plaintext',
    });
    expect(judge(own('true', 'TLSv1') + TAIL + own('true', 'TLSv1.3'))).toMatchObject({ protocol: 'TLSv1.0' });
    expect(judge(own('false') + TAIL + own('true', 'TLSv1.3'))).toMatchObject({ protocol: 'plaintext' });
  });

  it('has no version where only the sender added one', () => {
    expect(judge(own('true') + TAIL + own('true', 'TLSv1.3'))).toMatchObject({ doubt: 'contradictory' });
  });

  it('is nothing that stands whole one character below the limit', () => {
    expect(judge(padded(own('true', 'TLSv1.3') + TAIL, 31_999))).toMatchObject({ protocol: 'TLSv1.3' });
  });

  it('is what reaches the limit with line ends of two characters, as the message had them', () => {
    const headers = padded(own('true', 'TLSv1.3') + TAIL, 32_000).replaceAll('\r\n', '\n');
    expect(headers.length).toBeLessThan(32_000);
    expect(judge(headers)).toMatchObject({ doubt: 'cut' });
  });
});
