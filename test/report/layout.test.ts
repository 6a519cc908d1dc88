import { expect, it } from '@jest/globals';
import { cut, wrap } from '../../src/report/layout.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { domain, report } from './samples.ts';

it.each([
  ['short.example', 20, ['short.example']],
  ['mail.some-subsidiary.customer.example', 24, ['mail.some-subsidiary.', 'customer.example']],
  ['mail.acme-international.example', 22, ['mail.acme-', 'international.example']],
  ['mail.acme-international.example', 16, ['mail.acme-', 'international.', 'example']],
  ['a.alabelwithoutanyhyphenatall.example', 16, ['a.alabelwithouta', 'nyhyphenatall.', 'example']],
  ['x'.repeat(9), 4, ['xxxx', 'xxxx', 'x']],
  ['', 4, []],
])('%s in %d columns: the parts of a name stay whole where they can', (text, width, pieces) => {
  expect(cut(text, width)).toEqual(pieces);
  expect(cut(text, width).join('')).toBe(text);
});

it('puts no blank into a name that is longer than a line', () => {
  const name = 'one-part.of-a-name.that-is-much.longer-than-a-line.example';
  for (let width = 12; width < 70; width++) {
    expect(wrap(`see ${name}`, width).join('').replace('see ', '').replace(/^see/, '')).toBe(name);
  }
});

it.each([60, 71, 72, 80])('a table of %d columns breaks no label of a name that has room', (width) => {
  const name = 'outlook.protection.some-subsidiary.customer-industries.example';
  const sample = report({ domains: [domain(name, { plaintext: 1, 'TLSv1.2': 1204 }, { verified: 3, unverified: 1 })] });
  const text = renderTerminal(sample, { color: false, width });
  for (const label of ['outlook', 'protection', 'some', 'subsidiary', 'customer', 'industries', 'example']) {
    expect(text).toContain(label);
  }
  expect(text).toContain('75%');
});
