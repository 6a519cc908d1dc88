import { randomBytes } from 'node:crypto';

/** 64 bits of a row, in two halves. */
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
 * nobody can write a row beforehand that hides another. Each half is a bijection of its state in every step, so rows
 * that differ in one place never share a half.
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
      const pairs = length & ~1;
      for (let at = 0; at < pairs; at += 2) {
        const block = field.charCodeAt(at) | (field.charCodeAt(at + 1) << 16);
        low = Math.imul(low ^ block, C1);
        low = (low << 13) | (low >>> 19);
        high = Math.imul((high + block) | 0, C2) ^ low;
        high = (high << 17) | (high >>> 15);
      }
      const block = (pairs === length ? 0 : field.charCodeAt(pairs)) | (length << 16);
      low = Math.imul(low ^ block, C1);
      low = (low << 13) | (low >>> 19);
      high = Math.imul((high + block) | 0, C2) ^ low;
      high = (high << 17) | (high >>> 15);
    }
    result.low = finish(low ^ high);
    result.high = finish(high + Math.imul(low, C2));
    return result;
  };
}

function finish(state: number): number {
  let mixed = state;
  mixed = Math.imul(mixed ^ (mixed >>> 16), FINAL_1);
  mixed = Math.imul(mixed ^ (mixed >>> 13), FINAL_2);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
