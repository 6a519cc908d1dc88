import type { NewMail, Outbox } from './outbox.ts';
import type { Report, Verdict } from './report.ts';
import type { Locks, RunRecords } from './run-record.ts';
import type { Troubles } from './trouble.ts';
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
  /** Files that may hold rows of the window, oldest first. */
  find(window: Window, signal: AbortSignal): Promise<LogFile[]>;
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
  /** Sentences; none where nothing is to be said, or where the org does not let itself be asked. Fails only on `signal`. */
  read(signal: AbortSignal): Promise<string[]>;
}

export interface RecordedRun {
  readonly id: string;
  readonly job: string;
  readonly window: Window;
  readonly startedAt: Date;
  readonly verdict: Verdict;
  readonly report: Report;
  /** When the digest was accepted by the mail server for every recipient; null while it is owed. */
  readonly mailedAt: Date | null;
  /** Its place in the chain of recorded runs; null where it was recorded before there were hashes. */
  readonly link: ChainLink | null;
}

/** The place of a run in the chain of recorded runs. SHA-256, hex. */
export interface ChainLink {
  /** Over the run and `previous` (docs/report.md, "Evidence"). */
  readonly hash: string;
  /** That of the run recorded before it; empty for the first run, null where that one has none. */
  readonly previous: string | null;
}

/** A domain's unbroken series of violating days up to some day. */
export interface OpenFinding {
  readonly domain: string;
  /** First UTC day (`YYYY-MM-DD`) of the series. */
  readonly since: string;
  /** Audited days with a violation since then. */
  readonly nights: number;
}

/** How a domain stood before some day: what a downgrade is measured against. Days are `YYYY-MM-DD`. */
export interface DomainPast {
  readonly domain: string;
  /** Newest day with TLS for every delivery whose value was recognised; and the first plaintext day after it. */
  readonly protectedDay: string | undefined;
  readonly plaintextSince: string | undefined;
  /** Newest day with verified deliveries and none unverified; and the first day with unverified ones after it. */
  readonly verifiedDay: string | undefined;
  /** How many such days in a row, days without a word on it aside. */
  readonly verifiedDays: number;
  readonly unverifiedSince: string | undefined;
}

/** What the recorded days of a stretch of time came to for one domain. */
export interface DomainSum {
  readonly domain: string;
  readonly deliveries: number;
  readonly violations: number;
  readonly plaintext: number;
  readonly unrecognised: number;
  /** Days with a delivery. */
  readonly days: number;
}

/** A recorded day, and the run it rests on. */
export interface RecordedDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly runId: string;
  readonly complete: boolean;
  readonly deliveries: number;
  readonly violations: number;
  readonly plaintext: number;
  readonly unrecognised: number;
}

/** Sums over days. */
export interface Totals {
  readonly deliveries: number;
  readonly violations: number;
  readonly plaintext: number;
  readonly unrecognised: number;
  /** Domains with violations. */
  readonly violating: number;
}

/** What a run came to. */
export interface RunResult {
  readonly report: Report;
  readonly days: readonly DayResult[];
  /** What is known of each UTC hour of the window; none where left out. */
  readonly hours?: readonly HourCoverage[];
  /** Days before the window (`YYYY-MM-DD`) of which more has come to light than they were judged on. */
  readonly lateDays?: readonly string[];
  /** When it ended; the start of the run where nobody says. */
  readonly at?: Date;
  /** Makes the digest about it, where one is to be sent: stored with the result, whole or not at all. It can name the hash. */
  readonly mail?: (link: ChainLink) => NewMail | undefined;
}

/** What checking the chain of recorded runs found. */
export interface ChainCheck {
  readonly runs: number;
  /** Runs recorded before there were hashes. */
  readonly unhashed: number;
  /** Runs of which pruning left no more than their place in the chain. */
  readonly pruned: number;
  /** The end of the latest window of a pruned run, ISO 8601. */
  readonly prunedUntil: string | undefined;
  /** The hash over all of it, hex; empty without a run. */
  readonly head: string;
  /** The first run whose hash is not what it should be. */
  readonly brokenAt: string | undefined;
  /** Hashes written down elsewhere that no run of the chain has. */
  readonly unknown: readonly string[];
}

