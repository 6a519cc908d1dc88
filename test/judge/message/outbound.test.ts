import { describe, expect, it } from '@jest/globals';
import { judgeMessage } from '../../../src/judge/message/outbound.ts';
import { inferVersion, readClaim } from '../../../src/judge/message/reading.ts';
import type { Hop, MessageHeaders, TlsClaim } from '../../../src/model/message.ts';
import type { Policy } from '../../../src/model/policy.ts';

const POLICY: Policy = { minimum: 'TLSv1.2', maximum: null };
const NOTHING: TlsClaim = { version: null, cipher: null, encrypted: false, silenceMeansPlaintext: false };

function claim(part: Partial<TlsClaim>): TlsClaim {
  return { ...NOTHING, encrypted: part.version !== undefined || part.cipher !== undefined, ...part };
}

function hop(index: number, part: Partial<Hop>): Hop {
  const client = { from: 'x', clientNames: [], clientAddress: null, reverseName: null };
  const base = { ...client, by: 'mx.example.com', with: 'ESMTP', receiver: null };
  return { ...base, index, claim: NOTHING, ...part };
}

function fromSalesforce(index: number, part: Partial<Hop> = {}): Hop {
  return hop(index, { clientNames: ['smtp01-ia4-sp1.mta.salesforce.com'], ...part });
}

function message(hops: readonly Hop[], part: Partial<MessageHeaders> = {}): MessageHeaders {
  return { messageId: '<1@example.com>', hops, snapshot: [], found: true, cut: false, ...part };
}

function judge(hops: readonly Hop[], policy = POLICY, part: Partial<MessageHeaders> = {}) {
  return judgeMessage(message(hops, part), 'a.eml', policy).report;
}

describe('what a header proves', () => {
  it.each<[Partial<TlsClaim>, string | null, string, string | null]>([
    [{ version: 'TLS1_2', cipher: 'TLS_AES_128_GCM_SHA256' }, 'TLSv1.2', 'stated', 'TLS_AES_128_GCM_SHA256'],
    [{ version: 'TLSv1', cipher: 'AES256-GCM-SHA384' }, 'TLSv1.0', 'stated', 'AES256-GCM-SHA384'],
    [{ version: 'TLS 1.1' }, 'TLSv1.1', 'stated', null],
    [{ version: 'TLS\\Tls13' }, 'TLSv1.3', 'stated', null],
    [{ version: 'SSLv3' }, 'SSLv3', 'stated', null],
    [{ version: 'TLSv1/SSLv3', cipher: 'AES256-SHA' }, null, 'keyword', 'AES256-SHA'],
    [{ version: 'TLSv1/SSLv3', cipher: 'AES128-SHA256' }, 'TLSv1.2', 'inferred', 'AES128-SHA256'],
    [{ version: 'UNKNOWN' }, null, 'keyword', null],
    [{ version: 'TLSv1.9' }, null, 'keyword', null],
    [{ version: 'TLSv1.4', cipher: 'TLS_AES_128_GCM_SHA256' }, null, 'keyword', 'TLS_AES_128_GCM_SHA256'],
    [{ version: 'TLSv1.3-draft28', cipher: 'TLS_AES_128_GCM_SHA256' }, null, 'keyword', 'TLS_AES_128_GCM_SHA256'],
    [{ version: 'TLS', cipher: 'TLS_AES_128_GCM_SHA256' }, 'TLSv1.3', 'inferred', 'TLS_AES_128_GCM_SHA256'],
    [{ version: 'UNKNOWN', cipher: 'AES256-GCM-SHA384' }, 'TLSv1.2', 'inferred', 'AES256-GCM-SHA384'],
    [{ version: 'TLS\\Tls', cipher: 'AES256-GCM-SHA384' }, 'TLSv1.2', 'inferred', 'AES256-GCM-SHA384'],
    [{ cipher: 'TLS_AES_256_GCM_SHA384' }, 'TLSv1.3', 'inferred', 'TLS_AES_256_GCM_SHA384'],
    [{ encrypted: true }, null, 'keyword', null],
    [{ silenceMeansPlaintext: true }, 'plaintext', 'plaintext', null],
    [{ encrypted: true, silenceMeansPlaintext: true }, null, 'keyword', null],
    [{}, null, 'unknown', null],
  ])('%j', (part, protocol, evidence, cipher) => {
    expect(readClaim(claim(part))).toEqual({ protocol, evidence, cipher });
  });

  it.each([
    ['TLS_AES_128_GCM_SHA256', 'TLSv1.3'],
    ['TLS_AES_128_CCM_8_SHA256', 'TLSv1.3'],
    ['TLS_CHACHA20_POLY1305_SHA256', 'TLSv1.3'],
    ['TLS13_AES_256_GCM_SHA384', 'TLSv1.3'],
    ['AEAD-AES256-GCM-SHA384', 'TLSv1.3'],
    ['ECDHE-RSA-AES256-GCM-SHA384', 'TLSv1.2'],
    ['ECDHE-RSA-CHACHA20-POLY1305', 'TLSv1.2'],
    ['ECDHE_RSA_AES_128_CCM', 'TLSv1.2'],
    ['ECDHE-RSA-AES256-SHA384', 'TLSv1.2'],
    ['AES256-SHA256', 'TLSv1.2'],
    ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384_P384', 'TLSv1.2'],
    ['TLS_RSA_WITH_AES_256_CBC_SHA_P256', undefined],
    ['AES256-SHA', undefined],
    ['ECDHE_RSA_AES_256_CBC_SHA1', undefined],
    ['RC4-MD5', undefined],
    ['DES-CBC3-SHA', undefined],
    ['OTHER', undefined],
    ['Aes256', undefined],
  ])('the suite %s belongs to %s', (cipher, version) => {
    expect(inferVersion(cipher)).toBe(version);
  });
});

