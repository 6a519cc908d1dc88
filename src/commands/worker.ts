import { existsSync } from 'node:fs';
import { chores, jobs } from '../../jobs/index.ts';
import { composeLogger, composeTroubles } from '../compose.ts';
import { loadSettings } from '../config/loading.ts';
import { requireForRun } from '../config/requirement.ts';
import type { Settings } from '../config/schema.ts';
import { healthPages } from '../health/health-pages.ts';
import { wasMissed } from '../job/missed-run.ts';
import { doChore, retryMail, runJobUnattended } from '../job/run-job.ts';
import { systemClock } from '../support/clock.ts';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';
import { runWorker, workOnce, type WorkerParts } from '../worker.ts';
import type { CommandContext } from './context.ts';

export interface WorkerOptions {
  config?: string;
  once?: boolean;
}

/**
 * `tls-audit worker`: stays up and runs the jobs on their schedules until SIGTERM or SIGINT; a second signal ends it at
 * once, SIGHUP reads the settings again. With `--once` it runs what is due and ends. Returns the exit code.
 */
export async function worker(options: WorkerOptions, context: CommandContext): Promise<number> {
  const first = readSettings(options);
  const stop = new AbortController();
  let logger = composeLogger(first, context.stderr);
  const onStop = (name: NodeJS.Signals) => {
    logger.info('signal received', { signal: name });
    if (stop.signal.aborted) context.exit?.(1);
    stop.abort(new Error(`stopped by ${name}`));
  };
  process.on('SIGTERM', onStop);
  process.on('SIGINT', onStop);
  try {
    if (options.once === true) {
      return (await workOnce(partsOf(first, logger, context), stop.signal)) === 'done' ? 0 : 1;
    }
    let settings = first;
    let proven = first;
    let since: Date | undefined;
    for (;;) {
      using reload = listenForReload(options, logger);
      try {
        await runWorker(partsOf(settings, logger, context), stop.signal, reload.signal, since);
      } catch (error) {
        if (settings === proven) throw error;
        logger.error('the new settings do not work; the old ones stay', { reason: messageOf(error) });
        settings = proven;
        logger = composeLogger(settings, context.stderr);
        continue;
      }
      if (stop.signal.aborted || reload.settings === undefined) return 0;
      proven = settings;
      settings = reload.settings;
      since = reload.since;
      logger.info('the new settings are in force');
      logger = composeLogger(settings, context.stderr);
    }
  } finally {
    process.off('SIGTERM', onStop);
    process.off('SIGINT', onStop);
  }
}

/** On SIGHUP the settings are read again: new ones end the worker, to be started with them; wrong ones change nothing. */
function listenForReload(options: WorkerOptions, logger: Logger) {
  const controller = new AbortController();
  const found: { settings: Settings | undefined; since: Date | undefined } = { settings: undefined, since: undefined };
  const onReload = () => {
    logger.info('signal received', { signal: 'SIGHUP' });
    try {
      found.settings = readSettings(options);
      // A second signal while a run is still waited for brings newer settings; no job has begun since the first one.
      found.since ??= systemClock.now();
      controller.abort();
    } catch (error) {
      logger.error('the new settings are refused; the old ones stay', { reason: messageOf(error) });
    }
  };
  process.on('SIGHUP', onReload);
  return {
    signal: controller.signal,
    get settings() {
      return found.settings;
    },
    get since() {
      return found.since;
    },
    [Symbol.dispose]: () => void process.off('SIGHUP', onReload),
  };
}

function readSettings({ config }: WorkerOptions): Settings {
  const settings = loadSettings(config === undefined ? {} : { configFile: config });
  requireForRun(settings, { jobs: jobs.map(({ name }) => name).filter((name) => settings.jobs[name].enabled) });
  return settings;
}

function partsOf(settings: Settings, logger: Logger, context: CommandContext): WorkerParts {
  const clock = systemClock;
  const memory = composeTroubles(settings);
  return {
    settings,
    jobs,
    chores,
    clock,
    logger,
    pages: healthPages(settings, clock),
    runJob: (job, signal, tick, asOf) =>
      runJobUnattended(
        { job, settings, explicit: undefined, tick, asOf, dry: false, mail: true, clock, memory },
        context,
        signal,
      ),
    isMissed: ({ name }, tick) => wasMissed(name, tick, settings, { clock, logger }),
    doChore: (chore, signal) => doChore(chore, settings, { clock, logger }, true, signal),
    retryMail: async (signal) => {
      if (existsSync(settings.history.path)) await retryMail(settings, { clock, logger }, signal);
    },
  };
}
