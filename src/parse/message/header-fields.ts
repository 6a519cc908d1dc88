/** One header of a message, unfolded: its value is one line. */
interface HeaderField {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
}

/** The headers of one message as they were found. */
export interface HeaderSection {
  readonly fields: readonly HeaderField[];
  readonly cut: boolean;
}

/** Headers of one message beyond this are not read. */
const MAX_HEADER_CHARS = 8_000_000;

const FIELD = /^([A-Za-z][A-Za-z0-9_-]*)[ \t]*:(?!:)/;
/** Only such headers are taken for the start of a message behind other text: `From:` stands in any note. */
const TRACE_FIELD =
  /^(received|return-path|delivered-to|envelope-to|delivery-date|message-id|mime-version|authentication-results|dkim-signature|arc-[a-z-]+|x-[a-z0-9-]+)[ \t]*:/i;
/** The value of a Received header that was copied without its name. */
const NAMELESS_RECEIVED = /^(?:from|by)[ \t]+(?:[[(]|[^\s()]+[.:][^\s()]|[^\s()]+[ \t]+\()/;
/** RFC 4155, and what mail clients make of it: the line ends in a date with a time and a year, in either order. */
const MBOX_LINE = /^From .*(?:\d{1,2}:\d{2}.* \d{4}| \d{4} \d{1,2}:\d{2}(?::\d{2})?)(?: [-+]?\w{3,6})?[ \t]*$/;
const MAX_MBOX_LINE_CHARS = 500;
/** Nothing to be seen: blanks, control and zero-width characters, or the dot that ends a message in SMTP. */
const BLANK_LINE = /^(?:[\s\p{Cc}\p{Cf}]*|\.)$/u;

type State = 'before' | 'headers' | 'body';

/**
 * Cuts lines into the header sections of messages: raw messages, mailboxes (mbox), and headers pasted from a mail
 * client, which may be indented or quoted, have text before them, have lost the indentation of folded lines, or be
 * no more than one Received line. What follows the headers is skipped.
 */
export class HeaderSections {
  #state: State = 'before';
  #isMbox = false;
  #isFirstLine = true;
  #followsText = false;
  #afterBlank = true;
  /** The last line of a body looks like the start of a message, but no blank line stands before it: some writers leave none. */
  #mayHaveBegun = false;
  #margin = '';
  #nameless = false;
  /** Set while the only line so far was followed by a blank one: double-spaced pastes look like that. */
  #doubleSpaced: 'no' | 'maybe' | 'yes' = 'no';
  #blankLines = 0;
  /** The last line holds blanks alone: the rest of a folded header where a folded line follows (RFC 5322, section 4.2). */
  #awaitsFold = false;
  #lines = 0;
  #chars = 0;
  #cut = false;
  #fields: { name: string; parts: string[] }[] = [];

  /** True once nothing that can still come belongs to a header. */
  get isDone(): boolean {
    return this.#state === 'body' && !this.#isMbox;
  }

  /** Takes the next line; returns the section that it ends, if it ends one. */
  take(raw: string): HeaderSection | undefined {
    if (this.#isMbox && isMboxLine(raw) && (this.#state !== 'body' || this.#afterBlank)) {
      const ended = this.#state === 'body' || this.#fields.length > 0 ? this.end() : undefined;
      this.#restart();
      return ended;
    }
    if (this.#state === 'body') {
      const begun = this.#mayHaveBegun && readField(raw) !== undefined;
      this.#mayHaveBegun = this.#isMbox && isMboxLine(raw);
      this.#afterBlank = raw === '';
      if (!begun) return undefined;
      const ended = this.end();
      this.#restart();
      this.take(raw);
      return ended;
    }
    const line = this.#withoutMargin(raw);
    if (!BLANK_LINE.test(line)) this.#takeText(line, raw);
    else if (this.#state === 'headers' && this.#margin === '' && /^[ \t]+$/.test(raw)) this.#awaitsFold = true;
    else this.#takeBlank();
    return undefined;
  }

  /** The section read last; one without fields where there was none. */
  end(): HeaderSection {
    const fields = this.#fields.map(({ name, parts }) => ({
      name,
      value: parts
        .join(' ')
        .replace(/[ \t]+/g, ' ')
        .trim(),
    }));
    return { fields, cut: this.#cut };
  }

  #restart(): void {
    this.#state = 'before';
    this.#fields = [];
    this.#lines = 0;
    this.#chars = 0;
    this.#cut = false;
    this.#doubleSpaced = 'no';
    this.#blankLines = 0;
    this.#awaitsFold = false;
    this.#nameless = false;
    this.#followsText = false;
    this.#mayHaveBegun = false;
    this.#isFirstLine = true;
  }

  #takeBlank(): void {
    this.#awaitsFold = false;
    if (this.#state === 'before') return;
    this.#blankLines++;
    if (this.#doubleSpaced === 'yes' && this.#blankLines === 1) return;
    if (this.#lines === 1 && this.#doubleSpaced === 'no') {
      this.#doubleSpaced = 'maybe';
      return;
    }
    this.#endHeaders();
  }

  #endHeaders(): State {
    // A summary that a mail client shows above the raw headers (`From:`, `Subject:`) is not yet the message.
    const isSummary = !this.#nameless && !this.#fields.some(({ name }) => TRACE_FIELD.test(`${name}:`));
    this.#state = isSummary && !this.#isMbox ? 'before' : 'body';
    this.#followsText = true;
    this.#afterBlank = true;
    this.#doubleSpaced = 'no';
    this.#blankLines = 0;
    this.#awaitsFold = false;
    this.#lines = 0;
    return this.#state;
  }

  #takeText(line: string, raw: string): void {
    const isFolded = line.startsWith(' ') || line.startsWith('\t');
    if (this.#awaitsFold && !isFolded) this.#takeBlank();
    this.#awaitsFold = false;
    if (this.#state === 'body') return;
    if (this.#state === 'before') {
      this.#takeFirst(line, raw);
      return;
    }
    const isSpaced = this.#blankLines > 0;
    this.#blankLines = 0;
    if (this.#doubleSpaced === 'maybe') {
      if (!isFolded && !TRACE_FIELD.test(line)) {
        if (this.#endHeaders() === 'before') this.#takeFirst(line, raw);
        return;
      }
      this.#doubleSpaced = 'yes';
    } else if (this.#doubleSpaced === 'yes' && !isSpaced && !isFolded) {
      // One header and a body: what was taken since its blank line is text.
      this.#fields.splice(1);
      this.#endHeaders();
      return;
    }
    const field = isFolded ? undefined : readField(line);
    if (field !== undefined) this.#add(field.name, field.value);
    else if (this.#nameless && NAMELESS_RECEIVED.test(line) && line.startsWith('from')) this.#add('received', line);
    else this.#continue(line);
  }

  #takeFirst(line: string, raw: string): void {
    const isFirst = this.#isFirstLine;
    this.#isFirstLine = false;
    if (isFirst && isMboxLine(raw)) {
      this.#isMbox = true;
      this.#restart();
      return;
    }
    let text = line;
    const margin = /^[ \t>]*/.exec(line)?.[0] ?? '';
    if (margin !== '' && this.#margin === '') text = line.slice(margin.length);
    const field = readField(text);
    const begins = field !== undefined && (!this.#followsText || TRACE_FIELD.test(text));
    const beginsNameless = !begins && isFirst && NAMELESS_RECEIVED.test(text);
    if (!begins && !beginsNameless) {
      // `>From ` is what mailbox writers make of an envelope line inside a message.
      if (!text.startsWith('From ')) this.#followsText = true;
      return;
    }
    if (this.#margin === '') this.#margin = margin;
    this.#state = 'headers';
    this.#nameless = beginsNameless;
    if (begins) this.#add(field.name, field.value);
    else this.#add('received', text);
  }

  #withoutMargin(line: string): string {
    if (this.#margin === '') return line;
    if (line.startsWith(this.#margin)) return line.slice(this.#margin.length);
    return line.slice(commonLength(line, this.#margin));
  }

  #add(name: string, value: string): void {
    if (this.#isOverfull(value)) return;
    this.#fields.push({ name, parts: [value] });
  }

  #continue(line: string): void {
    const last = this.#fields.at(-1);
    if (last === undefined || this.#isOverfull(line)) return;
    last.parts.push(line.trim());
  }

  #isOverfull(text: string): boolean {
    this.#lines++;
    this.#chars += text.length;
    if (this.#chars > MAX_HEADER_CHARS) this.#cut = true;
    return this.#cut;
  }
}

function isMboxLine(line: string): boolean {
  return line.startsWith('From ') && line.length <= MAX_MBOX_LINE_CHARS && MBOX_LINE.test(line);
}

function readField(line: string): HeaderField | undefined {
  const match = FIELD.exec(line);
  const name = match?.[1];
  // `fe80:...` at the start of a line is the rest of a folded Received header, not a header of its own.
  if (match === null || name === undefined || /^(?=.*\d)[0-9a-f]{1,4}$/i.test(name)) return undefined;
  return { name: name.toLowerCase(), value: line.slice(match[0].length).trim() };
}

function commonLength(line: string, margin: string): number {
  let length = 0;
  while (length < margin.length && (line[length] === ' ' || line[length] === '\t' || line[length] === '>')) length++;
  return length;
}
