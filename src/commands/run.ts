import { jobs } from '../../jobs/index.ts';
import { compose, composeLogger } from '../compose.ts';
import { loadSettings } from '../config/loading.ts';
import { requireForRun } from '../config/requirement.ts';
import type { Settings } from '../config/schema.ts';
import { withJobLock } from '../job-lock.ts';
import type { Job } from '../job.ts';
import type { Clock, DigestMail } from '../model/ports.ts';
import type { Window } from '../model/window.ts';
import { type RunOutcome, sendOwed } from '../pipeline.ts';
import { UsageError } from '../support/errors.ts';
import { systemClock } from '../support/clock.ts';
import type { CommandContext } from './context.ts';
import { exitCodeFor } from './exit-code.ts';
import { prepareOutput } from './output.ts';
import { readFormat, renderReport } from './report-format.ts';
import { untilInterrupted } from './interruption.ts';
import { readBounds } from './window-option.ts';

const MINUTE_MS = 60_000;

export interface RunOptions {
  config?: string;
  from?: string;
  to?: string;
  dryRun?: boolean;
  /** Commander's form of `--no-mail`. */
  mail: boolean;
  format?: string;
  json?: boolean;
  output?: string;
  exitCode?: boolean;
}

/** `tls-audit run [JOB]`: one run of a job, for the window that is due or for --from/--to. Returns the exit code. */
export async function run(jobName: string | undefined, options: RunOptions, context: CommandContext): Promise<number> {
  const job = findJob(jobName);
  const format = readFormat(options);
  const output = await prepareOutput(options.output, context.stdout);
  const bounds = readBounds(options);
  const settings = loadSettings(options.config === undefined ? {} : { configFile: options.config });
  const dry = options.dryRun === true;
  requireForRun(settings, { mail: options.mail && !dry });
  const outcome = await untilInterrupted((signal) =>
    runJob({ job, settings, explicit: windowOf(bounds), dry, mail: options.mail, clock: systemClock }, context, signal),
  );
  if (dry) context.stderr.write(describeDryRun(outcome.digest, settings, options.mail));
  await output.write(renderReport(outcome.report, format, output.screen));
  return exitCodeFor(outcome.report.verdict, options);
}

/** Runs a job once with parts made for it. `explicit` is undefined for the window that is due. */
export async function runJob(
  request: {
    readonly job: Job;
    readonly settings: Settings;
    readonly explicit: Window | undefined;
    readonly dry: boolean;
    readonly mail: boolean;
    readonly clock: Clock;
  },
  context: Pick<CommandContext, 'stderr'>,
  signal: AbortSignal,
): Promise<RunOutcome> {
  const { job, settings, clock, dry, mail } = request;
  const logger = composeLogger(settings, context.stderr);
  await using parts = compose(settings, { clock, logger }, { dry, mail });
  const own = settings.jobs[job.name];
  const work = async (working: AbortSignal) => {
    if (parts.mailer !== undefined) await sendOwed(parts, parts.mailer, { onlyDue: false }, working);
    const window = request.explicit ?? job.plan({ now: clock.now(), history: parts.history, settings: own });
    return await job.run({ window, dryRun: dry }, parts, working);
  };
  if (dry) return await work(signal);
  return await withJobLock(job.name, parts, { timeLimitMs: own.timeLimitMinutes * MINUTE_MS }, signal, work);
}

function findJob(name: string | undefined): Job {
  const job = jobs.find((candidate) => candidate.name === (name ?? 'outbound-audit'));
  if (job !== undefined) return job;
  throw new UsageError(`there is no job ${JSON.stringify(name)}`, {
    remedy: `The jobs are: ${jobs.map((candidate) => candidate.name).join(', ')}.`,
  });
}

function windowOf({ from, to }: { from: Date | undefined; to: Date | undefined }): Window | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from !== undefined && to !== undefined) return { from, to };
  throw new UsageError('a run over a date range needs both --from and --to', {
    remedy: 'Give both, or neither for the days that are due.',
  });
}

function describeDryRun(digest: DigestMail, settings: Settings, mail: boolean): string {
  const recipients = settings.mail.to.length;
  const sending =
    settings.mail.enabled && mail
      ? `would send "${digest.subject}" to ${recipients} ${recipients === 1 ? 'recipient' : 'recipients'}`
      : 'would send no mail';
  return `Dry run: nothing was recorded or sent. A real run would record the result in ${settings.history.path} and ${sending}.\n`;
}
