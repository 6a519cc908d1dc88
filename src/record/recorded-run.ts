import type { SQLOutputValue } from 'node:sqlite';
import type { RecordedRun } from '../model/history.ts';
import type { Report, RunStamp } from '../model/report.ts';
import type { Window } from '../model/window.ts';
import { AuditError } from '../support/errors.ts';
import { sha256 } from './hash.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new TypeError(`column ${column} holds ${String(value)}, expected text`);
}

export function toRecordedRun(row: Row): RecordedRun {
  const report = parseReport(text(row, 'report_json'), text(row, 'id'));
  return {
    id: text(row, 'id'),
    job: text(row, 'job'),
    window: { from: new Date(text(row, 'window_from')), to: new Date(text(row, 'window_to')) },
    startedAt: new Date(text(row, 'started_at')),
    verdict: report.verdict,
    report,
    mailedAt: row['mailed_at'] === null ? null : new Date(text(row, 'mailed_at')),
    link: row['hash'] === null ? null : { hash: text(row, 'hash'), previous: previousHash(row), days: daysHash(row) },
  };
}

/** Over what the run recorded about days; null where it was recorded before days were hashed. */
export function daysHash(row: Row): string | null {
  return row['days_json'] === null ? null : sha256(text(row, 'days_json'));
}

/** Not known where the run before was recorded before there were hashes; the first run has none before it. */
function previousHash(row: Row): string | null {
  if (row['previous_hash'] === null) return '';
  return row['previous_hash'] === '' ? null : text(row, 'previous_hash');
}

/** The stamp and the window of a report that is to be recorded; both are optional in a report that is only shown. */
export function recordable(report: Report): { readonly run: RunStamp; readonly window: Window } {
  const { run } = report;
  if (run === undefined) throw unrecordable('the report carries no run', 'a run with id, job and start');
  const from = new Date(report.window.from ?? Number.NaN);
  const to = new Date(report.window.to ?? Number.NaN);
  if (!(from.getTime() < to.getTime())) {
    throw unrecordable(
      `the window of run ${run.id} is ${String(report.window.from)} to ${String(report.window.to)}`,
      'two times, the earlier first',
    );
  }
  if (Number.isNaN(Date.parse(run.startedAt))) {
    throw unrecordable(`run ${run.id} started at ${run.startedAt}`, 'an ISO 8601 time');
  }
  return { run, window: { from, to } };
}

/** A caller's mistake: nothing a person at the keyboard did. */
export function unrecordable(found: string, expected: string): AuditError {
  return new AuditError(`Recording a run in the history: ${found}; expected ${expected}`, {
    remedy: 'This is a fault of tls-audit: report it with this message.',
  });
}

function parseReport(json: string, runId: string): Report {
  const value = parseJson(json);
  if (isReport(value)) return value;
  throw new AuditError(`Reading run ${runId} from the history: what is stored is not a tls-audit/report/1`, {
    remedy: 'Restore the history database from a backup, or run that window again.',
  });
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isReport(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && 'schema' in value && value.schema === 'tls-audit/report/1';
}
