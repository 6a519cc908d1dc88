import type { Settings } from '../config/schema.ts';
import type { Job } from './job.ts';
import { windowsOf } from '../judge/due-window.ts';
import type { MailOutage } from '../run/mailing.ts';
import type { Report } from '../model/report.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Window } from '../model/window.ts';
import { wasLookedAt } from '../run/looked-at.ts';
import type { PhaseLimits } from '../run/phase-limits.ts';
import type { JudgeAgain, RunOutcome, RunParts, RunRequest } from '../run/run.ts';
import { messageOf } from '../support/errors.ts';

const MINUTE_MS = 60_000;

/** The outcome of the newest window, and what every window came to. */
export type JobOutcome = RunOutcome & {
  readonly verdicts: readonly Verdict[];
  /** The reports of the other windows, in the order in which they were judged. */
  readonly others: readonly Report[];
};

/**
 * Audits the windows one after the other. Each run judges again the days before its window that turn out to be judged on
 * less than there is, as runs of their own before it compares itself with them. Whoever names days gets those days; the
 * others stay due. Neither mail that is down nor a day that cannot be judged again stops it: that says nothing of the logs
 * of the windows after it, which may be gone when it works again.
 * @throws after the last window, where a day could not be judged again; UndeliveredError, where a digest could not be sent.
 */
export async function auditWindows(
  {
    job,
    settings,
    dry,
    explicit,
  }: { readonly job: Job; readonly settings: Settings; readonly dry: boolean; readonly explicit: Window | undefined },
  windows: readonly Window[],
  parts: RunParts & { readonly outage: MailOutage },
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { outage, logger } = parts;
  const outcomes: RunOutcome[] = [];
  const own = settings.jobs[job.name];
  const common = {
    ...{ dryRun: dry, byHand: explicit !== undefined },
    ...{ phaseLimits: phaseLimitsOf(own), reachDays: own.reachDays },
  };
  const judgedLogs = new Set<string>();
  const audit = async (request: Omit<RunRequest, 'job' | 'judgedLogs' | keyof typeof common>, working: AbortSignal) => {
    const outcome = await job.run({ ...common, judgedLogs, ...request }, parts, working);
    outcomes.push(outcome);
    for (const id of outcome.logIds) judgedLogs.add(id);
    return outcome;
  };
  // The run that found the late days has to end first.
  const setbacks: unknown[] = [];
  const judgeAgain: (next: readonly Window[]) => JudgeAgain = (next) => async (days, working) => {
    const late = windowsOf(days);
    const reports: Report[] = [];
    for (const [index, window] of late.entries()) {
      try {
        const ahead = [...late.slice(index + 1), ...next];
        reports.push((await audit({ window, rowsCameLate: true, ahead }, working)).report);
      } catch (error) {
        if (working.aborted) throw error;
        logger.error('late days could not be judged again', { job: job.name, window, reason: messageOf(error) });
        setbacks.push(error);
      }
    }
    return reports;
  };

  let newest: RunOutcome | undefined;
  for (const [index, window] of windows.entries()) {
    const ahead = windows.slice(index + 1);
    const late = dry || explicit !== undefined ? {} : { judgeAgain: judgeAgain(windows.slice(index)) };
    const isLookedAt = wasLookedAt(job.name, window, parts.history);
    try {
      newest = await audit({ window, ahead, ...late }, signal);
    } catch (error) {
      // What cannot be had of days that were told of must not keep the nights after them from being looked at at all.
      if (signal.aborted || ahead.length === 0 || !isLookedAt) throw error;
      logger.error('days that lack data could not be judged again', {
        job: job.name,
        window,
        reason: messageOf(error),
      });
      setbacks.push(error);
    }
  }
  if (newest === undefined) throw new Error(`${job.name} planned no window`);
  if (setbacks.length > 0) throw setbacks[0];
  if (outage.failure !== undefined) throw outage.failure;
  const others = outcomes.filter((outcome) => outcome !== newest).map(({ report }) => report);
  return { ...newest, verdicts: outcomes.map(({ report }) => report.verdict), others };
}

function phaseLimitsOf({
  phaseLimitMinutes: { finding, fetching, reading },
}: Settings['jobs'][Job['name']]): PhaseLimits {
  return { finding: finding * MINUTE_MS, fetching: fetching * MINUTE_MS, reading: reading * MINUTE_MS };
}
