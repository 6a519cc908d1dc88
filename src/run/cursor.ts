import type { SourceCursor } from '../model/history.ts';
import type { Cursor, LogFile } from '../model/ports.ts';
import { DAY_MS } from '../model/window.ts';
import type { AuditRequest, RunParts } from './run.ts';

/** Longer than anybody audits ahead of time. */
const AHEAD_MS = 366 * DAY_MS;

/** A run that reads its source on from where the night before left it. */
export interface ReadingOn {
  /** `LogSource.cursorName`. */
  readonly source: string;
  /** Undefined where no run has read this source so far. */
  readonly since: Cursor | undefined;
}

/**
 * The last window of a night reads its source on; undefined for the others, and where the source keeps no cursor. Logs of days
 * after the window are not asked for. They are of days that are still due; where one is covered all the same, under a
 * clock that was ahead, the run does not read on, so that the cursor passes nothing over.
 */
export async function readingOn(
  { job, window, isLast }: AuditRequest,
  { history, source }: Pick<RunParts, 'history' | 'source'>,
  signal: AbortSignal,
): Promise<ReadingOn | undefined> {
  if (source.cursorName === undefined || !isLast) return undefined;
  const after = { from: window.to, to: new Date(window.to.getTime() + AHEAD_MS) };
  if (history.coveredDays(job, after).size > 0) return undefined;
  const name = await source.cursorName(signal);
  return { source: name, since: history.cursors(job).find((cursor) => cursor.source === name) };
}

/** Where the run leaves its source; undefined where the cursor stays. */
export function cursorAfter(reading: ReadingOn | undefined, found: readonly LogFile[]): SourceCursor | undefined {
  const newest = found.at(-1);
  if (reading === undefined || newest === undefined) return undefined;
  if (reading.since !== undefined && newest.isNew !== true) return undefined;
  return { source: reading.source, createdAt: newest.createdAt, id: newest.id };
}
