import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DuplicateFilter } from '../../src/parse/duplicates.ts';
import { LOG_COLUMNS, logText } from '../support/log-text.ts';
import { readText } from './reading.ts';

describe('DuplicateFilter', () => {
  // Few and awkward values, so that rows repeat and differ only in where one field ends and the next begins.
  const field = fc.string({
    unit: fc.constantFrom('a', 'b', ',', '"', ' ', '\u001F', '\u0000', '\uFFFF', 'ä'),
    maxLength: 2,
  });

  it('finds exactly the rows that a set of whole rows finds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field, field), { maxLength: 3000, size: 'max' }), (rows) => {
        const rowsOfFile = new DuplicateFilter().rowsOf(['a', 'b', 'c']);
        const seen = new Set<string>();
        for (const row of rows) {
          const key = JSON.stringify(row);
          expect(rowsOfFile.isDuplicate(row)).toBe(seen.has(key));
          seen.add(key);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('tells rows apart that only differ in where a field ends, whatever the fields hold', () => {
    const rowsOfFile = new DuplicateFilter().rowsOf(['a', 'b']);
    expect(rowsOfFile.isDuplicate(['x\u001F', 'y'])).toBe(false);
    expect(rowsOfFile.isDuplicate(['x', '\u001Fy'])).toBe(false);
  });

  it('remembers every row while it grows', () => {
    const rowsOfFile = new DuplicateFilter().rowsOf(['a', 'b']);
    const rows = Array.from({ length: 200_000 }, (_, number) => [String(number), 'x']);
    expect(rows.filter((row) => rowsOfFile.isDuplicate(row))).toHaveLength(0);
    expect(rows.filter((row) => !rowsOfFile.isDuplicate(row))).toHaveLength(0);
  });

  it('compares by column name, whatever the order of columns', () => {
    const filter = new DuplicateFilter();
    expect(filter.rowsOf(['a', 'b', 'c']).isDuplicate(['1', '2', '3'])).toBe(false);
    expect(filter.rowsOf(['c', 'a', 'b']).isDuplicate(['3', '1', '2'])).toBe(true);
    expect(filter.rowsOf(['c', 'a', 'b']).isDuplicate(['1', '2', '3'])).toBe(false);
  });

  it('keeps the order of columns that have the same name', () => {
    const filter = new DuplicateFilter();
    expect(filter.rowsOf(['a', 'note', 'note']).isDuplicate(['1', 'x', 'y'])).toBe(false);
    expect(filter.rowsOf(['note', 'note', 'a']).isDuplicate(['x', 'y', '1'])).toBe(true);
    expect(filter.rowsOf(['note', 'note', 'a']).isDuplicate(['y', 'x', '1'])).toBe(false);
  });

  it('takes rows with other columns for other rows', () => {
    const filter = new DuplicateFilter();
    expect(filter.rowsOf(['a', 'b']).isDuplicate(['1', '2'])).toBe(false);
    expect(filter.rowsOf(['a', 'c']).isDuplicate(['1', '2'])).toBe(false);
    expect(filter.rowsOf(['a', 'b', 'c']).isDuplicate(['1', '2', ''])).toBe(false);
  });
});

describe('duplicates of a log', () => {
  const once = { 'Internal Message ID': '16/A4-1' };

  it('are rows identical in every field, however they are quoted', async () => {
    const [, row = ''] = logText([once]).trimEnd().split('\n');
    const quoted = row
      .split(',')
      .map((field) => `"${field}"`)
      .join(',');
    const read = await readText(logText([row, row, quoted, { ...once, 'Seconds in Queue': '2' }]));
    expect(read).toMatchObject({ rows: 4, rejected: 0, duplicates: 2 });
    expect(read.seen).toHaveLength(2);
  });

  it('are told by columns that the audit does not read as well', async () => {
    const columns = [...LOG_COLUMNS, 'Added 2027'];
    const [, row = ''] = logText([once], { columns }).trimEnd().split('\n');
    expect(await readText(logText([row, `${row}x`, row], { columns }))).toMatchObject({ rows: 3, duplicates: 1 });
  });

  it('are found across files whose columns stand in another order and are spelled otherwise', async () => {
    const duplicates = new DuplicateFilter();
    const rows = [once, { 'Internal Message ID': '16/A4-2' }];
    const reversed = logText(rows, { columns: LOG_COLUMNS.toReversed() }).replace(
      'Message ID Header',
      'MESSAGE_ID-HEADER',
    );
    expect(await readText(logText(rows), { duplicates })).toMatchObject({ rows: 2, duplicates: 0 });
    expect(await readText(reversed, { duplicates })).toMatchObject({ rows: 2, duplicates: 2, seen: [] });
  });

  it('are not found across files with other sets of columns', async () => {
    const duplicates = new DuplicateFilter();
    await readText(logText([once]), { duplicates });
    const read = await readText(logText([once], { columns: LOG_COLUMNS.slice(0, -1) }), { duplicates });
    expect(read).toMatchObject({ rows: 1, duplicates: 0 });
  });

  it('are not rejected rows: those are counted once, as rejected', async () => {
    const broken = { ...once, 'Date/Time': 'soon' };
    expect(await readText(logText([broken, broken]))).toMatchObject({ rows: 2, rejected: 2, duplicates: 0 });
  });
});
