import { describe, expect, it } from '@jest/globals';
import { renderCsv, renderViolationsCsv } from '../../src/report/csv.ts';
import { csvCell } from '../../src/report/escape.ts';
import { expectGolden } from './golden.ts';
import { empty, fail, hostile, pass } from './samples.ts';

const HEADER =
  'domain,status,deliveries,violations,TLSv1.3,TLSv1.2,TLSv1.1,TLSv1.0,SSLv3,SSLv2,plaintext,unrecognised,' +
  'ciphers,verified,unverified,firstSeen,lastSeen,change,since,nights,downgrade,excepted';

it('is as agreed', () => {
  expectGolden('report-fail.csv', renderCsv(fail));
  expectGolden('violations-fail.csv', renderViolationsCsv(fail));
  expectGolden('report-hostile.csv', renderCsv(hostile));
});

it('has a line for every domain, each ended by CRLF', () => {
  const lines = renderCsv(fail).split('\r\n');
  expect(lines[0]).toBe(HEADER);
  expect(lines).toHaveLength(fail.domains.length + 2);
  expect(lines.at(-1)).toBe('');
  expect(lines.join('')).not.toMatch(/[\r\n]/);
  expect(lines[1]).toBe(
    'mail.acme-industries.example,violating,7,6,0,1,0,0,0,0,6,0,ECDHE-RSA-AES256-GCM-SHA384=1,1,0,' +
      '2026-11-22T00:04:00.000Z,2026-11-22T23:41:00.000Z,new,2026-11-22,1,plaintext,0',
  );
});

it('has nothing but the header where no domain fits', () => {
  expect(renderCsv(empty)).toBe(`${HEADER}\r\n`);
  expect(renderViolationsCsv(pass)).toBe(`${HEADER}\r\n`);
});

describe('a cell', () => {
  it.each([
    ['acme.example', 'acme.example'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@sum(a1)', "'@sum(a1)"],
    ['\t=1', "'\\u{9}=1"],
    ['\tx', "'\\u{9}x"],
    ['\rx', "'\\u{d}x"],
    ['\nx', "'\\u{a}x"],
    [' =1', "' =1"],
    ['＝1', "'＝1"],
    ['a,b', '"a,b"'],
    ['a"b', '"a""b"'],
    ['="x",1', `"'=""x"",1"`],
    ['a\r\nb', 'a\\u{d}\\u{a}b'],
    ['a\u001b[0m', 'a\\u{1b}[0m'],
    [' padded ', '" padded "'],
    ['', ''],
    [-5, '-5'],
  ])('%j is written %s', (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });
});
