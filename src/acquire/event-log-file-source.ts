import { join } from 'node:path';
import { z } from 'zod';
import type { Cursor, FetchedFile, LogFile, LogSource } from '../model/ports.ts';
import { DAY_MS, HOUR_MS, type Window } from '../model/window.ts';
import { AuditError } from '../support/errors.ts';
import { salesforceId, salesforceTime } from './record-shape.ts';
import type { LazySession } from './lazy-session.ts';
import type { Session } from './session.ts';
import { refuseTooLarge } from './size-limit.ts';
import { soqlDateTime, soqlText } from './soql.ts';

export interface EventLogFileSourceOptions {
  /** A value of the picklist EventLogFile.EventType of the org. */
  readonly eventType: string;
  readonly interval: 'any' | 'Daily' | 'Hourly';
  readonly maxFileBytes: number;
  /** For one file, all tries together. */
  readonly downloadTimeoutMs: number;
}

const recordSchema = z.object({
  Id: salesforceId,
  LogDate: salesforceTime,
  // Nillable in the Object Reference: files from before there were hourly ones are daily.
  Interval: z.enum(['Daily', 'Hourly']).nullable(),
  Sequence: z.int().min(0).nullable(),
  CreatedDate: salesforceTime,
  LogFileLength: z.int().min(0).nullable(),
});

type EventLogRecord = z.infer<typeof recordSchema>;

const describeSchema = z.object({
  fields: z.array(
    z.object({
      name: z.string(),
      picklistValues: z.array(z.object({ value: z.string(), active: z.boolean() })).default([]),
    }),
  ),
});

/** How many of the org's event types an error names. */
const MAX_NAMED = 20;

/**
 * Log files that Salesforce publishes as EventLogFile records. The event type is checked against the org's own picklist
 * before anything else: a query for a type the org does not have finds nothing, and that would look like compliance.
 */
export function createEventLogFileSource(options: EventLogFileSourceOptions, session: LazySession): LogSource {
  const found = new Map<string, EventLogRecord>();

  async function cursorName(signal: AbortSignal): Promise<string> {
    const { host } = await session.signedIn(signal);
    return `event-log-file ${options.eventType} (${options.interval}) at ${host}`;
  }

  async function find(window: Window, signal: AbortSignal, since?: Cursor): Promise<LogFile[]> {
    const org = await session.signedIn(signal);
    await requireEventType(org, options.eventType, signal);
    const records = await org.query(recordsSoql(options, window, since), recordSchema, signal);
    const fresh = since === undefined ? undefined : madeAfter(since, records);
    const counting = inForce(records);
    for (const record of counting) found.set(record.Id, record);
    return counting.map((record) => ({
      ...toLogFile(record, options.eventType),
      ...(fresh === undefined ? {} : { isNew: fresh.has(record) }),
    }));
  }

  async function fetchFile(file: LogFile, folder: string, signal: AbortSignal): Promise<FetchedFile> {
    const record = found.get(file.id);
    if (record === undefined) throw new AuditError(`fetching ${file.name}: this source did not find it before`);
    refuseTooLarge(file.name, record.LogFileLength ?? 0, options.maxFileBytes);
    const path = join(folder, `${record.Id}.csv`);
    const org = await session.signedIn(signal);
    await org.download(`/sobjects/EventLogFile/${record.Id}/LogFile`, path, {
      ...(record.LogFileLength === null ? {} : { expectedBytes: record.LogFileLength }),
      maxBytes: options.maxFileBytes,
      totalMs: options.downloadTimeoutMs,
      signal,
    });
    return { file, path };
  }

  return {
    type: 'event-log-file',
    description: describeSource(options),
    cursorName,
    find,
    fetch: fetchFile,
    close: () => session.close(),
  };
}

function describeSource({ eventType, interval }: EventLogFileSourceOptions): string {
  const which = interval === 'any' ? 'daily and hourly' : interval.toLowerCase();
  return (
    `${which} EventLogFile records of the type "${eventType}": Salesforce makes them by itself, hours after the mail; ` +
    'an hour without a file counts as a gap until the daily file is there'
  );
}

