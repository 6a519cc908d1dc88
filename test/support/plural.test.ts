import { describe, expect, it } from '@jest/globals';
import { countOf } from '../../src/support/plural.ts';

describe('countOf', () => {
  it.each([
    [0, 'row', undefined, '0 rows'],
    [1, 'row', undefined, '1 row'],
    [2, 'row', undefined, '2 rows'],
    [1, 'delivery', 'deliveries', '1 delivery'],
    [1200, 'delivery', 'deliveries', '1,200 deliveries'],
    [500_000, 'row', undefined, '500,000 rows'],
  ])('%d %s', (count, one, many, text) => {
    expect(many === undefined ? countOf(count, one) : countOf(count, one, many)).toBe(text);
  });
});
