import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from './fault.ts';

export interface RetryPolicy {
  /** How often in all, the first time included. */
  readonly tries: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** From the first try to the last byte, waiting included. */
  readonly totalMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { tries: 5, firstDelayMs: 500, maxDelayMs: 30_000, totalMs: 600_000 };

/**
 * Runs the attempt again while it ends in a transient fault, with exponential backoff and jitter; a Retry-After that
 * the total time leaves room for is kept. Throws the last fault, with the number of tries, or the reason of `signal`.
 */
export async function withRetries<T>(
  attempt: (signal: AbortSignal) => Promise<T>,
  policy: RetryPolicy,
  options: { readonly signal: AbortSignal; readonly onRetry?: (fault: Fault, delayMs: number) => void },
): Promise<T> {
  const endsAt = performance.now() + policy.totalMs;
  const deadline = AbortSignal.timeout(policy.totalMs);
  const signal = AbortSignal.any([options.signal, deadline]);
  let last: Fault | undefined;
  for (let tries = 1; ; tries++) {
    try {
      options.signal.throwIfAborted();
      return await attempt(signal);
    } catch (error) {
      options.signal.throwIfAborted();
      const fault = deadline.aborted ? timedOut(policy, last) : error;
      if (!(fault instanceof Fault)) throw fault;
      fault.tries = tries;
      const delayMs = delayAfter(fault, tries, policy);
      if (!fault.transient || tries >= policy.tries || performance.now() + delayMs > endsAt) throw fault;
      last = fault;
      options.onRetry?.(fault, delayMs);
      await sleep(delayMs, undefined, { signal: options.signal }).catch(() => options.signal.throwIfAborted());
    }
  }
}

/** The time that ran out says nothing of why: the fault of the try before does. */
function timedOut(policy: RetryPolicy, last: Fault | undefined): Fault {
  const before = last === undefined ? '' : `; the try before ended with ${last.message}`;
  return new Fault('TIMED_OUT', `it was not done within ${policy.totalMs} ms in all${before}`);
}

/** Half of the delay is certain, half is jitter: many workers that failed together do not come back together. */
function delayAfter(fault: Fault, tries: number, policy: RetryPolicy): number {
  const backoffMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (tries - 1));
  return Math.max(fault.retryAfterMs ?? 0, Math.round(backoffMs * (0.5 + Math.random() / 2)));
}
