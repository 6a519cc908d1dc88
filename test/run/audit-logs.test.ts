import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { AuditedInput, AuditOptions } from '../../src/run/audit-log.ts';
import { type AuditedLogs, auditLogs } from '../../src/run/audit-logs.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { AuditError } from '../../src/support/errors.ts';
import { withSpool } from '../../src/support/spool.ts';
import { logText } from '../support/log-text.ts';
import { zipOf } from '../support/zip.ts';

/** Audits files of these names and contents, in this order. */
async function audit(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<AuditOptions> & Pick<AuditedInput, 'knownWindow'> = {},
): Promise<AuditedLogs> {
  const { knownWindow, ...rest } = options;
  return withSpool(null, async (folder) => {
    const inputs = Object.keys(files).map((name) => ({
      path: join(folder, name),
      ...(knownWindow === undefined ? {} : { knownWindow }),
    }));
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    return auditLogs(inputs, {
      policy: DEFAULT_POLICY,
      window: undefined,
      dateOrder: 'auto',
      onBytes: () => undefined,
      unreadable: 'stop',
      ...rest,
    });
  });
}

function deliveriesOf({ tally }: AuditedLogs): Record<string, number> {
  return Object.fromEntries([...tally.domains].map(([domain, { deliveries }]) => [domain, deliveries]));
}

function messages(first: number, last: number) {
  return Array.from({ length: last - first + 1 }, (_, index) => ({ 'Internal Message ID': `16/A4-${first + index}` }));
}

const NO_LOG = 'Name,Phone\nAnn,1\n';

describe('a log that is cut within its last word', () => {
  const whole = logText(messages(1, 3)).trimEnd();

  it.each([8, 4, 2])(
    'is named, because the rest of it is missing: after %i letters of "Unverified"',
    async (letters) => {
      const cut = whole.slice(0, whole.length - 'Unverified'.length + letters);
      const { failures, tally } = await audit({ 'a.csv': cut });
      expect(failures).toEqual([{ source: 'a.csv', reason: expect.stringContaining('ends within a word') }]);
      expect(tally.counts.deliveries).toBe(3);
    },
  );

  it('is none where it ends with the word, or where the word stands in a row before', async () => {
    const before = logText([{ TLS_Verified: 'Verif' }, {}]);
    expect((await audit({ 'a.csv': whole, 'b.csv': before })).failures).toEqual([]);
  });
});

describe('a log that is damaged, although each of its rows can be read', () => {
  const rows = [
    ...messages(1, 300),
    { 'Internal Message ID': '16/A4-301', TLS_Cipher: ':' },
    { 'Internal Message ID': '16/A4-302' },
  ];
  const whole = logText(rows);

  it('is named where zeros stand in place of rows: one row begins before them and ends behind them', async () => {
    const bytes = Buffer.from(whole);
    const lines = whole.split('\n');
    // From within the id of one row to the same place of a later one, over the row in plaintext.
    const placeIn = (line: number) =>
      lines.slice(0, line).join('\n').length + 1 + (lines[line] ?? '').indexOf('16/A4') + 7;
    bytes.fill(0, placeIn(300), placeIn(302));
    const { failures, tally, rejected } = await audit({ 'a.csv': bytes });
    expect({ rejected, violations: tally.counts.violations }).toEqual({ rejected: 0, violations: 0 });
    expect(failures).toEqual([{ source: 'a.csv', reason: expect.stringContaining('holds NUL bytes') }]);
  });

  it('is named where it ends within a character of UTF-16', async () => {
    const bytes = Buffer.from(`\uFEFF${whole.trimEnd()}`, 'utf16le');
    const { failures } = await audit({ 'a.csv': bytes.subarray(0, -1) });
    expect(failures).toEqual([{ source: 'a.csv', reason: expect.stringContaining('ends within a character') }]);
    expect((await audit({ 'a.csv': bytes })).failures).toEqual([]);
  });
});

describe('an archive that holds more than logs', () => {
  it('names what was not read, so that nobody takes it for read', async () => {
    const archive = await zipOf({ 'log.csv': logText([{}]), 'log-2.txt': logText([{ TLS_Cipher: ':' }]) });
    const { failures, sources } = await audit({ 'a.zip': archive });
    expect(sources.map(({ name }) => name)).toEqual(['a.zip']);
    expect(failures).toEqual([{ source: 'a.zip:log-2.txt', reason: expect.stringContaining('was not read') }]);
  });

  it('passes over what macOS adds', async () => {
    const { failures } = await audit({
      'a.zip': await zipOf({ 'log.csv': logText([{}]), '__MACOSX/._log.csv': 'x', '.DS_Store': 'y' }),
    });
    expect(failures).toEqual([]);
  });
});

