import { describe, expect, it } from '@jest/globals';
import { unauditedDays, unauditedNote } from '../../src/judge/unaudited.ts';

const WINDOW = { from: new Date('2026-11-16T00:00:00Z'), to: new Date('2026-11-23T00:00:00Z') };

describe('unauditedNote', () => {
  it.each<[string, string[], string | undefined, string | undefined]>([
    ['nothing before the first run', [], undefined, undefined],
    ['nothing where the first day is in the window', [], '2026-11-16', undefined],
    ['nothing where all is covered', ['2026-11-14', '2026-11-15'], '2026-11-14', undefined],
    ['one day', ['2026-11-14'], '2026-11-14', '1 day before this window was never completely audited (2026-11-15)'],
    [
      'several days',
      ['2026-11-13'],
      '2026-11-12',
      '3 days before this window were never completely audited (between 2026-11-12 and 2026-11-15)',
    ],
    [
      'no day further back than Salesforce keeps logs',
      [],
      '2025-01-01',
      '30 days before this window were never completely audited (between 2026-10-17 and 2026-11-15)',
    ],
  ])('says %s', (_name, covered, firstDay, expected) => {
    const note = unauditedNote(unauditedDays(WINDOW, new Set(covered), firstDay));
    if (expected === undefined) expect(note).toBeUndefined();
    else expect(note).toContain(expected);
  });
});