describe('the verdict', () => {
  it.each<[Partial<TlsClaim>, Policy, string, RegExp | undefined]>([
    [{ version: 'TLSv1.3' }, POLICY, 'pass', undefined],
    [{ version: 'TLSv1.2' }, POLICY, 'pass', undefined],
    [{ version: 'TLSv1.1' }, POLICY, 'fail', /TLSv1\.1 is older than TLSv1\.2, the minimum of the policy/],
    [{ version: 'TLSv1.3' }, { minimum: 'TLSv1.2', maximum: 'TLSv1.2' }, 'fail', /newer than TLSv1\.2, the maximum/],
    [{ cipher: 'AES256-GCM-SHA384' }, POLICY, 'pass', /TLSv1\.2 is inferred from the cipher suite AES256-GCM-SHA384/],
    [{ cipher: 'AES256-GCM-SHA384' }, { minimum: 'TLSv1.3', maximum: null }, 'fail', /older than TLSv1\.3/],
    [{ cipher: 'AES256-SHA' }, POLICY, 'inconclusive', /cipher suite AES256-SHA, but not which version/],
    [
      { version: 'TLSv1.4', cipher: 'TLS_AES_128_GCM_SHA256' },
      POLICY,
      'inconclusive',
      /shows that TLS was used, cipher suite TLS_AES_128_GCM_SHA256, but states "TLSv1\.4", no version this program knows/,
    ],
    [{ encrypted: true }, POLICY, 'inconclusive', /mx\.example\.com shows that TLS was used, but not which version/],
    [{ silenceMeansPlaintext: true }, POLICY, 'fail', /mx\.example\.com received the message in plaintext/],
    [{ silenceMeansPlaintext: true }, { minimum: 'SSLv2', maximum: null }, 'fail', /plaintext/],
    [{}, POLICY, 'inconclusive', /does not say whether TLS was used/],
  ])('%j under %j is %s', (part, policy, verdict, reason) => {
    const report = judge([fromSalesforce(0, { claim: claim(part) })], policy);
    expect(report.verdict).toBe(verdict);
    if (reason === undefined) expect(report.reasons).toEqual([]);
    else expect(report.reasons.join('\n')).toMatch(reason);
  });
});