/** The recorded results. Calls are synchronous: node:sqlite is. */
export interface History {
  /**
   * Records the run and its per-day results in one transaction. A run of the same job over the same window replaces
   * what was recorded for those days: no day is ever the sum of two runs. A complete day stays as it is where the new
   * result is incomplete and rests on no more deliveries: logs that were moved away take no evidence with them. A run
   * that was begun ends with its verdict at `at`; one that was taken for dead meanwhile is refused, because another may
   * have done its work.
   */
  record(run: RunResult): void;
  markMailed(runId: string, at: Date): void;
  /** UTC days (`YYYY-MM-DD`) of the job that rest on complete data, within the window. */
  coveredDays(job: string, window: Window): Set<string>;
  /** UTC days of the job that were audited whole, complete or not, within the window. */
  auditedDays(job: string, window: Window): Set<string>;
  /** What the ledger knows of the hours of the window, oldest first; an hour nobody looked at is not in it. */
  coveredHours(job: string, window: Window): HourCoverage[];
  /** First UTC day the job ever audited; undefined before the first run. */
  firstDay(job: string): string | undefined;
  /** Findings open on the last audited day before the given time; undefined when no earlier day was audited. */
  openFindings(job: string, before: Date): OpenFinding[] | undefined;
  /** How every domain that ever got mail stood before the given time. */
  domainPasts(job: string, before: Date): DomainPast[];
  /** Sums of the days within the window, by domain. */
  domainSums(job: string, window: Window): DomainSum[];
  /** The recorded days within the window, oldest first. */
  recordedDays(job: string, window: Window): RecordedDay[];
  /** Deliveries of each recorded day within the window by protocol; days recorded without them are not in it. */
  dayProtocols(job: string, window: Window): Map<string, Map<string, number>>;
  /** Every domain of every recorded day within the window, by domain and day. */
  dayDomains(job: string, window: Window): Iterable<DayDomain & { readonly day: string }>;
  /** Newest first. */
  latestRuns(job: string | undefined, limit: number): RecordedRun[];
  findRun(runId: string): RecordedRun | undefined;
  readonly runs: RunRecords;
  readonly locks: Locks;
  readonly outbox: Outbox;
  readonly troubles: Troubles;
  /** What the days of the window came to, as now known. */
  totals(job: string, window: Window): Totals;
  /** Forgets what is older: results and runs by their days, mails that nobody is owed by when they were made. */
  prune(before: { readonly results: Date; readonly mails: Date }): void;
  /** Proves that the recorded runs are as they were recorded; `witnesses` are hashes written down elsewhere. */
  verify(witnesses?: readonly string[]): ChainCheck;
  close(): void;
}

/** Whether data told of one UTC hour. */
export interface HourCoverage {
  /** ISO 8601, the start of the hour. */
  readonly hour: string;
  readonly covered: boolean;
  /** The file that holds rows of this hour; null where none does. */
  readonly source: string | null;
}

/** What one UTC day of a window came to. */
export interface DayResult {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** True where the window holds the whole day, the day was over, and its data had no gap and no unread source. */
  readonly complete: boolean;
  readonly domains: readonly DayDomain[];
}

export interface DayDomain {
  readonly domain: string;
  readonly deliveries: number;
  readonly violations: number;
  readonly plaintext: number;
  readonly unrecognised: number;
  /** Absent in what was recorded before days kept details. */
  readonly details?: DayDetails;
}

export interface DayDetails {
  readonly verified: number;
  readonly unverified: number;
  /** By what was used: `TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384`, `plaintext`, `unrecognised`. */
  readonly tls: Readonly<Record<string, number>>;
  /** ISO 8601, UTC. */
  readonly firstSeen: string;
  readonly lastSeen: string;
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
