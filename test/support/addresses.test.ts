import { describe, expect, it } from '@jest/globals';
import { normaliseDomain } from '../../src/support/addresses.ts';

describe('normaliseDomain', () => {
  it.each([
    [' Acme.EXAMPLE. ', 'acme.example'],
    ['straße.example', 'xn--strae-oqa.example'],
    ['MÜNCHEN.example', 'xn--mnchen-3ya.example'],
    ['_dmarc.acme.example', '_dmarc.acme.example'],
  ])('%j is %s', (text, domain) => {
    expect(normaliseDomain(text)).toBe(domain);
  });
});
