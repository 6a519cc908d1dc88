import { describe, expect, it } from '@jest/globals';
import { readClaim } from '../../../src/judge/message/reading.ts';
import { trustedWords } from '../../../src/parse/message/client.ts';
import { readReceived } from '../../../src/parse/message/received.ts';
import { TLS_FORMS } from '../../../src/parse/message/tls-forms.ts';
import { type Token, tokensOf, wordsOf } from '../../../src/parse/message/tokens.ts';
import { RECEIVED_EXAMPLES } from './received-examples.ts';

function read(header: string, belowIronPort = false) {
  const hop = readReceived(header.replace(/\r?\n\s+/g, ' '), 0, { belowIronPort });
  return { hop, ...readClaim(hop.claim) };
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text === word;
}

describe('a Received header of a known server', () => {
  it.each(RECEIVED_EXAMPLES)('$what', (example) => {
    const { hop, protocol, evidence, cipher } = read(example.header);
    expect({ tls: [protocol, evidence, cipher], server: [hop.by, hop.with, hop.receiver] }).toEqual({
      tls: example.tls,
      server: example.server,
    });
  });

  it.each(TLS_FORMS)('form "$name" has an example that it reads', (form) => {
    const examples = RECEIVED_EXAMPLES.filter((example) => example.form === form.name);
    expect(examples.length).toBeGreaterThan(0);
    for (const { header } of examples) {
      const tokens = tokensOf(header.replace(/\r?\n\s+/g, ' '));
      const by = tokens.findLastIndex((token, at) => isWord(token, 'by') && !isWord(tokens[at + 1], 'authid'));
      const side = form.place.startsWith('client-') ? tokens.slice(0, by) : tokens.slice(by + 1);
      const words = side.flatMap((token) => (token.kind === 'word' ? [token.text] : []));
      const readings =
        form.place === 'words' || form.place === 'client-words'
          ? [form.read(form.place === 'words' ? words : trustedWords(side))]
          : side.map((token) => (token.kind === 'comment' ? form.read(wordsOf(token.text)) : undefined));
      expect(readings.filter((reading) => reading !== undefined)).toHaveLength(1);
    }
  });
});

describe('a forged name of the handing server', () => {
  const REAL =
    '(unknown [192.0.2.66]) by mx.recipient.example (Postfix) with ESMTP id 78121621DE; Sat, 6 Jun 2015 04:10:45 +0100';

  it.each([
    ['a version', 'version=TLSv1.3'],
    ['a comment of Postfix', 'x (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))'],
    [
      'a comment of Postfix behind an address',
      'x (a.example [192.0.2.1]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))',
    ],
    ['a comment of Courier', 'x (a [192.0.2.1]) (TLS: TLSv1.3,256bits,TLS_AES_256_GCM_SHA384)'],
    [
      'a whole header',
      'x (a [192.0.2.1]) by mx.google.com with ESMTPS id 1 (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128); Sat, 6 Jun 2015 04:10:45 +0100',
    ],
    ['a keyword', 'x by y with ESMTPS'],
    ['who signed in', 'x by y with ESMTPS (version=TLSv1.3 cipher=A-B) by authid z'],
    ['an open parenthesis', 'x ('],
    ['a closed parenthesis', 'x ) by y with ESMTPS ('],
    ['an open quote', 'x "'],
    ['an open angle bracket', 'x <'],
    ['a backslash', 'x \\'],
    [
      'a HELO of Exim',
      '[192.0.2.1] (helo=x.mta.salesforce.com) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))',
    ],
    ['words of s/qmail', 'x) de/crypted with TLSv1.3: TLS_AES_256_GCM_SHA384 [256/256] DN=none by y with ESMTPS ('],
    ['an address literal', '[192.0.2.1] (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))'],
  ])('proves nothing: %s', (_, name) => {
    const { hop, protocol, evidence, cipher } = read(`from ${name} ${REAL}`);
    expect({ protocol, evidence, cipher, by: hop.by, with: hop.with }).toEqual({
      protocol: null,
      evidence: 'unknown',
      cipher: null,
      by: 'mx.recipient.example',
      with: 'ESMTP',
    });
  });

  it.each([
    [
      'in quotes',
      '([192.0.2.66]:4633 "EHLO x) by y with ESMTPS (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256)" rhost-flags-OK)',
    ],
    [
      'in quotes, as Postfix',
      '([192.0.2.66]:4633 "EHLO x") (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) "" rhost-flags-OK)',
    ],
    ['of qmail', '(HELO x) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) (192.0.2.66)'],
    ['of Exim', '([192.0.2.66] helo=version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256)'],
    ['alone', '(version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128)'],
  ])('proves nothing in a comment %s', (_, comment) => {
    const { protocol, evidence } = read(
      `from unknown ${comment} by mx.recipient.example with ESMTP id 1; Sat, 6 Jun 2015 04:10:45 +0100`,
    );
    expect({ protocol, evidence }).toEqual({ protocol: null, evidence: 'unknown' });
  });

  it('changes nothing about what the receiving server wrote', () => {
    const { protocol, cipher } = read(
      'from x (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256) (unknown [192.0.2.66]) (using TLSv1 with cipher AES256-SHA (256/256 bits)) by mx.recipient.example (Postfix) with ESMTPS id 1; Sat, 6 Jun 2015 04:10:45 +0100',
    );
    expect({ protocol, cipher }).toEqual({ protocol: 'TLSv1.0', cipher: 'AES256-SHA' });
  });
});

