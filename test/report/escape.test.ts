import { describe, expect, it } from '@jest/globals';
import { domainText, elide, headerToken, htmlText, momentsWhole, prose } from '../../src/report/escape.ts';

describe('prose', () => {
  it.each([
    ['550 <bob@example.com> refused', '550 <[address]> refused'],
    ['"carol smith"@example.org refused', '[address] refused'],
    ["o'brien@example.com", '[address]'],
    ['no address @ all, nor @home', 'no address @ all, nor @home'],
    ['two\r\nlines\tand \u001b[2J', 'two lines and \\u{1b}[2J'],
  ])('%j is shown as %s', (text, shown) => {
    expect(prose(text)).toBe(shown);
  });

  it.each([
    ['a sentence that is too long, by far', 25, 'a sentence that is too…'],
    ['a sentence that fits', 20, 'a sentence that fits'],
    ['https://x.example/a-single-word-without-a-blank', 20, 'https://x.…t-a-blank'],
    ['short https://x.example/a-single-word-without-a-blank', 30, 'short https://x…ithout-a-blank'],
  ])('%j in %d characters ends after a word: %s', (text, length, shown) => {
    expect(prose(text, length)).toBe(shown);
    expect(shown.length).toBeLessThanOrEqual(length);
  });

  it('takes time in proportion to the length', () => {
    const start = performance.now();
    prose('a'.repeat(200_000));
    prose('"a'.repeat(100_000));
    domainText(`${'a'.repeat(200_000)}@`);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

it('shortens in the middle and never leaves half a character', () => {
  expect(elide('customer-portal.example', 11)).toBe('custo…ample');
  expect(elide('short', 5)).toBe('short');
  for (let length = 4; length < 12; length++) {
    expect(elide('😀'.repeat(10), length)).not.toMatch(/\p{Cs}/u);
    expect(elide('x'.repeat(20), length)).toHaveLength(length);
  }
});

it('escapes every character with a meaning in HTML', () => {
  expect(htmlText(`<a b="c" d='e'>&`)).toBe('&#60;a b=&#34;c&#34; d=&#39;e&#39;&#62;&#38;');
});

it.each([
  ['41', '41'],
  ['a b\r\nc', 'a-b-c'],
  ['..a..b..', 'a.b'],
  ['<>', 'unnamed'],
  ['', 'unnamed'],
])('%j in a Message-ID is %s', (text, token) => {
  expect(headerToken(text)).toBe(token);
});

it.each([
  ['id, 2026-11-22 09:03 UTC', 'id, <b>2026-11-22 09:03 UTC</b>'],
  ['2026-11-22 10:03 Europe/Amsterdam (09:03 UTC)', '<b>2026-11-22 10:03</b> Europe/Amsterdam (09:03 UTC)'],
  ['EmailLog-2026-11-22.csv, line 12026-11-22 09:03', 'EmailLog-2026-11-22.csv, line 12026-11-22 09:03'],
])('the moments of %s stand whole', (text, whole) => {
  expect(momentsWhole(htmlText(text), 'b').replace(/<span b>(.*?)<\/span>/g, '<b>$1</b>')).toBe(whole);
});
