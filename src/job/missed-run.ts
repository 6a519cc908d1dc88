import { existsSync } from 'node:fs';
import type { Settings } from '../config/schema.ts';
import type { AuditName } from './job.ts';
import { underRightClock } from '../judge/right-clock.ts';
import type { History } from '../model/history.ts';
import type { Clock } from '../model/ports.ts';
import type { RunRecord } from '../model/run-record.ts';
import { DAY_MS, startOfUtcDay } from '../model/window.ts';
import { openHistory } from '../record/history.ts';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';

/** More than one night has, also after a month's outage. */
const RUNS_LOOKED_AT = 100;

/**
 * Whether nobody did what the schedule asked for at the tick, because no worker was up or it ended meanwhile: the newest
 * day that was due then was never audited. A job that was never run waits for its schedule; one that failed does too,
 * and one that is killed every time gets one more try, so that a worker that is always started again does not run it
 * without end.
 */
export function isMissed(history: History, job: AuditName, tick: Date, now: Date): boolean {
  const to = new Date(startOfUtcDay(tick.getTime()));
  const window = { from: new Date(to.getTime() - DAY_MS), to };
  if (history.firstDay(job) === undefined || history.auditedDays(job, window).size > 0) return false;
  const begun = underRightClock(history.runs.latest(job, RUNS_LOOKED_AT), now).filter(
    ({ startedAt }) => startedAt >= tick,
  );
  const [newest] = begun;
  return newest === undefined || (isUnfinished(newest) && begun.filter(isUnfinished).length === 1);
}

function isUnfinished({ end }: RunRecord): boolean {
  return end === null || end === 'abandoned';
}

/** The same of the history of the settings; false where it cannot be asked: the next run tells of that. */
export function wasMissed(
  job: AuditName,
  tick: Date,
  settings: Settings,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): boolean {
  const { path } = settings.history;
  if (!existsSync(path)) return false;
  try {
    const history = openHistory(path, { readOnly: true, integrityCheck: false });
    try {
      return isMissed(history, job, tick, clock.now());
    } finally {
      history.close();
    }
  } catch (error) {
    logger.warn('whether a run was missed is not known', { job, reason: messageOf(error) });
    return false;
  }
}
