import { type DateOrder, type Reject, sourceLabel } from '../model/report.ts';
import type { LogRow, MailEvent, TimeReadings } from '../model/log-row.ts';
import type { Window } from '../model/window.ts';
import { withoutAddresses } from '../support/addresses.ts';
import { AuditError } from '../support/errors.ts';
import { countOf } from '../support/plural.ts';
import { limitYoungGeneration } from '../support/young-generation.ts';
import { type Columns, resolveColumns } from './columns.ts';
import { CsvRecords, unreadableRest } from './csv-records.ts';
import { DateOrderDetector, type DateOrderSetting } from './date-order.ts';
import type { DuplicateFilter } from './duplicates.ts';
import { asUtf8, type Damage } from './encoding.ts';
import { readLogDate } from './log-date.ts';
import type { LogText } from './log-input.ts';
import { readRecipients, recipientProblem } from './recipients.ts';

export const MAX_REJECTS = 100;

/** Takes the readable rows of one text, each with its time under both readings of the date; and hears of the others. */
export interface RowSink {
  add(row: LogRow, times: TimeReadings): void;
  /** A row that was seen before. */
  repeated?(times: TimeReadings): void;
  /** A row that could not be read. */
  unread?(): void;
}

export interface ReadOptions {
  readonly dateOrder: DateOrderSetting;
  /** The window in which all rows of the file must lie, where that is known. */
  readonly knownWindow: Window | undefined;
  readonly duplicates: DuplicateFilter;
  /** Aborting ends the reading with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface ReadSummary {
  readonly dateOrder: DateOrder;
  /** Every record after the header. */
  readonly rows: number;
  readonly rejected: number;
  readonly duplicates: number;
  /** True where the text ends, or cannot be read further, within a record. */
  readonly cut: boolean;
  /**
   * Undefined where nothing shows that rows are missing although all could be read. A last row that ends within the word of its
   * last field has all its fields, and so has a row that begins before a stretch of zeros and ends behind it.
   */
  readonly damage: Damage | 'ends within a word' | undefined;
  /** The first `MAX_REJECTS`. */
  readonly rejects: readonly Reject[];
}

const EVENTS: ReadonlyMap<string, MailEvent> = new Map([
  ['R', 'R'],
  ['D', 'D'],
  ['T', 'T'],
  ['P', 'P'],
]);

/**
 * Reads one Email Log text to its end, handing every readable, first-seen row to the sink. Rows that cannot be read
 * are counted with their line and reason and never stop the reading.
 * @throws AuditError for a text without the needed columns, or one whose order of day and month cannot be told.
 */
export async function readLog(text: LogText, options: ReadOptions, sink: RowSink): Promise<ReadSummary> {
  const reader = new RowReader(text.name, options, sink);
  const records = new CsvRecords((fields, line, furtherLines) => reader.take(fields, line, furtherLines));
  try {
    for await (const chunk of asUtf8(text.chunks, sourceLabel(text.name), (damage) => reader.noteDamage(damage))) {
      options.signal?.throwIfAborted();
      limitYoungGeneration();
      await records.feed(chunk);
    }
    await records.finish();
  } catch (error) {
    const reason = unreadableRest(error);
    if (reason === undefined) throw error;
    reader.rejectRest(records.nextLine, reason);
  }
  return reader.summary();
}

class RowReader {
  readonly #name: string;
  readonly #options: ReadOptions;
  readonly #sink: RowSink;
  readonly #detector: DateOrderDetector;
  readonly #rejects: Reject[] = [];
  #columns: Columns | undefined;
  #comparison: { isDuplicate(fields: readonly string[]): boolean } | undefined;
  #rows = 0;
  #rejected = 0;
  #duplicates = 0;
  #cut = false;
  #endsWithinWord = false;
  #damage: Damage | undefined;
  #datesDiffer = false;
  #lastDate = '';
  #lastTimes: TimeReadings = readLogDate('');

  constructor(name: string, options: ReadOptions, sink: RowSink) {
    this.#name = name;
    this.#options = options;
    this.#sink = sink;
    this.#detector = new DateOrderDetector(sourceLabel(name), options.knownWindow);
  }

