import { chores, jobs } from '../../jobs/index.ts';
import type { JobOutcome } from '../job/audit-windows.ts';
import { composeLogger, composeTroubles } from '../compose.ts';
import { loadSettings } from '../config/loading.ts';
import { requireForRun } from '../config/requirement.ts';
import type { Settings } from '../config/schema.ts';
import type { Chore, Job } from '../job/job.ts';
import type { DigestMail } from '../model/ports.ts';
import type { Window } from '../model/window.ts';
import { doChore, runJob, runJobUnattended } from '../job/run-job.ts';
import { nameOfSource } from '../doctor/source-promise.ts';
import { UsageError } from '../support/errors.ts';
import { systemClock } from '../support/clock.ts';
import type { CommandContext } from './context.ts';
import { exitCodeFor, worstVerdict } from './exit-code.ts';
import { prepareOutput, refuseHistory } from './output.ts';
import { readFormat, renderReport } from './report-format.ts';
import { untilInterrupted } from './interruption.ts';
import { readBounds } from './window-option.ts';

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
  const chore = chores.find(({ name }) => name === jobName);
  if (chore !== undefined) return await runChore(chore, options, context);
  const job = findJob(jobName);
  const format = readFormat(options);
  const output = await prepareOutput(options.output, context.stdout);
  const bounds = readBounds(options);
  const settings = loadSettings(options.config === undefined ? {} : { configFile: options.config });
  refuseHistory(options.output, settings.history.path);
  const dry = options.dryRun === true;
  requireForRun(settings, { mail: options.mail && !dry, jobs: [job.name] });
  const explicit = windowOf(bounds);
  const clock = systemClock;
  const memory = composeTroubles(settings);
  const request = { job, settings, explicit, dry, mail: options.mail, clock, memory };
  // Whoever names days is there to see what becomes of them; a run of what is due may be cron's.
  const unattended = explicit === undefined && !dry && options.mail;
  const outcome = await untilInterrupted((signal) =>
    unattended ? runJobUnattended(request, context, signal) : runJob(request, context, signal),
  );
  if (dry) context.stderr.write(describeDryRun(outcome.digest, settings, { mail: options.mail, job: job.name }));
  await output.write(renderReport(outcome.report, format, { ...output.screen, zone: settings.report.timezone }));
  context.stderr.write(describeOthers(outcome));
  // A late window that passes does not make up for one before it that failed.
  return exitCodeFor(worstVerdict(outcome.verdicts), options);
}

/** A chore by hand: its text goes where the report of an audit would. */
async function runChore(chore: Chore, options: RunOptions, context: CommandContext): Promise<number> {
  if (options.dryRun === true || options.from !== undefined || options.to !== undefined) {
    throw new UsageError(`${chore.name} knows neither --dry-run nor --from and --to`);
  }
  const output = await prepareOutput(options.output, context.stdout);
  const settings = loadSettings(options.config === undefined ? {} : { configFile: options.config });
  refuseHistory(options.output, settings.history.path);
  const logger = composeLogger(settings, context.stderr);
  await output.write(
    await untilInterrupted((signal) => doChore(chore, settings, { clock: systemClock, logger }, options.mail, signal)),
  );
  return 0;
}

function findJob(name: string | undefined): Job {
  const job = jobs.find((candidate) => candidate.name === (name ?? 'outbound-audit'));
  if (job !== undefined) return job;
  throw new UsageError(`there is no job ${JSON.stringify(name)}`, {
    remedy: `The jobs are: ${[...jobs, ...chores].map((candidate) => candidate.name).join(', ')}.`,
  });
}

function windowOf({ from, to }: { from: Date | undefined; to: Date | undefined }): Window | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from !== undefined && to !== undefined) return { from, to };
  throw new UsageError('a run over a date range needs both --from and --to', {
    remedy: 'Give both, or neither for the days that are due.',
  });
}

function describeDryRun(
  digest: DigestMail,
  settings: Settings,
  { mail, job }: { readonly mail: boolean; readonly job: Job['name'] },
): string {
  const { type } = settings.source;
  const recipients = settings.mail.to.length;
  const sending =
    settings.mail.enabled && mail
      ? `would send "${digest.subject}" to ${recipients} ${recipients === 1 ? 'recipient' : 'recipients'}`
      : 'would send no mail';
  const requesting =
    type === 'setup-page' && job === 'outbound-audit'
      ? ` No log was requested either: a real run with ${nameOfSource(type)} would request what is due, and judge that.`
      : '';
  return `Dry run: nothing was recorded or sent. A real run would record the result in ${settings.history.path} and ${sending}.${requesting}\n`;
}

/** What is printed is the report of the newest window; the others the job judged are named, because they may say otherwise. */
function describeOthers({ others }: JobOutcome): string {
  return others
    .map(
      ({ window, verdict, run }) =>
        `The same job also judged ${window.from} to ${window.to}: ${verdict}` +
        (run === undefined ? '.\n' : ` (tls-audit report --run ${run.id}).\n`),
    )
    .join('');
}
