import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createEventLogFileSource,
  inForce,
  type EventLogFileSourceOptions,
} from '../../src/acquire/event-log-file-source.ts';
import { lazySession } from '../../src/acquire/lazy-session.ts';
import { openSession } from '../../src/acquire/session.ts';
import { createKeyPair } from '../../src/demo/keys.ts';
import type { Org, OrgOptions } from '../../src/demo/org.ts';
import { AuditError } from '../../src/support/errors.ts';
import { contextWith, failureOf, never } from './fixture.ts';
import { startStrictOrg } from '../support/strict-org.ts';

const TYPE = 'EmailDelivery';
const WINDOW = { from: new Date('2026-11-16T00:00:00Z'), to: new Date('2026-11-18T00:00:00Z') };
const keys = createKeyPair();

let org: Org;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-audit-event-log-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => openOrg());
afterEach(async () => {
  expect(org.unexpected).toEqual([]);
  await org.close();
});

async function openOrg(options: Partial<OrgOptions> = {}): Promise<void> {
  org = await startStrictOrg({ publicKeyPem: keys.publicKeyPem, eventTypes: ['Login', TYPE, 'URI'], ...options });
}

function createSource(options: Partial<EventLogFileSourceOptions> = {}) {
  const auth = {
    type: 'jwt',
    clientId: org.clientId,
    username: org.username,
    privateKeyPem: keys.privateKeyPem,
    audience: org.url,
  } as const;
  const session = lazySession((signal) =>
    openSession(
      { loginUrl: org.url, auth, apiVersion: '65.0', timeoutMs: 5000 },
      contextWith({ clock: { now: () => new Date() } }),
      signal,
    ),
  );
  const all = { eventType: TYPE, interval: 'any', maxFileBytes: 1e6, downloadTimeoutMs: 5000, ...options } as const;
  return createEventLogFileSource(all, session);
}

function add(logDate: string, createdDate: string, more: { interval?: 'Daily' | 'Hourly'; sequence?: number } = {}) {
  const content = Buffer.from(`log of ${logDate}`);
  return org.addEventLogFile({
    eventType: TYPE,
    logDate: new Date(logDate),
    createdDate: new Date(createdDate),
    content,
    ...more,
  });
}

async function found(options: Partial<EventLogFileSourceOptions> = {}): Promise<string[]> {
  return (await createSource(options).find(WINDOW, never)).map(({ name }) => name);
}

describe('the event type', () => {
  it.each<[string, readonly string[], string]>([
    ['names the types that may be meant', ['Login', 'EmailLogs', 'URI'], '(EmailLogs)'],
    ['says where else logs come from', ['Login', 'URI'], 'source.type files or directory'],
    ['an org without any', [], 'source.type files or directory'],
  ])('fails where the org does not have it: %s', async (_name, eventTypes, words) => {
    await org.close();
    await openOrg({ eventTypes });
    const failure = await failureOf(createSource().find(WINDOW, never));
    expect(failure).toBeInstanceOf(AuditError);
    expect(failure.message).toContain(`no such event type among its ${eventTypes.length}`);
    expect(failure.remedy).toContain(words);
    // Checked before anything is asked for: no rows would look like no violations.
    expect(org.requests.filter(({ soql }) => soql !== undefined)).toEqual([]);
  });

  it('fails with the permissions it takes where the object is hidden', async () => {
    org.faults.add({
      match: (_method, path) => path.endsWith('/describe'),
      fault: {
        kind: 'status',
        status: 404,
        body: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }],
      },
    });
    const failure = await failureOf(createSource().find(WINDOW, never));
    expect(failure.message).toContain('NOT_FOUND');
    expect(failure.remedy).toContain('View Event Log Files');
  });
});

