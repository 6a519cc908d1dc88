import { describe, expect, it } from '@jest/globals';
import { asUtf8 } from '../../src/parse/encoding.ts';
import { logText } from '../support/log-text.ts';
import { bytesOneByOne, chunksOf, readText } from './reading.ts';

const TEXT = 'Empfänger,日時,𝄞\r\nÄnne@bücher.example,3/06,x\r\n';

function utf16le(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

const ENCODED: [string, Buffer][] = [
  ['UTF-8', Buffer.from(TEXT)],
  ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${TEXT}`)],
  ['UTF-16 little endian with a byte order mark', utf16le(`\uFEFF${TEXT}`)],
  ['UTF-16 big endian with a byte order mark', utf16be(`\uFEFF${TEXT}`)],
];

async function decoded(chunks: readonly Uint8Array[]): Promise<string> {
  return Buffer.concat(await Array.fromAsync(asUtf8(chunksOf(chunks), 'a.csv'))).toString('utf8');
}

describe('asUtf8', () => {
  it.each(ENCODED)('reads %s', async (_, bytes) => {
    expect(await decoded([bytes])).toBe(TEXT);
  });

  it.each(ENCODED)('reads %s cut into chunks of one byte', async (_, bytes) => {
    expect(await decoded(bytesOneByOne(bytes))).toBe(TEXT);
  });

  it.each([
    ['nothing', Buffer.alloc(0), ''],
    ['one character', Buffer.from('x'), 'x'],
    ['a UTF-8 mark alone', Buffer.from('\uFEFF'), ''],
    ['a UTF-16 mark alone', utf16le('\uFEFF'), ''],
  ])('reads %s', async (_, bytes, text) => {
    expect(await decoded([bytes])).toBe(text);
    expect(await decoded(bytesOneByOne(bytes))).toBe(text);
  });

  it('keeps a mark that does not stand at the beginning', async () => {
    expect(await decoded([Buffer.from('a\uFEFFb')])).toBe('a\uFEFFb');
  });

  it.each([
    ['little endian', utf16le(TEXT)],
    ['big endian', utf16be(TEXT)],
  ])('refuses UTF-16 %s without a mark, saying what was expected', async (_, bytes) => {
    for (const chunks of [[bytes], bytesOneByOne(bytes)]) {
      await expect(decoded(chunks)).rejects.toMatchObject({
        name: 'AuditError',
        message: expect.stringMatching(/^a\.csv: .*NUL.*UTF-16 with a byte order mark/),
        remedy: expect.stringContaining('UTF-8'),
      });
    }
  });
});

describe('a log in any of the encodings', () => {
  const text = logText([{ Recipient: 'ann@bücher.example', 'Delivery Stage': 'übergeben 𝄞' }], { newline: '\r\n' });

  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16 little endian', utf16le(`\uFEFF${text}`)],
    ['UTF-16 big endian', utf16be(`\uFEFF${text}`)],
  ])('%s gives the same rows, whole or byte by byte', async (_, bytes) => {
    for (const chunks of [bytes, bytesOneByOne(bytes)]) {
      const read = await readText(chunks);
      expect(read).toMatchObject({ rows: 1, rejected: 0 });
      expect(read.seen[0]?.recipients).toEqual([{ mailbox: 'ann', domain: 'xn--bcher-kva.example' }]);
    }
  });
});
