import type { SourceCursor } from '../model/history.ts';
import type { Cursor, LogFile } from '../model/ports.ts';
import { DAY_MS, type Window } from '../model/window.ts';
import type { AuditRequest, RunParts } from './run.ts';

/** Longer than anybody audits ahead of time. */
const AHEAD_MS = 366 * DAY_MS;

/** A run that reads its source on from where the night before left it. */
export interface ReadingOn {
  /** `LogSource.cursorName`. */
  readonly source: string;
  /** Undefined where no run read this source so far. */
  readonly since: Cursor | undefined;
}

/**
 * Only the last window of a night reads on: what it does not ask for, files of later days, is of days that are still due.
 * Undefined where the source keeps no cursor, or a later day is covered, of which a file that came late would be passed over.
 * @param oldest before it no file is asked for, however old the cursor is
 */
export function readingOn(
  { job, window, isLast }: AuditRequest,
  { history, source: { cursorName } }: Pick<RunParts, 'history' | 'source'>,
  { from: oldest }: Window,
): ReadingOn | undefined {
  if (cursorName === undefined || !isLast) return undefined;
  const later = { from: window.to, to: new Date(window.to.getTime() + AHEAD_MS) };
  if (history.coveredDays(job, later).size > 0) return undefined;
  const held = history.cursors(job).find(({ source }) => source === cursorName);
  const since = held === undefined || held.createdAt >= oldest ? held : { id: held.id, createdAt: oldest };
  return { source: cursorName, since };
}

/** Where the run leaves its source; undefined where the cursor stays. */
export function cursorAfter(reading: ReadingOn | undefined, found: readonly LogFile[]): SourceCursor | undefined {
  const newest = found.at(-1);
  if (reading === undefined || newest === undefined) return undefined;
  if (reading.since !== undefined && newest.isNew !== true) return undefined;
  return { source: reading.source, createdAt: newest.createdAt, id: newest.id };
}
