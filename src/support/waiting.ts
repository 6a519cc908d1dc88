import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../model/ports.ts';

/** Longest sleep: a machine that was suspended, or whose clock was put right, notices within this time. */
const LONGEST_WAIT_MS = 30_000;

/** Clocks are corrected by less than this all the time. */
const SET_BACK_MS = 60_000;

export interface WaitParts {
  readonly clock: Clock;
  /** For tests with a clock of their own. */
  readonly wait?: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

export interface ClockWatch {
  /** Whether the clock shows an earlier time than when it was asked before, by more than is corrected all the time. */
  isSetBack(): boolean;
}

export function watchClock(clock: Clock): ClockWatch {
  let readMs = clock.now().getTime();
  return {
    isSetBack(): boolean {
      const nowMs = clock.now().getTime();
      const isSetBack = nowMs < readMs - SET_BACK_MS;
      readMs = nowMs;
      return isSetBack;
    },
  };
}

/** Gives why it came back: a time that was planned by a clock that is set back may be years away. */
export async function waitUntil(
  time: Date,
  watch: ClockWatch,
  { clock, wait = pause }: WaitParts,
  stop: AbortSignal,
): Promise<'due' | 'set back' | 'stopped'> {
  for (;;) {
    if (stop.aborted) return 'stopped';
    if (watch.isSetBack()) return 'set back';
    const remainingMs = time.getTime() - clock.now().getTime();
    if (remainingMs <= 0) return 'due';
    await wait(Math.min(remainingMs, LONGEST_WAIT_MS), stop);
  }
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await sleep(durationMs, undefined, { signal }).catch(() => undefined);
}
