import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { ARCHIVE_LIMITS, logEntriesOf } from '../../src/parse/archive.ts';
import { withLog } from '../../src/parse/log-input.ts';
import { withSpool } from '../../src/support/spool.ts';
import { zipOf } from '../support/zip.ts';

const TEXT = 'Date/Time,Mail Event\n2026-11-03 10:00,D\n';

/** Name and content of every log in the archive, as the program reads them. */
async function read(archive: Buffer): Promise<Record<string, string>> {
  return withSpool(null, async (folder) => {
    const path = join(folder, 'a.zip');
    await writeFile(path, archive);
    return withLog(
      { path },
      () => undefined,
      async (log) => {
        const contents: Record<string, string> = {};
        for await (const { name, chunks } of log.texts()) contents[name] = await text(chunks);
        return contents;
      },
    );
  });
}

async function entriesWithin(archive: Buffer, limits: Partial<typeof ARCHIVE_LIMITS>): Promise<string[]> {
  return withSpool(null, async (folder) => {
    const path = join(folder, 'a.zip');
    await writeFile(path, archive);
    const names: string[] = [];
    const all = { ...ARCHIVE_LIMITS, ...limits };
    for await (const { name } of logEntriesOf(path, 'a.zip', () => undefined, all)) names.push(name);
    return names;
  });
}

describe('the logs of an archive', () => {
  it.each<[string, Record<string, string | Buffer>, Record<string, string>]>([
    ['one log goes by the name of the archive', { 'deep/log.csv': TEXT }, { 'a.zip': TEXT }],
    [
      'several go by their own, in their order',
      { '2.csv': '2', '1.CSV': '1' },
      { 'a.zip:2.csv': '2', 'a.zip:1.CSV': '1' },
    ],
    ['an entry may be compressed once more', { 'log.csv.gz': gzipSync(TEXT) }, { 'a.zip': TEXT }],
    ['of both kinds', { '1.csv': '1', '2.csv.gz': gzipSync('2') }, { 'a.zip:1.csv': '1', 'a.zip:2.csv.gz': '2' }],
    ['other files are left out', { 'read me.txt': 'x', 'log.csv': TEXT, 'log.csv.sha256': 'y' }, { 'a.zip': TEXT }],
    ['and what macOS adds', { 'log.csv': TEXT, '__MACOSX/._log.csv': 'x', '._log.csv': 'y' }, { 'a.zip': TEXT }],
  ])('%s', async (_, entries, expected) => {
    expect(await read(await zipOf(entries))).toEqual(expected);
  });

  it('need not be compressed', async () => {
    expect(await read(await zipOf({ 'log.csv': TEXT }, { compress: false }))).toEqual({ 'a.zip': TEXT });
  });
});

describe('an archive without a log', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['empty', {}, /found no entries; expected a \.csv or \.csv\.gz entry/],
    ['of other files', { 'a.txt': 'x', 'b.zip': 'y' }, /found "a\.txt", "b\.zip"; expected/],
    [
      'of a file named after a person',
      { 'ann@acme.example.txt': 'x' },
      /found "\[address\]@acme\.example\.txt"; expected/,
    ],
    [
      'of many other files',
      Object.fromEntries(Array.from({ length: 9 }, (_, number) => [`${number}.txt`, 'x'])),
      /"4\.txt" and 4 more; expected/,
    ],
  ])('says what it found: %s', async (_, entries, message) => {
    await expect(read(await zipOf(entries))).rejects.toMatchObject({
      name: 'AuditError',
      message: expect.stringMatching(message),
      remedy: expect.stringContaining('archive'),
    });
  });
});

