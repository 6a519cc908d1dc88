import { once } from 'node:events';
import type { Server } from 'node:http';
import { createTask, type ScheduledTask } from 'node-cron';
import type { Settings } from './config/schema.ts';
import { type HealthStatus, serveHealth } from './health.ts';
import { JobBusyError } from './job-lock.ts';
import type { Job } from './job.ts';
import type { Clock } from './model/ports.ts';
import type { RunOutcome } from './pipeline.ts';
import { AuditError, messageOf } from './support/errors.ts';
import type { Logger } from './support/logger.ts';
import { packageVersion } from './support/package-info.ts';

export interface WorkerParts {
  readonly settings: Settings;
  readonly jobs: readonly Job[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly runJob: (job: Job, signal: AbortSignal) => Promise<RunOutcome>;
}

/** A tick that comes late (a suspended machine) still runs within this time; after that the next night catches up. */
const LATE_TICK_MS = 6 * 3_600_000;

interface ScheduledJob {
  readonly job: Job;
  readonly task: ScheduledTask;
  lastFinishedAt: Date | null;
  lastOutcome: string | null;
  running: Promise<void> | undefined;
}

/**
 * Runs the enabled jobs on their schedules until `stop` is aborted; then a run under way is abandoned before it
 * records anything, or finished where it has recorded already. Resolves when everything is released.
 * @throws AuditError where no job is enabled or the health port cannot be opened.
 */
export async function runWorker(parts: WorkerParts, stop: AbortSignal): Promise<void> {
  const { settings, clock, logger } = parts;
  const startedAt = clock.now().toISOString();
  const scheduled = parts.jobs
    .filter(({ name }) => settings.jobs[name].enabled)
    .map((job) => schedule(job, parts, stop));
  if (scheduled.length === 0) {
    throw new AuditError('the worker has nothing to do: every job is disabled', {
      exitCode: 2,
      remedy: 'Set jobs.outbound-audit.enabled to true.',
    });
  }
  const status = () => healthStatus(scheduled, startedAt, stop.aborted);
  const { host, port } = settings.health;
  const server = port === null ? undefined : await serveHealth({ host, port }, status);
  for (const { task } of scheduled) await task.start();
  logger.info('worker started', {
    version: packageVersion,
    jobs: scheduled.map(({ job, task }) => ({ name: job.name, nextRun: task.getNextRun()?.toISOString() ?? null })),
    health: server === undefined ? null : `http://${host}:${String(port)}/healthz`,
  });
  if (!stop.aborted) await once(stop, 'abort');
  logger.info('worker stopping', {
    running: scheduled.filter(({ running }) => running !== undefined).map(({ job }) => job.name),
  });
  for (const { task } of scheduled.toReversed()) await task.destroy();
  await Promise.allSettled(scheduled.map(({ running }) => running ?? Promise.resolve()));
  if (server !== undefined) await closeServer(server);
  logger.info('worker stopped');
}

function schedule(job: Job, parts: WorkerParts, stop: AbortSignal): ScheduledJob {
  const { logger, settings } = parts;
  const { schedule: expression, timezone } = settings.jobs[job.name];
  const task = createTask(
    expression,
    async () => {
      if (stop.aborted) return;
      scheduled.running = runOnce(scheduled, parts, stop);
      await scheduled.running;
      scheduled.running = undefined;
    },
    {
      name: job.name,
      timezone,
      noOverlap: true,
      missedExecutionTolerance: LATE_TICK_MS,
      logger: {
        info: (message) => logger.info(message, { job: job.name }),
        warn: (message) => logger.warn(message, { job: job.name }),
        error: (message) => logger.error(messageOf(message), { job: job.name }),
        debug: (message) => logger.debug(messageOf(message), { job: job.name }),
      },
    },
  );
  const scheduled: ScheduledJob = { job, task, lastFinishedAt: null, lastOutcome: null, running: undefined };
  return scheduled;
}

/** One run; its failure is logged and never ends the worker. */
async function runOnce(scheduled: ScheduledJob, parts: WorkerParts, stop: AbortSignal): Promise<void> {
  const { clock, logger } = parts;
  const { job } = scheduled;
  try {
    const { report } = await parts.runJob(job, stop);
    scheduled.lastOutcome = report.verdict;
    logger.info('job finished', { job: job.name, verdict: report.verdict });
  } catch (error) {
    if (error instanceof JobBusyError) {
      logger.warn('job skipped: another process runs it', { job: job.name, reason: error.message });
      return;
    }
    scheduled.lastOutcome = stop.aborted ? 'abandoned' : 'failed';
    if (stop.aborted) logger.warn('job abandoned: the worker stops', { job: job.name });
    else logger.error('job failed', failureFacts(job, error));
  }
  scheduled.lastFinishedAt = clock.now();
}

function failureFacts(job: Job, error: unknown): Record<string, unknown> {
  if (error instanceof AuditError) return { job: job.name, reason: error.message, remedy: error.remedy };
  return { job: job.name, reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined };
}

function healthStatus(scheduled: readonly ScheduledJob[], startedAt: string, stopping: boolean): HealthStatus {
  return {
    status: stopping ? 'stopping' : 'ok',
    version: packageVersion,
    startedAt,
    jobs: scheduled.map(({ job, task, running, lastFinishedAt, lastOutcome }) => ({
      name: job.name,
      running: running !== undefined,
      nextRunAt: task.getNextRun()?.toISOString() ?? null,
      lastFinishedAt: lastFinishedAt?.toISOString() ?? null,
      lastOutcome,
    })),
  };
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
