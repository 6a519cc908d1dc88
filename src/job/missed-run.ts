import { existsSync } from 'node:fs';
import type { Settings } from '../config/schema.ts';
import { type AuditName, RUNS_LOOKED_AT } from './job.ts';
import { underRightClock } from '../judge/right-clock.ts';
import type { History } from '../model/history.ts';
import type { Clock } from '../model/ports.ts';
import type { RunRecord } from '../model/run-record.ts';
import { DAY_MS, startOfUtcDay, utcDay, utcDaysOf, type Window } from '../model/window.ts';
import { OlderSchemaError } from '../record/database.ts';
import { openHistory } from '../record/history.ts';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';

/**
 * Whether nobody did what the schedule asked for at the tick, because no worker was up or it ended meanwhile: the newest
 * day that was due then was never audited. A job that was never run waits for its schedule; one that failed does too,
 * and one that is killed every time gets one more try, so that a worker that is always started again does not run it
 * without end. Runs over days that have data, as by hand, count for nothing.
 */
export function isMissed(history: History, job: AuditName, tick: Date, now: Date): boolean {
  const to = new Date(startOfUtcDay(tick.getTime()));
  const window = { from: new Date(to.getTime() - DAY_MS), to };
  const firstDay = history.firstDay(job);
  // Before the first day ever audited only a clock that is behind asks for one: it must not become the first day.
  if (firstDay === undefined || utcDay(window.from) < firstDay) return false;
  if (history.auditedDays(job, window).size > 0) return false;
  const begun = underRightClock(history.runs.latest(job, RUNS_LOOKED_AT), now).filter(
    (run) => run.startedAt >= tick && isWithoutData(run, history),
  );
  return begun[0]?.end !== 'failed' && begun.filter(isUnfinished).length <= 1;
}

/** Whether the run was about a day that complete data does not cover; days before the first one ever audited lack none. */
export function isWithoutData({ job, window }: RunRecord, history: History): boolean {
  const firstDay = history.firstDay(job) ?? '';
  return uncoveredDays(job, window, history).some((day) => day >= firstDay);
}

/** The days of the window (`YYYY-MM-DD`), oldest first, that do not rest on complete data. */
export function uncoveredDays(job: string, window: Window, history: Pick<History, 'coveredDays'>): string[] {
  const covered = history.coveredDays(job, window);
  return utcDaysOf(window).filter((day) => !covered.has(day));
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
    const history = openToAsk(path);
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

/** After an upgrade nothing has brought the history up to date yet: the run that was missed must not wait for that. */
function openToAsk(path: string): History {
  try {
    return openHistory(path, { readOnly: true, integrityCheck: false });
  } catch (error) {
    if (!(error instanceof OlderSchemaError)) throw error;
    return openHistory(path);
  }
}
