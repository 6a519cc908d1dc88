import { randomUUID } from 'node:crypto';
import { changesSince, reportedFindings } from './judge/changes.ts';
import { dayResults, firstViolationDay } from './judge/day-results.ts';
import type { Tally } from './judge/tally.ts';
import { unauditedNote } from './judge/unaudited.ts';
import type { Policy } from './model/policy.ts';
import type {
  Clock,
  Delivered,
  DigestMail,
  History,
  LogSource,
  Mailer,
  MessageSource,
  OrgNotes,
} from './model/ports.ts';
import type { Report } from './model/report.ts';
import type { Window } from './model/window.ts';
import type { DateOrderSetting } from './parse/date-order.ts';
import type { Logger } from './support/logger.ts';

/** The parts of one run, made by compose.ts. */
export interface RunParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: LogSource;
  readonly messages: MessageSource;
  /** Undefined where the source knows no org. */
  readonly orgNotes: OrgNotes | undefined;
  readonly history: History;
  /** Undefined where the run sends nothing. */
  readonly mailer: Mailer | undefined;
  readonly policy: Policy;
  readonly dateOrder: DateOrderSetting;
  /** Hours without any row of a log that are not taken for missing data. */
  readonly quietHours: number;
  /** Null is the system's folder for temporary files. */
  readonly spoolFolder: string | null;
  readonly version: string;
  readonly renderDigest: (report: Report) => DigestMail;
}

export interface RunRequest {
  readonly job: string;
  readonly window: Window;
  /** Reads and judges, but records and sends nothing. */
  readonly dryRun: boolean;
}

export interface RunOutcome {
  readonly report: Report;
  readonly digest: DigestMail;
  /** Undefined where nothing was to be sent. */
  readonly delivered: Delivered | undefined;
}

/** What a run asks of the direction of mail it is about. */
export interface AuditRequest {
  /** The run's id. */
  readonly run: string;
  readonly window: Window;
  readonly startedAt: Date;
}

/** One direction of mail over one window: acquired, parsed and judged. */
export interface Audited {
  readonly report: Report;
  /** What the report was made from. */
  readonly tally: Tally;
  /** False where a source, or the rest of one, could not be read: it may hold data of any day. */
  readonly allRead: boolean;
}

type Audit = (request: AuditRequest, parts: RunParts, signal: AbortSignal) => Promise<Audited>;

/**
 * One run, the whole of it: audit (acquire, parse and judge: outbound.ts or inbound.ts), compare, record, report,
 * deliver. What is recorded is recorded in one transaction, before anything is sent.
 * @throws AuditError where the audit cannot be made or the digest is not accepted.
 */
export async function runAudit(
  audit: Audit,
  request: RunRequest,
  parts: RunParts,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const { clock, logger, history, mailer } = parts;
  const { job, window, dryRun } = request;
  const startedAt = clock.now();
  const run = { id: randomUUID(), job, startedAt: startedAt.toISOString(), version: parts.version };
  logger.info('run started', { run: run.id, job, window });

  const { report: audited, tally, allRead } = await audit({ run: run.id, window, startedAt }, parts, signal);
  const before = history.openFindings(job, window.from);
  const reported = reportedFindings(history.latestRuns(job, 1)[0], window.from);
  const changes = changesSince(before, audited.domains, (domain) => firstViolationDay(tally, domain), reported);
  const unaudited = unauditedNote(window, history.coveredDays(job, pastOf(window)), history.firstDay(job));
  const notes = [...audited.notes, ...(unaudited === undefined ? [] : [unaudited])];
  const report: Report = { ...audited, notes, ...(before === undefined ? {} : { changes }), run };
  signal.throwIfAborted();
  if (!dryRun) {
    history.record({ report, days: dayResults({ window, startedAt, tally, gaps: report.gaps, allRead }) });
  }
  logger.info('run judged', { run: run.id, verdict: report.verdict, counts: report.counts });

  const digest = parts.renderDigest(report);
  if (dryRun || mailer === undefined) return { report, digest, delivered: undefined };
  const delivered = await mailer.send(digest);
  if (delivered.rejected.length === 0) history.markMailed(run.id, clock.now());
  logger.info('digest sent', { run: run.id, accepted: delivered.accepted.length, rejected: delivered.rejected.length });
  return { report, digest, delivered };
}

function pastOf(window: Window): Window {
  return { from: new Date(0), to: window.from };
}
