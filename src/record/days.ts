import type { DatabaseSync } from 'node:sqlite';
import type {
  DayDomain,
  DayReadings,
  DomainSum,
  HourCoverage,
  OpenFinding,
  ProtectionDay,
  RecordedDay,
  Totals,
} from '../model/history.ts';
import { utcDay, type Window } from '../model/window.ts';
import {
  dayBounds,
  number,
  toDayDomain,
  toDayProtocols,
  toDomainSum,
  toProtectionDay,
  toRecordedDay,
} from './day-rows.ts';
import { dayQueries } from './queries/days.ts';
import { text } from './recorded-run.ts';
import type { Guard } from './run-records.ts';

export function daysIn(database: DatabaseSync, guarded: Guard): DayReadings {
  return {
    totals(job: string, window: Window): Totals {
      const row = guarded('Adding up days of', () =>
        database.prepare(dayQueries.totals).get({ job, ...dayBounds(window) }),
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

    coveredDays(job: string, window: Window): Set<string> {
      return guarded('Reading the covered days from', () => {
        const rows = database.prepare(dayQueries.coveredDays).all({ job, ...dayBounds(window) });
        return new Set(rows.map((row) => text(row, 'day')));
      });
    },

    auditedDays(job: string, window: Window): Set<string> {
      return guarded('Reading the audited days from', () => {
        const rows = database.prepare(dayQueries.auditedDays).all({ job, ...dayBounds(window) });
        return new Set(rows.map((row) => text(row, 'day')));
      });
    },

    unreadDays(job: string): Set<string> {
      return guarded('Reading the days with an unread log from', () => {
        const rows = database.prepare(dayQueries.unreadDays).all({ job });
        return new Set(rows.map((row) => text(row, 'day')));
      });
    },

    coveredHours(job: string, { from, to }: Window): HourCoverage[] {
      return guarded('Reading the coverage ledger from', () =>
        database
          .prepare(dayQueries.hours)
          .all({ job, from: from.toISOString(), to: to.toISOString() })
          .map((row) => ({
            hour: text(row, 'hour'),
            covered: row['covered'] === 1,
            source: row['source'] === null ? null : text(row, 'source'),
          })),
      );
    },

    firstDay(job: string): string | undefined {
      const day = guarded(
        'Reading the first day from',
        () => database.prepare(dayQueries.firstDay).get({ job })?.['day'],
      );
      return typeof day === 'string' ? day : undefined;
    },

    openFindings(job: string, before: Date): OpenFinding[] | undefined {
      const bounds = { job, before: utcDay(before) };
      return guarded('Reading the open findings from', () => {
        if (database.prepare(dayQueries.anyDayBefore).get(bounds) === undefined) return undefined;
        const rows = database.prepare(dayQueries.openFindings).all(bounds);
        return rows.map((row) => ({
          domain: text(row, 'domain'),
          since: text(row, 'since'),
          nights: number(row, 'nights'),
        }));
      });
    },

    protectionDays(job: string, domain: string, before: Date): ProtectionDay[] {
      return guarded('Reading how a domain stood from', () =>
        database
          .prepare(dayQueries.protectionDays)
          .all({ job, domain, before: utcDay(before) })
          .map(toProtectionDay),
      );
    },

    exposedDomains(job: string, before: Date): Set<string> {
      return guarded('Reading which domains lacked protection from', () => {
        const rows = database.prepare(dayQueries.exposedDomains).all({ job, before: utcDay(before) });
        return new Set(rows.map((row) => text(row, 'domain')));
      });
    },

    domainSums(job: string, window: Window, late: readonly string[] = []): DomainSum[] {
      return guarded('Adding up the days of', () =>
        database
          .prepare(dayQueries.domainSums)
          .all({ job, ...dayBounds(window), late: JSON.stringify(late) })
          .map(toDomainSum),
      );
    },

    daysWithoutVerification(job: string, window: Window): number {
      return guarded('Counting the days of', () =>
        Number(database.prepare(dayQueries.daysWithoutVerification).get({ job, ...dayBounds(window) })?.['days']),
      );
    },

    recordedDays(job: string, window: Window): RecordedDay[] {
      return guarded('Reading the days of', () =>
        database
          .prepare(dayQueries.recordedDays)
          .all({ job, ...dayBounds(window) })
          .map(toRecordedDay),
      );
    },

    dayProtocols(job: string, window: Window): Map<string, Map<string, number>> {
      return guarded('Adding up the protocols of', () =>
        toDayProtocols(database.prepare(dayQueries.dayProtocols).iterate({ job, ...dayBounds(window) })),
      );
    },

    dayDomains(job: string, window: Window): Iterable<DayDomain & { readonly day: string }> {
      return guarded('Reading the domains of the days of', () =>
        database
          .prepare(dayQueries.dayDomains)
          .all({ job, ...dayBounds(window) })
          .map(toDayDomain),
      );
    },
  };
}
