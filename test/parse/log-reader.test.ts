import { describe, expect, it } from '@jest/globals';
import { type LogFields, logText } from '../support/log-text.ts';
import { bytesOneByOne, readText } from './reading.ts';

describe('a row that cannot be read is rejected with its line and a reason', () => {
  it.each<[string, LogFields | string, RegExp]>([
    ['too few fields', '2026-11-03 10:00,D', /2 fields .* 15/],
    ['too many fields', ','.repeat(20), /21 fields .* 15/],
    ['a line of spaces', '   ', /1 field.* 15/],
    ['a date that is none', { 'Date/Time': 'soon' }, /Date\/Time "soon"/],
    ['no date', { 'Date/Time': '' }, /Date\/Time ""/],
    ['an impossible date', { 'Date/Time': '2026-02-30 10:00' }, /Date\/Time "2026-02-30 10:00"/],
    ['a D row without recipient', { Recipient: '' }, /Recipient/],
    ['a D row whose recipient has no domain', { Recipient: 'ann' }, /Recipient/],
    ['a D row with one unreadable recipient of two', { Recipient: 'ann@acme.example;bob' }, /Recipient/],
  ])('%s', async (_, row, reason) => {
    const read = await readText(logText([{}, row, {}]));
    expect(read).toMatchObject({ rows: 3, rejected: 1, duplicates: 0 });
    expect(read.seen).toHaveLength(2);
    expect(read.rejects).toEqual([{ source: 'a.csv', line: 3, reason: expect.stringMatching(reason) }]);
  });

  it.each<[string, LogFields]>([
    ['as an unreadable recipient', { Recipient: 'ann.of.acme' }],
    ['in the column of the date', { 'Date/Time': 'ann@acme.example' }],
  ])('never repeats a person’s address: %s', async (_, row) => {
    const { rejects } = await readText(logText([row]));
    expect(rejects).toHaveLength(1);
    expect(JSON.stringify(rejects)).not.toContain('ann');
  });

  it('never repeats a field of any length', async () => {
    const { rejects } = await readText(logText([{ 'Date/Time': 'x'.repeat(5000) }]));
    expect(rejects[0]?.reason.length).toBeLessThan(200);
  });
});

describe('the recipient', () => {
  it.each(['R', 'T', 'P', 'X'])('of a row of Mail Event %s need not be readable', async (event) => {
    const read = await readText(logText([{ 'Mail Event': event, Recipient: '' }]));
    expect(read).toMatchObject({ rows: 1, rejected: 0 });
    expect(read.seen[0]?.recipients).toEqual([]);
  });
});

describe('Mail Event', () => {
  it.each([
    ['R', 'R'],
    ['D', 'D'],
    ['T', 'T'],
    ['P', 'P'],
    [' D ', 'D'],
    ['', 'other'],
    ['X', 'other'],
    ['DD', 'other'],
    ['constructor', 'other'],
  ])('%j is %s', async (written, event) => {
    const { seen } = await readText(logText([{ 'Mail Event': written }]));
    expect(seen.map((row) => row.event)).toEqual([event]);
  });
});

describe('the TLS fields', () => {
  it('are handed on as they stand in the log', async () => {
    const { seen } = await readText(logText([{ TLS_Cipher: ' : ', TLS_Verified: 'Verified' }]));
    expect(seen[0]).toMatchObject({ tlsCipher: ' : ', tlsVerified: 'Verified' });
  });

  it('may lack TLS_Verified', async () => {
    const { seen } = await readText(logText([{}], { columns: ['Date/Time', 'Mail Event', 'Recipient', 'TLS_Cipher'] }));
    expect(seen[0]).toMatchObject({ tlsVerified: '', tlsCipher: 'TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384' });
  });
});

describe('the lines of rejects', () => {
  const broken = { 'Date/Time': 'soon' };

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('count the line breaks inside quoted fields (%s)', async (_, newline) => {
    const text = logText([broken, { 'Delivery Stage': `during${newline}RCPT${newline}TO` }, broken], { newline });
    expect((await readText(text)).rejects.map(({ line }) => line)).toEqual([2, 6]);
    expect((await readText(bytesOneByOne(Buffer.from(text)))).rejects.map(({ line }) => line)).toEqual([2, 6]);
  });

  it('are those on which the record starts', async () => {
    const text = logText([{ ...broken, 'Delivery Stage': 'during\nRCPT TO' }, broken]);
    expect((await readText(text)).rejects.map(({ line }) => line)).toEqual([2, 4]);
  });

  it('count blank lines, which are no rows', async () => {
    const text = `\n\n${logText([broken, {}]).replaceAll('\n', '\n\n')}soon`;
    const read = await readText(text);
    expect(read).toMatchObject({ rows: 3, rejected: 2 });
    expect(read.rejects.map(({ line }) => line)).toEqual([5, 9]);
  });

  it('are those of the first 100; the others are counted', async () => {
    const read = await readText(logText(Array.from({ length: 250 }, () => broken)));
    expect(read).toMatchObject({ rows: 250, rejected: 250 });
    expect(read.rejects.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, number) => number + 2));
  });
});