describe('several files', () => {
  it('are one audit: deliveries add up, and a row of both counts once', async () => {
    const audited = await audit({ 'a.csv': logText(messages(1, 4)), 'b.csv': logText(messages(3, 6)) });
    expect(audited).toMatchObject({ rejected: 0, duplicates: 2, failures: [] });
    expect(audited.tally.counts).toMatchObject({ deliveries: 6, events: { D: 6 } });
    expect(audited.sources.map(({ name, rows }) => [name, rows])).toEqual([
      ['a.csv', 4],
      ['b.csv', 4],
    ]);
  });

  it('have a digest each, of the bytes as given', async () => {
    const files = { 'a.csv': logText([{}]), 'b.csv.gz': gzipSync(logText(messages(1, 2))) };
    const { sources } = await audit(files);
    expect(sources.map(({ sha256 }) => sha256)).toEqual(
      Object.values(files).map((content) => createHash('sha256').update(content).digest('hex')),
    );
  });

  it('each have an order of day and month of their own', async () => {
    const audited = await audit({
      'dmy.csv': logText([{ 'Date/Time': '3/06/2026 10:00' }, { 'Date/Time': '13/06/2026 10:00' }]),
      'mdy.csv': logText([{ 'Date/Time': '6/13/2026 11:00' }, { 'Date/Time': '6/03/2026 10:00' }]),
      'iso.csv': logText([{ 'Date/Time': '2026-06-05T10:00:00Z' }]),
    });
    expect(audited.sources.map(({ dateOrder }) => dateOrder)).toEqual(['dmy', 'mdy', 'unambiguous']);
    expect(new Date(audited.tally.firstMs).toISOString()).toBe('2026-06-03T10:00:00.000Z');
    expect(new Date(audited.tally.lastMs).toISOString()).toBe('2026-06-13T11:00:00.000Z');
  });

  it('keep the first 100 rejects between them, each with its file and line', async () => {
    const broken = (count: number) => logText(Array.from({ length: count }, () => ({ 'Date/Time': 'soon' })));
    const { rejected, rejects } = await audit({ 'a.csv': broken(60), 'b.csv': broken(70) });
    expect(rejected).toBe(130);
    expect(rejects).toHaveLength(100);
    expect(rejects[59]).toMatchObject({ source: 'a.csv', line: 61 });
    expect(rejects[60]).toMatchObject({ source: 'b.csv', line: 2 });
  });
});

describe('an archive of several logs', () => {
  it('is a source for each, under the digest of the archive', async () => {
    const archive = await zipOf({ '1.csv': logText(messages(1, 2)), '2.csv.gz': gzipSync(logText(messages(2, 4))) });
    const audited = await audit({ 'week.zip': archive });
    const sha256 = createHash('sha256').update(archive).digest('hex');
    expect(audited.sources).toMatchObject([
      { name: 'week.zip:1.csv', rows: 2, sha256 },
      { name: 'week.zip:2.csv.gz', rows: 3, sha256 },
    ]);
    expect(audited).toMatchObject({ duplicates: 1 });
    expect(audited.tally.counts.deliveries).toBe(4);
  });
});

describe('standard input', () => {
  it('is audited like a file', async () => {
    const audited = await auditLogs([{ stdin: Readable.from([logText(messages(1, 3))]) }], {
      policy: DEFAULT_POLICY,
      window: undefined,
      dateOrder: 'auto',
      onBytes: () => undefined,
      unreadable: 'stop',
    });
    expect(audited.sources).toMatchObject([{ name: '-', rows: 3 }]);
  });
});

describe('the window', () => {
  it('leaves rows out and counts them; duplicates are told before', async () => {
    const rows = [
      { 'Date/Time': '2026-11-02T23:59:59Z' },
      { 'Date/Time': '2026-11-03T00:00:00Z' },
      { 'Date/Time': '2026-11-04T00:00:00Z', TLS_Cipher: ':' },
    ];
    const window = { from: new Date('2026-11-03T00:00:00Z'), to: new Date('2026-11-04T00:00:00Z') };
    const audited = await audit({ 'a.csv': logText(rows), 'b.csv': logText(rows) }, { window });
    expect(audited.duplicates).toBe(3);
    expect(audited.tally.counts).toMatchObject({ outsideWindow: 2, deliveries: 1, violations: 0 });
  });
});

describe('the known window of a file', () => {
  it('decides the order of day and month', async () => {
    const knownWindow = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-04-01T00:00:00Z') };
    const { sources } = await audit({ 'a.csv': logText([{ 'Date/Time': '3/06/2026 10:00' }]) }, { knownWindow });
    expect(sources).toMatchObject([{ dateOrder: 'mdy' }]);
  });
});

