import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CsvRecords } from '../../src/parse/csv-records.ts';
import { bytesOneByOne } from './reading.ts';

interface Found {
  readonly fields: string[];
  readonly line: number;
}

async function parse(chunks: readonly Uint8Array[]): Promise<Found[]> {
  const found: Found[] = [];
  const records = new CsvRecords((fields, line) => found.push({ fields, line }));
  for (const chunk of chunks) await records.feed(chunk);
  await records.finish();
  return found;
}

function parseText(text: string): Promise<Found[]> {
  return parse([Buffer.from(text)]);
}

describe('records and the lines they start on', () => {
  it.each([
    ['LF', 'a,b\nc,d\n'],
    ['CRLF', 'a,b\r\nc,d\r\n'],
    ['CR', 'a,b\rc,d\r'],
    ['LF without a last one', 'a,b\nc,d'],
    ['CRLF without a last one', 'a,b\r\nc,d'],
    ['mixed line ends', 'a,b\r\nc,d\r'],
  ])('%s', async (_, text) => {
    const expected = [
      { fields: ['a', 'b'], line: 1 },
      { fields: ['c', 'd'], line: 2 },
    ];
    expect(await parseText(text)).toEqual(expected);
    expect(await parse(bytesOneByOne(Buffer.from(text)))).toEqual(expected);
  });

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('a quoted field may hold line breaks (%s), and the next record stands after them', async (_, newline) => {
    const text = ['a,b', '"x', '', 'y",d', 'e,f'].join(newline);
    expect(await parseText(text)).toEqual([
      { fields: ['a', 'b'], line: 1 },
      { fields: [`x${newline}${newline}y`, 'd'], line: 2 },
      { fields: ['e', 'f'], line: 5 },
    ]);
  });

  it('blank lines are no records, and count as lines', async () => {
    expect(await parseText('\n\na\n\n\nb\nc\n\n')).toEqual([
      { fields: ['a'], line: 3 },
      { fields: ['b'], line: 6 },
      { fields: ['c'], line: 7 },
    ]);
  });

  it.each([
    ['a quoted nothing is a record', '""\na', [[''], ['a']]],
    ['a doubled quote is one quote', '"say ""no"""\n', [['say "no"']]],
    ['a quote inside an unquoted field is a character', 'a 5" disk,b\n', [['a 5" disk', 'b']]],
    ['quotes around a word of an unquoted field are characters', 'say "no" twice,b\n', [['say "no" twice', 'b']]],
    ['spaces are kept', ' a , b \n', [[' a ', ' b ']]],
    ['a record may have any number of fields', 'a,b\nc\nd,e,f\n', [['a', 'b'], ['c'], ['d', 'e', 'f']]],
    ['characters of several bytes may be cut anywhere', 'ä,日時,𝄞\n', [['ä', '日時', '𝄞']]],
  ])('%s', async (_, text, fields) => {
    expect((await parseText(text)).map((record) => record.fields)).toEqual(fields);
    expect((await parse(bytesOneByOne(Buffer.from(text)))).map((record) => record.fields)).toEqual(fields);
  });
});

describe('any text', () => {
  const newline = fc.constantFrom('\n', '\r\n', '\r');
  const field = fc.string({ unit: fc.constantFrom('a', 'ä', ',', '"', '\n', '\r\n', '\r', ' '), maxLength: 6 });
  const record = fc.record({
    // A record that is a single empty unquoted field would be a blank line.
    fields: fc.array(field, { minLength: 2, maxLength: 4 }),
    blankLinesBefore: fc.nat({ max: 2 }),
  });

  it('gives back the fields that were written and the lines on which they were', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 8 }), newline, fc.boolean(), async (records, end, cut) => {
        let text = '';
        let line = 1;
        const expected: Found[] = [];
        for (const { fields, blankLinesBefore } of records) {
          text += end.repeat(blankLinesBefore);
          line += blankLinesBefore;
          expected.push({ fields, line });
          text += fields.map((value) => `"${value.replaceAll('"', '""')}"`).join(',') + end;
          line += 1 + (fields.join('x').match(/\r\n|\r|\n/g)?.length ?? 0);
        }
        const bytes = Buffer.from(text);
        expect(await parse(cut ? bytesOneByOne(bytes) : [bytes])).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
