import type { DigestMail } from './ports.ts';
import type { Window } from './window.ts';

export type MailKind = 'digest' | 'alert' | 'summary';

/** A mail that is to be stored before it is sent. */
export interface NewMail {
  readonly mail: DigestMail;
  readonly kind: MailKind;
  readonly job: string;
  readonly at: Date;
  /** Addresses; what is stored of each is a digest that recognises it, and its domain. */
  readonly recipients: readonly string[];
  /** Message-IDs of undelivered mails that this one tells of. */
  readonly tellsOf?: readonly string[];
  /** Message-IDs of owed digests about the same time, which this one makes out of date: they are not owed any more. */
  readonly supersedes?: readonly string[];
}

/** A stored mail that somebody has not got yet. */
export interface OwedMail {
  readonly messageId: string;
  readonly kind: MailKind;
  readonly job: string;
  readonly createdAt: Date;
  readonly mail: DigestMail;
  readonly tries: number;
  readonly nextTryAt: Date;
  /** The run of a digest, and what it was about; null for other mails. */
  readonly runId: string | null;
  readonly window: Window | null;
  isOwedTo(address: string): boolean;
}

/** What a try to send a mail came to. Who is neither accepted nor refused is still owed. */
export interface MailTry {
  readonly accepted: readonly string[];
  /** Refused for good, with the server's answer. */
  readonly refused: readonly { readonly recipient: string; readonly response: string }[];
  /** Everybody the settings name now: who is not among them any more is owed nothing. */
  readonly wanted: readonly string[];
  /** Null where nobody is owed any more. */
  readonly failure: string | null;
  readonly at: Date;
  readonly nextTryAt: Date;
}

/** A mail that did not reach everybody and has to be told of in the next one. */
export interface Undelivered {
  readonly messageId: string;
  readonly kind: MailKind;
  readonly runId: string | null;
  readonly subject: string;
  readonly text: string;
  readonly createdAt: Date;
  /** Late: not delivered yet, and told of instead of being sent. Refused: somebody's server refused it for good. */
  readonly why: 'late' | 'refused';
  /** Domains of those who did not get it, each once. */
  readonly domains: readonly string[];
  /** The mail server's last words; null where it never said any. */
  readonly response: string | null;
}

/** A mail of the outbox in short, for people. */
export interface OutboxLine {
  readonly messageId: string;
  readonly kind: MailKind;
  readonly job: string;
  readonly subject: string;
  readonly createdAt: Date;
  readonly tries: number;
  readonly nextTryAt: Date;
  readonly lastFailure: string | null;
  readonly owed: number;
  readonly refused: number;
}

/** Mails that are stored until everybody has got them. Addresses are not stored. */
export interface Outbox {
  /** False where a mail with this Message-ID is stored already: it stays as it is. */
  put(entry: NewMail): boolean;
  /** Oldest first. */
  owed(): OwedMail[];
  /** Undefined where nobody is owed it. */
  find(messageId: string): OwedMail | undefined;
  /**
   * Where nobody has got the mail and nobody who is owed it is wanted any more, those who are wanted now are owed it:
   * what was found must reach somebody.
   */
  readdress(messageId: string, wanted: readonly string[], at: Date): void;
  /** Before a try, so that one whose outcome cannot be written is followed by a pause all the same. */
  begin(messageId: string, nextTryAt: Date): void;
  /** What a try came to. The tries are counted by `begin`. */
  record(messageId: string, outcome: MailTry): void;
  /** Late ones were stored before the given time; oldest first. */
  undelivered(job: string, lateBefore: Date): Undelivered[];
  /** What is owed, and what was refused for good and is not yet told of; oldest first. */
  open(): OutboxLine[];
}