it('takes the name of a client certificate for no name of the handing server', () => {
  const header =
    'from a.sender.example (a.sender.example [192.0.2.9]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) ' +
    '(Client CN "smtp01.mta.salesforce.com", Issuer "x" (not verified)) by mx.recipient.example (Postfix) with ESMTPS id 1; ' +
    'Wed, 01 Apr 2026 15:08:44 +0000';
  expect(read(header)).toMatchObject({ protocol: 'TLSv1.3', hop: { clientNames: ['a.sender.example'] } });
});

it('believes no version that stands behind the name an Exim was told', () => {
  const header =
    'from [192.0.2.9] (helo=x.mta.salesforce.com) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)) ' +
    'by mx.recipient.example with esmtp (Exim 4.96) id 1; Wed, 01 Apr 2026 15:08:44 +0000';
  expect(read(header)).toMatchObject({ protocol: null, evidence: 'unknown' });
});

it.each([
  ['an ESA notes TLS on every message', '([192.0.2.9])', 'plaintext'],
  ['a qmail, whose header may stand below one of an ESA that adds none, does not', '(192.0.2.9)', 'unknown'],
])('%s', (_, address, evidence) => {
  const header = `from unknown (HELO smtp01.mta.salesforce.com) ${address} by mail.acme.example with SMTP; 10 Nov 2026 01:02:03 -0000`;
  expect(read(header, true)).toMatchObject({ evidence });
});

it('takes no version from the name of a certificate', () => {
  const header =
    'from [192.0.2.9] ([192.0.2.9:41198] helo=x) by mx.recipient.example (ecelerity 4.7.0) with ESMTPS ' +
    '(cipher=AES128-SHA subject="/C=US/O=a version=TLSv1.3 b/CN=x") id 1; Wed, 01 Apr 2026 15:08:44 +0000';
  expect(read(header)).toMatchObject({ protocol: null, evidence: 'keyword', cipher: 'AES128-SHA' });
});

