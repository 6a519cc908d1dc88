import type { AuditedInput } from './audit-log.ts';
import { auditLogs, failureOf, type ReadInput } from './audit-logs.ts';
import { cursorAfter, readingOn } from './cursor.ts';
import { CLOCK_SKEW_MS, failuresToTell, lateIn, OLDEST_ROW_MS, pastOf, unreadDaysBefore } from './late-logs.ts';
import { assess } from '../judge/assessment.ts';
import { gapsOf } from '../judge/coverage.ts';
import { knownUntil, type ToldByFile } from '../judge/last-rows.ts';
import { joinGaps, rowLimitGaps, silenceNote, silencesOf } from '../judge/silence.ts';
import type { LogFile } from '../model/ports.ts';
import type { SourceFailure } from '../model/report.ts';
import { DAY_MS, utcDaysOf, type Window } from '../model/window.ts';
import type { AuditRequest, Audited, RunParts } from './run.ts';
import { wasLookedAt } from './looked-at.ts';
import type { Progress } from './run-course.ts';
import { inputName } from '../parse/log-input.ts';
import { AuditError } from '../support/errors.ts';
import { withSpool } from '../support/spool.ts';

/** Clocks of file stores are off, and some ways of copying shift the time of a file. */
const MADE_SLACK_MS = DAY_MS;

/**
 * Mail that Salesforce sent, from its log files: fetched to a spool folder, parsed and judged.
 * @throws AuditError where the source cannot be asked, or no file at all can be fetched, of days that were not looked at before.
 */
export async function auditOutbound(
  request: AuditRequest,
  parts: RunParts,
  signal: AbortSignal,
  progress: Progress,
): Promise<Audited> {
  const { logger, source, policy, dateOrder } = parts;
  const { run, window } = request;
  logger.info('looking for log files', { run, source: source.description });
  const overlap = overlapOf(request, parts);
  const comparedFrom = overlap?.from ?? window.from;
  const reading = await readingOn(request, parts, signal);
  const found = await source.find({ from: comparedFrom, to: window.to }, signal, reading?.since);
  // The time of a file in a folder may be shifted by how it was copied; Salesforce's own is right.
  const slackMs = source.type === 'directory' ? MADE_SLACK_MS : 0;
  const files = found.filter((file) => mayTellOf(window, file, slackMs));
  const filesBefore = found.filter((file) => !mayTellOf(window, file, slackMs));
  logger.info('log files found', { run, files: files.map(({ name }) => name), before: filesBefore.length });

  progress('fetching', { files: files.length });
  const notes = (await parts.orgNotes?.read(signal)) ?? [];

  return await withSpool(parts.spoolFolder, async (folder) => {
    const { fileOf, failures, firstError } = await fetchAll(files, folder, parts, signal);
    if (firstError !== undefined && fileOf.size === 0 && !isLookedAtAgain(request, parts)) throw firstError;
    const before = await fetchAll(filesBefore, folder, parts, signal);
    progress('reading');
    const inputs = [...fileOf.keys()];
    const fetched = [...fileOf.values()];
    const options = { policy, window, dateOrder, onBytes: () => undefined, unreadable: 'name', signal } as const;
    const judgedBefore = {
      beside: pastOf(window),
      besideInputs: [...before.fileOf.keys()],
      unreadByDay: !request.byHand,
    };
    const audited = await auditLogs(inputs, { ...options, ...judgedBefore });
    const known = knownUntil(toldBy(audited.read, fileOf));
    const { quietHours } = parts;
    // Whoever says how long the org is silent by itself knows better.
    const silences = quietHours === null ? silencesOf(window, audited.extents) : [];
    const silenceText = silenceNote(silences);
    const quiet = quietHours === null ? undefined : { hoursWithRows: audited.tally.hours, quietHours };
    const ownFailures = withPeriods([...failures, ...audited.failures, ...datedAfterTheirFile(audited.read)], files);
    // They tell nothing of the window, and what they tell of the days before it is not known.
    const logsBefore = {
      files: filesBefore,
      failures: withPeriods([...before.failures, ...audited.besideFailures], filesBefore),
      comparedFrom,
      reading,
    };
    const late = lateIn(audited, logsBefore, request, parts);
    const report = assess({
      ...audited,
      policy,
      window: { from: window.from.toISOString(), to: window.to.toISOString() },
      gaps: joinGaps([
        ...gapsOf(window, audited.tally.days, known, periodsOf(fetched), quiet),
        ...rowLimitGaps(window, audited.extents),
        ...silences,
      ]),
      failures: [...ownFailures, ...failuresToTell(logsBefore, request, parts)],
      exceptions: parts.exceptions,
      notes: [
        ...notes,
        ...(files.length > 0 ? [] : [`No log file was found. Looked for ${source.description}.`]),
        ...(silenceText === undefined ? [] : [silenceText]),
      ],
    });
    const { tally, extents } = audited;
    const incomplete = [...ownFailures.map(({ source: name }) => name), ...audited.cut];
    const unread = incomplete.map((name) => periodOf(name, files));
    const unreadDays = [
      ...unread.flatMap((period) => (period === undefined ? [] : utcDaysOf(period))),
      ...unreadDaysBefore(logsBefore, request, parts),
    ];
    const cursor = cursorAfter(reading, found);
    const logIds = files.map(({ id }) => id);
    return {
      report,
      tally,
      extents,
      unread: unread.map((period) => period ?? window),
      late,
      logIds,
      unreadDays,
      cursor,
    };
  });
}