/** @throws AuditError where the org has no such type: no record of it could ever be found. */
async function requireEventType(org: Session, eventType: string, signal: AbortSignal): Promise<void> {
  const doing = `checking the event type "${eventType}" at ${org.host}`;
  const { fields } = await org
    .get('/sobjects/EventLogFile/describe', describeSchema, signal)
    .catch((error: unknown) => {
      if (!(error instanceof AuditError) || signal.aborted) throw error;
      throw new AuditError(`${doing}: ${error.message}`, {
        remedy:
          `${error.remedy ?? ''} EventLogFile needs the permissions "API Enabled" and "View Event Log Files".`.trim(),
      });
    });
  const types = (fields.find(({ name }) => name === 'EventType')?.picklistValues ?? [])
    .filter(({ active }) => active)
    .map(({ value }) => value);
  if (types.includes(eventType)) return;
  const near = types.filter((type) => /mail/i.test(type) || type.toLowerCase() === eventType.toLowerCase());
  const elsewhere = 'take the logs from elsewhere: source.type files or directory. Nothing was judged.';
  throw new AuditError(`${doing}: the org has no such event type among its ${types.length}`, {
    remedy:
      near.length > 0
        ? `Set source.eventLogFile.eventType to the one that holds Email Logs, if one does (${named(near)}), or ${elsewhere}`
        : `None of them is named after mail (${named(types)}): ask Salesforce which one holds Email Logs, or ${elsewhere}`,
  });
}

function named(types: readonly string[]): string {
  const more = types.length > MAX_NAMED ? ', ...' : '';
  return `${types.slice(0, MAX_NAMED).join(', ')}${more}`;
}

/**
 * LogDate is the beginning of the hour or the UTC day a file tells of (Object Reference, EventLogFile). Files of earlier
 * days that were made since the window began, or since the cursor, come with them: no run before this one can have seen
 * them, however late they are. The cursor's own file comes too, so that its place among those made at the same time shows.
 */
function recordsSoql(
  { eventType, interval }: EventLogFileSourceOptions,
  window: Window,
  since: Cursor | undefined,
): string {
  const createdFrom = since === undefined || since.createdAt > window.from ? window.from : since.createdAt;
  const intervalFilter = interval === 'any' ? '' : `AND Interval = ${soqlText(interval)} `;
  return (
    'SELECT Id, LogDate, Interval, Sequence, CreatedDate, LogFileLength FROM EventLogFile ' +
    `WHERE EventType = ${soqlText(eventType)} ${intervalFilter}` +
    `AND LogDate < ${soqlDateTime(roundedUp(window.to))} ` +
    `AND (LogDate > ${soqlDateTime(new Date(window.from.getTime() - DAY_MS))} OR CreatedDate >= ${soqlDateTime(createdFrom)}) ` +
    'ORDER BY CreatedDate, Id'
  );
}

/** Of records in the order of (CreatedDate, Id), those after the cursor; all made at its time where its own file is gone. */
function madeAfter(since: Cursor, records: readonly EventLogRecord[]): ReadonlySet<EventLogRecord> {
  const place = records.findIndex(({ Id }) => Id === since.id);
  const sinceMs = since.createdAt.getTime();
  return new Set(
    records.filter(({ CreatedDate }, index) => {
      const madeMs = CreatedDate.getTime();
      return madeMs > sinceMs || (madeMs === sinceMs && index > place);
    }),
  );
}

/** A SOQL time has whole seconds: an end within a second is not to lose that second. */
function roundedUp(time: Date): Date {
  return new Date(Math.ceil(time.getTime() / 1000) * 1000);
}

/**
 * The records that together tell of their days. The newest daily file of a day replaces the older ones and the hourly
 * files made before it. All hourly files of one hour count, whatever their Sequence: one that comes later "lists only
 * the new events" (REST API Developer Guide, "Query or View Hourly Event Log Files"); rows that repeat are dropped later.
 */
export function inForce<Log extends Pick<EventLogRecord, 'LogDate' | 'Interval' | 'CreatedDate'>>(
  records: readonly Log[],
): Log[] {
  const dailies = new Map<number, Log>();
  for (const record of records) {
    if (isHourly(record)) continue;
    const day = dayOf(record);
    const before = dailies.get(day);
    if (before === undefined || before.CreatedDate.getTime() <= record.CreatedDate.getTime()) dailies.set(day, record);
  }
  return records.filter((record) => {
    const daily = dailies.get(dayOf(record));
    if (!isHourly(record)) return record === daily;
    return daily === undefined || record.CreatedDate.getTime() > daily.CreatedDate.getTime();
  });
}

function isHourly({ Interval }: Pick<EventLogRecord, 'Interval'>): boolean {
  return Interval === 'Hourly';
}

function dayOf({ LogDate }: Pick<EventLogRecord, 'LogDate'>): number {
  return Math.floor(LogDate.getTime() / DAY_MS);
}

function toLogFile(record: EventLogRecord, eventType: string): LogFile {
  const { LogDate, Sequence } = record;
  const from = LogDate.toISOString();
  const hourly = isHourly(record);
  const time = hourly ? `${from.slice(0, 13)}h-${Sequence ?? 0}` : from.slice(0, 10);
  return {
    id: record.Id,
    name: `${eventType}-${time}.csv`,
    createdAt: record.CreatedDate,
    sizeBytes: record.LogFileLength ?? undefined,
    period: { from: LogDate, to: new Date(LogDate.getTime() + (hourly ? HOUR_MS : DAY_MS)) },
  };
}
