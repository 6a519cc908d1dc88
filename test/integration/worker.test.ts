import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { writeFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { writeDayLog } from '../../src/demo/traffic.ts';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { type Ended, freePort, makeFolder, type RunningProgram, runProgram, until } from './program.ts';
import { hasHistory, openStage, secretsIn, type SettingsTree, type Stage } from './stage.ts';

/** What `docker stop` waits before it kills. */
const GRACE_MS = 10_000;

const EVERY_SECOND: SettingsTree = {
  jobs: { 'outbound-audit': { schedule: '* * * * * *' } },
  // Days are what they are when the tests run: some could be read day-first and month-first.
  parse: { dateOrder: 'dmy' },
};

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [fact: string]: unknown;
}

/** Every line has to be JSON. */
function logOf(stderr: string): LogLine[] {
  const lines = stderr.split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line) as LogLine);
}

/** The logs of yesterday and the days around it, so that a test at midnight has data as well. */
function recentLog(): { readonly content: Buffer; readonly createdDate: Date } {
  const days = [2, 1, 0].map((ago) => utcDay(new Date(Date.now() - ago * DAY_MS)));
  const [header = '', ...rows] = days.flatMap((day, index) => {
    const lines = writeDayLog(day, { seed: 3, night: 0, deliveriesPerDay: 70 }).split('\r\n');
    return index === 0 ? lines : lines.slice(1);
  });
  return { content: Buffer.from([header, ...rows].join('\r\n')), createdDate: new Date(Date.now() - 10_000) };
}

async function withLogInFolder(stage: Stage): Promise<void> {
  const { content, createdDate } = recentLog();
  const path = join(stage.logFolder, 'EmailLog.csv');
  await writeFile(path, content);
  await utimes(path, createdDate, createdDate);
}

function withLogInOrg(stage: Stage): void {
  stage.org.addFile({ title: 'EmailLog', extension: 'csv', ...recentLog() });
}

/** Every recorded run, also those that another one took the place of. */
async function exportedRuns(stage: Stage): Promise<Record<string, unknown>[]> {
  const { code, stdout } = await stage.start(['history', 'export']).ended;
  expect(code).toBe(0);
  const rows = stdout.trimEnd().split('\n');
  return rows.map((row) => JSON.parse(row) as Record<string, unknown>).filter(({ table }) => table === 'runs');
}

async function stop(worker: RunningProgram, signal: NodeJS.Signals): Promise<Ended> {
  worker.kill(signal);
  const grace = new AbortController();
  const late = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`still running ${GRACE_MS} ms after ${signal}`)), GRACE_MS);
    grace.signal.addEventListener('abort', () => clearTimeout(timer));
  });
  try {
    return await Promise.race([worker.ended, late]);
  } finally {
    grace.abort();
  }
}