/** The judged days before the window that are read again for rows that came late; undefined where there are none. */
function overlapOf({ job, window }: AuditRequest, { history, overlapDays }: RunParts): Window | undefined {
  const firstDay = history.firstDay(job);
  if (firstDay === undefined) return undefined;
  const fromMs = Math.max(window.from.getTime() - overlapDays * DAY_MS, Date.parse(firstDay));
  return fromMs < window.from.getTime() ? { from: new Date(fromMs), to: window.from } : undefined;
}

/** False for what was made, or ends, before the window: it can tell of earlier days only. */
function mayTellOf(window: Window, { period, createdAt }: LogFile, slackMs: number): boolean {
  if (period !== undefined) return period.to > window.from;
  return createdAt.getTime() >= window.from.getTime() - slackMs;
}

/** Fetches every file it can; a file that cannot be fetched is named and does not stop the others. */
async function fetchAll(files: readonly LogFile[], folder: string, parts: RunParts, signal: AbortSignal) {
  const fileOf = new Map<AuditedInput, LogFile>();
  const failures: SourceFailure[] = [];
  let firstError: AuditError | undefined;
  for (const file of files) {
    try {
      const { path } = await parts.source.fetch(file, folder, signal);
      const createdMs = file.createdAt.getTime();
      const oldestMs = Math.min(createdMs - OLDEST_ROW_MS, file.period?.from.getTime() ?? Infinity);
      const knownWindow = { from: new Date(oldestMs), to: new Date(createdMs + CLOCK_SKEW_MS) };
      fileOf.set({ path, name: file.name, knownWindow }, file);
    } catch (error) {
      if (!(error instanceof AuditError) || signal.aborted) throw error;
      parts.logger.warn('a log file could not be fetched', { file: file.name, reason: error.message });
      failures.push(failureOf(file.name, error));
      firstError ??= error;
    }
  }
  return { fileOf, failures, firstError };
}

/** Days that a night looks at again, before its newest ones: what cannot be had of them fails nothing, and stays due. */
function isLookedAtAgain({ job, window, isLast, byHand }: AuditRequest, { history }: RunParts): boolean {
  return !isLast && !byHand && wasLookedAt(job, window, history);
}

/** Undefined where a file's source does not say what the file tells of. */
function periodsOf(files: readonly LogFile[]): Window[] | undefined {
  const periods = files.flatMap(({ period }) => period ?? []);
  return periods.length === files.length ? periods : undefined;
}

/** What the file of this name tells of; undefined where that is not known. */
function periodOf(name: string, files: readonly LogFile[]): Window | undefined {
  return files.find((file) => file.name === name)?.period;
}

/** The failures, with what the files tell of where that is known. */
function withPeriods(failures: readonly SourceFailure[], files: readonly LogFile[]): SourceFailure[] {
  return failures.map((failure) => {
    const period = periodOf(failure.source, files);
    if (period === undefined) return failure;
    return { ...failure, period: { from: period.from.toISOString(), to: period.to.toISOString() } };
  });
}

/** Rows cannot be younger than the file they stand in: such dates are read or written wrongly. */
function datedAfterTheirFile(read: readonly ReadInput[]): SourceFailure[] {
  return read.flatMap(({ input, lastMs }) => {
    const madeMs = input.knownWindow?.to.getTime() ?? Infinity;
    if (lastMs < madeMs || !('path' in input)) return [];
    const last = new Date(lastMs).toISOString();
    return [{ source: inputName(input), reason: `it holds rows dated ${last}, after the file itself was made` }];
  });
}

/** How far each file tells of each day, and when it was made. */
function toldBy(read: readonly ReadInput[], fileOf: ReadonlyMap<AuditedInput, LogFile>): ToldByFile[] {
  return read.flatMap(({ input, lastRows }) => {
    const file = fileOf.get(input);
    return file === undefined ? [] : [{ madeMs: file.createdAt.getTime(), lastRows }];
  });
}