describe('find', () => {
  it('finds nothing where there is nothing, the type being there', async () => {
    expect(await found()).toEqual([]);
  });

  it('takes the files whose day or hour touches the window', async () => {
    add('2026-11-14T00:00:00Z', '2026-11-15T03:00:00Z');
    add('2026-11-15T00:00:00Z', '2026-11-15T23:59:59Z');
    add('2026-11-15T23:00:00Z', '2026-11-15T23:59:59Z', { interval: 'Hourly', sequence: 1 });
    add('2026-11-16T00:00:00Z', '2026-11-17T03:00:00Z');
    add('2026-11-17T00:00:00Z', '2026-11-18T03:00:00Z');
    add('2026-11-18T00:00:00Z', '2026-11-19T03:00:00Z');
    expect(await found()).toEqual([`${TYPE}-2026-11-15T23h-1.csv`, `${TYPE}-2026-11-16.csv`, `${TYPE}-2026-11-17.csv`]);
  });

  it('takes files of earlier days that were made since the window began, however late', async () => {
    add('2026-10-25T00:00:00Z', '2026-10-26T03:00:00Z');
    add('2026-10-25T00:00:00Z', '2026-11-16T00:00:00Z');
    add('2026-11-02T07:00:00Z', '2026-11-17T09:00:00Z', { interval: 'Hourly', sequence: 2 });
    add('2026-11-03T07:00:00Z', '2026-11-15T23:59:59Z', { interval: 'Hourly', sequence: 2 });
    expect(await found()).toEqual([`${TYPE}-2026-10-25.csv`, `${TYPE}-2026-11-02T07h-2.csv`]);
  });

  it('takes what was made since the cursor, in the order of CreatedDate and Id, and says what is new', async () => {
    const made = '2026-11-12T04:00:00Z';
    add('2026-11-05T00:00:00Z', '2026-11-11T03:00:00Z');
    const first = add('2026-11-06T00:00:00Z', made);
    const second = add('2026-11-07T00:00:00Z', made);
    const third = add('2026-11-08T00:00:00Z', made);
    const later = add('2026-11-04T00:00:00Z', '2026-11-13T03:00:00Z');
    const ofTheWindow = add('2026-11-16T00:00:00Z', '2026-11-17T03:00:00Z');
    const since = async (id: string, createdAt = made) =>
      (await createSource().find(WINDOW, never, { createdAt: new Date(createdAt), id })).map((file) => [
        file.id,
        file.isNew,
      ]);
    expect(await since(second)).toEqual([
      [first, false],
      [second, false],
      [third, true],
      [later, true],
      [ofTheWindow, true],
    ]);
    // The file it names is gone: whatever was made at its time may be new.
    expect(await since('0ATHs000000ZZZZOAA')).toEqual([
      [first, true],
      [second, true],
      [third, true],
      [later, true],
      [ofTheWindow, true],
    ]);
    // It never takes away what the window asks for.
    expect(await since(ofTheWindow, '2026-11-17T03:00:00Z')).toEqual([[ofTheWindow, false]]);
  });

  it('takes a daily file that begins before a window within its day', async () => {
    add('2026-11-16T00:00:00Z', '2026-11-17T03:00:00Z');
    const window = { from: new Date('2026-11-16T06:00:00.500Z'), to: new Date('2026-11-16T06:00:00.900Z') };
    expect(await createSource().find(window, never)).toHaveLength(1);
  });

  it('states what each file tells of', async () => {
    add('2026-11-16T00:00:00Z', '2026-11-17T03:00:00Z');
    add('2026-11-17T05:00:00Z', '2026-11-17T09:00:00Z', { interval: 'Hourly', sequence: 2 });
    expect((await createSource().find(WINDOW, never)).map(({ period, createdAt }) => ({ period, createdAt }))).toEqual([
      {
        period: { from: new Date('2026-11-16T00:00:00Z'), to: new Date('2026-11-17T00:00:00Z') },
        createdAt: new Date('2026-11-17T03:00:00Z'),
      },
      {
        period: { from: new Date('2026-11-17T05:00:00Z'), to: new Date('2026-11-17T06:00:00Z') },
        createdAt: new Date('2026-11-17T09:00:00Z'),
      },
    ]);
  });

  it.each<['Daily' | 'Hourly', string[]]>([
    ['Daily', [`${TYPE}-2026-11-16.csv`]],
    ['Hourly', [`${TYPE}-2026-11-16T05h-1.csv`]],
  ])('takes %s files only where that is set', async (interval, names) => {
    add('2026-11-16T05:00:00Z', '2026-11-16T09:00:00Z', { interval: 'Hourly', sequence: 1 });
    add('2026-11-16T00:00:00Z', '2026-11-17T03:00:00Z');
    expect(await found({ interval })).toEqual(names);
  });

  it('pages through more than 2,000 files and takes each once', async () => {
    for (let number = 0; number < 2105; number++) {
      const logDate = new Date(WINDOW.from.getTime() + (number % 48) * 3_600_000).toISOString();
      add(logDate, '2026-11-18T03:00:00Z', { interval: 'Hourly', sequence: 1 + Math.floor(number / 48) });
    }
    expect(new Set(await found()).size).toBe(2105);
  });
});

