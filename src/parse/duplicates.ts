import { HashSet } from './hash-set.ts';
import { createRowHash, type RowHash } from './row-hash.ts';

/**
 * Remembers rows by a 64-bit hash over all their fields: 8 bytes a row, about 13 with the set's free places. Two
 * different rows among 5 million share a hash with a probability below 1 in a million.
 */
export class DuplicateFilter {
  readonly #seen = new HashSet();
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
        return !this.#seen.add(low ^ layout.salt, high);
      },
    };
  }
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
