import { createRowHash, type RowHash } from './row-hash.ts';

/**
 * Remembers rows by a 64-bit hash over all their fields: 8 bytes a row, at most 15 with the table's free places. Two
 * different rows among 5 million share a hash with a probability below 1 in a million.
 */
export class DuplicateFilter {
  readonly #shards: Shard[] = Array.from({ length: SHARDS }, (_, number) => newShard(number));
  readonly #hash = createRowHash();
  readonly #current: RowHash = { low: 0, high: 0 };
  /** Column sets seen so far: rows are compared by column name, whatever the order of columns in their file. */
  readonly #layouts = new Map<string, { readonly salt: number; readonly names: readonly string[] }>();

  /** Prepares the comparison of one file's rows, whose columns have these (normalised) names. */
  rowsOf(names: readonly string[]): { isDuplicate: (fields: readonly string[]) => boolean } {
    const key = JSON.stringify([...names].sort());
    const layout = this.#layouts.get(key) ?? { salt: Math.imul(this.#layouts.size, 0x9e3779b1), names };
    this.#layouts.set(key, layout);
    const order = orderOf(names, layout.names);
    return {
      isDuplicate: (fields) => {
        const { low, high } = this.#hash(fields, order, this.#current);
        return !this.#add((low ^ layout.salt) >>> 0, high);
      },
    };
  }

  /** False where the hash was there before. */
  #add(low: number, high: number): boolean {
    const shard = this.#shards[high % SHARDS];
    // 0 marks a free place.
    if (shard === undefined || !insert(shard, low === 0 ? 1 : low, high)) return false;
    shard.used++;
    if (shard.used > shard.places * MAX_LOAD) grow(shard);
    return true;
  }
}

const SHARDS = 64;
const MAX_LOAD = 0.8;
const GROWTH = 1.5;

/** Open addressing over pairs of 32-bit words; a low word of 0 marks a free place. */
interface Shard {
  words: Uint32Array<ArrayBuffer>;
  places: number;
  used: number;
}

/** Shards start at different sizes, so that they do not all grow at the same row. */
function newShard(number: number): Shard {
  const places = 256 + 4 * number;
  return { words: new Uint32Array(places * 2), places, used: 0 };
}

function insert(shard: Shard, low: number, high: number): boolean {
  const { words, places } = shard;
  // The hash as a fraction of the table; exact, because the product stays below 2 ** 53.
  let place = Math.floor((low * places) / 2 ** 32);
  for (;;) {
    const found = words[place * 2];
    if (found === 0) break;
    if (found === low && words[place * 2 + 1] === high) return false;
    place = place + 1 === places ? 0 : place + 1;
  }
  words[place * 2] = low;
  words[place * 2 + 1] = high;
  return true;
}

function grow(shard: Shard): void {
  const { words } = shard;
  shard.places = Math.ceil(shard.places * GROWTH);
  shard.words = new Uint32Array(shard.places * 2);
  for (let position = 0; position < words.length; position += 2) {
    const low = words[position] ?? 0;
    if (low !== 0) insert(shard, low, words[position + 1] ?? 0);
  }
  // Gives the old table back now: the garbage collector would let dead tables pile up.
  words.buffer.transfer(0);
}

/** Where each column of `wanted` stands in `names`; undefined where the order is the same. Equal names keep their order. */
function orderOf(names: readonly string[], wanted: readonly string[]): number[] | undefined {
  if (names.every((name, position) => name === wanted[position])) return undefined;
  const taken = new Set<number>();
  return wanted.map((name) => {
    const position = names.findIndex((candidate, index) => candidate === name && !taken.has(index));
    taken.add(position);
    return position;
  });
}
