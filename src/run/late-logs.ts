import { type LateRows, lateDays } from '../judge/late-rows.ts';
import type { History } from '../model/history.ts';
import type { LogFile } from '../model/ports.ts';
import type { SourceFailure } from '../model/report.ts';
import { DAY_MS, HOUR_MS, utcDay, utcDaysOf, type Window } from '../model/window.ts';
import type { AuditedLogs } from './audit-logs.ts';
import type { ReadingOn } from './cursor.ts';
import type { AuditRequest, RunParts } from './run.ts';

/** A log tells of at most 7 days, and of none further back than 30, as Salesforce hands them out. */
export const OLDEST_ROW_MS = 38 * DAY_MS;

/** How far the clocks of Salesforce's mail servers, of its file store and of this machine may lie apart. */
export const CLOCK_SKEW_MS = HOUR_MS;

/** All that log files can tell of before the window. */
export function pastOf({ from }: Window): Window {
  return { from: new Date(from.getTime() - OLDEST_ROW_MS), to: from };
}

/** Logs that can tell of days before the window only. */
export interface LogsBefore {
  readonly files: readonly LogFile[];
  /** Those of which nothing, or not everything, could be read. */
  readonly failures: readonly SourceFailure[];
  /** From here on all logs of a day are at hand, so what they hold can be compared with what is recorded. */
  readonly comparedFrom: Date;
  /** Undefined where the run does not read its source on: then none of them is new. */
  readonly reading: ReadingOn | undefined;
}

type Asked = Pick<AuditRequest, 'job' | 'window' | 'judgedLogs'>;
type Known = Pick<RunParts, 'history'>;

/** Days before the window that turn out to be judged on less than there is, oldest first. */
export function lateIn(
  { beside, unreadDays }: Pick<AuditedLogs, 'beside' | 'unreadDays'>,
  before: LogsBefore,
  asked: Asked,
  { history }: Known,
): LateRows[] {
  const late = new Map(newLogs(before, asked, history).map((rows) => [rows.day, rows]));
  if (beside.days.size > 0 || unreadDays.size > 0) {
    const { job, window } = asked;
    const past = pastOf(window);
    const covered = history.coveredDays(job, past);
    // Rows of an unknown kind, and rows that cannot be read, are kept by run and not by day: news where the run of the day
    // had none.
    for (const { day, runId } of history.recordedDays(job, past)) {
      const number = Date.parse(day) / DAY_MS;
      if (!covered.has(day) || (!beside.daysWithOther.has(number) && !unreadDays.has(number))) continue;
      const counts = history.findRun(runId)?.report.counts;
      const unread = unreadDays.has(number) && counts?.rejected === 0;
      const isNews = unread || (beside.daysWithOther.has(number) && counts?.events.other === 0);
      const reason = unread ? 'rows that cannot be read' : 'rows of an unknown kind';
      if (isNews) late.set(day, { day, deliveries: 0, news: [], reason });
    }
    for (const rows of lateDays(history.dayDomains(job, past), covered, beside)) late.set(rows.day, rows);
  }
  return [...late.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

/**
 * Days (`YYYY-MM-DD`) that are due until a new log of them can be read: what it holds is not known.
 */
export function unreadDaysBefore(before: LogsBefore, asked: Asked, { history }: Known): string[] {
  const unread = namesOf(before.failures);
  return newFiles(before, asked, history).flatMap(({ file, day }) => (unread.has(file.name) ? [day] : []));
}

/**
 * The failures that the run itself has to tell of. A log of days that are due because it could not be read is told of by
 * the runs that judge them again, night after night.
 */
export function failuresToTell(
  { files, failures }: LogsBefore,
  { job }: Asked,
  { history }: Known,
): readonly SourceFailure[] {
  if (failures.length === 0) return [];
  const due = history.unreadDays(job);
  const isToldElsewhere = ({ period }: LogFile) =>
    period !== undefined && utcDaysOf(period).every((day) => due.has(day));
  const elsewhere = namesOf(files.filter(isToldElsewhere).map(({ name }) => ({ source: name })));
  return failures.filter(({ source }) => !elsewhere.has(source));
}

/**
 * Recorded days of which a log came that no run has read. Where not all their logs are at hand, how much more it tells
 * shows when they are judged again; one that cannot be read may hold anything.
 */
function newLogs(before: LogsBefore, asked: Asked, history: History): LateRows[] {
  const { files, failures, comparedFrom } = before;
  const fresh = newFiles(before, asked, history);
  if (fresh.length === 0) return [];
  const covered = history.coveredDays(asked.job, { from: new Date(0), to: asked.window.from });
  const unread = namesOf(failures);
  const incomplete = new Set(files.filter(({ name }) => unread.has(name)).flatMap(daysOf));
  const isCompared = (day: string) => day >= utcDay(comparedFrom) && covered.has(day) && !incomplete.has(day);
  return fresh
    .filter(({ day }) => !isCompared(day))
    .map(({ file: { name }, day }) => {
      const reason = unread.has(name) ? 'a new log that cannot be read' : 'a new log';
      return { day, deliveries: 0, news: [], reason };
    });
}

/** The new files, with each recorded day they tell of. */
function newFiles(
  { files, reading }: LogsBefore,
  { job, window, judgedLogs }: Asked,
  history: History,
): { readonly file: LogFile; readonly day: string }[] {
  if (reading === undefined) return [];
  const isNew = ({ id, isNew = reading.since === undefined }: LogFile) => isNew && !judgedLogs.has(id);
  const fresh = files.filter(isNew);
  if (fresh.length === 0) return [];
  const recorded = history.recordedDays(job, { from: new Date(0), to: window.from });
  const runOf = new Map(recorded.map(({ day, runId }) => [day, runId]));
  // Without a cursor only the clocks tell: the run that judged the day last began before the file was made.
  const wasMadeSince = (runId: string, { createdAt }: LogFile) =>
    (history.findRun(runId)?.startedAt.getTime() ?? -Infinity) <= createdAt.getTime() + CLOCK_SKEW_MS;
  return fresh.flatMap((file) =>
    daysOf(file).flatMap((day) => {
      const runId = runOf.get(day);
      if (runId === undefined) return [];
      return reading.since !== undefined || wasMadeSince(runId, file) ? [{ file, day }] : [];
    }),
  );
}

function daysOf({ period }: LogFile): string[] {
  return period === undefined ? [] : utcDaysOf(period);
}

function namesOf(failures: readonly Pick<SourceFailure, 'source'>[]): ReadonlySet<string> {
  return new Set(failures.map(({ source }) => source));
}
