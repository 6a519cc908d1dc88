import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Settings } from './config/schema.ts';
import { graceAfter } from './support/grace.ts';
import { type HealthStatus, serveHealth } from './health/health.ts';
import { JobBusyError, JobLostError, JobServedError } from './run/job-lock.ts';
import type { Chore, Job } from './job/job.ts';
import type { RunOutcome } from './run/run.ts';
import { createSchedule, type Schedule } from './job/schedule.ts';
import { AuditError, messageOf } from './support/errors.ts';
import type { Logger } from './support/logger.ts';
import { packageVersion } from './support/package-info.ts';
import { type WaitParts, waitUntil, watchClock } from './support/waiting.ts';

export interface WorkerParts extends WaitParts {
  readonly settings: Settings;
  readonly jobs: readonly Job[];
  readonly chores: readonly Chore[];
  readonly logger: Logger;
  /** `tick` is when the schedule asked for the run; where `asOf` is given, what was due then is due. */
  readonly runJob: (job: Job, signal: AbortSignal, tick: Date | undefined, asOf?: Date) => Promise<RunOutcome>;
  readonly doChore: (chore: Chore, signal: AbortSignal) => Promise<string>;
  /** Whether nobody did what the schedule asked for at that time: it is made up for when the worker starts. */
  readonly isMissed?: (job: Job, tick: Date) => boolean;
  /** Sends what is owed and due. */
  readonly retryMail: (signal: AbortSignal) => Promise<void>;
  /** What else the health port answers, by path. */
  readonly pages?: Parameters<typeof serveHealth>[2];
}

const RETRY_MAIL_MS = 60_000;

/** A lock that another process holds may be that of a killed one, and is free two minutes after its last sign. */
const LOOK_AGAIN_MS = 150_000;

/** A clock that is set back by less must not bring a second time what was just done. */
const SAME_TICK_MS = 3_600_000;

