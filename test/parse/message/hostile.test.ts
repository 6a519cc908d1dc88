import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeMessage } from '../../../src/judge/message/outbound.ts';
import { judgeSnapshot } from '../../../src/judge/message/snapshot.ts';
import { readClaim } from '../../../src/judge/message/reading.ts';
import { DEFAULT_POLICY } from '../../../src/model/policy.ts';
import { readHeaders, readMessages } from '../../../src/parse/message/headers.ts';
import { readReceived } from '../../../src/parse/message/received.ts';
import { renderMessage } from '../../../src/report/message/text.ts';
import { RECEIVED_EXAMPLES } from './received-examples.ts';

const MEGABYTE = 1_000_000;
/** Longer Received headers are not read at all. */
const LONGEST_HEADER = 65_000;

function fill(piece: string, length: number): string {
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
}

/** Milliseconds of processor time: what else runs on the machine does not count. */
async function timeOf(text: string): Promise<number> {
  async function* chunks() {
    yield await Promise.resolve(Buffer.from(text));
  }
  const start = process.cpuUsage();
  for await (const headers of readMessages(chunks())) {
    renderMessage(judgeMessage(headers, 'a', DEFAULT_POLICY), { color: true, width: 80 });
    judgeSnapshot(headers, 'a', DEFAULT_POLICY);
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

describe('one megabyte of hostile headers is read within a second', () => {
  it.each([
    ['open parentheses', '', '(', ''],
    ['closed parentheses', '', ')', ''],
    ['comments', 'from a ', '(a [1.2.3.4]) ', ' by b'],
    ['open angle brackets', 'from a ', '<', ''],
    ['open angle brackets and quotes', 'from a ', '<"\\"', ''],
    ['addresses', 'from a ', '<"a b"@c>', ''],
    ['backslashes', 'from a ', '\\', ''],
    ['semicolons', 'from a ', ';', ''],
    ['the word by', 'from a ', 'by ', ''],
    ['the word with', 'from a by b ', 'with ', ''],
    ['the word ESMTP', 'from a by b with ', 'ESMTP ', ''],
    ['the word tls', 'from a by b with ', 'tls tls ', ''],
    ['the word TLS', 'from a by b with ', 'TLS version=x ', ''],
    ['the word SSL', 'from a by b with ', 'SSL cipher=TLSv1.9: ', ''],
    ['words about TLS', 'from a by b (', 'using TLS 1.2, ', ')'],
    ['words set off', 'from a by b (', 'TLSv1.9 / ;', ')'],
    ['the word encrypted', 'from a by b with ', 'A-B encrypted ', ''],
    ['TLS comments', 'from a (x [1.2.3.4]) ', '(using TLSv1.3 with cipher A-B (1/1 bits)) ', ' by b'],
    ['versions', 'from a by b ', '(version=TLSv1.9 cipher=) ', ''],
    ['keys', 'from a by b (version=x ', 'version=TLS1_2 ', ')'],
    ['colons', 'from a by b (', 'TLSv1.2:', ')'],
    ['one using comment', 'from a (x [1.2.3.4]) (using TLSv1.3 with cipher A-B ', '(256/256 bits) ', ') by b'],
    ['names', 'from ', 'a.example ', ' by b'],
    ['names in a comment', 'from a (', 'a@b.example,c.example ', ') by b'],
    ['dots', 'from ', 'a.', ' by b'],
    ['one word', 'from a by ', 'b', ''],
    ['square brackets', 'from a (', '[1', ']) by b'],
    ['keywords', 'from a by b with ', 'ESMTP/TLS/', ''],
    ['blanks', 'from a', ' ', 'by b'],
    ['control characters', 'from a by ', '\u001b[31m\u0007', ''],
    ['NUL bytes', '', '\0', ''],
    ['folded lines', 'from a by b', '\n ', ''],
    ['dates', 'from a by b with SMTP; ', '1 Jan 2026 ', ''],
    ['carriage returns', 'from a by b', '\r', ''],
  ])('%s', async (_, before, piece, after) => {
    const long = `Received: ${before}${fill(piece, LONGEST_HEADER)}${after}\n`;
    expect(await timeOf(`${long.repeat(MEGABYTE / LONGEST_HEADER)}\n`)).toBeLessThan(1000);
    expect(await timeOf(`Received: ${before}${fill(piece, MEGABYTE)}${after}\n\n`)).toBeLessThan(1000);
  });

  const NESTED = LONGEST_HEADER / 2;

  it.each([
    [
      'nested comments',
      `Received: from a ${'('.repeat(NESTED)}${')'.repeat(NESTED)} by b\n`.repeat(MEGABYTE / LONGEST_HEADER),
    ],
    [
      'ten thousand Received headers',
      'Received: from a.example (a.example [192.0.2.1]) by b.example with ESMTPS id 1; x\n'.repeat(10_000),
    ],
    [
      'ten thousand hops from Salesforce',
      'Received: from a.mta.salesforce.com by b.example with ESMTPS id 1; x\n'.repeat(10_000),
    ],
    ['empty headers', fill('a:\n', MEGABYTE)],
    ['headers of Salesforce', fill('X-SFDC-TLS-VERSION: TLSv1.2\n', MEGABYTE)],
    ['a long value of Salesforce', `X-SFDC-TLS-STATUS: ${fill('true ', MEGABYTE)}`],
    ['one envelope line', `From a@b 10:00 2026\n${fill('From 1:11 1:11 2026 ', MEGABYTE)}`],
    ['envelope lines', fill('From a@b 10:00 2026\n', MEGABYTE)],
    ['lines of no header', fill('nothing\n', MEGABYTE)],
  ])('%s', async (_, text) => {
    expect(await timeOf(`${text}\n\n`)).toBeLessThan(1000);
  });

  it('a Received header longer than any server writes is not read, so nothing in it counts', () => {
    const header = `Received: from ${fill('a ', 70_000)} by mx.google.com with ESMTPS (version=TLS1_3 cipher=A-B); x`;
    expect(readHeaders(header).hops).toMatchObject([
      { from: null, by: null, claim: { version: null, encrypted: false } },
    ]);
  });

  it('cuts what is longer than any real header', () => {
    const line = `X-A: ${'a'.repeat(100_000)}\n`;
    const headers = readHeaders(`Received: by b\n${line.repeat(100)}Received: by c\n\n`);
    expect(headers).toMatchObject({ cut: true, hops: [{ by: 'b' }] });
  });
});

const headerText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        'from',
        'by',
        'with',
        'id',
        'for',
        'via',
        'tls',
        ';',
        '(',
        ')',
        '<',
        '>',
        '"',
        '\\',
        '[',
        ']',
        ' ',
        '\n ',
        '\r\n\t',
        '\n',
        'Received:',
        'ESMTPS',
        'version=TLS1_2',
        'cipher=A-B',
        'using',
        'TLSv1.3',
        'cipher',
        'TLS:',
        'mx.google.com',
        '192.0.2.1',
        'a.mta.salesforce.com',
        'encrypted',
        '\0',
        '\u001b[0m',
        'X-SFDC-TLS-STATUS: true',
        'From a Mon Nov  2 10:00:00 2026',
      ),
      { maxLength: 60 },
    )
    .map((pieces) => pieces.join(' ')),
);

