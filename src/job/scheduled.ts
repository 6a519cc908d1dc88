import type { Settings } from '../config/schema.ts';
import type { Logger } from '../support/logger.ts';
import { type WaitParts, waitUntil, watchClock } from '../support/waiting.ts';
import type { Chore, Job } from './job.ts';
import type { Schedule } from './schedule.ts';

/** A lock that another process holds may be that of a killed one, and is free two minutes after its last sign. */
const LOOK_AGAIN_MS = 150_000;

/** A clock that is set back by less must not bring a second time what was just done. */
const SAME_TICK_MS = 3_600_000;

/** An enabled job or chore of the worker, and when it runs next. */
export interface Scheduled {
  readonly name: Job['name'] | Chore['name'];
  readonly isChore: boolean;
  readonly schedule: Schedule;
  readonly work: (tick?: Date, asOf?: Date) => Promise<string>;
  /** Whether nobody did what the schedule asked for at that time. */
  readonly isMissed: (tick: Date) => boolean;
  /** When the schedule asks for it next, and what chance adds to that. */
  nextRunAt: Date | undefined;
  lastFinishedAt: Date | null;
  lastOutcome: string | null;
  isRunning: boolean;
  /** What it did last it did under a clock that was ahead: that does not stand for what the schedule asks for next. */
  isWary: boolean;
}

interface SchedulingParts extends WaitParts {
  readonly settings: Settings;
  readonly logger: Logger;
}

export function plan(item: Scheduled, after: Date, settings: Settings): void {
  const tick = item.schedule.next(after);
  const jitterMs = Math.floor(Math.random() * settings.jobs[item.name].jitterSeconds * 1000);
  item.nextRunAt = tick === undefined ? undefined : new Date(tick.getTime() + jitterMs);
}

/** From when on a worker that has just been started does what is asked for. */
export function firstPlannedFrom({ name, schedule, isMissed }: Scheduled, from: Date, { jobs }: Settings): Date {
  const last = schedule.last(from);
  if (last !== undefined && isMissed(last)) return new Date(last.getTime() - 1);
  // Chance may have put a run off that the worker before this one did not come to; one that was made is left out.
  return new Date(from.getTime() - jobs[name].jitterSeconds * 1000);
}

/**
 * A tick that was missed while the machine slept comes when it wakes; several come once, because coverage is caught up:
 * what is due is what was due at the last of them, because the log of a day may not be there before. Where another process
 * runs the job it is looked at again: one that was killed does not do what was asked for. Where the clock is set back,
 * what was planned by the wrong one is planned again.
 */
export async function keepSchedule(item: Scheduled, parts: SchedulingParts, stop: AbortSignal): Promise<void> {
  const { clock, settings } = parts;
  const watch = watchClock(clock);
  let served: Date | undefined;
  while (!stop.aborted && item.nextRunAt !== undefined) {
    const woken = await waitUntil(item.nextRunAt, watch, parts, stop);
    if (woken === 'stopped') return;
    if (woken === 'set back') {
      planAgain(item, served, parts);
      continue;
    }
    const plannedFor = item.nextRunAt;
    const tick = item.isWary ? undefined : item.schedule.last(clock.now());
    item.isRunning = true;
    item.lastOutcome = await item.work(tick, tick);
    item.isRunning = false;
    item.lastFinishedAt = clock.now();
    const isBusy = item.lastOutcome === 'busy';
    if (!isBusy) [served, item.isWary] = [plannedFor, false];
    if (watch.isSetBack()) {
      planAgain(item, served, parts);
      continue;
    }
    // Not before the tick that was served: a clock that was set back a little must not bring it a second time.
    plan(item, new Date(Math.max(plannedFor.getTime(), item.lastFinishedAt.getTime())), settings);
    if (isBusy) item.nextRunAt = earlier(item.nextRunAt, new Date(item.lastFinishedAt.getTime() + LOOK_AGAIN_MS));
  }
}

function earlier(a: Date | undefined, b: Date): Date {
  return a !== undefined && a < b ? a : b;
}

function planAgain(item: Scheduled, served: Date | undefined, { clock, settings, logger }: SchedulingParts): void {
  const now = clock.now();
  const aheadMs = served === undefined ? 0 : served.getTime() - now.getTime();
  const isSame = aheadMs > 0 && aheadMs < SAME_TICK_MS;
  item.isWary ||= aheadMs >= SAME_TICK_MS;
  plan(item, served !== undefined && isSame ? served : now, settings);
  logger.warn('the clock was set back: planned again', { job: item.name, nextRun: item.nextRunAt?.toISOString() });
}
