import type { SQLInputValue } from 'node:sqlite';
import type { DayDomain, DomainSum, ProtectionDay, RecordedDay } from '../model/history.ts';
import { utcDay, type Window } from '../model/window.ts';
import { type Row, text } from './recorded-run.ts';

// Rows of the tables about days, to and from the words of the model.

/** The first and the last day that the window touches. */
export function dayBounds(window: Window): { first: string; last: string } {
  return { first: utcDay(window.from), last: utcDay(new Date(window.to.getTime() - 1)) };
}

/** The parameters of `insertDomain` without job and day. */
export function dayDomainValues({ details, ...counts }: DayDomain): Record<string, SQLInputValue> {
  return {
    domain: counts.domain,
    deliveries: counts.deliveries,
    violations: counts.violations,
    plaintext: counts.plaintext,
    unrecognised: counts.unrecognised,
    verified: details?.verified ?? null,
    unverified: details?.unverified ?? null,
    verifiedTls: details?.verifiedTls ?? null,
    unverifiedTls: details?.unverifiedTls ?? null,
    tls: details === undefined ? null : JSON.stringify(details.tls),
    firstSeen: details?.firstSeen ?? null,
    lastSeen: details?.lastSeen ?? null,
  };
}

export function toDayDomain(row: Row): DayDomain & { readonly day: string } {
  const counts = { day: text(row, 'day'), domain: text(row, 'domain'), ...countsOf(row) };
  if (row['tls'] === null) return counts;
  return {
    ...counts,
    details: {
      verified: number(row, 'verified'),
      unverified: number(row, 'unverified'),
      verifiedTls: number(row, 'verified_tls'),
      unverifiedTls: number(row, 'unverified_tls'),
      tls: tlsCounts(text(row, 'tls')),
      firstSeen: text(row, 'first_seen'),
      lastSeen: text(row, 'last_seen'),
    },
  };
}

export function toProtectionDay(row: Row): ProtectionDay {
  return {
    day: text(row, 'day'),
    deliveries: number(row, 'deliveries'),
    plaintext: number(row, 'plaintext'),
    unrecognised: number(row, 'unrecognised'),
    verifiedTls: number(row, 'verified_tls'),
    unverifiedTls: number(row, 'unverified_tls'),
  };
}

export function toDomainSum(row: Row): DomainSum {
  return {
    domain: text(row, 'domain'),
    ...countsOf(row),
    verifiedTls: number(row, 'verified_tls'),
    unverifiedTls: number(row, 'unverified_tls'),
    days: number(row, 'days'),
  };
}

export function toRecordedDay(row: Row): RecordedDay {
  const is = (column: 'whole' | 'late' | 'complete') => row[column] === 1;
  const state = { whole: is('whole'), late: is('late'), complete: is('complete') };
  return { day: text(row, 'day'), runId: text(row, 'run_id'), ...state, ...countsOf(row) };
}

function countsOf(row: Row) {
  return {
    deliveries: number(row, 'deliveries'),
    violations: number(row, 'violations'),
    plaintext: number(row, 'plaintext'),
    unrecognised: number(row, 'unrecognised'),
  };
}

function tlsCounts(json: string): Record<string, number> {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null) throw new TypeError(`column tls holds ${json}, expected an object`);
  return Object.fromEntries(Object.entries(value).map(([use, count]) => [use, Number(count)]));
}

export function number(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw new TypeError(`column ${column} holds ${String(value)}, expected a number`);
}

/** By day and protocol. */
export function toDayProtocols(rows: Iterable<Row>): Map<string, Map<string, number>> {
  const byDay = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const day = text(row, 'day');
    const protocols = byDay.get(day) ?? new Map<string, number>();
    byDay.set(day, protocols.set(text(row, 'protocol'), number(row, 'deliveries')));
  }
  return byDay;
}
