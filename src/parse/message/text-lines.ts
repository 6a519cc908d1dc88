import { TextDecoder } from 'node:util';

/** A longer line is cut: no header of a real message comes near it, and memory must not grow with a hostile one. */
const MAX_LINE_CHARS = 4_000_000;

/**
 * The lines of a message file without their ends, as many at a time as one piece of it holds. UTF-16 is recognised by its byte order mark, everything else is
 * taken for UTF-8, and bytes that are not become U+FFFD. Lines end in LF or CRLF; in CR where the file has no LF.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let partial = '';
  let separator: string | undefined;
  for await (const piece of decoded(chunks)) {
    separator ??= piece.includes('\r') && !piece.includes('\n') ? '\r' : '\n';
    const lines = piece.split(separator);
    const rest = lines.pop() ?? '';
    if (lines.length > 0) {
      lines[0] = partial + (lines[0] ?? '');
      partial = '';
      yield lines.map(withoutEnd);
    }
    if (partial.length < MAX_LINE_CHARS) partial += rest;
  }
  if (partial !== '') yield [withoutEnd(partial)];
}

/** Mail clients and editors leave `\r\r\n` behind, and blanks that only look like blanks. */
function withoutEnd(line: string): string {
  let end = Math.min(line.length, MAX_LINE_CHARS);
  while (end > 0 && line.charCodeAt(end - 1) === 13) end--;
  return line.slice(0, end).replaceAll('\u00a0', ' ');
}

async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let held = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (decoder !== undefined) {
      yield decoder.decode(chunk, { stream: true });
      continue;
    }
    held = Buffer.concat([held, chunk]);
    // A byte order mark may come in pieces, and the first line tells how lines end.
    if (held.length < 4096) continue;
    decoder = decoderFor(held);
    yield decoder.decode(held, { stream: true });
  }
  yield decoder === undefined ? decoderFor(held).decode(held) : decoder.decode();
}

function decoderFor(start: Uint8Array): TextDecoder {
  if (start[0] === 0xff && start[1] === 0xfe) return new TextDecoder('utf-16le');
  if (start[0] === 0xfe && start[1] === 0xff) return new TextDecoder('utf-16be');
  return new TextDecoder('utf-8');
}
