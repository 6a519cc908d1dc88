import { describe, expect, it } from '@jest/globals';
import { nameWithoutPeople, normaliseDomain } from '../../src/support/addresses.ts';

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

describe('nameWithoutPeople', () => {
  it.each([
    ['EmailLog-2026-11-22.csv.gz', 'EmailLog-2026-11-22.csv.gz'],
    ['bob@secret.example 2026-11-22.csv', '[address]@secret.example 2026-11-22.csv'],
    ['log of bob.b+x@secret.example.csv', 'log of [address]@secret.example.csv'],
    ['"bob b"@secret.example.csv', '[address]@secret.example.csv'],
    ['logs.zip:ann@a.example/bob@b.example.csv', 'logs.zip:[address]@a.example/[address]@b.example.csv'],
    ['a@b@c.csv', '[address]@[address]@c.csv'],
    ['a]@c.csv', '[address]@c.csv'],
    ['josé@firma.example.csv', '[address]@firma.example.csv'],
    ['log john.doe%40acme.example.csv', 'log [address]@acme.example.csv'],
    ['bob\uFF20acme.example.csv', '[address]@acme.example.csv'],
    ['a%40b%40c.csv', '[address]@[address]@c.csv'],
    ['50%.csv', '50%.csv'],
    ['@2026.csv', '@2026.csv'],
  ])('%j is shown as %j, and stays so', (name, shown) => {
    expect(nameWithoutPeople(name)).toBe(shown);
    expect(nameWithoutPeople(shown)).toBe(shown);
  });

  it('takes no longer for a long name than for many short ones', () => {
    expect(nameWithoutPeople('"a'.repeat(100_000))).toHaveLength(200_000);
  });
});