describe('a file that cannot be read', () => {
  const whole = logText(messages(1, 2000));
  const cutGzip = gzipSync(whole).subarray(0, -20);

  it.each<[string, string | Uint8Array, RegExp]>([
    ['empty', '', /^bad\.csv: the file is empty/],
    ['without the columns', NO_LOG, /^bad\.csv: the header row has no column/],
    ['with dates in doubt', logText([{ 'Date/Time': '3/06/2026 10:00' }]), /^bad\.csv: cannot tell the order of day/],
    ['cut', cutGzip, /^bad\.csv: the compressed file cannot be unpacked/],
  ])('stops the audit where that was asked: %s', async (_, content, message) => {
    await expect(audit({ 'good.csv': logText([{}]), 'bad.csv': content })).rejects.toThrow(message);
  });

  it('is named with its reason where that was asked, and the others are judged', async () => {
    const audited = await audit(
      { 'bad.csv': NO_LOG, 'good.csv': logText(messages(1, 3)), 'empty.csv': '' },
      { unreadable: 'name' },
    );
    expect(audited.failures).toMatchObject([
      { source: 'bad.csv', reason: expect.stringMatching(/^the header row has no column/) },
      { source: 'empty.csv', reason: expect.stringMatching(/^the file is empty/) },
    ]);
    expect(audited.sources.map(({ name }) => name)).toEqual(['good.csv']);
    expect(audited.tally.counts.deliveries).toBe(3);
  });

  it.each([
    ['before the whole file', ['cut.csv.gz', 'whole.csv']],
    ['after it', ['whole.csv', 'cut.csv.gz']],
  ])('takes no row away from a file it shares rows with: %s', async (_, order) => {
    const contents: Record<string, string | Uint8Array> = { 'cut.csv.gz': cutGzip, 'whole.csv': whole };
    const files = Object.fromEntries(order.map((name) => [name, contents[name] ?? '']));
    const audited = await audit(files, { unreadable: 'name' });
    expect(audited.failures.map(({ source }) => source)).toEqual(['cut.csv.gz']);
    expect(audited).toMatchObject({ duplicates: 0, rejected: 0, rejects: [] });
    expect(audited.sources).toMatchObject([{ name: 'whole.csv', rows: 2000 }]);
    expect(audited.tally.counts.deliveries).toBe(2000);
  });

  it('leaves nothing of the entries of its archive that could be read', async () => {
    const archive = await zipOf({ '1.csv': logText(messages(1, 5)), '2.csv': NO_LOG });
    const audited = await audit({ 'a.zip': archive, 'b.csv': logText(messages(4, 6)) }, { unreadable: 'name' });
    expect(audited.failures).toMatchObject([{ source: 'a.zip' }]);
    expect(audited.duplicates).toBe(0);
    expect(deliveriesOf(audited)).toEqual({ 'acme.example': 3 });
  });

  it('may be every file there is', async () => {
    const audited = await audit({ 'bad.csv': NO_LOG, 'worse.csv': '' }, { unreadable: 'name' });
    expect(audited.failures).toHaveLength(2);
    expect(audited.sources).toEqual([]);
    expect(audited.tally.counts.deliveries).toBe(0);
  });
});

describe('a file whose rest cannot be read', () => {
  it('is judged up to there, and its digest is still of all its bytes', async () => {
    const content = logText([{}, `2026-11-03 10:00,"${'x'.repeat(1_100_000)}`, {}]);
    const { sources, rejected, tally } = await audit({ 'a.csv': content });
    expect(sources).toMatchObject([{ rows: 2, sha256: createHash('sha256').update(content).digest('hex') }]);
    expect({ rejected, deliveries: tally.counts.deliveries }).toEqual({ rejected: 1, deliveries: 1 });
  });
});

describe('an audit that is aborted', () => {
  it.each(['stop', 'name'] as const)(
    'ends with the reason, and takes no file for unreadable (%s)',
    async (unreadable) => {
      const reason = new AuditError('interrupted by SIGTERM');
      const signal = AbortSignal.abort(reason);
      await expect(audit({ 'a.csv': logText([{}]), 'b.csv': logText([{}]) }, { unreadable, signal })).rejects.toBe(
        reason,
      );
    },
  );
});

describe('progress', () => {
  it('hears of every byte once', async () => {
    let bytes = 0;
    const content = logText(messages(1, 20_000));
    await audit({ 'a.csv': content }, { onBytes: (more) => void (bytes += more) });
    expect(bytes).toBe(Buffer.byteLength(content));
  });
});

describe('an address in the name of a file', () => {
  it('stands in no part of the result, whose digest still tells which file it was', async () => {
    const bad = '"é","bad"';
    const archive = await zipOf({ 'cy@secret.example/log.csv': logText([{}]), 'dan@secret.example.txt': 'x' });
    const log = logText([{}, { 'Date/Time': 'never' }]);
    const audited = await audit(
      { 'bob@secret.example 1.csv': log, 'ann@secret.example.zip': archive, 'eve@secret.example.csv': NO_LOG + bad },
      { unreadable: 'name' },
    );
    expect(audited.sources).toEqual([
      expect.objectContaining({
        name: '[address]@secret.example 1.csv',
        sha256: createHash('sha256').update(log).digest('hex'),
      }),
      expect.objectContaining({ name: '[address]@secret.example.zip' }),
    ]);
    expect(audited.rejects).toMatchObject([{ source: '[address]@secret.example 1.csv' }]);
    expect(audited.failures.map(({ source }) => source)).toEqual([
      '[address]@secret.example.csv',
      '[address]@secret.example.zip:[address]@secret.example.txt',
    ]);
    const { sources, rejects, failures, extents } = audited;
    expect(JSON.stringify({ sources, rejects, failures, extents })).not.toMatch(/(bob|ann|cy|dan|eve)@/);
  });
});
