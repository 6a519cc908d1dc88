import { createHash } from 'node:crypto';

/** A repeatable stream of numbers: the same words give the same stream on every machine. */
export class Randomness {
  #state: number;

  constructor(...seed: readonly (string | number)[]) {
    this.#state = createHash('sha256').update(JSON.stringify(seed)).digest().readUInt32LE();
  }

  /** In [0, 1): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.integer(0, items.length - 1)] ?? items[0];
  }

  /** Picks by weight; weights need not add up to anything. */
  pickWeighted<T extends { readonly weight: number }>(items: readonly [T, ...T[]]): T {
    let rest = this.next() * items.reduce((sum, { weight }) => sum + weight, 0);
    for (const item of items) {
      rest -= item.weight;
      if (rest < 0) return item;
    }
    return items[0];
  }

  hex(length: number): string {
    return Array.from({ length }, () => this.integer(0, 15).toString(16))
      .join('')
      .toUpperCase();
  }

  /** Letters and digits, as in Salesforce ids. */
  alphanumeric(length: number): string {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    return Array.from({ length }, () => alphabet.charAt(this.integer(0, alphabet.length - 1))).join('');
  }
}
