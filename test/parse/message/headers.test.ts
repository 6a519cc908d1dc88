import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import type { MessageHeaders } from '../../../src/model/message.ts';
import { readHeaders, readMessages } from '../../../src/parse/message/headers.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const HOP =
  'from smtp01.mta.salesforce.com (smtp01.mta.salesforce.com. [192.0.2.1]) by mx.google.com with ESMTPS id 1 (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128); Mon, 2 Nov 2026 10:00:00 -0800 (PST)';
const FOLDED = HOP.replace(' by ', '\n        by ').replace(' (version', '\n        (version');

async function read(text: string | Buffer, chunkBytes = 64): Promise<MessageHeaders[]> {
  const bytes = Buffer.from(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield Promise.resolve(bytes.subarray(at, at + chunkBytes));
  }
  return Array.fromAsync(readMessages(await Promise.resolve(chunks())));
}

async function hopsOf(text: string | Buffer, chunkBytes?: number) {
  return (await read(text, chunkBytes)).map(({ hops }) =>
    hops.map(({ from, by, with: with_, claim }) => ({ from, by, with: with_, version: claim.version })),
  );
}

const EXPECTED = { from: 'smtp01.mta.salesforce.com', by: 'mx.google.com', with: 'ESMTPS', version: 'TLS1_3' };

