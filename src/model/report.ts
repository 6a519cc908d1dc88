import type { Advice } from './advice.ts';
import type { PolicyException } from './exception.ts';
import type { JudgedBefore } from './judged-before.ts';
import type { Policy } from './policy.ts';
import type { Protocol } from './protocol.ts';
import type { Verdict } from './verdict.ts';

/** Mail that Salesforce sent, or mail that it received. */
export type Direction = 'outbound' | 'inbound';

/** What is judged, and how it lies to a domain: `3 deliveries to 2 domains`, `3 messages from 2 domains`. */
export const UNITS = {
  outbound: { one: 'delivery', many: 'deliveries', preposition: 'to' },
  inbound: { one: 'message', many: 'messages', preposition: 'from' },
} as const satisfies Record<Direction, unknown>;

/** The order in which dates like `3/06/2009` of one source were read; `unambiguous` where both orders agree. */
export type DateOrder = 'dmy' | 'mdy' | 'unambiguous';

export interface SourceSummary {
  /** The file's name without its folder; `-` for standard input. */
  readonly name: string;
  /** SHA-256 of the bytes as given (compressed where the file is compressed), hex. */
  readonly sha256: string;
  readonly rows: number;
  readonly dateOrder: DateOrder;
}

/** A source's name as sentences use it: `-` stands for standard input. */
export function sourceLabel(name: string): string {
  return name === '-' || name.startsWith('-:') ? `standard input${name.slice(1)}` : name;
}

interface EventCounts {
  R: number;
  D: number;
  T: number;
  P: number;
  other: number;
}

/** Where every row of the sources went; the sums that hold between them are written in docs/report.md. */
export interface Counts {
  rows: number;
  rejected: number;
  duplicates: number;
  outsideWindow: number;
  events: EventCounts;
  internal: number;
  warmup: number;
  deliveries: number;
  compliant: number;
  violations: number;
  unrecognised: number;
}

export type DomainStatus = 'violating' | 'unrecognised' | 'compliant';

export interface DomainReport {
  readonly domain: string;
  readonly status: DomainStatus;
  readonly deliveries: number;
  readonly violations: number;
  readonly unrecognised: number;
  readonly protocols: Readonly<Partial<Record<Protocol, number>>>;
  readonly ciphers: Readonly<Record<string, number>>;
  readonly verified: number;
  readonly unverified: number;
  /** ISO 8601, UTC. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** A few of its violations, so that an admin can look one up in the log; absent where there are none. */
  readonly samples?: readonly Sample[];
  /** Violations that an exception takes out of the verdict; absent where there are none. */
  readonly excepted?: number;
}

/** One delivery in violation: what finds it again in the log, and no address. */
interface Sample {
  /** Salesforce's Internal Message ID. */
  readonly internalMessageId: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly protocol: Protocol;
}

/** An exception of the settings, and what it took out of the verdict. */
export interface ExceptionUse extends PolicyException {
  /** `expiring`: within 7 days after the last audited day. */
  readonly state: 'valid' | 'expiring' | 'expired';
  readonly deliveries: number;
  readonly domains: number;
}

export interface Reject {
  readonly source: string;
  /** 1-based line of the source on which the record starts. */
  readonly line: number;
  readonly reason: string;
}

/** Where values nobody here knows come from: two columns of the log, or the headers of a received message. */
export const VALUE_COLUMNS = ['TLS_Cipher', 'Mail Event', 'Headers'] as const;

/** A value nobody here knows, as it stands in the log, or what is wrong with a message's headers; cut to 80 characters. */
export interface UnrecognisedValue {
  readonly column: (typeof VALUE_COLUMNS)[number];
  readonly value: string;
  readonly count: number;
}

/** A stretch of the window that no data covers, or not all that there was, ISO 8601, UTC, half-open. */
export interface Gap {
  readonly from: string;
  readonly to: string;
  /** Present where there is data, and it is known not to be complete. */
  readonly partial?: true;
}

/** A source that was found but could not be read; it makes the verdict inconclusive. */
export interface SourceFailure {
  readonly source: string;
  readonly reason: string;
  /** What to do about it; where nobody says, to fetch the log anew. */
  readonly remedy?: string;
  /** What it tells of, where that is known: nothing else is in doubt. */
  readonly period?: Gap;
}

/** A domain's finding compared with the run before. */
export interface Change {
  readonly domain: string;
  readonly state: 'new' | 'ongoing' | 'resolved';
  /** First UTC day (`YYYY-MM-DD`) of the unbroken series of violations. */
  readonly since: string;
  /** Audited days with a violation since then; absent in reports recorded before nights were counted. */
  readonly nights?: number;
  /** Of what is resolved: present where an earlier run about days of the window said so already. */
  readonly told?: true;
}

