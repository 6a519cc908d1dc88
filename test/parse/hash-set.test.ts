import { describe, expect, it } from '@jest/globals';
import { HashSet } from '../../src/parse/hash-set.ts';

/** mulberry32: seeded, so that a failure can be repeated. */
function wordsFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return mixed ^ (mixed >>> 14);
  };
}

describe('HashSet', () => {
  it('knows every hash again through hundreds of splits, and no other one', () => {
    const set = new HashSet();
    const word = wordsFrom(1);
    const hashes = Array.from({ length: 300_000 }, () => [word(), word()] as const);
    expect(hashes.filter(([low, high]) => !set.add(low, high))).toEqual([]);
    expect(hashes.filter(([low, high]) => set.add(low, high))).toEqual([]);
    const other = wordsFrom(2);
    expect(Array.from({ length: 1000 }, () => set.add(other(), other())).includes(false)).toBe(false);
  });

  it('tells hashes apart that share one of their words', () => {
    const set = new HashSet();
    const added = [
      [7, 9],
      [7, -9],
      [8, 9],
      [-1, -1],
      [-1, 0],
    ].map(([low = 0, high = 0]) => set.add(low, high));
    expect(added).toEqual([true, true, true, true, true]);
    expect(set.add(7, 9)).toBe(false);
  });

  it('holds a hash of zeros', () => {
    const set = new HashSet();
    expect(set.add(0, 0)).toBe(true);
    expect(set.add(0, 0)).toBe(false);
  });
});