describe('the hop from Salesforce', () => {
  const TLS13 = claim({ version: 'TLSv1.3' });

  it('is judged among the others, all of which are reported', () => {
    const report = judge([
      hop(0, { by: 'internal.example.com' }),
      fromSalesforce(1, { from: 'smtp01', with: 'ESMTPS', claim: claim({ version: 'TLSv1.3', cipher: 'A-B' }) }),
      hop(2, {
        clientNames: ['app.sfdc.net'],
        by: 'mx1.mta.salesforce.com',
        receiver: 'Momentum',
        claim: claim({ version: 'TLSv1' }),
      }),
    ]);
    expect(report).toEqual({
      schema: 'tls-audit/message/1',
      file: 'a.eml',
      messageId: '<1@example.com>',
      direction: 'outbound',
      hop: 1,
      protocol: 'TLSv1.3',
      evidence: 'stated',
      cipher: 'A-B',
      verdict: 'pass',
      reasons: [],
      hops: [
        {
          index: 0,
          from: 'x',
          by: 'internal.example.com',
          with: 'ESMTP',
          protocol: null,
          evidence: 'unknown',
          cipher: null,
        },
        {
          index: 1,
          from: 'smtp01',
          by: 'mx.example.com',
          with: 'ESMTPS',
          protocol: 'TLSv1.3',
          evidence: 'stated',
          cipher: 'A-B',
        },
        {
          index: 2,
          from: 'x',
          by: 'mx1.mta.salesforce.com',
          with: 'ESMTP',
          protocol: 'TLSv1.0',
          evidence: 'stated',
          cipher: null,
        },
      ],
    });
    expect(Object.keys(report)).toEqual([
      'schema',
      'file',
      'messageId',
      'direction',
      'hop',
      'protocol',
      'evidence',
      'cipher',
      'verdict',
      'reasons',
      'hops',
    ]);
  });

  it.each([
    ['smtp01.mta.salesforce.com', 'mx.example.com', true],
    ['SMTP01.MTA.SALESFORCE.COM.', 'mx.example.com', true],
    ['smtp01.core2.sfdc-lywfpd.mta.salesforce.com', null, true],
    ['smtp01.mta.salesforce.com', 'notsalesforce.com', true],
    ['smtp01.mta.salesforce.com', 'mx1.salesforce.com', false],
    ['smtp01.mta.salesforce.com', 'salesforce.com', false],
    ['smtp01.mta.salesforce.com', 'x.SFDC.net.', false],
    ['mta.salesforce.com', 'mx.example.com', false],
    ['evilmta.salesforce.com', 'mx.example.com', false],
    ['smtp.evilmta.salesforce.com', 'mx.example.com', false],
    ['smtp01.mta.salesforce.com.evil.example', 'mx.example.com', false],
    ['x.bnc.salesforce.com', 'mx.example.com', false],
  ])('%s to %s: %s', (name, by, found) => {
    const report = judge([hop(0, { clientNames: ['y.example', name], by, claim: TLS13 })]);
    expect(report).toMatchObject(
      found
        ? { hop: 0, direction: 'outbound', verdict: 'pass' }
        : {
            hop: null,
            direction: 'unknown',
            verdict: 'inconclusive',
            protocol: null,
            evidence: 'unknown',
            cipher: null,
          },
    );
  });

  it('may end at a recipient that runs the same product as Salesforce, but not inside Salesforce', () => {
    const momentum = { receiver: 'Momentum', claim: TLS13 };
    expect(judge([fromSalesforce(0, momentum)])).toMatchObject({ hop: 0, verdict: 'pass' });
    expect(judge([fromSalesforce(0, { ...momentum, by: null })])).toMatchObject({ hop: null });
    expect(judge([fromSalesforce(0, { ...momentum, by: 'mx1.mta.salesforce.com' })])).toMatchObject({ hop: null });
  });

  it('is the oldest of several, and that is said', () => {
    const report = judge([
      fromSalesforce(0, { claim: claim({ version: 'TLSv1' }) }),
      hop(1, {}),
      fromSalesforce(2, { claim: TLS13 }),
    ]);
    expect(report).toMatchObject({ hop: 2, protocol: 'TLSv1.3', verdict: 'inconclusive' });
    expect(report.reasons).toEqual([
      '2 hops look like the one from Salesforce to the recipient: the oldest, hop 2, was judged (ambiguous with hop 0), ' +
        'and hop 0 would not pass',
    ]);
  });

  it.each([
    [TLS13, TLS13, 'pass'],
    [NOTHING, TLS13, 'inconclusive'],
    [TLS13, claim({ version: 'TLSv1' }), 'fail'],
  ])('passes only where every hop that fits would', (newer, older, verdict) => {
    const report = judge([fromSalesforce(0, { claim: newer }), fromSalesforce(1, { claim: older })]);
    expect(report).toMatchObject({ hop: 1, verdict });
    expect(report.reasons.join('\n')).toContain('ambiguous with hop 0');
  });

  it('is told of a server whose address has another name', () => {
    const named = (reverseName: string) => judge([fromSalesforce(0, { claim: TLS13, reverseName })]);
    expect(named('smtp01-ia4-sp1.mta.salesforce.com')).toMatchObject({ verdict: 'pass', reasons: [] });
    expect(named('host.acme.example')).toMatchObject({
      verdict: 'pass',
      reasons: [
        'the server that handed the message over in hop 0 calls itself one of Salesforce; its address has the name host.acme.example',
      ],
    });
  });

  it.each(['NULL-SHA256', 'TLS_RSA_WITH_NULL_SHA256', 'ECDHE-RSA-NULL-SHA', 'eNULL'])(
    'passes with no suite that does not encrypt: %s',
    (cipher) => {
      expect(judge([fromSalesforce(0, { claim: claim({ version: 'TLSv1.2', cipher }) })])).toMatchObject({
        protocol: 'TLSv1.2',
        verdict: 'inconclusive',
        reasons: [`${cipher} does not encrypt`],
      });
    },
  );

  it.each([
    [message([]), /no Received header/],
    [message([hop(0, {})]), /did not come from Salesforce/],
    [
      message([hop(0, {})], { snapshot: [{ name: 'x-sfdc-tls-status', value: 'true', hopsAbove: 0 }] }),
      /use check-snapshot/,
    ],
  ])('is missed with a reason', (headers, reason) => {
    const { report, summary } = judgeMessage(headers, 'a', POLICY);
    expect(report).toMatchObject({ hop: null, direction: 'unknown', verdict: 'inconclusive' });
    expect(report.reasons.join('\n')).toMatch(reason);
    expect(summary).toBe('no hop from Salesforce to another system');
  });

  it('is missed in a file that is no message, which is said as such', () => {
    const { report, summary } = judgeMessage(message([], { found: false }), 'log.csv', POLICY);
    expect(report).toMatchObject({ hop: null, direction: 'unknown', verdict: 'inconclusive' });
    expect(report.reasons).toEqual([expect.stringMatching(/^no message header was found: .* tls-audit scan$/)]);
    expect(summary).toBe('no message');
  });

  it('is in doubt where headers were cut', () => {
    expect(judge([fromSalesforce(0, { claim: TLS13 })], POLICY, { cut: true })).toMatchObject({
      verdict: 'inconclusive',
    });
    expect(judge([fromSalesforce(0, { claim: claim({ version: 'TLSv1' }) })], POLICY, { cut: true })).toMatchObject({
      verdict: 'fail',
    });
  });

  it.each([
    [{ version: 'TLSv1.3', cipher: 'A-B' }, 'TLSv1.3 with A-B at mx.google.com (Google), stated'],
    [
      { cipher: 'TLS_AES_256_GCM_SHA384', encrypted: true },
      'TLSv1.3 with TLS_AES_256_GCM_SHA384 at mx.google.com (Google), inferred from the cipher suite',
    ],
    [{ encrypted: true }, 'TLS of an unknown version at mx.google.com (Google), no known version stated'],
    [
      { silenceMeansPlaintext: true },
      'plaintext at mx.google.com (Google), which notes TLS on every message and noted none',
    ],
    [{}, 'TLS unknown at mx.google.com (Google), which says nothing of it'],
  ])('is summed up in a line that names the receiving system: %j', (claimed, line) => {
    const by = { by: 'mx.google.com', receiver: 'Google', claim: claim(claimed) };
    expect(judgeMessage(message([fromSalesforce(0, by)]), 'a', POLICY).summary).toBe(line);
  });
});
