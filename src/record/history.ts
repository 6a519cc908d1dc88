import type { DatabaseSync } from 'node:sqlite';
import type {
  ChainCheck,
  DayDomain,
  DayResult,
  DomainPast,
  DomainSum,
  History,
  HourCoverage,
  OpenFinding,
  RecordedDay,
  RecordedRun,
  RunResult,
  Totals,
} from '../model/ports.ts';
import { DAY_MS, utcDay, utcDaysOf } from '../model/window.ts';
import type { Window } from '../model/window.ts';
import { AuditError } from '../support/errors.ts';
import { chainNewest, checkChain, pruneRuns } from './chain.ts';
import { databaseError } from './database-error.ts';
import {
  dayBounds,
  dayDomainValues,
  number,
  toDayDomain,
  toDayProtocols,
  toDomainPast,
  toDomainSum,
  toRecordedDay,
} from './day-rows.ts';
import { openDatabase } from './database.ts';
import type { DatabaseOptions } from './database.ts';
import { locksIn } from './locks.ts';
import { outboxIn, putMail } from './outbox.ts';
import { queries } from './queries.ts';
import { completeRun, runRecordsIn } from './run-records.ts';
import { recordable, text, toRecordedRun, unrecordable } from './recorded-run.ts';
import { inTransaction } from './transaction.ts';
import { troublesIn } from './troubles.ts';

/**
 * Opens the history in the file, creating it (and its folder) when it is missing; `:memory:` keeps it for this process
 * only. Throws an AuditError naming the path and the remedy when the file cannot be used; it is then left unchanged.
 */
export function openHistory(path: string, options: DatabaseOptions = {}): History {
  return historyOf(openDatabase(path, options), path);
}

/** The port on a database that is open and has the newest schema. */
export function historyOf(database: DatabaseSync, path: string): History {
  function guarded<T>(doing: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw databaseError(error, path, `${doing} the history database`);
    }
  }

  return {
    runs: runRecordsIn(database, guarded),

    locks: locksIn(database, guarded),

    outbox: outboxIn(database, guarded),

    troubles: troublesIn(database, guarded),

    totals(job: string, window: Window): Totals {
      const row = guarded('Adding up days of', () =>
        database.prepare(queries.totals).get({ job, ...dayBounds(window) }),
      );
      const sum = (column: keyof Totals) => Number(row?.[column]);
      return {
        deliveries: sum('deliveries'),
        violations: sum('violations'),
        plaintext: sum('plaintext'),
        unrecognised: sum('unrecognised'),
        violating: sum('violating'),
      };
    },

    prune({ results, mails }): void {
      guarded('Pruning', () =>
        inTransaction(database, () => {
          database.prepare(queries.pruneMails).run({ mailsBefore: mails.toISOString() });
          database.prepare(queries.pruneLocks).run({ mailsBefore: mails.toISOString() });
          database.prepare(queries.pruneDays).run({ firstDay: utcDay(results) });
          pruneRuns(database, results);
          database.prepare(queries.pruneRunRecords).run({ before: results.toISOString() });
        }),
      );
    },

    record(run: RunResult): void {
      guarded('Recording a run in', () => recordRun(database, run));
    },

    markMailed(runId: string, at: Date): void {
      const { changes } = guarded('Marking a run as mailed in', () =>
        database.prepare(queries.markMailed).run({ id: runId, at: at.toISOString() }),
      );
      if (Number(changes) === 0) {
        throw new AuditError(`Marking run ${runId} as mailed in the history database ${path}: there is no such run`, {
          remedy: 'List the recorded runs with `tls-audit status`.',
        });
      }
    },

    coveredDays(job: string, window: Window): Set<string> {
      return guarded('Reading the covered days from', () => {
        const rows = database.prepare(queries.coveredDays).all({ job, ...dayBounds(window) });
        return new Set(rows.map((row) => text(row, 'day')));
      });
    },

    auditedDays(job: string, window: Window): Set<string> {
      return guarded('Reading the audited days from', () => {
        const rows = database.prepare(queries.auditedDays).all({ job, ...dayBounds(window) });
        return new Set(rows.map((row) => text(row, 'day')));
      });
    },

    coveredHours(job: string, { from, to }: Window): HourCoverage[] {
      return guarded('Reading the coverage ledger from', () =>
        database
          .prepare(queries.hours)
          .all({ job, from: from.toISOString(), to: to.toISOString() })
          .map((row) => ({
            hour: text(row, 'hour'),
            covered: row['covered'] === 1,
            source: row['source'] === null ? null : text(row, 'source'),
          })),
      );
    },

    firstDay(job: string): string | undefined {
      const day = guarded('Reading the first day from', () => database.prepare(queries.firstDay).get({ job })?.['day']);
      return typeof day === 'string' ? day : undefined;
    },

    openFindings(job: string, before: Date): OpenFinding[] | undefined {
      const bounds = { job, before: utcDay(before) };
      return guarded('Reading the open findings from', () => {
        if (database.prepare(queries.anyDayBefore).get(bounds) === undefined) return undefined;
        const rows = database.prepare(queries.openFindings).all(bounds);
        return rows.map((row) => ({
          domain: text(row, 'domain'),
          since: text(row, 'since'),
          nights: number(row, 'nights'),
        }));
      });
    },

    domainPasts(job: string, before: Date): DomainPast[] {
      return guarded('Reading how domains stood from', () =>
        database
          .prepare(queries.domainPasts)
          .all({ job, before: utcDay(before) })
          .map(toDomainPast),
      );
    },

    domainSums(job: string, window: Window): DomainSum[] {
      return guarded('Adding up the days of', () =>
        database
          .prepare(queries.domainSums)
          .all({ job, ...dayBounds(window) })
          .map(toDomainSum),
      );
    },

    recordedDays(job: string, window: Window): RecordedDay[] {
      return guarded('Reading the days of', () =>
        database
          .prepare(queries.recordedDays)
          .all({ job, ...dayBounds(window) })
          .map(toRecordedDay),
      );
    },

    dayProtocols(job: string, window: Window): Map<string, Map<string, number>> {
      return guarded('Adding up the protocols of', () =>
        toDayProtocols(database.prepare(queries.dayProtocols).iterate({ job, ...dayBounds(window) })),
      );
    },

    dayDomains(job: string, window: Window): Iterable<DayDomain & { readonly day: string }> {
      return guarded('Reading the domains of the days of', () =>
        database
          .prepare(queries.dayDomains)
          .all({ job, ...dayBounds(window) })
          .map(toDayDomain),
      );
    },

    latestRuns(job: string | undefined, limit: number): RecordedRun[] {
      return guarded('Reading the latest runs from', () =>
        database
          .prepare(queries.latestRuns)
          .all({ job: job ?? null, limit })
          .map(toRecordedRun),
      );
    },

    findRun(runId: string): RecordedRun | undefined {
      return guarded('Reading a run from', () => {
        const row = database.prepare(queries.findRun).get({ id: runId });
        return row === undefined ? undefined : toRecordedRun(row);
      });
    },

    verify(witnesses: readonly string[] = []): ChainCheck {
      return guarded('Verifying', () => checkChain(database, witnesses));
    },

    close(): void {
      if (database.isOpen) database.close();
    },
  };
}

