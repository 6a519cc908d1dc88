import { describe, expect, it } from '@jest/globals';
import { safeText } from '../../src/acquire/safe-text.ts';

describe('text that a server wrote', () => {
  it.each([
    ['ann@acme.example may not', '[address] may not'],
    ['"ann lee"@acme.example may not', '[address] may not'],
    ['<ann@acme.example>, "bob@acme.example"', '<[address]>, "[address]"'],
    ['user=ann%40acme.example may not', '[address] may not'],
    ['no\r\nline\tbreaks', 'no line breaks'],
    ['00Dxx0000001gPL!AQcAQH0dMHEXAMPLEtoken may not', '[redacted] may not'],
    ['see acme--uat.sandbox.my.salesforce.com', 'see acme--uat.sandbox.my.salesforce.com'],
  ])('%j is shown as %j', (text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  it('is read in a moment, whatever it is', () => {
    for (const part of ['a%4', '"a', 'a@', '%40']) expect(safeText(part.repeat(30_000)).length).toBeLessThan(400);
  });
});