describe('one message', () => {
  it.each([
    [
      'raw',
      `Delivered-To: a@example.com\nReceived: ${FOLDED}\nMessage-ID: <1@example.com>\n\nReceived: from body by body\n`,
    ],
    [
      'with CRLF',
      `Delivered-To: a@example.com\nReceived: ${FOLDED}\nMessage-ID: <1@example.com>\n\nbody\n`.replaceAll(
        '\n',
        '\r\n',
      ),
    ],
    ['with CRCRLF', `Received: ${FOLDED}\nMessage-ID: <1@example.com>\n\nbody\n`.replaceAll('\n', '\r\r\n')],
    ['with CR', `Received: ${FOLDED}\nMessage-ID: <1@example.com>\n\nbody\n`.replaceAll('\n', '\r')],
    ['with a byte order mark', `\ufeffReceived: ${FOLDED}\nMessage-ID: <1@example.com>\n\nbody\n`],
    ['without an end', `Received: ${HOP}`],
    ['with a blank before the colon', `received : ${HOP}\nMIME-Version: 1.0\n\nbody`],
    ['behind blank lines', `\n\n  \nReceived: ${FOLDED}\n\nbody`],
    ['indented', `    Received: ${FOLDED}\n    Message-ID: <1@example.com>\n`.replaceAll('\n   ', '\n       ')],
    ['quoted', `> Received: ${FOLDED.replaceAll('\n', '\n> ')}\n> Message-ID: <1@example.com>\n> \n> body`],
    [
      'with folded lines that lost their indentation',
      `Received: ${FOLDED.replaceAll(/\n +/g, '\n')}\nMessage-ID: <1@example.com>\n\n`,
    ],
    [
      'with a folded line that begins like a header',
      `Received: ${HOP.replace('(smtp01.mta.salesforce.com. [192.0.2.1])', '(\nfe80:0:1::2)')}\nSubject: x\n`,
    ],
    ['with no-break spaces', `Received: ${HOP.replaceAll(' ', '\u00a0')}\n\nbody`],
    ['double-spaced', `Received: ${HOP}\n\nMessage-ID: <1@example.com>\n\nX-Mailer: y\n`],
    ['double-spaced as a whole', `Received: ${HOP}\n\nX-Mailer: y\n\n\n\nbody\n\nReceived: from x by body\n\n`],
    [
      'double-spaced, as Exim delivers it',
      `Return-path: <a@example.com>\n\nEnvelope-to: b@example.com\n\nReceived: ${HOP}\n\nMessage-ID: <1@example.com>\n`,
    ],
    [
      'with blanks alone in a folded header',
      `X-A: 1\nReceived: ${FOLDED.replaceAll('\n', '\n \t \n')}\nMessage-ID: <1@example.com>\n\nbody`,
    ],
    ['as one header and a body that begins like another', `Received: ${HOP}\n\nReceived: from x by y\nHello\n\nbody\n`],
    ['above a line of blanks', `Received: ${HOP}\nX-Mailer: y\n  \nReceived: from x by body\n`],
    ...['\0', '\u001a', '\u200b', '\ufeff', '.'].map((separator) => [
      `above a line of ${JSON.stringify(separator)}`,
      `Received: ${HOP}\nX-Mailer: y\n${separator}\nReceived: from x by body\n`,
    ]),
    ['as a lone Received line', `Received: ${HOP}\n`],
    ['as a Received value without its name', `${HOP}\n`],
    ['as a folded Received value without its name', `  ${FOLDED}\n`],
    [
      'behind what a mail client shows above it',
      `Original Message\nMessage ID\t<1@example.com>\nFrom:\tA <a@example.com>\nSPF:\tPASS\n\nDownload Original\nCopy to clipboard\n\nDelivered-To: a@example.com\nReceived: ${FOLDED}\n\nReceived: from x by body\n`,
    ],
    ['behind a summary', `From: A <a@example.com>\nTo: b@example.com\nSubject: x\n\nReceived: ${FOLDED}\n\nbody`],
    ['behind a note', `These are the headers:\nReceived: ${FOLDED}\nX-Y: z\n\nbody`],
  ])('%s', async (_, text) => {
    const expected = [[EXPECTED]];
    expect(await hopsOf(text)).toEqual(expected);
    expect(await hopsOf(text, 1)).toEqual(expected);
    expect(await hopsOf(text, 1_000_000)).toEqual(expected);
  });

  it.each([
    ['utf-16le', Buffer.from(`\ufeffReceived: ${FOLDED}\r\n\r\nbody`, 'utf16le')],
    ['utf-16be', Buffer.from(`\ufeffReceived: ${FOLDED}\r\n\r\nbody`, 'utf16le').swap16()],
    [
      'bytes that are no UTF-8',
      Buffer.concat([
        Buffer.from('Subject: '),
        Buffer.from([0xff, 0xe9, 0x80]),
        Buffer.from(`\nReceived: ${FOLDED}\n\n`),
      ]),
    ],
    ['NUL bytes', Buffer.from(`Subject: \0\0\nReceived: ${HOP.replace(' by ', ' \0 by ')}\n\n`)],
  ])('%s', async (_, bytes) => {
    const [message] = await hopsOf(bytes, 7);
    expect(message).toMatchObject([{ by: 'mx.google.com', version: 'TLS1_3' }]);
  });

  it('gives Message-ID and the headers of Salesforce by their exact names', async () => {
    const [message] = await read(
      'X-SFDC-TLS-STATUS: true\nX-SFDC-TLS-NoRelay: 1\nX-SFDC-TLS-VERSION: TLSv1.2\nx-sfdc-tls-version: TLSv1.0\nX-SFDC-TLS-VERSION-2: x\nMessage-Id:\n <1@example.com>\nMessage-ID: <2@example.com>\n\nX-SFDC-TLS-CIPHER: body\n',
    );
    expect(message).toMatchObject({
      messageId: '<1@example.com>',
      snapshot: [
        { name: 'x-sfdc-tls-status', value: 'true', hopsAbove: 0 },
        { name: 'x-sfdc-tls-version', value: 'TLSv1.2', hopsAbove: 0 },
        { name: 'x-sfdc-tls-version', value: 'TLSv1.0', hopsAbove: 0 },
      ],
    });
  });

  it.each([
    ['nothing', ''],
    ['blank lines', '\n\r\n \n'],
    ['prose', 'Dear all,\nplease find attached\n'],
    ['a picture', '\u0089PNG\r\n\u001a\n\0\0\0'],
  ])('has no header: %s', async (_, text) => {
    expect(await read(text)).toEqual([{ messageId: null, hops: [], snapshot: [], found: false, cut: false }]);
  });

  it('counts every Received header, newest first', async () => {
    const [hops] = await hopsOf(
      `Received: by b.example with SMTP id 1\nX-Received: by x with SMTP\nReceived: (qmail 1 invoked by uid 2); 5 Apr 2018\nReceived: ${HOP}\n\n`,
    );
    expect(hops?.map(({ by }) => by)).toEqual(['b.example', null, 'mx.google.com']);
  });
});

