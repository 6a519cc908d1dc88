/** Mail Event of a row: reception, delivery, transient failure, permanent failure, or a letter nobody documented. */
export type MailEvent = 'R' | 'D' | 'T' | 'P' | 'other';

/** One recipient of a row: the address split at its last `@`. It never leaves the run: reports hold domains only. */
export interface Recipient {
  /** Lower case. */
  readonly mailbox: string;
  /** Lower case, no trailing dot, IDN as A-labels. */
  readonly domain: string;
}

/** One row of an Email Log whose fields could be read. */
export interface LogRow {
  readonly event: MailEvent;
  /** Mail Event as it stands in the log. */
  readonly eventText: string;
  /** Filled on D rows only. */
  readonly recipients: readonly Recipient[];
  /** TLS_Cipher as it stands in the log; it means something on D rows only (Salesforce article 000383894). */
  readonly tlsCipher: string;
  readonly tlsVerified: string;
  /** Salesforce's own id of the message, as it stands in the log; empty where the log has no such column. */
  readonly internalId: string;
}

/** A row's time under the two readings of a date like `3/06/2009`, epoch milliseconds; NaN where one is impossible. */
export interface TimeReadings {
  readonly dayFirstMs: number;
  readonly monthFirstMs: number;
}
