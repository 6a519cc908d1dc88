import { AuditError } from '../../support/errors.ts';
import { refuseTooLarge } from '../size-limit.ts';

/** Enough to tell what a file is. */
const START_BYTES = 512;

/** Passes the bytes on, keeps their start and refuses more than `maxBytes`. */
export class ReceivedLog {
  readonly #name: string;
  readonly #maxBytes: number;
  #start = Buffer.alloc(0);

  constructor(name: string, maxBytes: number) {
    this.#name = name;
    this.#maxBytes = maxBytes;
  }

  async *pass(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of chunks) {
      if (this.#start.length < START_BYTES) {
        this.#start = Buffer.concat([this.#start, chunk]).subarray(0, START_BYTES);
      }
      bytes += chunk.byteLength;
      refuseTooLarge(this.#name, bytes, this.#maxBytes);
      yield chunk;
    }
  }

  /** @throws AuditError for anything but a .zip, a .gz or the text of a CSV file */
  refuseOther(): void {
    const found = whatItIs(this.#start);
    if (found === undefined) return;
    throw new AuditError(`downloading ${this.#name}: ${found} came instead of a log (.csv, .gz or .zip)`, {
      remedy: 'Download the log by hand on Setup > Email Log Files: the page says why. Nothing of it was judged.',
    });
  }
}

/** Undefined for what may be a log. */
function whatItIs(start: Buffer): string | undefined {
  if (start.length === 0) return 'an empty file';
  if (start[0] === 0x1f && start[1] === 0x8b) return undefined;
  if (start[0] === 0x50 && start[1] === 0x4b) return undefined;
  const text = textOf(start).replace(/^\uFEFF/, '');
  if (/^\s*</.test(text)) return 'a web page';
  if (text.includes('\0')) return 'a file of an unknown kind';
  return /[,;\t]/.test(text.split(/[\r\n]/, 1)[0] ?? '') ? undefined : 'a text that is no CSV';
}

/** UTF-16 only where a byte order mark says so, as everywhere in this program. */
function textOf(start: Buffer): string {
  const encoding =
    start[0] === 0xff && start[1] === 0xfe ? 'utf-16le' : start[0] === 0xfe && start[1] === 0xff ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding).decode(start);
}
