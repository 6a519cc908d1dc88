import type { LogRow, TimeReadings } from '../../src/model/log-row.ts';
import { DuplicateFilter } from '../../src/parse/duplicates.ts';
import { type ReadOptions, type ReadSummary, readLog } from '../../src/parse/log-reader.ts';

export interface ReadRow extends LogRow {
  readonly times: TimeReadings;
}

/** Reads a text (or its chunks) as one log and collects the rows handed on. */
export async function readText(
  text: string | Uint8Array | readonly Uint8Array[],
  options: Partial<ReadOptions> = {},
): Promise<ReadSummary & { readonly seen: ReadRow[] }> {
  const seen: ReadRow[] = [];
  const chunks = typeof text === 'string' ? [Buffer.from(text)] : text instanceof Uint8Array ? [text] : text;
  const summary = await readLog(
    { name: 'a.csv', chunks: chunksOf(chunks) },
    { dateOrder: 'auto', knownWindow: undefined, duplicates: new DuplicateFilter(), ...options },
    { add: (row, times) => void seen.push({ ...row, times }) },
  );
  return { ...summary, seen };
}

/** Times of the rows under the order the reading came to. */
export function timesOf({ seen, dateOrder }: { seen: readonly ReadRow[]; dateOrder: string }): string[] {
  return seen.map(({ times }) =>
    new Date(dateOrder === 'mdy' ? times.monthFirstMs : times.dayFirstMs).toISOString().replace('.000Z', 'Z'),
  );
}

/** The text cut into chunks of one byte. */
export function bytesOneByOne(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

export async function* chunksOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
