import { type LateRows, lateDays } from '../judge/late-rows.ts';
import type { RecordedDay } from '../model/history.ts';
import type { LogFile } from '../model/ports.ts';
import type { SourceFailure } from '../model/report.ts';
import { DAY_MS, HOUR_MS, utcDay, utcDaysOf, type Window } from '../model/window.ts';
import type { AuditedLogs } from './audit-logs.ts';
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
}

/** Days before the window that turn out to be judged on less than there is, oldest first. */
export function lateIn(
  audited: Pick<AuditedLogs, 'beside' | 'unreadDays'>,
  before: LogsBefore,
  request: Pick<AuditRequest, 'job' | 'window' | 'startedAt'>,
  { history }: Pick<RunParts, 'history'>,
): LateRows[] {
  const { beside, unreadDays } = audited;
  const hasNewLog = before.files.some(({ isNew }) => isNew === true);
  if (beside.days.size === 0 && unreadDays.size === 0 && !hasNewLog) return [];
  const { job, window } = request;
  const past = pastOf(window);
  const covered = history.coveredDays(job, past);
  const recorded = history.recordedDays(job, past);
  const startOf = (runId: string) => history.findRun(runId)?.startedAt;
  const late = new Map(lateDays(history.dayDomains(job, past), covered, beside).map((rows) => [rows.day, rows]));
  // Rows of an unknown kind, and rows that cannot be read, are kept by run and not by day: news where the run of the day
  // had none.
  for (const { day, runId } of recorded) {
    if (!covered.has(day) || late.has(day)) continue;
    const number = Date.parse(day) / DAY_MS;
    if (!beside.daysWithOther.has(number) && !unreadDays.has(number)) continue;
    const counts = history.findRun(runId)?.report.counts;
    const unread = unreadDays.has(number) && counts?.rejected === 0;
    const isNews = unread || (beside.daysWithOther.has(number) && counts?.events.other === 0);
    const instead = unread ? 'rows that cannot be read' : 'rows of an unknown kind';
    if (isNews) late.set(day, { day, deliveries: 0, news: [], instead });
  }
  for (const rows of newLogs(before, recorded, covered, startOf)) {
    if (!late.has(rows.day)) late.set(rows.day, rows);
  }
  return [...late.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

/**
 * The failures that the run itself has to tell of. An older log of days that lack data is told of by the runs that judge
 * these days again, night after night.
 */
export function failuresToTell(
  { files, failures }: LogsBefore,
  { job, window }: Pick<AuditRequest, 'job' | 'window'>,
  { history }: Pick<RunParts, 'history'>,
): readonly SourceFailure[] {
  if (failures.length === 0) return [];
  const past = pastOf(window);
  const covered = history.coveredDays(job, past);
  const open = new Set(history.recordedDays(job, past).flatMap(({ day }) => (covered.has(day) ? [] : [day])));
  const isToldElsewhere = ({ isNew, period }: LogFile) =>
    isNew !== true && period !== undefined && utcDaysOf(period).every((day) => open.has(day));
  const elsewhere = new Set(files.filter(isToldElsewhere).map(({ name }) => name));
  return failures.filter(({ source }) => !elsewhere.has(source));
}

/**
 * Days of which a log came that no run has seen. Where not all their logs are at hand, how much more it tells shows when
 * they are judged again; one that cannot be read may hold anything.
 */
function newLogs(
  { files, failures, comparedFrom }: LogsBefore,
  recorded: readonly RecordedDay[],
  covered: ReadonlySet<string>,
  startOf: (runId: string) => Date | undefined,
): LateRows[] {
  const runOf = new Map(recorded.map(({ day, runId }) => [day, runId]));
  return files.flatMap(({ isNew, name, createdAt, period }) => {
    if (isNew !== true || period === undefined) return [];
    const isUnread = failures.some(({ source }) => source === name);
    return utcDaysOf(period).flatMap((day): LateRows[] => {
      const runId = runOf.get(day);
      if (runId === undefined) return [];
      // A day that lacked data may have been judged again this very night, with this log.
      const judgedMs = startOf(runId)?.getTime() ?? -Infinity;
      const mayBeUnseen = judgedMs <= createdAt.getTime() + CLOCK_SKEW_MS;
      const isUnseen = mayBeUnseen && (isUnread || !covered.has(day) || day < utcDay(comparedFrom));
      const instead = isUnread ? 'a new log that cannot be read' : 'a new log';
      return isUnseen ? [{ day, deliveries: 0, news: [], instead }] : [];
    });
  });
}
