import { TextDecoder } from 'node:util';
import { AuditError } from '../support/errors.ts';

const UTF8_BOM = [0xef, 0xbb, 0xbf];

/** What shows that a text is not as it was written, although it can be read; what stands there may hide rows. */
export type Damage = 'holds NUL bytes' | 'ends within a character';

/**
 * Turns text bytes into UTF-8 without a byte order mark: UTF-16 is recognised by its mark, everything else is
 * taken for UTF-8. Which encoding Salesforce uses is not published.
 * @param onDamage told of zeros in the midst of the text, as a copy leaves them that was preallocated or broke, and of half a
 *   character at its end
 * @throws AuditError for UTF-16 without a mark, which would otherwise look like a file without columns.
 */
export async function* asUtf8(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  onDamage: (damage: Damage) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  let decoder: TextDecoder | undefined;
  let begun = false;
  for await (const chunk of atLeast(chunks, 4)) {
    let rest = chunk;
    if (!begun) {
      begun = true;
      decoder = utf16Decoder(chunk);
      if (decoder === undefined) {
        if (chunk.subarray(0, 1024).includes(0)) {
          throw new AuditError(
            `${name}: reading text, found NUL bytes; expected UTF-8, or UTF-16 with a byte order mark`,
            {
              remedy: 'Convert the file to UTF-8, or request the log again.',
            },
          );
        }
        if (UTF8_BOM.every((byte, position) => chunk[position] === byte)) rest = chunk.subarray(UTF8_BOM.length);
      }
    }
    const text = decoder === undefined ? rest : Buffer.from(decoder.decode(rest, { stream: true }));
    if (text.includes(0)) onDamage('holds NUL bytes');
    yield text;
  }
  const half = decoder?.decode() ?? '';
  if (half !== '') onDamage('ends within a character');
  yield Buffer.from(half);
}

function utf16Decoder(start: Uint8Array): TextDecoder | undefined {
  if (start[0] === 0xff && start[1] === 0xfe) return new TextDecoder('utf-16le');
  if (start[0] === 0xfe && start[1] === 0xff) return new TextDecoder('utf-16be');
  return undefined;
}

/** Holds back the first chunks until they have `size` bytes together, or the input ends. */
async function* atLeast(chunks: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (held === undefined) {
      yield chunk;
      continue;
    }
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    if (held.length < size) continue;
    yield held;
    held = undefined;
  }
  if (held !== undefined && held.length > 0) yield held;
}
