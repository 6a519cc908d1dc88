import { randomUUID } from 'node:crypto';
import { type AuditedInput, auditLogs } from './audit-logs.ts';
import { deliverOwed, type MailOutcome } from './deliver/owed-mail.ts';
import { assess } from './judge/assessment.ts';
import { changesSince } from './judge/changes.ts';
import { gapsOf } from './judge/coverage.ts';
import { dayResults, firstViolationDay } from './judge/day-results.ts';
import { coverHours, joinGaps, silencesOf } from './judge/silence.ts';
import { deservesMail, type MailWhen } from './judge/mail-policy.ts';
import type { NewMail, Undelivered } from './model/outbox.ts';
import type { Policy } from './model/policy.ts';
import type { Clock, Delivered, DigestMail, History, LogFile, LogSource, Mailer } from './model/ports.ts';
import type { Report, RunStamp, SourceFailure } from './model/report.ts';
import type { Owner } from './model/run-record.ts';
import { DAY_MS, HOUR_MS, type Window } from './model/window.ts';
import type { DateOrderSetting } from './parse/date-order.ts';
import { type Progress, withCourse } from './run-course.ts';
import { AuditError } from './support/errors.ts';
import type { Logger } from './support/logger.ts';
import { withSpool } from './support/spool.ts';

/** The parts of one run, made by compose.ts. */
export interface RunParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: LogSource;
  readonly history: History;
  /** Undefined where the run sends nothing. */
  readonly mailer: Mailer | undefined;
  readonly policy: Policy;
  readonly dateOrder: DateOrderSetting;
  /** Null is the system's folder for temporary files. */
  readonly spoolFolder: string | null;
  readonly version: string;
  /** This process and this piece of its work. */
  readonly owner: Owner;
  readonly mailWhen: MailWhen;
  /** A mail that is owed for longer is not sent any more: the next digest tells of it. */
  readonly tooOldAfterMs: number;
  readonly renderDigest: (report: Report, undelivered: readonly Undelivered[]) => DigestMail;
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

/** A log tells of at most 7 days, and of none further back than 30, as Salesforce hands them out. */
const OLDEST_ROW_MS = 38 * DAY_MS;

/** How far the clocks of Salesforce's mail servers and of its file store may lie apart. */
const CLOCK_SKEW_MS = HOUR_MS;

/**
 * One run, the whole of it: acquire, parse and judge, compare, record, report, deliver. What is recorded is recorded
 * in one transaction, before anything is sent.
 * @throws AuditError where the source cannot be asked, no file at all can be fetched, or the digest is not accepted.
 */
export async function runAudit(request: RunRequest, parts: RunParts, signal: AbortSignal): Promise<RunOutcome> {
  const { job, window } = request;
  const startedAt = parts.clock.now();
  const run = { id: randomUUID(), job, startedAt: startedAt.toISOString(), version: parts.version };
  if (request.dryRun) return await audit(request, run, parts, signal, () => undefined);
  return await withCourse({ id: run.id, job, window, startedAt }, parts, signal, (progress) =>
    audit(request, run, parts, signal, progress),
  );
}

