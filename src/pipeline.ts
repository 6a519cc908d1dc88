import { randomUUID } from 'node:crypto';
import { adviceFrom, withDays } from './judge/advice.ts';
import { changesSince, reportedFindings } from './judge/changes.ts';
import { dayResults, violationDays } from './judge/day-results.ts';
import { downgradesSince } from './judge/downgrades.ts';
import { dayProtocols, daySum, daySummaries } from './judge/range.ts';
import { coverHours, type Extent } from './judge/silence.ts';
import { lostDays, lostReason, withRecorded } from './judge/lost-evidence.ts';
import { deservesMail, type MailWhen } from './judge/mail-policy.ts';
import type { Tally } from './judge/tally.ts';
import { unauditedNote } from './judge/unaudited.ts';
import { type MailingParts, newDigest, sendDigest } from './mailing.ts';
import type { Advice, AdviceRule } from './model/advice.ts';
import { evidenceOf } from './model/evidence.ts';
import type { PolicyException } from './model/exception.ts';
import type { ChainLink, DayResult, History } from './model/history.ts';
import type { NewMail, Undelivered } from './model/outbox.ts';
import type { Policy } from './model/policy.ts';
import type { Delivered, DigestMail, LogSource, Mailer, MessageSource, OrgNotes } from './model/ports.ts';
import type { DaySummary, Gap, Report, RunStamp } from './model/report.ts';
import { DAY_MS, type Window } from './model/window.ts';
import type { DateOrderSetting } from './parse/date-order.ts';
import { orLeftBehind, type PhaseLimits, withPhaseLimits } from './phase-limits.ts';
import { type Progress, withCourse } from './run-course.ts';
import { holdOwed, isAbout } from './superseded-digests.ts';

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
  readonly phaseLimits: PhaseLimits;
  /** What the same job audits next: digests about it are not sent now, because they are about to be out of date. */
  readonly ahead: readonly Window[];
}

export interface RunOutcome {
  readonly report: Report;
  readonly digest: DigestMail;
  /** Undefined where nothing was to be sent. */
  readonly delivered: Delivered | undefined;
  /** Days before the window (`YYYY-MM-DD`) that have to be judged again. */
  readonly lateDays: readonly string[];
}

/** What a run asks of the direction of mail it is about. */
export interface AuditRequest {
  /** The run's id. */
  readonly run: string;
  readonly job: string;
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
  /** What of the window each source tells of; empty where that is not known by source. */
  readonly extents: readonly Extent[];
  /** Days before the window (`YYYY-MM-DD`) that turn out to be judged on less than there is. */
  readonly lateDays: readonly string[];
}

type Audit = (request: AuditRequest, parts: RunParts, signal: AbortSignal, progress: Progress) => Promise<Audited>;

/** Nights that the report draws. */
const TREND_DAYS = 30;

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
  const { job, window, dryRun } = request;
  const startedAt = parts.clock.now();
  const run = { id: randomUUID(), job, startedAt: startedAt.toISOString(), version: parts.version };
  return await withPhaseLimits(job, request.phaseLimits, signal, async (working, enter) => {
    if (dryRun) return await runSteps(audit, request, run, parts, working, enter);
    return await withCourse({ id: run.id, job, window, startedAt }, parts, working, async (progress) => {
      const steps = runSteps(audit, request, run, parts, working, (phase, counts) => {
        enter(phase);
        progress(phase, counts);
      });
      return await orLeftBehind(steps, working);
    });
  });
}

async function runSteps(
  audit: Audit,
  request: RunRequest,
  run: RunStamp,
  parts: RunParts,
  signal: AbortSignal,
  progress: Progress,
): Promise<RunOutcome> {
  const { clock, logger, history, mailer } = parts;
  const { job, window, dryRun } = request;
  const startedAt = new Date(run.startedAt);
  logger.info('run started', { run: run.id, job, window });

  const audited = await audit({ run: run.id, job, window, startedAt }, parts, signal, progress);
  const { tally, allRead, extents, lateDays } = audited;
  const found = dayResults({ window, startedAt, tally, gaps: audited.report.gaps, allRead });
  const { days, reason } = keepingEvidence(found, request, parts);
  let report = withDoubt(compared(audited, days, request, run, parts), reason);
  signal.throwIfAborted();
  progress('recording', { rows: report.counts.rows });

  const late = new Date(clock.now().getTime() - parts.tooOldAfterMs);
  const undelivered = dryRun || mailer === undefined ? [] : history.outbox.undelivered(job, late);
  const isMailed =
    undelivered.length > 0 || deservesMail(parts.mailWhen, report, history.latestRuns(job, 1)[0]?.report);
  let digest: DigestMail | undefined;
  if (!dryRun) {
    using superseded = holdOwed(history, parts, isAbout(job, isMailed ? [window] : []));
    const carried = { undelivered, supersedes: superseded.messageIds };
    // Made while the result is recorded: it names the hash of the run.
    const mail = (link: ChainLink): NewMail | undefined => {
      report = { ...report, evidence: [evidenceOf(run, link)] };
      if (mailer === undefined || !isMailed) return undefined;
      digest = parts.renderDigest(report, undelivered);
      return newDigest(digest, job, mailer, carried, clock);
    };
    // A source that was not read to its end may hold rows of any hour.
    const hours = coverHours(window, allRead ? report.gaps : [wholeOf(window)], extents);
    history.record({ report, days, hours, at: clock.now(), mail, lateDays });
  }
  digest ??= parts.renderDigest(report, undelivered);
  logger.info('run judged', { run: run.id, verdict: report.verdict, counts: report.counts });

  if (!isMailed) logger.info('digest not mailed: mail.when does not ask for it', { run: run.id, when: parts.mailWhen });
  if (dryRun || mailer === undefined || !isMailed) return { report, digest, lateDays, delivered: undefined };
  const leave = isAbout(job, request.ahead);
  return { report, digest, lateDays, delivered: await sendDigest(digest, { ...parts, mailer }, leave, signal) };
}

