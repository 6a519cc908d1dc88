import { randomUUID } from 'node:crypto';
import { type AuditedInput, auditLogs } from './audit-logs.ts';
import { adviceFrom, withDays } from './judge/advice.ts';
import { assess } from './judge/assessment.ts';
import { changesSince } from './judge/changes.ts';
import { gapsOf } from './judge/coverage.ts';
import { dayResults, violationDays } from './judge/day-results.ts';
import { downgradesSince } from './judge/downgrades.ts';
import { daySum, daySummaries } from './judge/range.ts';
import type { Advice, AdviceRule } from './model/advice.ts';
import type { PolicyException } from './model/exception.ts';
import type { Policy } from './model/policy.ts';
import type { Clock, DayResult, Delivered, DigestMail, History, LogFile, LogSource, Mailer } from './model/ports.ts';
import type { DaySummary, Report, SourceFailure } from './model/report.ts';
import { DAY_MS, HOUR_MS, type Window } from './model/window.ts';
import type { DateOrderSetting } from './parse/date-order.ts';
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
  readonly exceptions: readonly PolicyException[];
  readonly adviceRule: AdviceRule;
  readonly dateOrder: DateOrderSetting;
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

/** A log tells of at most 7 days, and of none further back than 30, as Salesforce hands them out. */
const OLDEST_ROW_MS = 38 * DAY_MS;

/** Nights that the digest draws. */
const TREND_DAYS = 30;

/** How far the clocks of Salesforce's mail servers and of its file store may lie apart. */
const CLOCK_SKEW_MS = HOUR_MS;

/**
 * One run, the whole of it: acquire, parse and judge, compare, record, report, deliver. What is recorded is recorded
 * in one transaction, before anything is sent.
 * @throws AuditError where the source cannot be asked, no file at all can be fetched, or the digest is not accepted.
 */
export async function runAudit(request: RunRequest, parts: RunParts, signal: AbortSignal): Promise<RunOutcome> {
  const { clock, logger, source, history, mailer, policy } = parts;
  const { job, window, dryRun } = request;
  const startedAt = clock.now();
  const run = { id: randomUUID(), job, startedAt: startedAt.toISOString(), version: parts.version };
  logger.info('run started', { run: run.id, job, window, source: source.description });

  const files = await source.find(window, signal);
  logger.info('log files found', { run: run.id, files: files.map(({ name }) => name) });

  const report = await withSpool(parts.spoolFolder, async (folder) => {
    const { inputs, fetched, failures } = await fetchAll(files, folder, parts, signal);
    const audited = await auditLogs(inputs, {
      policy,
      window,
      dateOrder: parts.dateOrder,
      onBytes: () => undefined,
      unreadable: 'name',
      signal,
    });
    const gaps = gapsOf(window, audited.tally.days, newestOf(fetched));
    const allFailures = [...failures, ...audited.failures];
    const assessed = assess({
      ...audited,
      policy,
      window: { from: window.from.toISOString(), to: window.to.toISOString() },
      gaps,
      failures: allFailures,
      notes: [],
      exceptions: parts.exceptions,
    });
    const before = history.openFindings(job, window.from);
    const changes = changesSince(before, assessed.domains, (domain) => violationDays(audited.tally, domain));
    const downgrades = downgradesSince(history.domainPasts(job, window.from), audited.tally);
    const days = dayResults({
      window,
      startedAt,
      tally: audited.tally,
      gaps,
      allRead: allFailures.length === 0 && !audited.cut,
    });
    const advice = adviceOn(job, window, days, parts);
    const complete: Report = {
      ...assessed,
      ...(before === undefined ? {} : { changes, downgrades }),
      advice,
      days: nightsOn(job, window, days, history),
      run,
    };
    signal.throwIfAborted();
    if (!dryRun) history.record({ report: complete, days });
    return complete;
  });
  logger.info('run judged', { run: run.id, verdict: report.verdict, counts: report.counts });

  const digest = parts.renderDigest(report);
  if (dryRun || mailer === undefined) return { report, digest, delivered: undefined };
  const delivered = await mailer.send(digest);
  if (delivered.rejected.length === 0) history.markMailed(run.id, clock.now());
  logger.info('digest sent', { run: run.id, accepted: delivered.accepted.length, rejected: delivered.rejected.length });
  return { report, digest, delivered };
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
  return daySummaries(range, [...recorded, ...days.map(daySum)]);
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
