import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { JobServedError } from '../../src/run/job-lock.ts';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { packageRoot } from '../../src/support/package-info.ts';
import { startMailServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { type Nightly, openNightly } from './nightly.ts';

const JOB = 'outbound-audit';
const CLI = join(packageRoot, 'src', 'cli.ts');
const NIGHTS = 3;
/** Nights of these workers are so far apart. */
const NIGHT_MS = 3000;

let nightly: Nightly;
let server: TestMailServer;
beforeEach(async () => {
  nightly = openNightly('2026-11-22T05:30:00Z', { TLS_AUDIT_MAIL_ENABLED: 'true' });
  server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  nightly.settings.mail.smtp.port = server.port;
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

/** `hear` is told every message of its log. */
function worker(jitterSeconds: number, hear: (message: string) => void) {
  const configFile = join(nightly.folder, `worker-${jitterSeconds}.yaml`);
  const schedule = `*/${NIGHT_MS / 1000} * * * * *`;
  const settings = {
    source: { type: 'directory', directory: { path: join(nightly.folder, 'logs') } },
    history: { path: nightly.historyPath },
    mail: {
      // These nights all judge the same day: by default that is mailed once.
      ...{ from: 'audit@example.com', to: ['admin@example.com'], when: 'always' },
      smtp: { host: '127.0.0.1', port: server.port, security: 'none' },
    },
    jobs: { [JOB]: { schedule, jitterSeconds } },
    health: { port: null },
    // A busy machine takes its time over a run that is under way at the end.
    worker: { graceSeconds: 30 },
  };
  writeFileSync(configFile, stringify(settings));
  const child = spawn(process.execPath, [CLI, 'worker', '--config', configFile], {
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  const done = (async () => {
    for await (const line of createInterface(child.stderr)) {
      const { message } = JSON.parse(line) as { message: string };
      hear(message);
    }
  })();
  return {
    stop: () => void child.kill('SIGTERM'),
    ended: Promise.all([ended, done]).then(([end]) => end),
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

describe('two workers on one history', () => {
  it('run each night once, and mail it once', async () => {
    // Before and after midnight alike there is a log of the day before.
    for (const ago of [2, 1, 0]) nightly.putLog(utcDay(new Date(Date.now() - ago * DAY_MS)));
    const workers: ReturnType<typeof worker>[] = [];
    const said: string[] = [];
    const finishedCount = () => said.filter((message) => message === 'job finished').length;
    const isSkip = (message: string) => message.startsWith('job skipped');
    // Counted over both: where a run takes longer than a night, one worker skips several nights of the other's one run.
    const hear = (message: string) => {
      said.push(message);
      if (finishedCount() < NIGHTS || !said.some(isSkip)) return;
      for (const each of workers.splice(0)) each.stop();
    };
    using first = worker(0, hear);
    using second = worker(1, hear);
    workers.push(first, second);
    expect([await first.ended, await second.ended]).toEqual([
      [0, null],
      [0, null],
    ]);

    const finished = finishedCount();
    expect(finished).toBeGreaterThanOrEqual(NIGHTS);
    expect(said.some(isSkip)).toBe(true);
    expect(said.filter((message) => message === 'job failed' || message.startsWith('job abandoned'))).toEqual([]);
    const records = nightly.read(({ runs }) => runs.latest(JOB, 50));
    expect(records).toHaveLength(finished);
    const nights = records.map(({ startedAt }) => Math.floor(startedAt.getTime() / NIGHT_MS));
    expect(new Set(nights).size).toBe(nights.length);
    expect(server.received).toHaveLength(finished);
    const ids = server.received.map(({ raw }) => /^Message-ID:\s+<(.+)>\r$/m.exec(raw.toString())?.[1]);
    expect(new Set(ids).size).toBe(finished);
    expect(nightly.read(({ outbox }) => outbox.open())).toEqual([]);
    // Two programs start, and three of their nights pass, however busy the machine is.
  }, 180_000);
});

describe('a run that a schedule asks for', () => {
  const tick = new Date('2026-11-22T05:30:00Z');

  it('is left out where another process has done it since, also later that night, and comes again the next', async () => {
    nightly.putLog('2026-11-21');
    await nightly.run({ tick });
    nightly.nowMs += 50_000;
    await expect(nightly.run({ tick })).rejects.toThrow(JobServedError);
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-22');
    await nightly.run({ tick: new Date(tick.getTime() + DAY_MS) });
    expect(nightly.read(({ runs }) => runs.latest(JOB, 9).map(({ window }) => utcDay(window.from)))).toEqual([
      '2026-11-22',
      '2026-11-21',
    ]);
    expect(server.received).toHaveLength(2);
  });

  it('is not left out for a run that failed, that was about other days, or whose clock was wrong', async () => {
    await expect(nightly.run({ tick, settings: withSource('/nowhere') })).rejects.toThrow('/nowhere');
    nightly.putLog('2026-11-21');
    nightly.putLog('2026-11-20');
    await nightly.run({ explicit: { from: new Date('2026-11-20'), to: new Date('2026-11-21') } });
    nightly.nowMs += 3_600_000;
    await nightly.run({ tick });
    nightly.nowMs -= 1_800_000;
    await nightly.run({ tick });
    expect(nightly.read(({ runs }) => runs.latest(JOB, 9).map(({ end }) => end))).toEqual([
      'fail',
      'fail',
      'fail',
      'failed',
    ]);
  });
});

function withSource(path: string): Nightly['settings'] {
  const { source } = nightly.settings;
  return { ...nightly.settings, source: { ...source, directory: { ...source.directory, path } } };
}
