import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Settings } from './config/schema.ts';
import { graceAfter } from './support/grace.ts';
import { type HealthStatus, serveHealth } from './health/health.ts';
import { JobBusyError, JobLostError, JobServedError } from './run/job-lock.ts';
import type { Chore, Job } from './job/job.ts';
import type { RunOutcome } from './run/run.ts';
import { createSchedule, type Schedule } from './job/schedule.ts';
import { firstPlannedFrom, keepSchedule, plan, type Scheduled } from './job/scheduled.ts';
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
    history: settings.history.path,
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