/** A domain whose mail lost a protection that it had on an earlier day: all of it or some. Days are `YYYY-MM-DD`, UTC. */
export interface Downgrade {
  readonly domain: string;
  /** `plaintext`: was TLS, now plaintext. `unverified`: was verified, now unverified; no violation by itself. */
  readonly kind: 'plaintext' | 'unverified';
  /** The last day on which its mail was protected in this way. */
  readonly until: string;
  /** The first day on which some was not, or none. */
  readonly since: string;
  /** Whether all or some of it was, until then; `all` where it is absent. */
  readonly before?: 'all' | 'some';
  /** How much of its mail since then was not; absent in reports recorded before it was counted. */
  readonly exposed?: {
    readonly deliveries: number;
    /** Those that tell: with a recognised TLS value; verified or unverified. */
    readonly of: number;
  };
  /** The day on which this could first be told, where that is after `since`. */
  readonly toldFrom?: string;
  /** Present where an earlier run about days of the window told of it: it is no news. */
  readonly told?: true;
}

/** A domain that has a protection again that it had lost. Days are `YYYY-MM-DD`, UTC. */
export interface Restored extends Pick<Downgrade, 'domain' | 'kind' | 'since' | 'told'> {
  /** The day since which it no longer counts as lost. */
  readonly on: string;
  /** Whether all of its mail is protected again, or some, of which none was. */
  readonly now: 'all' | 'some';
}

/** The result of one audit: the report contract `tls-audit/report/1` (docs/report.md). */
export interface Report {
  readonly schema: 'tls-audit/report/1';
  readonly direction: Direction;
  readonly verdict: Verdict;
  /** Sentences saying why; empty only for `pass`. */
  readonly reasons: readonly string[];
  readonly policy: Policy;
  /** ISO 8601, UTC, half-open; null where no row and no option gave a bound. */
  readonly window: { readonly from: string | null; readonly to: string | null };
  readonly sources: readonly SourceSummary[];
  readonly counts: Readonly<Counts>;
  /** Worst first. Outbound by recipient; inbound by the server that handed the mail to Salesforce. */
  readonly domains: readonly DomainReport[];
  /** Inbound only: the same messages by the domain of the sender's address. */
  readonly senders?: readonly DomainReport[];
  /** The first 100. */
  readonly rejects: readonly Reject[];
  /** The most frequent 20. */
  readonly unrecognisedValues: readonly UnrecognisedValue[];
  readonly gaps: readonly Gap[];
  readonly failures: readonly SourceFailure[];
  /** What a reader has to know that changes no count: how dates were read, a suspected row limit, an active relay. */
  readonly notes: readonly string[];
  /**
   * Days before the window that no complete data covered and no run makes up for by itself, of an outage right before it all
   * days; absent where there are none.
   */
  readonly unauditedBefore?: number;
  /** Against the run before; absent where there is no history (`scan`). */
  readonly changes?: readonly Change[];
  /** Lost TLS first, the newest loss first; absent where there is no earlier day to compare with. */
  readonly downgrades?: readonly Downgrade[];
  /** In the same order; absent where `downgrades` is, and in reports recorded before it was kept. */
  readonly restored?: readonly Restored[];
  /** Oldest run first; absent where no day of the window was judged before, and where there is no history (`scan`). */
  readonly judgedBefore?: readonly JudgedBefore[];
  /** In the order of their file; absent where there is none. */
  readonly exceptions?: readonly ExceptionUse[];
  /** What each day came to, oldest first: of a range its days, of a run the last nights; absent without a history. */
  readonly days?: readonly DaySummary[];
  /** What requiring TLS would have done; absent where there is no history (`scan`). */
  readonly advice?: Advice;
  /** Absent where there is no history (`scan`). */
  readonly run?: RunStamp;
  /**
   * The recorded runs that the report rests on, oldest first. It stands only in reports that are shown, never in what is
   * recorded: a hash cannot hold itself.
   */
  readonly evidence?: readonly RunEvidence[];
  /** Name and version of the program that shows the report; like `evidence` not part of what is recorded. */
  readonly program?: string;
}

/** A recorded run and its place in the chain of recorded runs. */
export interface RunEvidence extends RunStamp {
  /** SHA-256 over the run and `previous`, hex (docs/report.md, "Evidence"); null where it was recorded before there were hashes. */
  readonly hash: string | null;
  /** Hash of the run recorded before it; empty for the first run, null where that is not known. */
  readonly previous: string | null;
  /** SHA-256 over what the run recorded about days, which `hash` covers; absent in what was recorded before days were hashed. */
  readonly days?: string;
}

/** One UTC day as the history knows it. */
export interface DaySummary {
  /** `YYYY-MM-DD` */
  readonly day: string;
  /** `none`: never audited. `incomplete`: a gap, an unread source, or not over yet. */
  readonly data: 'complete' | 'incomplete' | 'none';
  readonly deliveries: number;
  readonly violations: number;
  readonly plaintext: number;
  readonly unrecognised: number;
  /** Deliveries by protocol; absent where they are not kept. */
  readonly protocols?: Readonly<Record<string, number>>;
}

export interface RunStamp {
  readonly id: string;
  readonly job: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly version: string;
}
