import type { History } from '../model/history.ts';
import type { Clock } from '../model/ports.ts';
import type { Locks, Owner, RunRecord } from '../model/run-record.ts';
import { durationText } from '../support/duration.ts';
import { AuditError } from '../support/errors.ts';
import { withLock } from '../support/held-lock.ts';
import type { Logger } from '../support/logger.ts';

/** More than a process ever has under way: whoever takes the lock of a dead one ends them all. */
const RUNS_LOOKED_AT = 100;

/** Another process runs the job: nothing is wrong, and nothing has to be done. */
export class JobBusyError extends AuditError {}

/** Another process has already done what the schedule asks for. */
export class JobServedError extends JobBusyError {}

/** The run took longer than it may. */
export class TimeLimitError extends AuditError {}

/** Another process took this one for dead and does its work. */
export class JobLostError extends JobBusyError {}

/**
 * Does the work while this process alone, of all that share the history, runs the job. The signal it gets is aborted
 * with `signal`, when the time is up, and when the lock is lost. The runs it gets, newest first, are those whose process
 * was killed, and of which nobody has told.
 * @throws JobBusyError where another process runs the job.
 */
export async function withJobLock<T>(
  job: string,
  parts: { readonly history: History; readonly clock: Clock; readonly logger: Logger; readonly owner: Owner },
  limits: { readonly timeLimitMs: number; readonly heartbeatMs?: number },
  signal: AbortSignal,
  work: (signal: AbortSignal, killed: readonly RunRecord[]) => Promise<T>,
): Promise<T> {
  const { history, clock, owner } = parts;
  const own = new AbortController();
  const underWay = new Set(runsOf(job, history, ({ end }) => end === null).map(({ id }) => id));
  return await withLock(
    `job:${job}`,
    { ...parts, locks: history.locks },
    {
      busy: ({ pid, since }) => {
        throw new JobBusyError(
          `${job} is being run by process ${pid} since ${since.toISOString()}: one run of a job at a time`,
          { remedy: 'Wait for that run. The lock of a dead process is free again two minutes after its last sign.' },
        );
      },
      lost: () => own.abort(lostTo(job)),
      ...(limits.heartbeatMs === undefined ? {} : { heartbeatMs: limits.heartbeatMs }),
    },
    async () => {
      const limit = setTimeout(() => own.abort(tookTooLong(job, limits.timeLimitMs)), limits.timeLimitMs);
      try {
        // The newest run may have been found killed by a process that was killed as well before it told.
        const killed = runsOf(job, history, (run, index) => isKilled(run) && (index === 0 || underWay.has(run.id)));
        return await work(AbortSignal.any([signal, own.signal]), killed);
      } catch (error) {
        // A process that was suspended may fail before its next heartbeat, on what the other one has done meanwhile.
        if (own.signal.aborted || signal.aborted || holdsLock(`job:${job}`, history.locks, owner, clock)) throw error;
        throw lostTo(job);
      } finally {
        clearTimeout(limit);
      }
    },
  );
}

function runsOf(job: string, { runs }: History, isMeant: (run: RunRecord, index: number) => boolean): RunRecord[] {
  return runs.latest(job, RUNS_LOOKED_AT).filter(isMeant);
}

/** Nobody could write down when it ended. */
function isKilled({ end, endedAt }: RunRecord): boolean {
  return end === 'abandoned' && endedAt === null;
}

function holdsLock(name: string, locks: Locks, owner: Owner, clock: Clock): boolean {
  try {
    return locks.beat(name, owner, clock.now());
  } catch {
    // A history that cannot be written is what made the work fail.
    return true;
  }
}

function lostTo(job: string): JobLostError {
  return new JobLostError(`${job}: another process took this one for dead and runs the job now, or has run it`, {
    remedy: 'Look for what kept this process from working for two minutes: a suspended or overloaded machine.',
  });
}

function tookTooLong(job: string, timeLimitMs: number): TimeLimitError {
  return new TimeLimitError(`${job} was given up: it took longer than ${durationText(timeLimitMs)}`, {
    remedy: 'Look into the log for the step that took so long, or raise timeLimitMinutes of the job.',
  });
}
