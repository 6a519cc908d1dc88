import { type LateRows, lateNote } from '../judge/late-rows.ts';
import type { Report } from '../model/report.ts';
import { utcDaysOf } from '../model/window.ts';
import type { RunParts, RunRequest } from './run.ts';

/** Days before a window that logs now tell more of, and those of them that still rest on less. */
export interface LateDays {
  readonly left: readonly LateRows[];
  /** Days (`YYYY-MM-DD`) that were judged again. */
  readonly judged: ReadonlySet<string>;
  /** Those of `left` that count as covered, and must not. */
  readonly uncovered: readonly string[];
  readonly note: string | undefined;
}

/** Judges the late days again where the request asks for it, so that what is said of the window rests on the results. */
export async function judgeLateDays(
  late: readonly LateRows[],
  { job, window, judgeAgain }: RunRequest,
  { history }: RunParts,
  signal: AbortSignal,
): Promise<LateDays> {
  if (late.length === 0) return { left: [], judged: new Set(), uncovered: [], note: undefined };
  const reports =
    (await judgeAgain?.(
      late.map(({ day }) => day),
      signal,
    )) ?? [];
  signal.throwIfAborted();
  const judged = new Set(reports.flatMap(daysOf));
  const covered = history.coveredDays(job, { from: new Date(0), to: window.from });
  const isStillLate = (day: string) =>
    history.recordedDays(job, { from: new Date(day), to: new Date(Date.parse(day) + 1) }).some((known) => known.late);
  const left = late.filter(({ day }) => !judged.has(day) || isStillLate(day));
  const uncovered = left.flatMap(({ day }) => (covered.has(day) || isStillLate(day) ? [day] : []));
  return { left, judged, uncovered, note: lateNote(late, left) };
}

function daysOf({ window: { from, to } }: Report): string[] {
  return from === null || to === null ? [] : utcDaysOf({ from: new Date(from), to: new Date(to) });
}