async function audit(
  request: RunRequest,
  run: RunStamp,
  parts: RunParts,
  signal: AbortSignal,
  progress: Progress,
): Promise<RunOutcome> {
  const { clock, logger, source, history, mailer, policy } = parts;
  const { job, window, dryRun } = request;
  const startedAt = new Date(run.startedAt);
  logger.info('run started', { run: run.id, job, window, source: source.description });

  const files = await source.find(window, signal);
  logger.info('log files found', { run: run.id, files: files.map(({ name }) => name) });
  progress('fetching', { files: files.length });

  const { report, digest, isMailed } = await withSpool(parts.spoolFolder, async (folder) => {
    const { inputs, fetched, failures } = await fetchAll(files, folder, parts, signal);
    progress('reading');
    const audited = await auditLogs(inputs, {
      policy,
      window,
      dateOrder: parts.dateOrder,
      onBytes: () => undefined,
      unreadable: 'name',
      signal,
    });
    const gaps = joinGaps([
      ...gapsOf(window, audited.tally.days, newestOf(fetched)),
      ...silencesOf(window, audited.extents),
    ]);
    const allFailures = [...failures, ...audited.failures];
    const assessed = assess({
      ...audited,
      policy,
      window: { from: window.from.toISOString(), to: window.to.toISOString() },
      gaps,
      failures: allFailures,
      notes: [],
    });
    const before = history.openFindings(job, window.from);
    const changes = changesSince(before, assessed.domains, (domain) => firstViolationDay(audited.tally, domain));
    const complete: Report = { ...assessed, ...(before === undefined ? {} : { changes }), run };
    signal.throwIfAborted();
    progress('recording', { rows: assessed.counts.rows });
    const late = new Date(clock.now().getTime() - parts.tooOldAfterMs);
    const undelivered = dryRun || mailer === undefined ? [] : history.outbox.undelivered(job, late);
    const digest = parts.renderDigest(complete, undelivered);
    const [last] = history.latestRuns(job, 1);
    const isMailed = undelivered.length > 0 || deservesMail(parts.mailWhen, complete, last?.verdict);
    const allRead = allFailures.length === 0 && !audited.cut;
    if (!dryRun) {
      const days = dayResults({
        window,
        startedAt,
        tally: audited.tally,
        gaps,
        allRead,
      });
      const mail = mailer === undefined || !isMailed ? undefined : newDigest(digest, job, mailer, undelivered, clock);
      // A source that was not read to its end may hold rows of any hour.
      const hours = coverHours(
        window,
        allRead ? gaps : [{ from: window.from.toISOString(), to: window.to.toISOString() }],
        audited.extents,
      );
      history.record({ report: complete, days, hours, at: clock.now(), ...(mail === undefined ? {} : { mail }) });
    }
    return { report: complete, digest, isMailed };
  });
  logger.info('run judged', { run: run.id, verdict: report.verdict, counts: report.counts });

  if (!isMailed) logger.info('digest not mailed: mail.when does not ask for it', { run: run.id, when: parts.mailWhen });
  if (dryRun || mailer === undefined || !isMailed) return { report, digest, delivered: undefined };
  return { report, digest, delivered: await deliver(digest, { ...parts, mailer }, signal) };
}

function newDigest(
  mail: DigestMail,
  job: string,
  mailer: Mailer,
  undelivered: readonly Undelivered[],
  clock: Clock,
): NewMail {
  const tellsOf = undelivered.map(({ messageId }) => messageId);
  return { mail, kind: 'digest', job, at: clock.now(), recipients: mailer.recipients, tellsOf };
}

/** Sends what is owed, the new digest last. Undefined where another process is sending that one. */
async function deliver(
  digest: DigestMail,
  parts: RunParts & { readonly mailer: Mailer },
  signal: AbortSignal,
): Promise<Delivered | undefined> {
  const outcomes = await sendOwed(parts, parts.mailer, { onlyDue: false }, signal);
  const own = outcomes.find(({ messageId }) => messageId === digest.messageId);
  // A mail server that could not be used for an older mail was not asked about the new one.
  const failure = own === undefined ? outcomes.find((outcome) => outcome.failure !== undefined)?.failure : own.failure;
  if (failure !== undefined) throw failure;
  if (own === undefined) signal.throwIfAborted();
  return own?.delivered;
}

/** Sends what earlier runs owe. */
export async function sendOwed(
  parts: Pick<RunParts, 'history' | 'clock' | 'logger' | 'owner' | 'tooOldAfterMs'>,
  mailer: Mailer,
  options: { readonly onlyDue: boolean },
  signal: AbortSignal,
): Promise<MailOutcome[]> {
  const { clock, logger, owner, tooOldAfterMs, history } = parts;
  const { outbox, locks } = history;
  return await deliverOwed({ outbox, locks, mailer, clock, logger, owner }, { tooOldAfterMs, ...options }, signal);
}

/** Fetches every file it can; a file that cannot be fetched is named and does not stop the others. */
async function fetchAll(files: readonly LogFile[], folder: string, parts: RunParts, signal: AbortSignal) {
  const inputs: AuditedInput[] = [];
  const fetched: LogFile[] = [];
  const failures: SourceFailure[] = [];
  let firstError: AuditError | undefined;
  for (const file of files) {
    try {
      const { path } = await parts.source.fetch(file, folder, signal);
      const createdMs = file.createdAt.getTime();
      const knownWindow = { from: new Date(createdMs - OLDEST_ROW_MS), to: new Date(createdMs + CLOCK_SKEW_MS) };
      inputs.push({ path, name: file.name, knownWindow });
      fetched.push(file);
    } catch (error) {
      if (!(error instanceof AuditError) || signal.aborted) throw error;
      parts.logger.warn('a log file could not be fetched', { file: file.name, reason: error.message });
      failures.push({ source: file.name, reason: error.message });
      firstError ??= error;
    }
  }
  if (firstError !== undefined && fetched.length === 0) throw firstError;
  return { inputs, fetched, failures };
}

function newestOf(files: readonly LogFile[]): Date | undefined {
  if (files.length === 0) return undefined;
  return new Date(Math.max(...files.map(({ createdAt }) => createdAt.getTime())));
}
