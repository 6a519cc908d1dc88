import { jobs } from '../../jobs/index.ts';
import { composeLogger } from '../compose.ts';
import { loadSettings } from '../config/loading.ts';
import { requireForRun } from '../config/requirement.ts';
import { systemClock } from '../support/clock.ts';
import { runWorker } from '../worker.ts';
import type { CommandContext } from './context.ts';
import { runJob } from './run.ts';

/** `tls-audit worker`: stays up and runs the jobs on their schedules until SIGTERM or SIGINT. Returns the exit code. */
export async function worker(options: { config?: string }, context: CommandContext): Promise<number> {
  const settings = loadSettings(options.config === undefined ? {} : { configFile: options.config });
  requireForRun(settings, { jobs: jobs.map(({ name }) => name).filter((name) => settings.jobs[name].enabled) });
  const logger = composeLogger(settings, context.stderr);
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    logger.info('signal received', { signal: name });
    controller.abort(new Error(`stopped by ${name}`));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    await runWorker(
      {
        settings,
        jobs,
        clock: systemClock,
        logger,
        runJob: (job, signal) =>
          runJob({ job, settings, explicit: undefined, dry: false, mail: true, clock: systemClock }, context, signal),
      },
      controller.signal,
    );
    return 0;
  } finally {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
  }
}