/**
 * What is recorded of the window's days and the logs at hand no longer tell stays, except where whoever names days replaces
 * their results by complete ones.
 */
function keepingEvidence(
  found: readonly DayResult[],
  { job, window, byHand = false }: RunRequest,
  { history, policy }: RunParts,
): { days: readonly DayResult[]; reason: string | undefined } {
  const recorded = [...history.dayDomains(job, window)];
  const kept = found.filter(({ complete }) => !(byHand && complete));
  const lost = lostDays(recorded, kept);
  const isLost = new Set(lost.map(({ day }) => day));
  return {
    days: found.map((day) => (isLost.has(day.day) ? withRecorded(day, recorded, policy) : day)),
    reason: lostReason(lost),
  };
}

function withDoubt(report: Report, reason: string | undefined): Report {
  if (reason === undefined) return report;
  const verdict = report.verdict === 'pass' ? 'inconclusive' : report.verdict;
  return { ...report, verdict, reasons: [...report.reasons, reason] };
}

/** The report with what changed since the last audit, what was never audited, and what the last days came to. */
function compared(
  { report, tally }: Audited,
  days: readonly DayResult[],
  { job, window }: RunRequest,
  run: RunStamp,
  parts: RunParts,
): Report {
  const { history } = parts;
  const before = history.openFindings(job, window.from);
  const reported = reportedFindings(history.latestRuns(job, 1)[0], window.from);
  const changes = changesSince(before, report.domains, (domain) => violationDays(tally, domain), reported);
  const downgrades = downgradesSince(history.domainPasts(job, window.from), tally);
  const unaudited = unauditedNote(window, history.coveredDays(job, pastOf(window)), history.firstDay(job));
  return {
    ...report,
    notes: [...report.notes, ...(unaudited === undefined ? [] : [unaudited])],
    ...(before === undefined ? {} : { changes, downgrades }),
    // Requiring TLS is a setting for mail that Salesforce sends.
    ...(report.direction === 'outbound' ? { advice: adviceOn(job, window, days, parts) } : {}),
    days: nightsOn(job, window, days, history),
    run,
  };
}

/** From what is recorded before the window, and from the days of the window itself. */
function adviceOn(job: string, window: Window, days: readonly DayResult[], { history, adviceRule }: RunParts): Advice {
  const range = { from: new Date(window.to.getTime() - adviceRule.days * DAY_MS), to: window.to };
  const earlier = { from: range.from, to: window.from };
  const isLonger = earlier.from < earlier.to;
  const sums = withDays(isLonger ? history.domainSums(job, earlier) : [], days);
  const audited = days.length + (isLonger ? history.recordedDays(job, earlier).length : 0);
  return adviceFrom(sums, range, audited, adviceRule);
}

/** The last nights, those of this run included. */
function nightsOn(job: string, window: Window, days: readonly DayResult[], history: History): DaySummary[] {
  const range = { from: new Date(window.to.getTime() - TREND_DAYS * DAY_MS), to: window.to };
  const own = new Set(days.map(({ day }) => day));
  const recorded = history.recordedDays(job, range).filter(({ day }) => !own.has(day));
  const protocols = new Map([
    ...history.dayProtocols(job, range),
    ...days.map((day) => [day.day, dayProtocols(day)] as const),
  ]);
  return daySummaries(range, [...recorded, ...days.map(daySum)], protocols);
}

function wholeOf({ from, to }: Window): Gap {
  return { from: from.toISOString(), to: to.toISOString() };
}

function pastOf(window: Window): Window {
  return { from: new Date(0), to: window.from };
}
