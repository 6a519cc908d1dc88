import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { gunzipped } from '../../src/parse/gunzip.ts';

async function read(packed: Buffer, limits?: Parameters<typeof gunzipped>[2]): Promise<number> {
  async function* chunks() {
    for (let at = 0; at < packed.length; at += 1000) yield await Promise.resolve(packed.subarray(at, at + 1000));
  }
  let bytes = 0;
  for await (const chunk of gunzipped(chunks(), 'log.csv.gz', limits)) bytes += chunk.length;
  return bytes;
}

describe('a .gz', () => {
  const row = '3/06/2026 10:00,D,ann@acme.example,TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384\n';

  it('may hold rows that are much alike', async () => {
    const log = Buffer.from(row.repeat(50_000));
    expect(await read(gzipSync(log))).toBe(log.length);
  });

  it('is refused where it unpacks to far more than it is', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20));
    await expect(read(bomb)).rejects.toMatchObject({
      name: 'AuditError',
      message: expect.stringMatching(
        /^log\.csv\.gz: the compressed file unpacks to \d+ times its size; expected at most 400/,
      ),
      remedy: expect.stringContaining('by hand'),
    });
  });

  it('is refused where it unpacks to more than the limit', async () => {
    await expect(read(gzipSync(row.repeat(100)), { maxTotalBytes: 1000, maxRatio: 400 })).rejects.toThrow(
      'expected at most 1000 bytes',
    );
  });

  it('is refused where it is cut', async () => {
    await expect(read(gzipSync(row.repeat(1000)).subarray(0, -9))).rejects.toThrow('cannot be unpacked');
  });
});
