import { describe, expect, it } from '@jest/globals';
import { cleanAnswer, smtpFailure } from '../../src/deliver/smtp-failure.ts';
import type { SmtpOptions } from '../../src/deliver/smtp-options.ts';
import { smtpOptions } from './sample-mail.ts';

/** What no server on loopback can be made to do: errors as nodemailer 10 reports them. */
describe('smtpFailure', () => {
  it.each<[string, object, Partial<SmtpOptions>, RegExp, RegExp]>([
    [
      'an unknown host name',
      { code: 'EDNS', originalCode: 'ENOTFOUND' },
      { host: 'mail.nowhere.example' },
      /through mail\.nowhere\.example:25: the host name could not be resolved \(ENOTFOUND\)/,
      /mail\.smtp\.host/,
    ],
    [
      'no connection in time',
      { code: 'ETIMEDOUT', timeoutType: 'CONNECT_TIMEOUT' },
      {},
      /no connection was made within 5000 ms/,
      /firewall/,
    ],
    [
      'a host out of reach',
      { code: 'ESOCKET', originalCode: 'EHOSTUNREACH', errno: -113 },
      {},
      /the connection failed \(EHOSTUNREACH: /,
      /mail\.smtp\.host/,
    ],
    [
      'silence on the port that expects TLS',
      { code: 'ETIMEDOUT', timeoutType: 'GREETING_TIMEOUT' },
      { port: 465 },
      /no greeting/,
      /mail\.smtp\.security to tls/,
    ],
    [
      'an authority that is not known',
      { code: 'ESOCKET', originalCode: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
      {},
      /its issuer is not known here/,
      /mail\.smtp\.caFile/,
    ],
    [
      'a certificate problem nobody listed',
      { code: 'ESOCKET', originalCode: 'CA_MD_TOO_WEAK' },
      {},
      /it is not valid \(CA_MD_TOO_WEAK\)/,
      /mail\.smtp\.caFile/,
    ],
    [
      'a failed handshake',
      { code: 'ESOCKET', originalCode: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' },
      {},
      /the TLS handshake failed/,
      /cipher suites/,
    ],
    ['anything else', { message: 'odd: ann@example.com' }, {}, /the session failed: odd: \[address\]/, /mail\.smtp/],
  ])('%s', (_name, facts, changes, expected, remedy) => {
    const attempt = { doing: 'Sending the mail', options: smtpOptions(25, changes), handedOver: false };
    const error = smtpFailure(Object.assign(new Error('x'), facts), attempt);
    expect(error.message).toMatch(expected);
    expect(error.remedy).toMatch(remedy);
  });
});

describe('cleanAnswer', () => {
  it.each([
    ['550-first\n550 second', '550-first 550 second'],
    ['550 \u001b[31mred\u202e', '550 [31mred'],
    ['550 <"odd name"@example.com>', '550 <[address]>'],
    ['x'.repeat(500), `${'x'.repeat(299)}…`],
  ])('%j', (text, expected) => {
    expect(cleanAnswer(text, smtpOptions(25))).toBe(expected);
  });
});
