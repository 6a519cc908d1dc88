import type { ChainCheck } from './chain-check.ts';
import type { NewMail, Outbox } from './outbox.ts';
import type { Cursor } from './ports.ts';
import type { Report } from './report.ts';
import type { Verdict } from './verdict.ts';
import type { Locks, RunRecords } from './run-record.ts';
import type { Troubles } from './trouble.ts';
import type { Window } from './window.ts';

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
  /** Over what the run recorded about days; null where it was recorded before days were hashed. */
  readonly days: string | null;
}

/** A domain's unbroken series of violating days up to some day. */
export interface OpenFinding {
  readonly domain: string;
  /** First UTC day (`YYYY-MM-DD`) of the series. */
  readonly since: string;
  /** Audited days with a violation since then. */
  readonly nights: number;
}

/** How a day's mail to a domain was protected: what a downgrade is measured against. */
export interface ProtectionDay {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly deliveries: number;
  readonly plaintext: number;
  readonly unrecognised: number;
  /** Over TLS; both 0 where that was not kept. */
  readonly verifiedTls: number;
  readonly unverifiedTls: number;
}

/** What the recorded days of a stretch of time came to for one domain. */
export interface DomainSum {
  readonly domain: string;
  readonly deliveries: number;
  readonly violations: number;
  readonly plaintext: number;
  readonly unrecognised: number;
  /** Over TLS; a delivery of which that is not known is in neither. */
  readonly verifiedTls: number;
  readonly unverifiedTls: number;
  /** Days with a delivery. */
  readonly days: number;
}

/** A recorded day, and the run it rests on. */
export interface RecordedDay extends DayFigures {
  readonly runId: string;
  /** False where a run looked at a part of the day only. */
  readonly whole: boolean;
  /** More has come to light than it was judged on, and it was not judged again since: it is then not complete. */
  readonly late: boolean;
}

