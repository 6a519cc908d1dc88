import { TimeLimitError } from './job-lock.ts';
import type { RunPhase } from '../model/run-record.ts';
import { durationText } from '../support/duration.ts';

/** How long each phase may take, in milliseconds. Recording waits for nothing but the disk, which nothing can hurry. */
export type PhaseLimits = Readonly<Record<'finding' | 'fetching' | 'reading', number>>;

/** What is stopped gets this long to clean up; a read from a mount that hangs never ends, whatever stops it. */
const CLEAN_UP_MS = 3000;

/**
 * Does the work of a run, which says when it enters a phase. The signal it gets is aborted with `signal`, and when a phase
 * takes too long.
 * @throws TimeLimitError that names the phase.
 */
export async function withPhaseLimits<T>(
  job: string,
  limits: PhaseLimits,
  signal: AbortSignal,
  work: (signal: AbortSignal, enter: (phase: RunPhase) => void) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const enter = (phase: RunPhase) => {
    clearTimeout(timer);
    timer = undefined;
    if (phase === 'recording' || phase === 'done') return;
    timer = setTimeout(() => own.abort(tookTooLong(job, phase, limits[phase])), limits[phase]);
  };
  const working = AbortSignal.any([signal, own.signal]);
  try {
    enter('finding');
    return await work(working, enter);
  } finally {
    clearTimeout(timer);
  }
}

const DOING: Readonly<Record<keyof PhaseLimits, string>> = {
  finding: 'signing in and looking for data',
  fetching: 'getting the data',
  reading: 'reading and judging the data',
};

function tookTooLong(job: string, phase: keyof PhaseLimits, limitMs: number): TimeLimitError {
  return new TimeLimitError(
    `${job} was given up in the phase ${phase}: ${DOING[phase]} took longer than ${durationText(limitMs)}`,
    { remedy: `Look into the log for what it waited for, or raise jobs.${job}.phaseLimitMinutes.${phase}.` },
  );
}

/** The work; where it has not ended a moment after `signal` is aborted, it is left behind and fails with the reason. */
export async function orLeftBehind<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let begin: (() => void) | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    begin = () => {
      timer = setTimeout(() => reject(signal.reason as Error), CLEAN_UP_MS);
    };
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin, { once: true });
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
    if (begin !== undefined) signal.removeEventListener('abort', begin);
  }
}
