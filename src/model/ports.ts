import type { Window } from './window.ts';

export interface Clock {
  now(): Date;
}

/** A log file a source offers, before it is fetched. */
export interface LogFile {
  /** The source's own id: stable while the content is the same. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  /** Undefined where the source does not know it before the download. */
  readonly sizeBytes: number | undefined;
  /** What the file tells of, where its source states it; then time that no file tells of is a gap. */
  readonly period?: Window;
  /** Why fetching it will fail, and what to do, where its source knows that beforehand. */
  readonly refusal?: string;
  /** True where it was made after the cursor that was asked for: the run that read so far has not seen it. */
  readonly isNew?: boolean;
}

/** How far a source's files were read, in the order in which Salesforce made them: this file, and all before it. */
export interface Cursor {
  /** CreatedDate; with `id` it orders files that were made at the same time. */
  readonly createdAt: Date;
  readonly id: string;
}

/** A log file fetched whole and ready to be parsed. */
export interface FetchedFile {
  readonly file: LogFile;
  readonly path: string;
}

/** Where log files come from. Every method throws an AuditError that says what to do next. */
export interface LogSource {
  /** `files`, `directory`, ...: the value of the setting `source.type`. */
  readonly type: string;
  /** One sentence saying what this source looks at, for people; no secrets. */
  readonly description: string;
  /** What its cursor is kept under; absent where the source does not know when a file came, or which days it tells of. */
  readonly cursorName?: (signal: AbortSignal) => Promise<string>;
  /**
   * Files that may hold rows of the window, oldest first.
   * @param since finds every file of earlier days that was made after it as well, and marks what is new
   */
  find(window: Window, signal: AbortSignal, since?: Cursor): Promise<LogFile[]>;
  /** Puts the whole file into the folder (a partial file is never left there under its final name). */
  fetch(file: LogFile, folder: string, signal: AbortSignal): Promise<FetchedFile>;
  close(): Promise<void>;
}

/** A message that Salesforce received, before its headers are read. */
export interface ReceivedMessage {
  /** Salesforce's id of the record. */
  readonly id: string;
  /** When Salesforce made the record of it. */
  readonly receivedAt: Date;
  /** Domain of the sender's address, which itself goes no further than the source; null where it has none. */
  readonly senderDomain: string | null;
  /** As Salesforce kept them; null where it kept none. Like a log file, they hold addresses until parse/ read them. */
  readonly headers: string | null;
}

/** Where messages that Salesforce received come from. Every method throws an AuditError that says what to do next. */
export interface MessageSource {
  /** One sentence saying what this source looks at, for people; no secrets. */
  readonly description: string;
  /** Every message received in the window, oldest first, a page at a time. */
  pages(window: Window, signal: AbortSignal): AsyncIterable<readonly ReceivedMessage[]>;
  close(): Promise<void>;
}

/** What else a reader of a report has to know about the org. */
export interface OrgNotes {
  /** Sentences, also about what the org did not let itself be asked. Fails only on `signal`. */
  read(signal: AbortSignal): Promise<string[]>;
}

/** A rendered digest, ready for any mailer. */
export interface DigestMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Without angle brackets; the same for every attempt to send the same run. */
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly content: string;
  }[];
}

export interface Delivered {
  readonly accepted: readonly string[];
  readonly rejected: readonly {
    readonly recipient: string;
    readonly response: string;
    /** False where the same mail may be accepted later (RFC 5321 section 4.2.1). */
    readonly permanent: boolean;
  }[];
}

export interface Mailer {
  /** Everybody a mail goes to, as bare addresses. */
  readonly recipients: readonly string[];
  /** `to` are those of the recipients it is handed over for (all where left out); `date` is that of the message. */
  send(mail: DigestMail, options?: { readonly to?: readonly string[]; readonly date?: Date }): Promise<Delivered>;
  /** The whole message as RFC 5322 bytes, as `send` would hand it over. */
  compose(mail: DigestMail, date?: Date): Promise<Buffer>;
  close(): void;
}