/** What a day came to. */
export interface DayFigures {
  /** `YYYY-MM-DD`. */
  readonly day: string;
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

/** How far the files of a source (`LogSource.cursorName`) were read. */
export interface SourceCursor extends Cursor {
  readonly source: string;
}

/** What a run came to. */
export interface RunResult {
  readonly report: Report;
  readonly days: readonly DayResult[];
  /** What is known of each UTC hour of the window; none where left out. */
  readonly hours?: readonly HourCoverage[];
  /** Days before the window (`YYYY-MM-DD`) of which more has come to light than they were judged on. */
  readonly lateDays?: readonly string[];
  /**
   * Days (`YYYY-MM-DD`), of the window and before, with a log that could not be read, or judged: due until it is, or no longer is
   * there. Days that the window holds whole have no other one.
   */
  readonly unreadDays?: readonly string[];
  /** Where the run left its source; the cursor stays where it was where left out. */
  readonly cursor?: SourceCursor | undefined;
  /** When it ended; the start of the run where nobody says. */
  readonly at?: Date;
  /** Makes the digest about it, where one is to be sent: stored with the result, whole or not at all. It can name the hash. */
  readonly mail?: (link: ChainLink) => NewMail | undefined;
}

/** What is known of the days of a job. */
export interface DayReadings {
  /** UTC days (`YYYY-MM-DD`) of the job that rest on complete data, within the window. */
  coveredDays(job: string, window: Window): Set<string>;
  /** UTC days of the job that were audited whole, complete or not, within the window. */
  auditedDays(job: string, window: Window): Set<string>;
  /** The days of the job with a log that no run has read and judged so far. */
  unreadDays(job: string): Set<string>;
  /** What the ledger knows of the hours of the window, oldest first; an hour nobody looked at is not in it. */
  coveredHours(job: string, window: Window): HourCoverage[];
  /** First UTC day the job ever audited; undefined before the first run. */
  firstDay(job: string): string | undefined;
  /** Findings open on the last audited day before the given time; undefined when no earlier day was audited. */
  openFindings(job: string, before: Date): OpenFinding[] | undefined;
  /** How the mail to a domain was protected on every recorded day before the given time, oldest first. */
  protectionDays(job: string, domain: string, before: Date): ProtectionDay[];
  /** Domains of which some mail, on a day before, went in plaintext or over TLS to a server that was not verified. */
  exposedDomains(job: string, before: Date): Set<string>;
  /**
   * Sums of the days within the window, by domain. Of a day that is late, in the history or by `late` (`YYYY-MM-DD`), only
   * what did not comply, or was not verified: what else there is to know of it may not be either.
   */
  domainSums(job: string, window: Window, late?: readonly string[]): DomainSum[];
  /** How many days within the window that are not late have deliveries that were recorded before verification was kept. */
  daysWithoutVerification(job: string, window: Window): number;
  /** The recorded days within the window, oldest first. */
  recordedDays(job: string, window: Window): RecordedDay[];
  /** Deliveries of each recorded day within the window by protocol; days recorded without them are not in it. */
  dayProtocols(job: string, window: Window): Map<string, Map<string, number>>;
  /** Every domain of every recorded day within the window, by domain and day. */
  dayDomains(job: string, window: Window): Iterable<DayDomain & { readonly day: string }>;
  /** What the days of the window came to, as now known. */
  totals(job: string, window: Window): Totals;
}

/** The recorded results. Calls are synchronous: node:sqlite is. */
export interface History extends DayReadings {
  /**
   * Records the run and its per-day results in one transaction. A run of the same job over the same window replaces
   * what was recorded for those days: no day is ever the sum of two runs. A complete day stays as it is where the new
   * result is incomplete and rests on no more deliveries: logs that were moved away take no evidence with them. A run
   * that was begun ends with its verdict at `at`; one that was taken for dead meanwhile is refused, because another may
   * have done its work.
   */
  record(run: RunResult): void;
  markMailed(runId: string, at: Date): void;
  /** The cursors of the job, or of all jobs. */
  cursors(job: string | undefined): (SourceCursor & { readonly job: string })[];
  /** Newest first, in the order in which they were recorded. */
  latestRuns(job: string | undefined, limit: number): RecordedRun[];
  findRun(runId: string): RecordedRun | undefined;
  /** The run that the newest recorded day before that of the given time rests on. */
  runBefore(job: string, time: Date): RecordedRun | undefined;
  /**
   * The runs whose windows end by the given time, since the newest recorded day before it was first judged, in the order in
   * which they were recorded; without those that a later run over the same window replaced.
   */
  runsUpTo(job: string, time: Date): RecordedRun[];
  readonly runs: RunRecords;
  readonly locks: Locks;
  readonly outbox: Outbox;
  readonly troubles: Troubles;
  /**
   * Forgets what is older: results and runs by their days, mails that nobody is owed by when they were made. Mails that
   * were made after `mailsAfter`, under a clock that was ahead, go as well: their Message-IDs belong to time to come.
   */
  prune(before: { readonly results: Date; readonly mails: Date; readonly mailsAfter?: Date }): void;
  /** Proves that the recorded runs and days are as they were recorded; `witnesses` are hashes written down elsewhere. */
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

/** What decides which of two results of a day stands. */
interface DayEvidence {
  readonly whole: boolean;
  /** Whatever came to light later. */
  readonly complete: boolean;
  readonly deliveries: number;
}

/** Whether a new result of a day takes the place of the recorded one: a part, or less, never does. */
export function takesPlaceOf(found: DayEvidence, held: DayEvidence): boolean {
  if (held.whole && !found.whole) return false;
  return found.complete || !held.complete || found.deliveries > held.deliveries;
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
  /** Those of them that went over TLS; the fewest it can have been in what was recorded before they were counted. */
  readonly verifiedTls: number;
  readonly unverifiedTls: number;
  /** By what was used: `TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384`, `plaintext`, `unrecognised`. */
  readonly tls: Readonly<Record<string, number>>;
  /** ISO 8601, UTC. */
  readonly firstSeen: string;
  readonly lastSeen: string;
}
