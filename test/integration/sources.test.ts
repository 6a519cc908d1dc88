import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, jest } from '@jest/globals';
import { createDirectorySource } from '../../src/acquire/directory-source.ts';
import { createEventLogFileSource } from '../../src/acquire/event-log-file-source.ts';
import { createFilesSource } from '../../src/acquire/files-source.ts';
import { lazySession } from '../../src/acquire/lazy-session.ts';
import { openSession } from '../../src/acquire/session.ts';
import { createSetupPageSource } from '../../src/acquire/setup-page/source.ts';
import { type SourceType, SOURCE_TYPES } from '../../src/config/schema.ts';
import { createKeyPair } from '../../src/demo/keys.ts';
import type { LogSource } from '../../src/model/ports.ts';
import type { Report } from '../../src/model/report.ts';
import { DAY_MS, type Window } from '../../src/model/window.ts';
import { collectLogs, failureOf, never } from '../acquire/fixture.ts';
import { optionsWith } from '../acquire/setup-page/stage.ts';
import { describeWithChromium } from '../support/chromium.ts';
import { type LogFields, logText } from '../support/log-text.ts';
import { startStrictOrg } from '../support/strict-org.ts';
import { zipOf } from '../support/zip.ts';
import { auditOf } from './audit-of.ts';
import { resultOf } from './stage.ts';

// One port, one contract: what holds for one source of log files holds for every other.

jest.setTimeout(90_000);

const FROM_MS = Date.UTC(2026, 10, 16);
const DAYS = 3;
const WINDOW = { from: new Date(FROM_MS), to: new Date(FROM_MS + DAYS * DAY_MS) };
const NOW = new Date('2026-11-19T05:30:00Z');
const EVENT_TYPE = 'EmailDelivery';
const HEADER_ONLY = Buffer.from(logText([]));

const keys = createKeyPair();

/** Forty deliveries in every day; one of the second day is in plaintext. */
function rowsOf(day: number): LogFields[] {
  const date = new Date(FROM_MS + day * DAY_MS).toISOString().slice(0, 10);
  return Array.from({ length: 40 }, (_, index) => ({
    'Date/Time': `${date}T${String(index % 24).padStart(2, '0')}:15:00Z`,
    'Internal Message ID': `16/A4-${day}-${index}`,
    Recipient: `ann@domain-${index % 7}.example`,
    ...(day === 1 && index === 5 ? { TLS_Cipher: ':' } : {}),
  }));
}

function logOf(day: number): Buffer {
  return Buffer.from(logText(rowsOf(day)));
}

const WHOLE = [0, 1, 2].map(logOf);

interface Opened extends AsyncDisposable {
  readonly source: LogSource;
  readonly folder: string;
  /** Leftovers of downloads. */
  readonly left: () => Promise<string[]>;
  readonly audit: () => Promise<Report>;
}