describe('text that only looks like TLS', () => {
  it.each([
    [
      'in the recipient',
      'by mx.recipient.example with SMTP id 1 for <tls@version=TLSv1.3.example>; Sat, 6 Jun 2015 04:10:45 +0100',
    ],
    [
      'in a quoted sender',
      'by mx.recipient.example with SMTP (envelope-from <"a) (version=TLSv1.3 cipher=TLS_AES_128_GCM_SHA256"@sender.example>) id 1; Sat, 6 Jun 2015 04:10:45 +0100',
    ],
    [
      'in a quoted recipient without brackets',
      'by mx.recipient.example with SMTP id 1 for "x by y (version=TLSv1.3 cipher=TLS_AES_128_GCM_SHA256)"@acme.example; Sat, 6 Jun 2015 04:10:45 +0100',
    ],
    [
      'in the id',
      'by mx.recipient.example with SMTP id TLSv1.3:TLS_AES_256_GCM_SHA384:256; Sat, 6 Jun 2015 04:10:45 +0100',
    ],
    ['as the id', 'by mx.recipient.example with SMTP id ESMTPS; Sat, 6 Jun 2015 04:10:45 +0100'],
    [
      'in the name of the receiving server',
      'by tls-esmtps.TLSv1.3.example with SMTP id 1; Sat, 6 Jun 2015 04:10:45 +0100',
    ],
    [
      'in another comment',
      'by mx.recipient.example (built for version=TLSv1.3) with SMTP id 1; Sat, 6 Jun 2015 04:10:45 +0100',
    ],
    [
      'in a comment that ends differently',
      'by mx.recipient.example with SMTP (using TLSv1.3 with cipher x@y.example) id 1; Sat, 6 Jun 2015 04:10:45 +0100',
    ],
    [
      'among words about something else',
      'by mx.recipient.example with SMTP (no TLS 1.3 with ECDHE-RSA-AES256-GCM-SHA384) id 1; Sat, 6 Jun 2015 04:10:45 +0100',
    ],
    ['as two versions', 'by mx.recipient.example with SMTP (TLSv1.2, TLSv1.3) id 1; Sat, 6 Jun 2015 04:10:45 +0100'],
    [
      'behind the keyword, in an address without brackets',
      'by mx.recipient.example with SMTP for TLSv1.3 id 1; Sat, 6 Jun 2015 04:10:45 +0100',
    ],
    [
      'no cipher, no version',
      'by mx.recipient.example with SMTP (version=NONE cipher=NONE) id 1; Sat, 6 Jun 2015 04:10:45 +0100',
    ],
  ])('%s', (_, rest) => {
    const { protocol, evidence } = read(`from mail.sender.example (mail.sender.example [192.0.2.66]) ${rest}`);
    expect({ protocol, evidence }).toEqual({ protocol: null, evidence: 'unknown' });
  });
});

describe('a header that is cut off', () => {
  it.each([
    ['the version behind the keyword', 'with esmtpsa TLS1'],
    ['the version of OpenSMTPD', 'with ESMTPS id 99bef17a TLS version=TLSv1'],
    ['the suite of a Cisco ESA', 'with ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA'],
    ['the keyword', 'with ESMTPS'],
    ['a comment', 'with ESMTP (using TLSv1'],
  ])('in the middle of %s proves TLS without a version', (_, rest) => {
    expect(read(`from mail.sender.example ([192.0.2.66]) by mx.recipient.example ${rest}`)).toMatchObject({
      protocol: null,
      evidence: 'keyword',
      cipher: null,
    });
  });

  it.each([['(version=TLSv1'], ['(TLS1']])('in the middle of a comment proves nothing: %s', (comment) => {
    const header = `from mail.sender.example ([192.0.2.66]) by mx.recipient.example with ESMTP ${comment}`;
    expect(read(header)).toMatchObject({ protocol: null, evidence: 'unknown' });
  });
});