async function health(port: number): Promise<{ status: number; body: unknown } | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`);
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
}

describe('the worker', () => {
  it('runs the job on its schedule, mails, answers health checks, and stops on SIGTERM', async () => {
    await using stage = await openStage();
    await withLogInFolder(stage);
    const port = await freePort();
    await stage.configure({ ...EVERY_SECOND, source: { type: 'directory' }, health: { port } });
    await using worker = stage.start(['worker']);

    const isWell = await until('/healthz answers', () => health(port));
    expect(isWell).toMatchObject({
      status: 200,
      body: { status: 'ok', jobs: [{ name: 'outbound-audit', nextRunAt: expect.stringMatching(/^\d{4}-/) }] },
    });
    await until('a digest is mailed', () => stage.mailbox.messages.some(({ answered }) => answered));
    // The run of the next second takes its place in `status`, and is not mailed: it says the same.
    const run = await until('a run is recorded and mailed', async () =>
      (await exportedRuns(stage)).find((row) => row['mailed_at'] !== null),
    );
    expect(run).toMatchObject({ job: 'outbound-audit', verdict: 'fail' });
    expect((await stage.status())[0]).toMatchObject({ job: 'outbound-audit', verdict: 'fail' });
    expect(await stage.start(['status', '--live']).ended).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('"status":"ok"'),
    });

    const ended = await stop(worker, 'SIGTERM');
    expect(ended).toMatchObject({ code: 0, signal: null, stdout: '' });
    const log = logOf(ended.stderr);
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    expect(log.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['worker started', 'run judged', 'digest sent', 'signal received', 'worker stopped']),
    );
    expect(secretsIn(ended.stderr, stage)).toEqual([]);
    expect(ended.stderr).not.toMatch(/[\w.+-]+@[\w-]+\.\w/);
    expect(await stage.leftovers()).toEqual([]);
    expect(await health(port)).toBeUndefined();
    expect(await stage.start(['status', '--live']).ended).toMatchObject({ code: 1, stdout: '' });
  });

  it('goes on after a job that failed', async () => {
    await using stage = await openStage();
    withLogInOrg(stage);
    stage.org.faults.add({
      match: (_, path) => path.includes('/services/oauth2/token'),
      fault: { kind: 'status', status: 400, body: { error: 'invalid_grant', error_description: 'inactive user' } },
    });
    await stage.configure(EVERY_SECOND);
    await using worker = stage.start(['worker']);
    await until('the digest of a later run', () => stage.mailbox.messages.some(({ answered }) => answered));
    const ended = await stop(worker, 'SIGTERM');
    expect(ended.code).toBe(0);
    expect(logOf(ended.stderr).filter(({ message }) => message === 'job failed')).toMatchObject([
      { level: 'error', job: 'outbound-audit', reason: expect.stringContaining('inactive user') },
    ]);
    expect(secretsIn(ended.stderr, stage)).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'abandons a run that hangs on %s, and records no half of it',
    async (signal) => {
      await using stage = await openStage();
      withLogInOrg(stage);
      stage.org.faults.add({
        match: (_, path) => path.includes('/VersionData'),
        times: Infinity,
        fault: { kind: 'stall', afterBytes: 500 },
      });
      await stage.configure(EVERY_SECOND);
      await using worker = stage.start(['worker']);
      await until('a download hangs', () => stage.org.requests.some(({ fault }) => fault === 'stall'));
      const ended = await stop(worker, signal);
      expect(ended).toMatchObject({ code: 0, signal: null });
      expect(logOf(ended.stderr).map(({ message }) => message)).toEqual(
        expect.arrayContaining(['job abandoned: the worker stops', 'worker stopped']),
      );
      expect(await stage.leftovers()).toEqual([]);
      expect(stage.mailbox.messages).toEqual([]);
      expect(hasHistory(stage)).toBe(true);
      expect(await stage.status()).toEqual([]);

      // The next run completes the work on the same history.
      stage.org.faults.clear();
      expect(await stage.run()).toMatchObject({ code: 0 });
      expect(await stage.status()).toMatchObject([{ mailedAt: expect.stringMatching(/^\d{4}-/) }]);
    },
  );

  it('does not wait for a mail server that never answers; the run stays recorded as not mailed', async () => {
    await using stage = await openStage({ mailbox: { answerDelayMs: Infinity } });
    await withLogInFolder(stage);
    await stage.configure({ ...EVERY_SECOND, source: { type: 'directory' } });
    await using worker = stage.start(['worker']);
    await until('the mail server has the digest', () => stage.mailbox.messages.length > 0);
    expect(await stop(worker, 'SIGTERM')).toMatchObject({ code: 0, signal: null });
    expect(await stage.status()).toMatchObject([{ mailedAt: null }]);
  });

  it('stops at once where no job is running', async () => {
    await using stage = await openStage();
    await using worker = stage.start(['worker']);
    await until('it is up', () => worker.stderr.includes('worker started'));
    expect(await stop(worker, 'SIGINT')).toMatchObject({ code: 0, signal: null });
    expect(hasHistory(stage)).toBe(false);
  });
});

describe('a single run', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('is abandoned on %s, says so, and records nothing', async (signal) => {
    await using stage = await openStage();
    withLogInOrg(stage);
    stage.org.faults.add({
      match: (_, path) => path.includes('/VersionData'),
      fault: { kind: 'stall', afterBytes: 0 },
    });
    await using run = stage.start(['run']);
    await until('a download hangs', () => stage.org.requests.some(({ fault }) => fault === 'stall'));
    expect(await stop(run, signal)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(signal) });
    expect(await stage.leftovers()).toEqual([]);
    expect(await stage.status()).toEqual([]);
  });
});

describe('a worker that cannot work', () => {
  it.each<[string, SettingsTree, string]>([
    ['a schedule that is none', { jobs: { 'outbound-audit': { schedule: 'every night' } } }, 'every night'],
    ['a schedule that never comes', { jobs: { 'outbound-audit': { schedule: '0 0 30 2 *' } } }, '0 0 30 2 *'],
    ['an unknown time zone', { jobs: { 'outbound-audit': { timezone: 'Mars/Olympus' } } }, 'Mars/Olympus'],
    ['no job', { jobs: { 'outbound-audit': { enabled: false } } }, 'enabled'],
    ['no recipient', { mail: { to: [] } }, 'mail.to'],
    ['an unknown setting', { worker: true }, 'worker'],
  ])('%s ends it at once with 2', async (_, settings, named) => {
    await using stage = await openStage();
    await stage.configure(settings);
    await using worker = stage.start(['worker']);
    expect(await worker.ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(named) });
    expect(hasHistory(stage)).toBe(false);
  });

  it('no settings at all ends it at once with 2', async () => {
    await using folder = await makeFolder();
    const ended = await runProgram(['worker'], { cwd: folder.path });
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('salesforce.clientId') });
  });

  it('a health port that is taken ends it with 1, and says so', async () => {
    await using stage = await openStage();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await stage.configure({ health: { port } });
    try {
      const ended = await stage.start(['worker']).ended;
      expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(String(port)) });
    } finally {
      server.close();
    }
  });
});
