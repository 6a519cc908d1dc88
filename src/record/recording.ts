import type { DatabaseSync } from 'node:sqlite';
import { type DayResult, type HourCoverage, type RunResult, takesPlaceOf } from '../model/history.ts';
import { DAY_MS, utcDaysOf, type Window } from '../model/window.ts';
import { chainNewest } from './chain.ts';
import { moveCursor } from './cursors.ts';
import { storeRunDays } from './day-proof.ts';
import { dayDomainValues, number } from './day-rows.ts';
import { putMail } from './outbox.ts';
import { dayQueries } from './queries/days.ts';
import { runQueries } from './queries/runs.ts';
import { recordable, type Row, unrecordable } from './recorded-run.ts';
import { completeRun } from './run-records.ts';
import { inTransaction } from './transaction.ts';

/** Records the run, its days and its digest in one transaction (the contract is that of `History.record`). */
export function recordRun(
  database: DatabaseSync,
  { report, days, hours = [], lateDays = [], unreadDays = [], cursor, at, mail }: RunResult,
): void {
  const { run, window } = recordable(report);
  checkDays(run.id, window, days);
  const bounds = { job: run.job, from: window.from.toISOString(), to: window.to.toISOString() };
  inTransaction(database, () => {
    if (database.prepare(runQueries.findRun).get({ id: run.id }) !== undefined) {
      throw unrecordable(`run ${run.id} is recorded already`, 'a new id for every run');
    }
    const startedAt = new Date(run.startedAt).toISOString();
    const { verdict } = report;
    const inserted = { id: run.id, ...bounds, startedAt, verdict, report: JSON.stringify(report) };
    database.prepare(runQueries.insertRun).run(inserted);
    database.prepare(runQueries.supersedeOlderRuns).run({ id: run.id, ...bounds });
    const recorded = recordDays(database, { runId: run.id, job: run.job, window }, days, hours);
    // A result that stays was judged without the log that could not be read now.
    const late = [...new Set([...lateDays, ...unreadDays.filter((day) => isComplete(database, run.job, day))])];
    markLate(database, run.job, late);
    markUnread(database, { job: run.job, window }, unreadDays);
    if (cursor !== undefined) moveCursor(database, run.job, cursor);
    storeRunDays(database, run, recorded, late);
    const link = chainNewest(database, run.id);
    const { rows, deliveries, violations } = report.counts;
    completeRun(database, {
      ...{ id: run.id, ...bounds, startedAt, end: verdict, at: (at ?? new Date(startedAt)).toISOString() },
      counts: JSON.stringify({ rows, deliveries, violations }),
    });
    const digest = mail?.(link);
    if (digest !== undefined) putMail(database, digest, run.id);
  });
}

function isComplete(database: DatabaseSync, job: string, day: string): boolean {
  const held = database.prepare(dayQueries.heldDay).get({ job, day });
  return held !== undefined && toEvidence(held).complete;
}

/** The results of these days stand, and they are due again: more has come to light than they rest on. */
function markLate(database: DatabaseSync, job: string, days: readonly string[]): void {
  for (const day of days) {
    database.prepare(dayQueries.markLate).run({ job, day });
    database.prepare(dayQueries.uncoverDay).run({ job, day });
  }
}

function markUnread(
  database: DatabaseSync,
  { job, window }: { readonly job: string; readonly window: Window },
  days: readonly string[],
): void {
  const clear = database.prepare(dayQueries.clearUnread);
  for (const day of utcDaysOf(window)) if (holdsWholeDay(window, day)) clear.run({ job, day });
  for (const day of days) database.prepare(dayQueries.markUnread).run({ job, day });
}

/**
 * Each day of the window replaces what was known, except that a part of a day never replaces the whole of it. Gives the
 * days that rest on this run now.
 */
function recordDays(
  database: DatabaseSync,
  run: { readonly runId: string; readonly job: string; readonly window: Window },
  days: readonly DayResult[],
  hours: readonly HourCoverage[],
): string[] {
  const recorded: string[] = [];
  const insertHour = database.prepare(dayQueries.insertHour);
  const { runId, job, window } = run;
  const heldDay = database.prepare(dayQueries.heldDay);
  const deleteDay = database.prepare(dayQueries.deleteDay);
  const insertDay = database.prepare(dayQueries.insertDay);
  const insertDomain = database.prepare(dayQueries.insertDomain);
  for (const { day, complete, domains } of days) {
    const whole = holdsWholeDay(window, day);
    const held = heldDay.get({ job, day });
    if (held !== undefined && !takesPlaceOf({ whole, complete, deliveries: sumOf(domains) }, toEvidence(held)))
      continue;
    deleteDay.run({ job, day });
    insertDay.run({ job, day, runId, whole: Number(whole), complete: Number(complete && whole) });
    for (const domain of domains) insertDomain.run({ job, day, ...dayDomainValues(domain) });
    for (const { hour, covered, source } of hours) {
      if (hour.startsWith(day)) insertHour.run({ job, hour, day, covered: Number(covered), source });
    }
    recorded.push(day);
  }
  return recorded;
}

function toEvidence(row: Row): Parameters<typeof takesPlaceOf>[1] {
  return { whole: row['whole'] === 1, complete: row['complete'] === 1, deliveries: number(row, 'deliveries') };
}

function sumOf(domains: DayResult['domains']): number {
  return domains.reduce((sum, { deliveries }) => sum + deliveries, 0);
}

function holdsWholeDay(window: Window, day: string): boolean {
  const start = Date.parse(day);
  return window.from.getTime() <= start && start + DAY_MS <= window.to.getTime();
}

function checkDays(runId: string, window: Window, days: readonly DayResult[]): void {
  const expected = utcDaysOf(window).join(' ');
  const found = days
    .map(({ day }) => day)
    .sort()
    .join(' ');
  if (found !== expected) {
    throw unrecordable(`run ${runId} brings results for the days "${found}"`, `one for each day of "${expected}"`);
  }
}
