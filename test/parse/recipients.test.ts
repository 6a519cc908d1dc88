import { describe, expect, it } from '@jest/globals';
import { readRecipients } from '../../src/parse/recipients.ts';

function written(field: string): string[] | undefined {
  return readRecipients(field)?.map(({ mailbox, domain }) => `${mailbox} at ${domain}`);
}

describe('one address', () => {
  it.each([
    ['ann@acme.example', 'ann at acme.example'],
    ['  ann@acme.example\t', 'ann at acme.example'],
    ['Ann@ACME.Example', 'ann at acme.example'],
    ['ann@acme.example.', 'ann at acme.example'],
    ['<ann@acme.example>', 'ann at acme.example'],
    ['Ann of Acme <ann@acme.example>', 'ann at acme.example'],
    ['"of Acme, Ann" <ann@acme.example>', 'ann at acme.example'],
    ['ann@bücher.example', 'ann at xn--bcher-kva.example'],
    ['ann@BÜCHER.example.', 'ann at xn--bcher-kva.example'],
    ['ann@xn--bcher-kva.example', 'ann at xn--bcher-kva.example'],
    ['ann@例え。example', 'ann at xn--r8jz45g.example'],
    ['ann+news@sub.acme.example', 'ann+news at sub.acme.example'],
    ['"ann@home"@acme.example', '"ann@home" at acme.example'],
    ['"ann;bob,carl"@acme.example', '"ann;bob,carl" at acme.example'],
    [String.raw`"ann\";bob"@acme.example`, String.raw`"ann\";bob" at acme.example`],
    ["o'brien@acme.example", "o'brien at acme.example"],
    ['ann@localhost', 'ann at localhost'],
    ['ann@[192.0.2.1]', 'ann at [192.0.2.1]'],
    ['ann@0x7f.1', 'ann at 0x7f.1'],
    ['ann@<script>alert(1)</script>', 'ann at <script>alert(1)</script>'],
    ['ann@=cmd.example', 'ann at =cmd.example'],
    ['ann@__proto__', 'ann at __proto__'],
  ])('%j', (field, address) => {
    expect(written(field)).toEqual([address]);
  });
});

describe('several addresses', () => {
  it.each([
    ['ann@acme.example;bob@other.example', ['ann at acme.example', 'bob at other.example']],
    ['ann@acme.example, bob@other.example', ['ann at acme.example', 'bob at other.example']],
    ['ann@acme.example; ,bob@other.example;', ['ann at acme.example', 'bob at other.example']],
    ['"a;b"@acme.example;<bob@other.example>', ['"a;b" at acme.example', 'bob at other.example']],
    ['ann@acme.example;ann@acme.example', ['ann at acme.example', 'ann at acme.example']],
  ])('%j', (field, addresses) => {
    expect(written(field)).toEqual(addresses);
  });
});

describe('what is no address', () => {
  it.each([
    '',
    '  ',
    ';',
    'ann',
    'acme.example',
    '@acme.example',
    'ann@',
    'ann@.',
    'ann@...',
    'ann@home@acme.example',
    '<>',
    'ann@acme.example;bob',
    '"ann@acme.example;bob@other.example',
    'ann@acm\uFFFD.example',
  ])('%j is not read, not even in part', (field) => {
    expect(readRecipients(field)).toBeUndefined();
  });
});