describe('a mailbox', () => {
  const MBOX = [
    'From a@example.com Mon Nov  2 10:00:00 2026',
    `Received: ${FOLDED}`,
    'Message-ID: <1@example.com>',
    '',
    'From now on, mail is protected. That was decided at 10:00 in 2026.',
    '>From b@example.com Mon Nov  2 10:00:00 2026',
    'From c@example.com Mon Nov  2 10:00:00 2026',
    '',
    'From MAILER-DAEMON Mon Nov  2 10:00:00 2026 +0100',
    'Message-ID: <2@example.com>',
    'From 0123456789abcdef Mon Sep 17 00:00:00 2001',
    'Message-ID: <3@example.com>',
    '',
    'body',
    '',
  ].join('\n');

  it.each([1, 13, 100_000])('gives each message, read in pieces of %d bytes', async (chunkBytes) => {
    const messages = await read(MBOX, chunkBytes);
    expect(messages.map(({ messageId }) => messageId)).toEqual([
      '<1@example.com>',
      '<2@example.com>',
      '<3@example.com>',
    ]);
    expect(messages.map(({ hops }) => hops.length)).toEqual([1, 0, 0]);
  });

  it.each([
    ['without a blank line before a message', 'body', 'Mon Nov  2 10:00:00 2026'],
    ['with the longest name of a time zone', '', 'Mon Nov  2 10:00:00 2026 WETDST'],
    ['with dates as in a header', '', 'Mon, 2 Nov 2026 10:00:00 +0100'],
  ])('gives each message %s', async (_, lastLine, date) => {
    const messages = ['1', '2', '3'].map(
      (id) => `From a@example.com ${date}\nMessage-ID: <${id}@example.com>\n\nbody\n${lastLine}\n`,
    );
    for (const chunkBytes of [1, 1000]) {
      expect((await read(messages.join(''), chunkBytes)).map(({ messageId }) => messageId)).toEqual([
        '<1@example.com>',
        '<2@example.com>',
        '<3@example.com>',
      ]);
    }
  });

  it('is only what begins like one', async () => {
    const text = `Received: ${HOP}\nMIME-Version: 1.0\n\nFrom a@example.com Mon Nov  2 10:00:00 2026\nMessage-ID: <2@example.com>\n\n`;
    expect(await read(text)).toHaveLength(1);
  });

  it('does not hold bodies', async () => {
    let held = 0;
    async function* chunks() {
      yield Buffer.from(`From a@example.com Mon Nov  2 10:00:00 2026\nReceived: ${HOP}\n\n`);
      const line = Buffer.alloc(1_000_000, 'x');
      gc();
      const before = process.memoryUsage().heapUsed;
      for (let count = 0; count < 60; count++) yield await Promise.resolve(line);
      gc();
      held = process.memoryUsage().heapUsed - before;
      yield Buffer.from(`\n\nFrom b@example.com Mon Nov  2 10:00:00 2026\nMessage-ID: <2@example.com>\n`);
    }
    const messages = await Array.fromAsync(readMessages(chunks()));
    expect(messages.map(({ messageId }) => messageId)).toEqual([null, '<2@example.com>']);
    expect(held).toBeLessThan(30_000_000);
  });
});

describe('where reading ends', () => {
  async function chunksRead(readToEnd: boolean): Promise<number> {
    let count = 0;
    async function* chunks() {
      yield Buffer.from(`Received: ${HOP}\nMIME-Version: 1.0\n\n${'body\n'.repeat(2000)}`);
      for (; count < 50; count++) yield await Promise.resolve(Buffer.from('body\n'));
    }
    await Array.fromAsync(readMessages(chunks(), readToEnd));
    return count;
  }

  it('a file is left where its headers end', async () => {
    expect(await chunksRead(false)).toBeLessThan(2);
  });

  it('a pipe is read to its end', async () => {
    expect(await chunksRead(true)).toBe(50);
  });
});

describe('text from a field', () => {
  it('is read like a file', () => {
    expect(readHeaders(`Received: ${FOLDED.replaceAll('\n', '\r\n')}\r\nMessage-ID: <1@example.com>`)).toMatchObject({
      messageId: '<1@example.com>',
      hops: [{ by: 'mx.google.com', claim: { version: 'TLS1_3' } }],
    });
  });
});