describe('a text that ends in the middle', () => {
  it('of a quoted field: what stands before is judged, the rest is one rejected row at its line', async () => {
    const text = logText([{}, {}, '2026-11-03 10:00,"16/A4', {}, {}]);
    for (const chunks of [text, bytesOneByOne(Buffer.from(text))]) {
      const read = await readText(chunks);
      expect(read).toMatchObject({ rows: 3, rejected: 1 });
      expect(read.seen).toHaveLength(2);
      expect(read.rejects).toEqual([{ source: 'a.csv', line: 4, reason: expect.stringContaining('never closed') }]);
    }
  });

  it('of a quoted field after blank lines: the line is right', async () => {
    const { rejects } = await readText(`${logText([{}])}\n\n2026-11-03 10:00,"16/A4`);
    expect(rejects.map(({ line }) => line)).toEqual([5]);
  });

  it('of a row: that row is rejected', async () => {
    const read = await readText(logText([{}, {}]).slice(0, -30));
    expect(read).toMatchObject({ rows: 2, rejected: 1 });
    expect(read.rejects[0]).toMatchObject({ line: 3, reason: expect.stringContaining('fields') });
  });
});

describe('a quote that was lost', () => {
  const header = 'Date/Time,Mail Event,Recipient,Message ID Header,TLS_Cipher';

  it.each([
    [
      'a whole row inside a field',
      [
        '2026-11-03 10:01,D,a@a.example,"m2,TLSv1.3:X',
        '2026-11-03 10:02,D,b@b.example,m3,:',
        '2026-11-03 10:03,D,c@c.example,m4",:',
      ],
    ],
    [
      'the beginning of a row',
      ['2026-11-03 10:01,D,a@a.example,"m2,:', '2026-11-03 10:02,D,b@b.example,m3",TLSv1.3:X'],
    ],
  ])('does not hide %s: the record is rejected with its lines', async (_, rows) => {
    const read = await readText([header, ...rows, '2026-11-03 10:09,D,z@z.example,m9,:', ''].join('\n'));
    expect(read).toMatchObject({ rows: 2, rejected: 1 });
    expect(read.rejects).toEqual([
      { source: 'a.csv', line: 2, reason: expect.stringContaining(`lines 2 to ${rows.length + 1} are one record`) },
    ]);
  });

  it('is not seen where a field holds lines of its own', async () => {
    const read = await readText(`${header}\n2026-11-03 10:01,D,a@a.example,"one, two\nthree",:\n`);
    expect(read).toMatchObject({ rows: 1, rejected: 0 });
  });
});

describe('a record longer than any log has', () => {
  const endless = `2026-11-03 10:00,"${'x'.repeat(1_100_000)}`;

  it.each([
    ['in one chunk', (text: string) => [Buffer.from(text)]],
    ['in many chunks', (text: string) => Array.from(text.match(/[^]{1,65536}/g) ?? [], (part) => Buffer.from(part))],
  ])('ends the reading at its line instead of filling the memory: %s', async (_, chunksOf) => {
    const read = await readText(chunksOf(logText([{}, endless, {}])));
    expect(read).toMatchObject({ rows: 2, rejected: 1 });
    expect(read.rejects).toEqual([{ source: 'a.csv', line: 3, reason: expect.stringContaining('1000000 characters') }]);
  });
});

describe('a text without rows', () => {
  it.each([
    ['a header alone', logText([])],
    ['a header without a line end', logText([]).trimEnd()],
    ['a header and blank lines', `${logText([])}\n\n\n`],
  ])('%s has none, and no error', async (_, text) => {
    expect(await readText(text)).toMatchObject({ rows: 0, rejected: 0, duplicates: 0, rejects: [], seen: [] });
  });

  it.each([
    ['nothing at all', ''],
    ['a byte order mark', '\uFEFF'],
    ['blank lines', '\n\n\r\n'],
    ['an unclosed quote', '"Date/Time,Mail Event\n'],
  ])('%s has no header row, which is an error', async (_, text) => {
    await expect(readText(text)).rejects.toMatchObject({
      name: 'AuditError',
      message: expect.stringContaining('a.csv: no header row could be read'),
      remedy: expect.stringContaining('proves nothing'),
    });
  });

  it('that is no Email Log is refused, naming what is missing and what was found', async () => {
    await expect(readText('<!DOCTYPE html>\n<title>Sign in</title>\n')).rejects.toMatchObject({
      message: expect.stringMatching(/no columns "Date\/Time", "Mail Event", .* found: "<!DOCTYPE html>"/),
    });
  });
});

describe('an aborted reading', () => {
  it('ends with the reason', async () => {
    const reason = new Error('stopped by SIGTERM');
    await expect(readText(logText([{}]), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