function recordRun(database: DatabaseSync, { report, days, hours = [], lateDays = [], at, mail }: RunResult): void {
  const { run, window } = recordable(report);
  checkDays(run.id, window, days);
  const bounds = { job: run.job, from: window.from.toISOString(), to: window.to.toISOString() };
  inTransaction(database, () => {
    if (database.prepare(queries.findRun).get({ id: run.id }) !== undefined) {
      throw unrecordable(`run ${run.id} is recorded already`, 'a new id for every run');
    }
    const startedAt = new Date(run.startedAt).toISOString();
    const { verdict } = report;
    const inserted = { id: run.id, ...bounds, startedAt, verdict, report: JSON.stringify(report) };
    database.prepare(queries.insertRun).run(inserted);
    const link = chainNewest(database, run.id);
    database.prepare(queries.supersedeOlderRuns).run({ id: run.id, ...bounds });
    recordDays(database, { runId: run.id, job: run.job, window }, days, hours);
    markLate(database, run.job, lateDays);
    const { rows, deliveries, violations } = report.counts;
    completeRun(database, {
      ...{ id: run.id, ...bounds, startedAt, end: verdict, at: (at ?? new Date(startedAt)).toISOString() },
      counts: JSON.stringify({ rows, deliveries, violations }),
    });
    const digest = mail?.(link);
    if (digest !== undefined) putMail(database, digest, run.id);
  });
}

/** The results of these days stand, and they are due again: more has come to light than they rest on. */
function markLate(database: DatabaseSync, job: string, days: readonly string[]): void {
  for (const day of days) {
    database.prepare(queries.markLate).run({ job, day });
    database.prepare(queries.uncoverDay).run({ job, day });
  }
}

/** Each day of the window replaces what was known, except that a part of a day never replaces the whole of it. */
function recordDays(
  database: DatabaseSync,
  run: { readonly runId: string; readonly job: string; readonly window: Window },
  days: readonly DayResult[],
  hours: readonly HourCoverage[],
): void {
  const insertHour = database.prepare(queries.insertHour);
  const { runId, job, window } = run;
  const heldWhole = database.prepare(queries.heldWhole);
  const heldComplete = database.prepare(queries.heldComplete);
  const deleteDay = database.prepare(queries.deleteDay);
  const insertDay = database.prepare(queries.insertDay);
  const insertDomain = database.prepare(queries.insertDomain);
  for (const { day, complete, domains } of days) {
    const whole = holdsWholeDay(window, day);
    if (!whole && heldWhole.get({ job, day }) !== undefined) continue;
    const held = complete ? undefined : heldComplete.get({ job, day })?.['deliveries'];
    if (typeof held === 'number' && sumOf(domains) <= held) continue;
    deleteDay.run({ job, day });
    insertDay.run({ job, day, runId, whole: Number(whole), complete: Number(complete && whole) });
    for (const domain of domains) insertDomain.run({ job, day, ...dayDomainValues(domain) });
    for (const { hour, covered, source } of hours) {
      if (hour.startsWith(day)) insertHour.run({ job, hour, day, covered: Number(covered), source });
    }
  }
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