describe('whatever stands in a header', () => {
  it('is read without an error, and never printed as a control character', () => {
    fc.assert(
      fc.property(headerText, (text) => {
        for (const headers of [readHeaders(text), readHeaders(`Received: ${text}`)]) {
          for (const judged of [
            judgeMessage(headers, text, DEFAULT_POLICY),
            judgeSnapshot(headers, text, DEFAULT_POLICY),
          ]) {
            const shown = renderMessage(judged, { color: false, width: 80 });
            expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u200b-\u200f\u202a-\u202e]/u);
            expect(judged.report.verdict === 'pass' || judged.report.reasons.length > 0).toBe(true);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('states no version unless one is written', () => {
    fc.assert(
      fc.property(headerText, (text) => {
        const withoutVersion = text.replaceAll(/TLS|SSL/gi, 'XYZ');
        expect(readClaim(readReceived(withoutVersion, 0, { belowIronPort: false }).claim).evidence).not.toBe('stated');
      }),
    );
  });
});

describe('folding', () => {
  it('does not change what is read', () => {
    const foldings = fc.constantFrom('\n ', '\r\n\t', '\n\t \t', '\r\n    ', ' ', '\t');
    fc.assert(
      fc.property(
        fc.constantFrom(...RECEIVED_EXAMPLES),
        fc.array(foldings, { minLength: 1, maxLength: 20 }),
        (example, folds) => {
          const plain = example.header.replaceAll(/\s+/g, ' ');
          let count = 0;
          const folded = plain.replaceAll(' ', () => folds[count++ % folds.length] ?? ' ');
          expect(readHeaders(`Received: ${folded}\nX-A: b\n`)).toEqual(readHeaders(`Received: ${plain}\nX-A: b\n`));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('into ever more headers keeps them apart', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...RECEIVED_EXAMPLES], { minLength: 1 }), (examples) => {
        const text = examples.map(({ header }) => `Received: ${header}\n`).join('');
        const hops = readHeaders(text).hops;
        expect(hops.map(({ by }) => by)).toEqual(examples.map(({ server }) => server[0]));
        expect(hops.map(({ index }) => index)).toEqual(examples.map((_, index) => index));
      }),
    );
  });
});

describe('a forged name', () => {
  it('never makes a Postfix header state TLS that Postfix did not write', () => {
    const pieces = fc.constantFrom(
      'x',
      '(',
      ')',
      '"',
      '<',
      '>',
      ';',
      '\\',
      'by',
      'with',
      'ESMTPS',
      'tls',
      'TLS_AES_128_GCM_SHA256',
      'mx.google.com',
      'id',
      'for',
      '(version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128)',
      '(TLSv1.3:TLS_AES_128_GCM_SHA256:128)',
      '(TLS1.3)',
      '(Using TLS)',
      '(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))',
      '(a.example [192.0.2.1])',
      '[192.0.2.1]',
      '(TLS: TLSv1.3,256bits,A-B)',
      'over TLS secured channel',
      'A-B encrypted SMTP',
      'ESMTP/TLS/A-B',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (name) => {
        const header = `from ${name.join(' ')} (unknown [192.0.2.66]) by mx.recipient.example (Postfix) with ESMTP id 7812162; Sat, 6 Jun 2015 04:10:45 +0100`;
        expect(readClaim(readReceived(header, 0, { belowIronPort: false }).claim).evidence).toBe('unknown');
      }),
      { numRuns: 2000 },
    );
  });
});