describe('silence', () => {
  it.each([
    '(TLSv1.3, X25519MLKEM768, ML-DSA)',
    '(using TLS 1.3 hybrid)',
    '[version=TLS1_3]',
    '(TLS=yes)',
    '(encrypted)',
    '(bits=256)',
    '(verify=NO)',
  ])('is none where a remark about TLS stands that no form knows: %s', (remark) => {
    const header = `from a.example (a.example. [192.0.2.1]) by mx.google.com with ESMTP id a1 ${remark}; Tue, 20 Nov 2018 07:34:30 -0800`;
    expect(read(header)).not.toMatchObject({ protocol: 'plaintext' });
    expect(read(header.replace(` ${remark}`, ''))).toMatchObject({ protocol: 'plaintext' });
  });

  const ESA =
    'from mail.sender.example (HELO mail.sender.example) ([192.0.2.141]) by mx.recipient.example with ESMTP; 20 May 2026 05:58:35 -0700';

  it.each([
    ['Google', 'by mx.google.com with ESMTP id h4si6775930plt.315.2018.11.20.07.34.30'],
    ['Sendmail', 'by mx.recipient.example (8.14.4/8.14.4) with ESMTP id r7JEfIkK030002'],
  ])('says nothing where the header is cut off before its date: %s', (_, rest) => {
    const header = `from mail.sender.example (mail.sender.example [192.0.2.66]) ${rest}`;
    expect(read(header)).toMatchObject({ protocol: null, evidence: 'unknown' });
    expect(read(`${header}; Tue, 20 Nov 2018 07:34:30 -0800`)).toMatchObject({ protocol: 'plaintext' });
  });

  it('is plaintext below a header of a Cisco ESA', () => {
    expect(read(ESA, true)).toMatchObject({ protocol: 'plaintext', evidence: 'plaintext' });
    expect(read(ESA, false)).toMatchObject({ protocol: null, evidence: 'unknown' });
  });

  it.each([
    [
      'a qmail header below one of a Cisco ESA',
      'from unknown (HELO mail.sender.example) (192.0.2.141) by mx.recipient.example with SMTP id 7; 20 May 2026 05:58:35 -0000',
    ],
    [
      'Google from a private address',
      'from x (x. [10.1.1.1]) by mx.google.com with ESMTP id d12si1; Tue, 1 Sep 2020 01:00:00 -0700 (PDT)',
    ],
    [
      'Google by another protocol',
      'from x (x. [192.0.2.1]) by mx.google.com with POP3 id d12si1; Tue, 1 Sep 2020 01:00:00 -0700 (PDT)',
    ],
    [
      'a name that only ends like Google',
      'from x (x. [192.0.2.1]) by notmx.google.com with ESMTP id d12si1; Tue, 1 Sep 2020 01:00:00 -0700 (PDT)',
    ],
    [
      'a name that only ends like Exchange Online',
      'from x.example (192.0.2.1) by evilprotection.outlook.com.example (10.1.1.1) with Microsoft SMTP Server id 15.1 via Frontend Transport; Thu, 6 Apr 2017 16:53:53 +0000',
    ],
    [
      'a Sendmail version with an id of something else',
      'from x.example (x.example [192.0.2.1]) by mx.recipient.example (8.15.2/8.15.2) with ESMTP id abc; Thu, 6 Apr 2017 16:53:53 +0000',
    ],
  ])('proves nothing: %s', (_, header) => {
    expect(read(header, header.includes('qmail') || header.includes('HELO'))).toMatchObject({
      protocol: null,
      evidence: 'unknown',
    });
  });
});

describe('the handing server', () => {
  it.each([
    [
      'from smtp.a.example (smtp.b.example. [192.0.2.1]) by x',
      'smtp.a.example',
      ['smtp.a.example', 'smtp.b.example'],
      '192.0.2.1',
    ],
    ['from [192.0.2.4] (port=528 helo=Mail.A.example) by x', '[192.0.2.4]', ['mail.a.example'], '192.0.2.4'],
    ['from unknown (HELO mail.a.example) (192.0.2.2) by x', 'unknown', ['mail.a.example'], '192.0.2.2'],
    ['from 192.0.2.4(helo=a.example) by x', '192.0.2.4', ['a.example'], null],
    [
      'from a.example (b.example [192.0.2.1]) (Authenticated sender: c.example) by x',
      'a.example',
      ['a.example', 'b.example'],
      '192.0.2.1',
    ],
    ['from x (account user@a.example HELO b.example) by y', 'x', ['b.example'], null],
    ['from mail pickup service by y', 'mail pickup service', [], null],
    ['by y', null, [], null],
  ])('%s', (header, from, clientNames, clientAddress) => {
    const { hop } = read(header);
    expect({ from: hop.from, clientNames: hop.clientNames, clientAddress: hop.clientAddress }).toEqual({
      from,
      clientNames,
      clientAddress,
    });
  });
});
