import { describe, expect, it } from '@jest/globals';
import { judgeSnapshot } from '../../../src/judge/message/snapshot.ts';
import type { Policy } from '../../../src/model/policy.ts';
import { readHeaders } from '../../../src/parse/message/headers.ts';

const POLICY: Policy = { minimum: 'TLSv1.2', maximum: null };
const TAIL = 'Message-ID: <1@example.com>\n';

function judge(headers: string, policy = POLICY) {
  return judgeSnapshot(readHeaders(headers + TAIL), 'snapshot.eml', policy).report;
}

function own(status: string | undefined, version: string | undefined, cipher: string | undefined): string {
  return [
    status === undefined ? '' : `X-SFDC-TLS-STATUS: ${status}\n`,
    cipher === undefined ? '' : `X-SFDC-TLS-CIPHER: ${cipher}\n`,
    version === undefined ? '' : `X-SFDC-TLS-VERSION: ${version}\n`,
  ].join('');
}

describe("the headers of Salesforce's own", () => {
  it.each([
    ['true', 'TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384', 'TLSv1.2', 'stated', 'pass', undefined],
    ['True', 'TLSv1.3', 'TLS_AES_256_GCM_SHA384', 'TLSv1.3', 'stated', 'pass', undefined],
    ['true', 'TLSv1', 'AES256-SHA', 'TLSv1.0', 'stated', 'fail', /older than TLSv1\.2/],
    ['false', 'None', 'None', 'plaintext', 'plaintext', 'fail', /Salesforce received the message in plaintext/],
    ['false', undefined, undefined, 'plaintext', 'plaintext', 'fail', /plaintext/],
    [
      'true',
      undefined,
      'ECDHE-RSA-AES256-GCM-SHA384',
      'TLSv1.2',
      'inferred',
      'inconclusive',
      /STATUS is true, yet no X-SFDC-TLS-VERSION/,
    ],
    ['true', undefined, undefined, null, 'keyword', 'inconclusive', /STATUS is true, yet no X-SFDC-TLS-VERSION/],
    ['true', 'None', 'AES256-SHA', null, 'keyword', 'inconclusive', /STATUS is true, yet no X-SFDC-TLS-VERSION/],
    ['true', 'TLSv9', 'AES256-SHA', null, 'keyword', 'inconclusive', /VERSION "TLSv9" is no TLS version/],
    [
      'true',
      'TLSv1.4',
      'TLS_AES_256_GCM_SHA384',
      null,
      'keyword',
      'inconclusive',
      /VERSION "TLSv1\.4" is no TLS version this program knows/,
    ],
    ['perhaps', 'TLSv1.2', 'A-B', 'TLSv1.2', 'stated', 'inconclusive', /STATUS is "perhaps", neither true nor false/],
    ['perhaps', undefined, undefined, null, 'unknown', 'inconclusive', /neither true nor false/],
    [undefined, 'TLSv1.2', 'A-B', 'TLSv1.2', 'stated', 'inconclusive', /STATUS is missing/],
    [undefined, 'TLSv1', 'A-B', 'TLSv1.0', 'stated', 'fail', /STATUS is missing/],
    [
      'false',
      'TLSv1.2',
      'None',
      null,
      'unknown',
      'inconclusive',
      /STATUS is false, yet X-SFDC-TLS-VERSION names a version/,
    ],
    ['false', 'None', 'AES256-SHA', null, 'unknown', 'inconclusive', /STATUS is false, yet X-SFDC-TLS-CIPHER names/],
    [
      'true',
      'TLSv1.2',
      'TLS_AES_256_GCM_SHA384',
      'TLSv1.2',
      'stated',
      'inconclusive',
      /TLSv1\.2, which has no cipher suite/,
    ],
    ['true', 'TLSv1.3', 'ECDHE-RSA-AES256-GCM-SHA384', 'TLSv1.3', 'stated', 'inconclusive', /TLSv1\.3, which has no/],
    ['true', 'TLSv1.1', 'ECDHE-RSA-AES256-GCM-SHA384', 'TLSv1.1', 'stated', 'fail', /TLSv1\.1, which has no cipher/],
    ['true', 'TLSv1.2', 'ECDHE-RSA-AES256-SHA', 'TLSv1.2', 'stated', 'pass', undefined],
    ['true', 'TLSv1.2', 'NULL-SHA256', 'TLSv1.2', 'stated', 'inconclusive', /NULL-SHA256 does not encrypt/],
    ['true', 'TLSv1.2', 'None', 'TLSv1.2', 'stated', 'inconclusive', /CIPHER is "None", which stands for no TLS/],
    ['true', 'TLSv1.2', '', 'TLSv1.2', 'stated', 'inconclusive', /CIPHER is "", which stands for no TLS/],
    ['true', 'TLSv1.2', 'x y?', 'TLSv1.2', 'stated', 'inconclusive', /CIPHER "x y\?" is no name of a cipher suite/],
    ['true', 'TLSv1.2', undefined, 'TLSv1.2', 'stated', 'pass', undefined],
    ['true', 'TLSv1.3', 'AES128-SHA', 'TLSv1.3', 'stated', 'inconclusive', /TLSv1\.3, which has no cipher suite like/],
  ])('status %s, version %s, cipher %s', (status, version, cipher, protocol, evidence, verdict, reason) => {
    const report = judge(own(status, version, cipher));
    expect(report).toMatchObject({ direction: 'inbound', hop: null, protocol, evidence, verdict });
    if (reason === undefined) expect(report.reasons).toEqual([]);
    else expect(report.reasons.join('\n')).toMatch(reason);
  });

  it('count by their exact names only', () => {
    expect(judge('X-SFDC-TLS-NoRelay: 1\nX-SFDC-TLS-STATUS2: true\n')).toMatchObject({
      direction: 'unknown',
      verdict: 'inconclusive',
    });
  });

  it('come before any Received header', () => {
    const report = judge(
      `${own('true', 'TLSv1.2', 'A-B')}Received: from a.example (a.example [192.0.2.1]) by mx.salesforce.com with ESMTPS (cipher=TLS_AES_256_GCM_SHA384) id 1; x\n`,
    );
    expect(report).toMatchObject({
      protocol: 'TLSv1.2',
      evidence: 'stated',
      hop: null,
      hops: [{ protocol: 'TLSv1.3' }],
    });
  });
});

