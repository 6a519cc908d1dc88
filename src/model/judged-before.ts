import type { Verdict } from './verdict.ts';
import { utcDaysOf } from './window.ts';

/** What an earlier run of the job said of days of the window, and what is different now. Days are `YYYY-MM-DD`, UTC. */
export interface JudgedBefore {
  /** The earlier run. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly window: { readonly from: string; readonly to: string };
  /** That run's: of all of its window. */
  readonly verdict: Verdict;
  /** The days of this report's window that rested on it; what stands below is about these. */
  readonly days: readonly string[];
  readonly deliveries: number;
  readonly violations: number;
  /** `late`: rows came after it. `incomplete`: a gap or an unread source. `repeated`: somebody, or nothing else that was due. */
  readonly why: 'late' | 'incomplete' | 'repeated';
  /** False where its result stays recorded, because this one is not complete and rests on no more. */
  readonly replaced: boolean;
  /** Deliveries it did not know of, those among them in violation, and deliveries that are known no longer. */
  readonly more: number;
  readonly moreViolations: number;
  readonly fewer: number;
  /** Domains with a violation on a day on which none was known of them then, and the other way round. */
  readonly appeared: readonly string[];
  readonly vanished: readonly string[];
  /** Present where nobody had got its digest yet. */
  readonly unmailed?: true;
}

/** Whether every day of the window was judged before. */
export function isJudgedAgain({
  window: { from, to },
  judgedBefore = [],
}: {
  readonly window: { readonly from: string | null; readonly to: string | null };
  readonly judgedBefore?: readonly JudgedBefore[];
}): boolean {
  if (from === null || to === null || judgedBefore.length === 0) return false;
  const before = new Set(judgedBefore.flatMap(({ days }) => days));
  return utcDaysOf({ from: new Date(from), to: new Date(to) }).every((day) => before.has(day));
}