describe('which files are in force', () => {
  const record = (name: string, LogDate: string, Interval: 'Daily' | 'Hourly' | null, CreatedDate: string) => ({
    name,
    LogDate: new Date(LogDate),
    Interval,
    CreatedDate: new Date(CreatedDate),
  });
  const hour5 = record('hour 5', '2026-11-16T05:00Z', 'Hourly', '2026-11-16T09:00Z');
  const hour5Later = record('hour 5, later events', '2026-11-16T05:00Z', 'Hourly', '2026-11-16T11:00Z');
  const hour6 = record('hour 6', '2026-11-16T06:00Z', 'Hourly', '2026-11-16T10:00Z');
  const daily = record('daily', '2026-11-16T00:00Z', 'Daily', '2026-11-17T03:00Z');
  const dailyAgain = record('daily, made again', '2026-11-16T00:00Z', 'Daily', '2026-11-18T03:00Z');
  const old = record('daily of a time without intervals', '2026-11-16T00:00Z', null, '2026-11-17T03:00Z');
  const straggler = record('hour 5, after the daily', '2026-11-16T05:00Z', 'Hourly', '2026-11-17T09:00Z');
  const nextDay = record('hour 0 of the next day', '2026-11-17T00:00Z', 'Hourly', '2026-11-17T03:00Z');

  it.each<[string, (typeof hour5)[], (typeof hour5)[]]>([
    [
      'every hourly file of an hour: a later one lists only the new events',
      [hour5, hour6, hour5Later],
      [hour5, hour6, hour5Later],
    ],
    ['the daily file in place of the hourly ones before it', [hour5, hour6, daily, nextDay], [daily, nextDay]],
    ['an hourly file that came after the daily one', [hour5, daily, straggler], [daily, straggler]],
    ['the newest daily file', [daily, straggler, dailyAgain], [dailyAgain]],
    ['the newest daily file, in whatever order they come', [dailyAgain, daily], [dailyAgain]],
    ['a file without an interval as a daily one', [hour5, old], [old]],
  ])('%s', (_name, records, expected) => {
    expect(inForce(records).map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
  });
});

describe('fetch', () => {
  it('downloads the file under its id', async () => {
    const id = add('2026-11-16T00:00:00Z', '2026-11-17T03:00:00Z');
    const source = createSource();
    const [file] = await source.find(WINDOW, never);
    const { path } = await source.fetch(file!, folder, never);
    expect(basename(path)).toBe(`${id}.csv`);
    expect(await readFile(path, 'utf8')).toBe('log of 2026-11-16T00:00:00Z');
  });

  it('refuses a file that is too large before it asks for it', async () => {
    add('2026-11-16T00:00:00Z', '2026-11-17T03:00:00Z');
    const source = createSource({ maxFileBytes: 5 });
    const [file] = await source.find(WINDOW, never);
    expect((await failureOf(source.fetch(file!, folder, never))).message).toContain('source.maxFileBytes allows 5');
    expect(org.requests.filter(({ path }) => path.endsWith('/LogFile'))).toEqual([]);
  });
});
