import { randomUUID } from 'node:crypto';
import { compared, keepingEvidence, withDoubt } from './run/compared-report.ts';
import { toldBefore } from './run/told-before.ts';
import { dayResults } from './judge/day-results.ts';
import { coverHours } from './judge/silence.ts';
import { deservesMail } from './judge/mail-policy.ts';
import { judgeLateDays, type LateDays } from './run/late-days.ts';
import { newDigest, sendDigest } from './run/mailing.ts';
import { evidenceOf } from './model/evidence.ts';
import type { ChainLink } from './model/history.ts';
import type { NewMail } from './model/outbox.ts';
import type { DigestMail } from './model/ports.ts';
import type { Gap, Report, RunStamp } from './model/report.ts';
import type { Window } from './model/window.ts';
import { orLeftBehind, withPhaseLimits } from './run/phase-limits.ts';
import type { Audited, AuditRequest, RunOutcome, RunParts, RunRequest } from './run/run.ts';
import { type Progress, withCourse } from './run/run-course.ts';
import { holdOwed, isAbout } from './run/superseded-digests.ts';

type Audit = (request: AuditRequest, parts: RunParts, signal: AbortSignal, progress: Progress) => Promise<Audited>;

/**
 * One run, the whole of it: audit (acquire, parse and judge: outbound.ts or inbound.ts), judge late days again, compare,
 * record, report, deliver. What is recorded is recorded in one transaction, before anything is sent.
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
  const { job, window, dryRun, byHand = false } = request;
  const startedAt = new Date(run.startedAt);
  logger.info('run started', { run: run.id, job, window });

  const { judgedLogs } = request;
  const asked = { run: run.id, job, window, startedAt, byHand, judgedLogs };
  const isLast = !byHand && request.ahead.length === 0;
  const audited = await audit({ ...asked, isLast }, parts, signal, progress);
  const { tally, unread, extents } = audited;
  // What comes now has no time limit of this run: late days are judged by runs with limits of their own.
  progress('recording', { rows: audited.report.counts.rows });
  const late = await judgeLateDays(audited.late, request, parts, signal);
  const found = dayResults({ window, startedAt, tally, gaps: audited.report.gaps, unread });
  const kept = keepingEvidence(found, request, parts);
  const { days } = kept;
  let report = withDoubt(compared(audited, { days, found }, late, request, run, parts), kept, window);
  signal.throwIfAborted();

  const tooOld = new Date(clock.now().getTime() - parts.tooOldAfterMs);
  const undelivered = dryRun || mailer === undefined ? [] : history.outbox.undelivered(job, tooOld);
  const isMailed = undelivered.length > 0 || deservesMail(parts.mailWhen, report, toldBefore(report, request, history));
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
    const hours = coverHours(window, [...report.gaps, ...kept.uncovered, ...unread.map(gapOf)], extents);
    const { cursor } = audited;
    const open = { lateDays: stillLate(report, late, request), unreadDays: stillUnread(audited, late) };
    history.record({ report, days, hours, at: clock.now(), mail, cursor, ...open });
  }
  digest ??= parts.renderDigest(report, undelivered);
  logger.info('run judged', { run: run.id, verdict: report.verdict, counts: report.counts });

  if (!isMailed) logger.info('digest not mailed: mail.when does not ask for it', { run: run.id, when: parts.mailWhen });
  if (dryRun || mailer === undefined || !isMailed)
    return { report, digest, delivered: undefined, logIds: audited.logIds };
  const leave = isAbout(job, request.ahead);
  const delivered = await sendDigest(digest, { ...parts, mailer }, leave, signal);
  return { report, digest, delivered, logIds: audited.logIds };
}

/** The days of a late window whose earlier result stays are late as before. */
function stillLate({ judgedBefore = [] }: Report, late: LateDays, { rowsCameLate = false }: RunRequest): string[] {
  const stay = rowsCameLate ? judgedBefore.filter(({ replaced }) => !replaced).flatMap(({ days }) => days) : [];
  return [...late.uncovered, ...stay];
}

/** What a run that judged a day again says of its logs holds; what nobody judged is due. */
function stillUnread({ unreadDays }: Audited, { left, judged }: LateDays): string[] {
  return [...unreadDays, ...left.map(({ day }) => day)].filter((day) => !judged.has(day));
}

function gapOf({ from, to }: Window): Gap {
  return { from: from.toISOString(), to: to.toISOString() };
}
