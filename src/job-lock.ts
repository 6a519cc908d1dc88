import type { Clock, History } from './model/ports.ts';
import type { Owner } from './model/run-record.ts';
import { AuditError } from './support/errors.ts';
import type { Logger } from './support/logger.ts';

const HEARTBEAT_MS = 15_000;

const MINUTE_MS = 60_000;

/** Another process runs the job: nothing is wrong, and nothing has to be done. */
export class JobBusyError extends AuditError {}

/** The run took longer than it may. */
export class TimeLimitError extends AuditError {}

/** Another process took this one for dead and does its work. */
export class JobLostError extends AuditError {}

/**
 * Does the work while this process alone, of all that share the history, runs the job. The signal it gets is aborted
 * with `signal`, when the time is up, and when the lock is lost.
 * @throws JobBusyError where another process runs the job.
 */
export async function withJobLock<T>(
  job: string,
  parts: { readonly history: History; readonly clock: Clock; readonly logger: Logger; readonly owner: Owner },
  limits: { readonly timeLimitMs: number; readonly heartbeatMs?: number },
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { history, clock, logger, owner } = parts;
  const name = `job:${job}`;
  const holder = history.locks.acquire(name, owner, clock.now());
  if (holder !== undefined) {
    throw new JobBusyError(
      `${job} is being run by process ${holder.pid} since ${holder.since.toISOString()}: one run of a job at a time`,
      { remedy: 'Wait for that run; if its process is dead, the lock is free again two minutes after its last sign.' },
    );
  }
  const own = new AbortController();
  const limit = setTimeout(() => own.abort(tookTooLong(job, limits.timeLimitMs)), limits.timeLimitMs);
  const heart = setInterval(() => {
    try {
      if (history.locks.beat(name, owner, clock.now())) return;
      own.abort(
        new JobLostError(`${job}: another process took this one for dead and runs the job now`, {
          remedy: 'Look for what kept this process from working for two minutes: a suspended or overloaded machine.',
        }),
      );
    } catch (error) {
      // A database that is busy for a moment; one that stays so makes the recording fail, which is told.
      logger.warn('the lock of the job could not be kept', { job, reason: String(error) });
    }
  }, limits.heartbeatMs ?? HEARTBEAT_MS);
  try {
    return await work(AbortSignal.any([signal, own.signal]));
  } finally {
    clearTimeout(limit);
    clearInterval(heart);
    history.locks.release(name, owner);
  }
}

function tookTooLong(job: string, timeLimitMs: number): TimeLimitError {
  return new TimeLimitError(`${job} was given up: it took longer than ${Math.round(timeLimitMs / MINUTE_MS)} minutes`, {
    remedy: 'Look into the log for the step that took so long, or raise timeLimitMinutes of the job.',
  });
}