interface Scheduled {
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

/**
 * Runs the enabled jobs on their schedules until `stop` or `reload` is aborted. After `stop` a run under way may go on
 * for the grace period and is then abandoned; after `reload` it is finished. Resolves when everything is released.
 * @param since when the worker before this one began no job any more, because of a reload: what the schedules asked for
 * while a run was still under way is made up for at once.
 * @throws AuditError where no audit is enabled or the health port cannot be opened.
 */
export async function runWorker(
  parts: WorkerParts,
  stop: AbortSignal,
  reload?: AbortSignal,
  since?: Date,
): Promise<void> {
  const { settings, clock, logger } = parts;
  const startedAt = clock.now().toISOString();
  using grace = graceAfter(stop, settings.worker.graceSeconds);
  const scheduled = scheduleAll(parts, grace.abandon);
  refuseIdleness(scheduled);
  const end = reload === undefined ? stop : AbortSignal.any([stop, reload]);
  const { host, port } = settings.health;
  const status = () => healthStatus(scheduled, startedAt, stop.aborted);
  const server = port === null ? undefined : await serveHealth({ host, port }, status, parts.pages);
  // A clock that was set back meanwhile must not put the first runs off.
  const fromMs = Math.min(clock.now().getTime(), since?.getTime() ?? Infinity);
  for (const item of scheduled) plan(item, firstPlannedFrom(item, new Date(fromMs), settings), settings);
  logger.info('worker started', {
    version: packageVersion,
    jobs: scheduled.map(({ name, nextRunAt }) => ({ name, nextRun: nextRunAt?.toISOString() ?? null })),
    health: server === undefined ? null : `http://${host}:${String(port)}/healthz`,
  });
  const loops = [...scheduled.map((item) => keepSchedule(item, parts, end)), keepMailMoving(parts, end)];
  if (!end.aborted) await once(end, 'abort');
  logger.info('worker stopping', { running: scheduled.filter(({ isRunning }) => isRunning).map(({ name }) => name) });
  await Promise.allSettled(loops);
  if (server !== undefined) await closeServer(server);
  logger.info('worker stopped');
}

/**
 * Runs every enabled audit once, for what is due, and ends: for schedulers that start a process each time. They start it
 * again where one job failed, so a job that was run since its last time is left out.
 */
export async function workOnce(parts: WorkerParts, stop: AbortSignal): Promise<'done' | 'failed'> {
  using grace = graceAfter(stop, parts.settings.worker.graceSeconds);
  const scheduled = scheduleAll(parts, grace.abandon);
  refuseIdleness(scheduled);
  let result: 'done' | 'failed' = 'done';
  for (const { work, schedule } of scheduled.filter(({ isChore }) => !isChore)) {
    // What is left out, and what is abandoned, nobody else does: whoever started this has to start it again.
    if (stop.aborted) return 'failed';
    const outcome = await work(schedule.last(parts.clock.now()));
    // A process that was killed counts as busy for two minutes, and nobody else does its work.
    if (outcome === 'failed' || outcome === 'busy' || outcome === 'abandoned') result = 'failed';
  }
  return result;
}

function refuseIdleness(scheduled: readonly Scheduled[]): void {
  if (scheduled.some(({ isChore }) => !isChore)) return;
  throw new AuditError('the worker has nothing to do: every job is disabled', {
    exitCode: 2,
    remedy: 'Set jobs.outbound-audit.enabled to true.',
  });
}

function scheduleAll(parts: WorkerParts, abandon: AbortSignal): Scheduled[] {
  const { settings, jobs, chores } = parts;
  const audits = jobs.map((job) => ({
    name: job.name,
    isChore: false,
    work: async (tick?: Date, asOf?: Date) => (await parts.runJob(job, abandon, tick, asOf)).report.verdict,
    isMissed: (tick: Date) => parts.isMissed?.(job, tick) ?? false,
  }));
  const others = chores.map((chore) => ({
    name: chore.name,
    isChore: true,
    work: async () => {
      await parts.doChore(chore, abandon);
      return 'done';
    },
    isMissed: () => false,
  }));
  return [...audits, ...others]
    .filter(({ name }) => settings.jobs[name].enabled)
    .map(({ name, isChore, work, isMissed }) => ({
      ...{ name, isChore, isMissed, schedule: scheduleOf(settings, name), nextRunAt: undefined },
      ...{ lastFinishedAt: null, lastOutcome: null, isRunning: false, isWary: false },
      work: (tick, asOf) => oneRun(name, parts, abandon, () => work(tick, asOf)),
    }));
}

function scheduleOf(settings: Settings, name: Scheduled['name']): Schedule {
  const { schedule, timezone } = settings.jobs[name];
  return createSchedule(schedule, timezone);
}

function plan(item: Scheduled, after: Date, settings: Settings): void {
  const tick = item.schedule.next(after);
  const jitterMs = Math.floor(Math.random() * settings.jobs[item.name].jitterSeconds * 1000);
  item.nextRunAt = tick === undefined ? undefined : new Date(tick.getTime() + jitterMs);
}

/** From when on a worker that has just been started does what is asked for. */
function firstPlannedFrom({ name, schedule, isMissed }: Scheduled, from: Date, { jobs }: Settings): Date {
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
async function keepSchedule(item: Scheduled, parts: WorkerParts, stop: AbortSignal): Promise<void> {
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

function planAgain(item: Scheduled, served: Date | undefined, { clock, settings, logger }: WorkerParts): void {
  const now = clock.now();
  const aheadMs = served === undefined ? 0 : served.getTime() - now.getTime();
  const isSame = aheadMs > 0 && aheadMs < SAME_TICK_MS;
  item.isWary ||= aheadMs >= SAME_TICK_MS;
  plan(item, served !== undefined && isSame ? served : now, settings);
  logger.warn('the clock was set back: planned again', { job: item.name, nextRun: item.nextRunAt?.toISOString() });
}

async function keepMailMoving(parts: WorkerParts, stop: AbortSignal): Promise<void> {
  const watch = watchClock(parts.clock);
  const next = () => new Date(parts.clock.now().getTime() + RETRY_MAIL_MS);
  while ((await waitUntil(next(), watch, parts, stop)) !== 'stopped') {
    try {
      await parts.retryMail(stop);
    } catch (error) {
      parts.logger.error('owed mail could not be tried again', { reason: messageOf(error) });
    }
  }
}

/** One run; its failure is logged and never ends the worker. Gives how it ended. */
async function oneRun(
  job: string,
  { logger }: WorkerParts,
  abandon: AbortSignal,
  work: () => Promise<string>,
): Promise<string> {
  try {
    const outcome = await work();
    logger.info('job finished', { job, verdict: outcome });
    return outcome;
  } catch (error) {
    if (error instanceof JobServedError) {
      logger.info('job skipped: another process has done it', { job, reason: error.message });
      return 'skipped';
    }
    if (error instanceof JobLostError) {
      logger.warn('job taken over by another process', { job, reason: error.message });
      return 'busy';
    }
    if (error instanceof JobBusyError) {
      logger.warn('job skipped: another process runs it', { job, reason: error.message });
      return 'busy';
    }
    if (abandon.aborted) {
      logger.warn('job abandoned: the worker stops', { job });
      return 'abandoned';
    }
    logger.error('job failed', failureFacts(job, error));
    return 'failed';
  }
}

function failureFacts(job: string, error: unknown): Record<string, unknown> {
  if (error instanceof AuditError) return { job, reason: error.message, remedy: error.remedy };
  return { job, reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined };
}

function healthStatus(scheduled: readonly Scheduled[], startedAt: string, stopping: boolean): HealthStatus {
  const lines = (isChore: boolean) =>
    scheduled
      .filter((item) => item.isChore === isChore)
      .map(({ name, isRunning, nextRunAt, lastFinishedAt, lastOutcome }) => ({
        name,
        running: isRunning,
        nextRunAt: nextRunAt?.toISOString() ?? null,
        lastFinishedAt: lastFinishedAt?.toISOString() ?? null,
        lastOutcome,
      }));
  const status = stopping ? 'stopping' : 'ok';
  return { status, version: packageVersion, startedAt, jobs: lines(false), chores: lines(true) };
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