describe('duplicates', () => {
  it('that differ leave doubt: the first counts', () => {
    const report = judge(own('true', 'TLSv1.2', 'A-B') + own(undefined, 'TLSv1', undefined));
    expect(report).toMatchObject({ protocol: 'TLSv1.2', verdict: 'inconclusive' });
    expect(report.reasons.join('\n')).toMatch(/X-SFDC-TLS-VERSION stands there 2 times with different values.*forged/);
  });

  it('that agree are only named', () => {
    const report = judge(own('true', 'TLSv1.2', 'A-B') + own('true', 'TLSv1.2', 'A-B'));
    expect(report).toMatchObject({ protocol: 'TLSv1.2', verdict: 'pass' });
    expect(report.reasons).toHaveLength(3);
  });

  it('do not turn a failure into anything better', () => {
    expect(judge(own('true', 'TLSv1', 'A-B') + own('true', 'TLSv1.3', 'A-B'))).toMatchObject({
      protocol: 'TLSv1.0',
      verdict: 'fail',
    });
  });
});

describe('without them', () => {
  const INTO =
    'Received: from mail.sender.example (mail.sender.example [192.0.2.9]) by mx1.salesforce.com with ESMTPS (cipher=ECDHE-RSA-AES256-GCM-SHA384) id 1; x\n';
  const INSIDE =
    'Received: from [10.1.1.1] ([10.1.1.1:4000] helo=mx1.ops.sfdc.net) by app.sfdc.net with ESMTPS (cipher=TLS_AES_256_GCM_SHA384) id 2; x\n';
  const LOCAL = 'Received: from localhost (localhost [127.0.0.1]) by app.salesforce.com with SMTP id 3; x\n';

  it('the hop into Salesforce is judged, and said to be inferred', () => {
    const report = judge(LOCAL + INSIDE + INTO);
    expect(report).toMatchObject({
      direction: 'inbound',
      hop: 2,
      protocol: 'TLSv1.2',
      evidence: 'inferred',
      verdict: 'pass',
    });
    expect(report.reasons.join('\n')).toMatch(/absent: the result is inferred from the Received header of hop 2/);
  });

  it('a stated version is inferred too, for it is not what the headers of Salesforce say', () => {
    const stated = INTO.replace('(cipher=', '(version=TLSv1 cipher=');
    expect(judge(stated)).toMatchObject({
      protocol: 'TLSv1.0',
      evidence: 'inferred',
      verdict: 'fail',
      hops: [{ evidence: 'stated' }],
    });
  });

  it('a keyword proves no version', () => {
    expect(judge(INTO.replace(/\(cipher=[^)]*\) /, ''))).toMatchObject({
      protocol: null,
      evidence: 'keyword',
      verdict: 'inconclusive',
    });
  });

  it('a hop below the ones of Salesforce may be made up', () => {
    const other = 'Received: from x.example (x.example [192.0.2.7]) by mail.sender.example with ESMTP id 1; x\n';
    expect(judge(LOCAL + other + INTO)).toMatchObject({ direction: 'unknown', hop: null, verdict: 'inconclusive' });
  });

  it.each([
    ['', /no Received header/],
    [
      'Received: from a.example (a [192.0.2.1]) by b.example with ESMTPS id 1; x\n',
      /Salesforce did not receive the message/,
    ],
    [LOCAL, /Salesforce did not receive the message/],
  ])('%j leaves nothing to judge', (headers, reason) => {
    const report = judge(headers);
    expect(report).toMatchObject({
      direction: 'unknown',
      hop: null,
      protocol: null,
      evidence: 'unknown',
      verdict: 'inconclusive',
    });
    expect(report.reasons.join('\n')).toMatch(reason);
  });

  /** What the sender wrote below the hop into Salesforce. */
  const MADE_UP =
    'Received: from good.example (good.example [198.51.100.7]) by mx9.mta.salesforce.com with ESMTPS (version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384); x\n';

  it.each([
    ['from [203.0.113.9] ([203.0.113.9:33344] helo=x.salesforce.com)', 0],
    ['from [203.0.113.9] ([203.0.113.9:33344] helo=[10.0.0.1])', 0],
    ['from [203.0.113.9] ([203.0.113.9:33344] helo=localhost [::1])', 0],
    ['from [203.0.113.9] ([203.0.113.9:33344] helo=x) ([10.0.0.1])', 1],
    ['from [203.0.113.9] ([203.0.113.9:33344] helo=()', 1],
    ['from 203.0.113.9 (203.0.113.9:33344 helo=[10.0.0.1])', 0],
    ['from ([203.0.113.9])', 0],
    ['from (x) ([203.0.113.9])', 0],
    ['from <x> ([203.0.113.9])', 0],
    ['from localhost ([10.0.0.1]) (evil [203.0.113.9])', 1],
    ['from unknown (HELO [10.0.0.1]) (203.0.113.9)', 0],
    ['from x.salesforce.com (evil.test [203.0.113.9])', 0],
    ['from x.salesforce.com', 1],
    ['', 1],
  ])('what the sender calls itself proves no hop inside Salesforce: %s', (from, hop) => {
    const report = judge(`Received: ${from} by mx1.mta.salesforce.com (ecelerity 4.4) with ESMTP id 1; x\n${MADE_UP}`);
    expect(report).toMatchObject({ hop, verdict: 'inconclusive' });
    if (hop === 1) expect(report.reasons.join('\n')).toMatch(/hop 0 shows no private address .* may have written/);
  });

  it('a public address with a name of Salesforce leaves doubt about every hop below', () => {
    const skipped = 'Received: from x (mx2.salesforce.com [203.0.113.9]) by mx1.salesforce.com with ESMTP id 1; x\n';
    const report = judge(skipped + INTO);
    expect(report).toMatchObject({ hop: 1, protocol: 'TLSv1.2', verdict: 'inconclusive' });
    expect(report.reasons.join('\n')).toMatch(/hop 0 shows no private address/);
    expect(judge(skipped + INTO.replace('(cipher=', '(version=TLSv1 cipher='))).toMatchObject({ verdict: 'fail' });
  });

  it('a private address with a name of somebody else may be a hop inside Salesforce', () => {
    const report = judge(INTO.replace('192.0.2.9', '10.1.1.1'));
    expect(report).toMatchObject({ hop: 0, protocol: 'TLSv1.2', verdict: 'inconclusive' });
    expect(report.reasons.join('\n')).toMatch(/hop 0 comes from a private address/);
  });

  it.each([
    '10.1.1.1',
    '127.0.0.1',
    '172.31.0.1',
    '192.168.0.1',
    '::1',
    'IPv6:fd00::1',
    '::ffff:10.1.1.1',
    '10.1.1.1:25',
  ])('a private address that Salesforce saw proves a hop inside: %s', (address) => {
    const inside = `Received: from core ([${address}] helo=core.salesforce.com) by app.salesforce.com with SMTP id 3; x\n`;
    expect(judge(inside + INTO)).toMatchObject({ hop: 1, verdict: 'pass' });
  });
});
