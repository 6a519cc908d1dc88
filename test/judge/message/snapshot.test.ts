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
    ['true', 'TLSv1.2', 'TLS_AES_256_GCM_SHA384', 'TLSv1.2', 'stated', 'inconclusive', /exists only in TLSv1\.3/],
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
});