  take(fields: string[], line: number, furtherLines: number): void {
    if (this.#columns === undefined) {
      this.#columns = resolveColumns(fields, sourceLabel(this.#name));
      this.#comparison = this.#options.duplicates.rowsOf(this.#columns.names);
      return;
    }
    this.#rows++;
    this.#endsWithinWord = false;
    const { index, names } = this.#columns;
    if (fields.length !== names.length) {
      this.#reject(line, `${countOf(fields.length, 'field')} where the header has ${names.length}`);
      return;
    }
    if (furtherLines > 0 && holdsRows(fields, index.dateTime, names.length)) {
      const last = line + furtherLines;
      this.#reject(line, `lines ${line} to ${last} are one record: a quote is missing, and rows stand inside a field`);
      return;
    }
    const dateText = fields[index.dateTime] ?? '';
    const times = this.#readDate(dateText);
    if (isUnreadable(times)) {
      this.#reject(line, `Date/Time ${quote(dateText)} is not a date and time this program can read`);
      return;
    }
    if (this.#options.dateOrder === 'auto') this.#detector.add(times, line);
    const eventText = fields[index.mailEvent] ?? '';
    const event = EVENTS.get(eventText) ?? EVENTS.get(eventText.trim().toUpperCase()) ?? 'other';
    const recipients = event === 'D' ? readRecipients(fields[index.recipient] ?? '') : [];
    if (recipients === undefined) {
      this.#reject(line, `Recipient of a D row ${recipientProblem(fields[index.recipient] ?? '')}`);
      return;
    }
    const tlsVerified = index.tlsVerified < 0 ? '' : (fields[index.tlsVerified] ?? '');
    this.#endsWithinWord = tlsVerified !== 'Verified' && tlsVerified !== 'Unverified' && isBeginning(tlsVerified);
    if (this.#comparison?.isDuplicate(fields) === true) {
      this.#duplicates++;
      this.#sink.repeated?.(times);
      return;
    }
    this.#sink.add(
      {
        event,
        eventText,
        recipients,
        tlsCipher: fields[index.tlsCipher] ?? '',
        tlsVerified,
        internalId: index.internalId < 0 ? '' : (fields[index.internalId] ?? ''),
      },
      times,
    );
  }

  /** Counts the record that was begun at the line and could not be read to its end. */
  rejectRest(line: number, reason: string): void {
    if (this.#columns === undefined) return;
    this.#rows++;
    this.#cut = true;
    this.#reject(line, reason);
  }

  noteDamage(damage: Damage): void {
    this.#damage ??= damage;
  }

  summary(): ReadSummary {
    if (this.#columns === undefined) {
      throw new AuditError(
        `${sourceLabel(this.#name)}: no header row could be read; expected the columns of an Email Log`,
        {
          remedy: 'An empty or damaged file proves nothing: request or fetch the log again.',
        },
      );
    }
    const { dateOrder } = this.#options;
    const damage = this.#damage ?? (this.#endsWithinWord ? 'ends within a word' : undefined);
    return {
      dateOrder: dateOrder === 'auto' ? this.#detector.decide() : this.#datesDiffer ? dateOrder : 'unambiguous',
      rows: this.#rows,
      rejected: this.#rejected,
      duplicates: this.#duplicates,
      cut: this.#cut || damage !== undefined,
      damage,
      rejects: this.#rejects,
    };
  }

  /** Rows of a log stand in order of time, so most repeat the minute of the row before. */
  #readDate(text: string): TimeReadings {
    if (text !== this.#lastDate) {
      this.#lastDate = text;
      this.#lastTimes = this.#inOrder(readLogDate(text));
    }
    return this.#lastTimes;
  }

  #inOrder(times: TimeReadings): TimeReadings {
    const { dateOrder } = this.#options;
    if (times.dayFirstMs !== times.monthFirstMs) this.#datesDiffer ||= !isUnreadable(times);
    if (dateOrder === 'auto') return times;
    const timeMs = dateOrder === 'dmy' ? times.dayFirstMs : times.monthFirstMs;
    return { dayFirstMs: timeMs, monthFirstMs: timeMs };
  }

  #reject(line: number, reason: string): void {
    this.#rejected++;
    this.#sink.unread?.();
    if (this.#rejects.length < MAX_REJECTS) this.#rejects.push({ source: this.#name, line, reason });
  }
}

function quote(field: string): string {
  const text = withoutAddresses(field);
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

/**
 * True where a line inside a field looks like a row: as many commas as the header, or a date where the header has it.
 * A quote that was lost swallows whole rows, and the record it makes may still have the right number of fields.
 */
function holdsRows(fields: readonly string[], dateColumn: number, columns: number): boolean {
  return fields.some((field) =>
    field
      .split(/\r\n|\n|\r/)
      .slice(1)
      .some((line) => {
        const cells = line.split(',');
        return cells.length === columns || !isUnreadable(readLogDate((cells[dateColumn] ?? '').replaceAll('"', '')));
      }),
  );
}

/** True for the beginning of a value of TLS_Verified; one letter may be how a log abbreviates. */
function isBeginning(text: string): boolean {
  const word = text.trim().toLowerCase();
  return word.length > 1 && ['verified', 'unverified'].some((whole) => whole.startsWith(word) && whole !== word);
}

function isUnreadable({ dayFirstMs, monthFirstMs }: TimeReadings): boolean {
  return Number.isNaN(dayFirstMs) && Number.isNaN(monthFirstMs);
}
