import type { LateRows } from '../judge/late-rows.ts';
import type { MailWhen } from '../judge/mail-policy.ts';
import type { Extent } from '../judge/silence.ts';
import type { Tally } from '../judge/tally.ts';
import type { MailingParts } from './mailing.ts';
import type { AdviceRule } from '../model/advice.ts';
import type { SourceCursor } from '../model/history.ts';
import type { PolicyException } from '../model/exception.ts';
import type { Undelivered } from '../model/outbox.ts';
import type { Policy } from '../model/policy.ts';
import type { Delivered, DigestMail, LogSource, Mailer, MessageSource, OrgNotes } from '../model/ports.ts';
import type { Report } from '../model/report.ts';
import type { Window } from '../model/window.ts';
import type { DateOrderSetting } from '../parse/date-order.ts';
import type { PhaseLimits } from './phase-limits.ts';

/** The parts of one run, made by compose.ts. */
export interface RunParts extends MailingParts {
  readonly source: LogSource;
  readonly messages: MessageSource;
  /** Undefined where the source knows no org. */
  readonly orgNotes: OrgNotes | undefined;
  /** Undefined where the run sends nothing. */
  readonly mailer: Mailer | undefined;
  readonly policy: Policy;
  readonly exceptions: readonly PolicyException[];
  readonly adviceRule: AdviceRule;
  readonly dateOrder: DateOrderSetting;
  /** How many judged days before a window are read again for rows that came late. */
  readonly overlapDays: number;
  /** From how many hours without any row on a stretch counts as missing; null sets no such limit. */
  readonly quietHours: number | null;
  /** Null is the system's folder for temporary files. */
  readonly spoolFolder: string | null;
  readonly version: string;
  readonly mailWhen: MailWhen;
  readonly renderDigest: (report: Report, undelivered: readonly Undelivered[]) => DigestMail;
}

export interface RunRequest {
  readonly job: string;
  readonly window: Window;
  /** Reads and judges, but records and sends nothing. */
  readonly dryRun: boolean;
  /** True where somebody names the window: complete results then replace what is recorded, whatever it was. */
  readonly byHand?: boolean;
  /** True where the days of the window are judged again because rows of them came late. */
  readonly rowsCameLate?: boolean;
  /** Judges days before the window again of which more has come to light; undefined where they stay as they are. */
  readonly judgeAgain?: JudgeAgain;
  readonly phaseLimits: PhaseLimits;
  /** How far back logs can still be had, in days. */
  readonly reachDays: number;
  /** Ids of the logs that the same job judged other windows on just now. */
  readonly judgedLogs: ReadonlySet<string>;
  /** What the same job audits next: digests about it are not sent now, because they are about to be out of date. */
  readonly ahead: readonly Window[];
}

export interface RunOutcome {
  readonly report: Report;
  readonly digest: DigestMail;
  /** Undefined where nothing was to be sent. */
  readonly delivered: Delivered | undefined;
  /** Ids of the logs that were found for the window. */
  readonly logIds: readonly string[];
}

/** What a run asks of the direction of mail it is about. */
export interface AuditRequest {
  /** The run's id. */
  readonly run: string;
  readonly job: string;
  readonly window: Window;
  readonly startedAt: Date;
  /** True where somebody names the window; else nights tell of the other days. */
  readonly byHand: boolean;
  /** True for the newest window of a night. */
  readonly isLast: boolean;
  /** Ids of the logs that the other windows of the night were judged on. */
  readonly judgedLogs: ReadonlySet<string>;
}

/** One direction of mail over one window: acquired, parsed and judged. */
export interface Audited {
  readonly report: Report;
  /** What the report was made from. */
  readonly tally: Tally;
  /** What sources tell of that could not be read to their ends; all of the window where a source does not say. */
  readonly unread: readonly Window[];
  /** What of the window each source tells of; empty where that is not known by source. */
  readonly extents: readonly Extent[];
  /** Days before the window that turn out to be judged on less than there is. */
  readonly late: readonly LateRows[];
  /** Ids of the logs that were found for the window. */
  readonly logIds: readonly string[];
  /** Days, of the window and before, of which a log could not be read that is known to tell of just these. */
  readonly unreadDays: readonly string[];
  /** Where it leaves its source; undefined where that is where it was, or there is no such thing. */
  readonly cursor: SourceCursor | undefined;
}

/** Judges these days (`YYYY-MM-DD`) again, as runs of their own, and gives the reports of those it could. */
export type JudgeAgain = (days: readonly string[], signal: AbortSignal) => Promise<readonly Report[]>;
