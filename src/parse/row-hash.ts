import { randomBytes } from 'node:crypto';

/** 64 bits of a row, in two halves of 32 signed bits. */
export interface RowHash {
  low: number;
  high: number;
}

/** Multipliers of MurmurHash3 (Appleby, public domain): odd, and spreading bits well. */
const C1 = 0xcc9e2d51 | 0;
const C2 = 0x1b873593 | 0;
const FINAL_1 = 0x85ebca6b | 0;
const FINAL_2 = 0xc2b2ae35 | 0;

/**
 * Makes a 64-bit hash over all fields of a row and the places where they end. The seed is random for every process:
 * nobody can write a row beforehand that hides another. Every step, and the end, is a bijection of all 64 bits, so rows
 * that differ in one step never share a hash.
 *
 * Our own because it runs for every row: hashing the joined row with node:crypto made `scan` a third slower
 * (docs/decisions/0004-duplicate-filter.md).
 * @param order positions of the fields in the order in which they are hashed; undefined takes them as they stand
 * @param result is filled and given back, so that a row costs no memory
 */
export function createRowHash(): (
  fields: readonly string[],
  order: readonly number[] | undefined,
  result: RowHash,
) => RowHash {
  const seed = randomBytes(8);
  const seedLow = seed.readInt32LE(0);
  const seedHigh = seed.readInt32LE(4);
  return (fields, order, result) => {
    let low = seedLow;
    let high = seedHigh;
    const count = order === undefined ? fields.length : order.length;
    for (let position = 0; position < count; position++) {
      const field = fields[order === undefined ? position : (order[position] ?? 0)] ?? '';
      const length = field.length;
      const fours = length & ~3;
      for (let at = 0; at < fours; at += 4) {
        low = Math.imul(low ^ (field.charCodeAt(at) | (field.charCodeAt(at + 1) << 16)), C1);
        low = (((low << 13) | (low >>> 19)) + high) | 0;
        high = Math.imul(high ^ (field.charCodeAt(at + 2) | (field.charCodeAt(at + 3) << 16)), C2);
        high = ((high << 17) | (high >>> 15)) ^ low;
      }
      // What is left over, at most 3 characters, and the length.
      let first = 0;
      let second = length << 16;
      if (fours < length) first = field.charCodeAt(fours);
      if (fours + 1 < length) first |= field.charCodeAt(fours + 1) << 16;
      if (fours + 2 < length) second |= field.charCodeAt(fours + 2);
      low = Math.imul(low ^ first, C1);
      low = (((low << 13) | (low >>> 19)) + high) | 0;
      high = Math.imul(high ^ second, C2);
      high = ((high << 17) | (high >>> 15)) ^ low;
    }
    result.low = mix((low + Math.imul(high, C2)) | 0);
    result.high = mix(high ^ result.low);
    return result;
  };
}

function mix(state: number): number {
  let mixed = state;
  mixed = Math.imul(mixed ^ (mixed >>> 16), FINAL_1);
  mixed = Math.imul(mixed ^ (mixed >>> 13), FINAL_2);
  return mixed ^ (mixed >>> 16);
}
