import type { History } from '../model/history.ts';
import type { Clock } from '../model/ports.ts';
import type { RunCounts, RunPhase } from '../model/run-record.ts';
import type { Window } from '../model/window.ts';
import { JobLostError, TimeLimitError } from './job-lock.ts';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';

export type Progress = (phase: RunPhase, counts?: RunCounts) => void;

/**
 * Keeps the record of a run from its start to its end, however it ends. A run that is stopped from outside is abandoned;
 * everything else without a result, the time limit too, has failed.
 */
export async function withCourse<T>(
  run: { readonly id: string; readonly job: string; readonly window: Window; readonly startedAt: Date },
  parts: { readonly history: History; readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const { history, clock, logger } = parts;
  history.runs.begin(run);
  try {
    return await work((phase, counts) => history.runs.progress(run.id, phase, counts));
  } catch (error) {
    const told: unknown = signal.aborted ? signal.reason : error;
    const failed = !signal.aborted || told instanceof TimeLimitError || told instanceof JobLostError;
    try {
      history.runs.end(run.id, failed ? 'failed' : 'abandoned', { at: clock.now(), reason: messageOf(told) });
    } catch (second) {
      // What went wrong first is what has to be told; the next run finds this one left under way.
      logger.warn('the end of the run could not be recorded', { run: run.id, reason: messageOf(second) });
    }
    throw told;
  }
}
