import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { type LogInput, withLog } from '../../src/parse/log-input.ts';
import { withSpool } from '../../src/support/spool.ts';
import { zipOf } from '../support/zip.ts';

const TEXT = 'Date/Time,Mail Event\n2026-11-03 10:00,D\n';

interface Opened {
  readonly name: string;
  readonly sha256: string;
  readonly texts: { readonly name: string; readonly content: string }[];
  readonly bytes: number;
}

async function open(input: LogInput): Promise<Opened> {
  let bytes = 0;
  const count = (more: number) => {
    bytes += more;
  };
  return withLog(input, count, async (log) => {
    const texts = [];
    for await (const { name, chunks } of log.texts()) texts.push({ name, content: await text(chunks) });
    return { name: log.name, sha256: await log.sha256(), texts, bytes };
  });
}

function openFile(content: string | Uint8Array, name = 'a.csv'): Promise<Opened> {
  return withSpool(null, async (folder) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return open({ path });
  });
}

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('a log file', () => {
  const zipped = zipOf({ 'log.csv': TEXT });
  const gzipped = gzipSync(TEXT);

  it.each<[string, string, () => Promise<Uint8Array>]>([
    ['.csv', 'a.csv', () => Promise.resolve(Buffer.from(TEXT))],
    ['.csv.gz', 'a.csv.gz', () => Promise.resolve(gzipped)],
    [
      '.csv.gz of several members',
      'a.csv.gz',
      () => Promise.resolve(Buffer.concat([TEXT.slice(0, 9), TEXT.slice(9)].map((part) => gzipSync(part)))),
    ],
    ['.zip', 'a.zip', () => zipped],
    ['.gz named .csv', 'a.csv', () => Promise.resolve(gzipped)],
    ['.zip named .csv', 'a.csv', () => zipped],
    ['.csv named .zip', 'a.zip', () => Promise.resolve(Buffer.from(TEXT))],
  ])('%s is read by what it is, and its digest is of the bytes as given', async (_, name, contentOf) => {
    const content = await contentOf();
    expect(await openFile(content, name)).toEqual({
      name,
      sha256: sha256(content),
      texts: [{ name, content: TEXT }],
      bytes: content.length,
    });
  });

  it('of less than four bytes is read', async () => {
    expect((await openFile('x')).texts).toEqual([{ name: 'a.csv', content: 'x' }]);
  });

  it('larger than a chunk is read whole', async () => {
    const long = TEXT.repeat(20_000);
    const opened = await openFile(long);
    expect(opened.texts[0]?.content).toBe(long);
    expect(opened.sha256).toBe(sha256(long));
  });

  it('can be given another name than its path has', async () => {
    const opened = await withSpool(null, async (folder) => {
      await writeFile(join(folder, '0001'), TEXT);
      return open({ path: join(folder, '0001'), name: 'Email Log.csv' });
    });
    expect(opened).toMatchObject({ name: 'Email Log.csv', texts: [{ name: 'Email Log.csv' }] });
  });
});

describe('standard input', () => {
  it.each<[string, () => Promise<Uint8Array>]>([
    ['.csv', () => Promise.resolve(Buffer.from(TEXT))],
    ['.csv.gz', () => Promise.resolve(gzipSync(TEXT))],
    ['.zip', () => zipOf({ 'log.csv': TEXT })],
  ])('may be a %s and is named -', async (_, contentOf) => {
    const content = await contentOf();
    expect(await open({ stdin: Readable.from([content.subarray(0, 1), content.subarray(1)]) })).toEqual({
      name: '-',
      sha256: sha256(content),
      texts: [{ name: '-', content: TEXT }],
      bytes: content.length,
    });
  });

  it('without a byte is an error, not a log without rows', async () => {
    await expect(open({ stdin: Readable.from([]) })).rejects.toThrow('standard input: the file is empty (0 bytes)');
  });
});

describe('the digest of a file whose rest is not read', () => {
  it('is of all its bytes', async () => {
    const long = TEXT.repeat(40_000);
    const digest = await withSpool(null, async (folder) => {
      const path = join(folder, 'a.csv');
      await writeFile(path, long);
      return withLog(
        { path },
        () => undefined,
        async (log) => {
          for await (const { chunks } of log.texts()) {
            const first = await chunks[Symbol.asyncIterator]().next();
            expect(first.done).toBe(false);
          }
          return log.sha256();
        },
      );
    });
    expect(digest).toBe(sha256(long));
  });
});

describe('a file that cannot be opened', () => {
  it('because it is empty says what was expected and what to do', async () => {
    await expect(openFile('')).rejects.toMatchObject({
      name: 'AuditError',
      exitCode: 1,
      message: 'a.csv: the file is empty (0 bytes); expected at least the header row of an Email Log',
      remedy: expect.stringContaining('again'),
    });
  });

  it('because it is not there names it and the reason', async () => {
    await expect(open({ path: '/nowhere/a.csv' })).rejects.toMatchObject({
      name: 'AuditError',
      message: expect.stringMatching(/^a\.csv: the file cannot be read: ENOENT/),
      remedy: expect.stringContaining('path'),
    });
  });

  it('because it is a folder says so', async () => {
    await withSpool(null, async (folder) => {
      await expect(open({ path: folder })).rejects.toMatchObject({
        name: 'AuditError',
        message: expect.stringContaining('found a folder; expected a file'),
      });
    });
  });
});

describe('a .csv.gz that is damaged', () => {
  const whole = gzipSync(TEXT.repeat(100));

  it.each([
    ['cut in its data', whole.subarray(0, whole.length - 20)],
    ['cut in its trailer', whole.subarray(0, whole.length - 3)],
    ['cut after its header', whole.subarray(0, 10)],
    ['of which two bytes are left', whole.subarray(0, 2)],
    ['with a wrong checksum', Buffer.concat([whole.subarray(0, -8), Buffer.alloc(4), whole.subarray(-4)])],
    ['whose second member is cut', Buffer.concat([whole, whole.subarray(0, 30)])],
  ])('is an error: %s', async (_, content) => {
    await expect(openFile(content, 'a.csv.gz')).rejects.toMatchObject({
      name: 'AuditError',
      message: expect.stringMatching(/^a\.csv\.gz: the compressed file cannot be unpacked: /),
      remedy: expect.stringContaining('cut or damaged'),
    });
  });
});