/** A source of the type that offers one log a day, each made an hour after its day. */
async function openSource(type: SourceType, logs: readonly Buffer[], maxFileBytes = 1e6): Promise<Opened> {
  await using parts = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'tls-audit-sources-'));
  parts.defer(() => rm(folder, { recursive: true }));
  const shelf = await mkdtemp(join(tmpdir(), 'tls-audit-shelf-'));
  parts.defer(() => rm(shelf, { recursive: true }));
  const clock = { now: () => NOW };
  const logger = collectLogs();
  const org = await startStrictOrg({
    publicKeyPem: keys.publicKeyPem,
    clock,
    eventTypes: ['Login', EVENT_TYPE],
    setupPage: {
      log: ({ from }: Window) => logs[(from.getTime() - FROM_MS) / DAY_MS] ?? HEADER_ONLY,
      completeAfterMs: 0,
    },
  });
  parts.defer(() => org.close());
  for (const [day, content] of logs.entries()) {
    const createdDate = new Date(FROM_MS + (day + 1) * DAY_MS + 3_600_000);
    org.addFile({ title: `EmailLog ${day}`, extension: 'csv', content, createdDate });
    org.addEventLogFile({ eventType: EVENT_TYPE, logDate: new Date(FROM_MS + day * DAY_MS), createdDate, content });
    const path = join(shelf, `EmailLog-${day}.csv`);
    await writeFile(path, content);
    await utimes(path, createdDate, createdDate);
  }
  const auth = {
    type: 'jwt',
    clientId: org.clientId,
    username: org.username,
    privateKeyPem: keys.privateKeyPem,
    audience: org.url,
  } as const;
  const session = lazySession((signal) =>
    openSession({ loginUrl: org.url, auth, apiVersion: '65.0', timeoutMs: 5000 }, { clock, logger }, signal),
  );
  parts.defer(() => session.close());
  const limits = { maxFileBytes, downloadTimeoutMs: 10_000 };
  const { PATH = '' } = process.env;
  const sources: Readonly<Record<SourceType, () => LogSource>> = {
    files: () => createFilesSource({ titlePattern: 'EmailLog*', library: null, ...limits }, session, logger),
    'event-log-file': () => createEventLogFileSource({ eventType: EVENT_TYPE, interval: 'any', ...limits }, session),
    directory: () => createDirectorySource({ path: shelf, pattern: '*.csv', maxFileBytes }, { clock, logger }),
    'setup-page': () =>
      createSetupPageSource({ ...optionsWith({ maxDaysPerRequest: 1 }), ...limits, dry: false }, session, {
        clock,
        logger,
        browserEnvironment: { PATH, TMPDIR: tmpdir(), HOME: shelf },
        spoolFolder: null,
      }),
  };
  const source = sources[type]();
  parts.defer(() => source.close());
  const owned = parts.move();
  return {
    source,
    folder,
    left: () => readdir(folder),
    audit: () => auditOf(source, { window: WINDOW, now: NOW, spoolFolder: folder, logger, session }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function auditFrom(type: SourceType, logs: readonly Buffer[], maxFileBytes?: number): Promise<Report> {
  await using opened = await openSource(type, logs, maxFileBytes);
  const report = await opened.audit();
  expect(await opened.left()).toEqual([]);
  return report;
}

function contractOf(type: SourceType): void {
  it('brings every row of the window, whatever the source', async () => {
    const report = await auditFrom(type, WHOLE);
    expect(resultOf(report)).toMatchObject({
      verdict: 'fail',
      counts: { rows: 120, deliveries: 120, violations: 1, duplicates: 0 },
      gaps: [],
    });
    expect(resultOf(report)).toEqual(resultOf(await auditFrom('directory', WHOLE)));
  });

  it('takes .gz and .zip for what they are', async () => {
    const [first = HEADER_ONLY, second = HEADER_ONLY, third = HEADER_ONLY] = WHOLE;
    const report = await auditFrom(type, [gzipSync(first), await zipOf({ 'log.csv': second }), third]);
    expect(report).toMatchObject({ verdict: 'fail', counts: { deliveries: 120, violations: 1 }, failures: [] });
  });

  it('counts each delivery of overlapping files once', async () => {
    const overlapping = [0, 1, 2].map((day) => Buffer.from(logText([...rowsOf(Math.max(0, day - 1)), ...rowsOf(day)])));
    const report = await auditFrom(type, overlapping);
    expect(report.counts).toMatchObject({ rows: 240, duplicates: 120, deliveries: 120, violations: 1 });
  });

  it('names one file that cannot be read, and is then inconclusive', async () => {
    const [first = HEADER_ONLY, , third = HEADER_ONLY] = WHOLE;
    const report = await auditFrom(type, [first, Buffer.from('Name,City\nAnn,Oslo\n'), third]);
    expect(report).toMatchObject({ verdict: 'inconclusive', counts: { deliveries: 80, violations: 0 } });
    expect(report.failures).toHaveLength(1);
    expect(report.failures[0]?.reason).toContain('Mail Event');
    expect(report.reasons.join()).toContain('could not be read');
  });

  it('names one file that is too large, and is then inconclusive', async () => {
    const [first = HEADER_ONLY, , third = HEADER_ONLY] = WHOLE;
    const large = Buffer.from(logText(Array.from({ length: 3 }).flatMap(() => rowsOf(1))));
    const report = await auditFrom(type, [first, large, third], Math.max(first.length, third.length) + 1);
    expect(report).toMatchObject({ verdict: 'inconclusive', counts: { deliveries: 80 } });
    expect(report.failures[0]?.reason).toContain('source.maxFileBytes');
  });

  it('never takes files without rows for a pass', async () => {
    const report = await auditFrom(type, [HEADER_ONLY, HEADER_ONLY, HEADER_ONLY]);
    expect(report).toMatchObject({ verdict: 'inconclusive', counts: { rows: 0 } });
    expect(report.gaps).toHaveLength(1);
  });

  it('never takes a missing day for a pass', async () => {
    const report = await auditFrom(type, WHOLE.slice(0, 1));
    expect(report.verdict).toBe('inconclusive');
    expect(report.gaps).toEqual([{ from: '2026-11-17T00:00:00.000Z', to: '2026-11-19T00:00:00.000Z' }]);
  });

  it('keeps what it fetched from other users, and says what it is', async () => {
    await using opened = await openSource(type, WHOLE);
    const [file] = await opened.source.find(WINDOW, never);
    if (file === undefined) throw new Error('no file was found');
    const { path } = await opened.source.fetch(file, opened.folder, never);
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600');
    expect(opened.source.type).toBe(type);
    expect(opened.source.description.length).toBeGreaterThan(20);
  });

  it('refuses a file that it did not find, and ends when it is told to', async () => {
    await using opened = await openSource(type, WHOLE);
    const unknown = { id: 'x', name: 'x.csv', createdAt: NOW, sizeBytes: undefined };
    expect((await failureOf(opened.source.fetch(unknown, opened.folder, never))).message).toContain('did not find it');
    await expect(opened.source.find(WINDOW, AbortSignal.abort(new Error('told to stop')))).rejects.toThrow();
    expect(await opened.left()).toEqual([]);
  });
}

for (const type of SOURCE_TYPES) {
  (type === 'setup-page' ? describeWithChromium : describe)(`the source ${type}`, () => contractOf(type));
}
