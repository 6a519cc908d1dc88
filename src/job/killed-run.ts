import { isWithoutData, uncoveredDays } from './missed-run.ts';
import type { Job } from './job.ts';
import { stretchesOf } from '../judge/due-window.ts';
import type { History } from '../model/history.ts';
import type { RunRecord } from '../model/run-record.ts';
import { utcDaysOf } from '../model/window.ts';
import { AuditError } from '../support/errors.ts';
import { tellOfFailure, type UnattendedParts } from './unattended-run.ts';

const REMEDY =
  'Look for what ended its process: too little memory (OOMKilled, dmesg), a machine that was switched off or suspended, a kill, ' +
  'a full disk. The run that found this, or the next one of what is due, does its work too.';

/**
 * A process that was killed can tell nobody: who finds its runs tells the admins, also where somebody watches this one. Of a
 * run that leaves no day without data, as one by hand whose terminal was closed, only the log tells. What the kill of one
 * process left is told of once, by the run that it began first.
 * @param runs newest first.
 */
export async function tellOfKilled(
  job: Job,
  runs: readonly RunRecord[],
  parts: UnattendedParts & { readonly history: History },
  signal: AbortSignal,
): Promise<void> {
  for (const { id, window, startedAt, reason } of runs) {
    parts.logger.warn('an earlier run was abandoned', { job: job.name, run: id, window, startedAt, reason });
  }
  const { history } = parts;
  const lacking = runs.filter((run) => isWithoutData(run, history));
  const first = lacking.at(-1);
  if (first === undefined) return;
  const left = stretchesOf(lacking.flatMap(({ window }) => uncoveredDays(job.name, window, history)));
  const days = utcDaysOf(first.window);
  const about = [...new Set([days.at(0), days.at(-1)])].join(' to ');
  const text = `the run of ${job.name} over ${about} that began at ${first.startedAt.toISOString()} was abandoned`;
  const error = new AuditError(`${text}: ${first.reason ?? ''}`, { remedy: REMEDY });
  await tellOfFailure(job, error, { ...parts, leftBy: () => left }, signal, first.startedAt);
}