describe('an archive that is damaged', () => {
  const damaged = {
    name: 'AuditError',
    message: expect.stringMatching(/^a\.zip: the (\.zip archive|compressed file) cannot be/),
    remedy: expect.stringContaining('fetch it again'),
  };

  it.each([
    ['in the middle', 0.5],
    ['in its table of entries', 0.9],
    ['before its last byte', 0.999],
  ])('is refused: cut %s', async (_, part) => {
    const whole = await zipOf({ 'log.csv': TEXT.repeat(50) });
    const cut = whole.subarray(0, Math.min(whole.length - 1, Math.floor(whole.length * part)));
    await expect(read(cut)).rejects.toMatchObject(damaged);
  });

  it('is refused: its compressed data is overwritten', async () => {
    const archive = await zipOf({ 'log.csv': TEXT.repeat(50) });
    archive.fill(0xff, 40, 60);
    await expect(read(archive)).rejects.toMatchObject(damaged);
  });

  it('is refused: its data does not have the checksum that it states', async () => {
    const archive = await zipOf({ 'log.csv': TEXT }, { compress: false });
    const at = archive.indexOf('2026');
    archive.write('2025', at);
    await expect(read(archive)).rejects.toMatchObject(damaged);
  });

  it('is refused: it is encrypted', async () => {
    const archive = await zipOf({ 'log.csv': TEXT });
    // Bit 0 of the general purpose flags, in the local and in the central header (APPNOTE.TXT 4.3.7, 4.3.12).
    for (const [signature, offset] of [
      ['PK\u0003\u0004', 6],
      ['PK\u0001\u0002', 8],
    ] as const) {
      const flags = archive.indexOf(signature, 0, 'latin1') + offset;
      archive.writeUInt8(archive.readUInt8(flags) | 1, flags);
    }
    await expect(read(archive)).rejects.toMatchObject({
      name: 'AuditError',
      message: 'a.zip: opening the archive, found an encrypted entry; expected none',
      remedy: expect.stringContaining('by hand'),
    });
  });
});

describe('the limits of an archive', () => {
  const entries = { '1.csv': 'x'.repeat(2000), '2.csv': 'y'.repeat(2000) };

  it.each([
    ['the number of entries', { maxEntries: 1 }, /found 2 entries; expected at most 1/],
    ['the bytes they unpack to', { maxTotalBytes: 3000 }, /found 4000 bytes; expected at most 3000/],
    ['how far one is compressed', { maxRatio: 1.5 }, /unpacks to 2 times its size; expected at most 1.5/],
  ])('are held: %s', async (_, limits, message) => {
    await expect(entriesWithin(await zipOf(entries), limits)).rejects.toMatchObject({
      name: 'AuditError',
      message: expect.stringMatching(message),
    });
  });

  it('let an archive pass that stays within them', async () => {
    expect(await entriesWithin(await zipOf(entries), { maxEntries: 2, maxTotalBytes: 4000, maxRatio: 2 })).toEqual([
      '1.csv',
      '2.csv',
    ]);
  });

  it('leave room for a log of rows that are much alike', async () => {
    const log =
      TEXT + '"3/06/2026 10:00","D","ann@acme.example","TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384"\n'.repeat(50_000);
    expect(Object.keys(await read(await zipOf({ 'log.csv': log })))).toEqual(['a.zip']);
  });
});

describe('the names of entries', () => {
  it.each(['../../outside.csv', '/etc/outside.csv', 'C:\\outside.csv', '..\\outside.csv'])(
    'never become paths: %j',
    async (hostile) => {
      const harmless = 'x'.repeat(hostile.length - 4) + '.csv';
      const archive = await zipOf({ [harmless]: TEXT });
      // The library that packs refuses such names, so it is written over the harmless one afterwards.
      const renamed = Buffer.from(archive.toString('latin1').replaceAll(harmless, hostile), 'latin1');
      await withSpool(null, async (folder) => {
        const path = join(folder, 'a.zip');
        await writeFile(path, renamed);
        const outcome = await withLog(
          { path },
          () => undefined,
          async (log) => {
            for await (const { chunks } of log.texts()) for await (const chunk of chunks) expect(chunk).toBeDefined();
            return 'read';
          },
        ).catch((error: unknown) => error);
        // Refused by name, or read where it lies: nothing is written in either case.
        if (outcome !== 'read') expect(outcome).toMatchObject({ name: 'AuditError' });
        expect(await readdir(folder)).toEqual(['a.zip']);
        expect(existsSync(join(folder, hostile))).toBe(false);
      });
    },
  );
});
