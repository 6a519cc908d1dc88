import { AuditError } from '../support/errors.ts';

/**
 * Does the work with a signal that SIGINT and SIGTERM abort: an interrupted run is abandoned before it records
 * anything.
 * @throws AuditError where it was interrupted.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (name: NodeJS.Signals) => controller.abort(interrupted(name));
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

function interrupted(signal: NodeJS.Signals): AuditError {
  return new AuditError(`interrupted by ${signal}: the run was abandoned; nothing half-written was left`, {
    remedy: 'Run it again: the window is still due.',
  });
}
