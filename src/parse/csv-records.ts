import { CsvError, Parser } from 'csv-parse';
import { AuditError } from '../support/errors.ts';

/** A record longer than this is a quote that was opened and never closed. */
const MAX_RECORD_CHARACTERS = 1_000_000;

/** One record with the 1-based line on which it starts and the number of further lines it spans. */
export type RecordSink = (fields: string[], line: number, furtherLines: number) => void;

/**
 * csv-parse as a push parser: `push` is where a Transform hands each record on, so taking records there spares the
 * stream's read buffer and one promise a record, and `info` still belongs to the record at hand.
 */
export class CsvRecords extends Parser {
  readonly #sink: RecordSink;
  #line = 1;
  #linesSeen = 0;
  #emptySeen = 0;

  constructor(sink: RecordSink) {
    super({
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
      max_record_size: MAX_RECORD_CHARACTERS,
    });
    this.#sink = sink;
    // feed() and finish() reject with it; without a listener the event itself would end the process.
    this.on('error', () => undefined);
  }

  override push(fields: unknown): boolean {
    if (!isRecord(fields)) return super.push(null);
    const { lines, empty_lines: empty } = this.info;
    const line = this.#line + (empty - this.#emptySeen);
    const breaks = lines - this.#linesSeen === 1 + (empty - this.#emptySeen) ? 0 : lineBreaksIn(fields);
    this.#line = line + 1 + breaks;
    this.#linesSeen = lines;
    this.#emptySeen = empty;
    this.#sink(fields, line, breaks);
    return true;
  }

  /** Line on which the record after the last complete one starts. */
  get nextLine(): number {
    return this.#line + (this.info.empty_lines - this.#emptySeen);
  }

  /** Feeds a chunk and waits until its records went to the sink. */
  async feed(chunk: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Feeds what is left at the end of the input. */
  async finish(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.once('error', reject);
      this.end(() => resolve());
    });
  }
}

/**
 * Why the rest of a file cannot be parsed, in words; undefined where the error is no matter of CSV.
 * Both kinds leave one record that was begun and never ended.
 */
export function unreadableRest(error: unknown): string | undefined {
  if (!(error instanceof CsvError)) return undefined;
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
    return 'a quote is opened here and never closed: the file is cut or damaged, and nothing after this line could be read';
  }
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    return (
      `the record is longer than ${MAX_RECORD_CHARACTERS} characters, as after a quote that is never closed: ` +
      'nothing after this line was read'
    );
  }
  throw new AuditError(`unexpected answer of the CSV parser: ${error.code}`, {
    remedy: 'This is a defect of the program: report it with the version and, if you can, the line.',
    cause: error,
  });
}

function isRecord(value: unknown): value is string[] {
  return Array.isArray(value);
}

function lineBreaksIn(fields: readonly string[]): number {
  let breaks = 0;
  for (const field of fields) breaks += field.match(/\r\n|\n|\r/g)?.length ?? 0;
  return breaks;
}
