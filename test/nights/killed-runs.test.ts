import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jobs } from '../../jobs/index.ts';
import { isMissed } from '../../src/job/missed-run.ts';
import { DAY_MS, utcDay, type Window } from '../../src/model/window.ts';
import { openHistory } from '../../src/record/history.ts';
import { runWorker } from '../../src/worker.ts';
import { startMailServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { simulated } from '../worker/simulated-worker.ts';
import { type Nightly, openNightly } from './nightly.ts';

const JOB = 'outbound-audit';
const TICK = new Date('2026-11-23T05:30:00Z');
const ELSEWHERE = { id: 'killed', place: 'another container', pid: 1 };
const [NOV_20, NOV_21, NOV_22] = [dayOf('2026-11-20'), dayOf('2026-11-21'), dayOf('2026-11-22')];

let nightly: Nightly;
let server: TestMailServer;
beforeEach(async () => {
  server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  nightly = openNightly('2026-11-22T05:30:00Z', { TLS_AUDIT_MAIL_ENABLED: 'true' });
  nightly.settings.mail.smtp.port = server.port;
  for (const day of ['2026-11-20', '2026-11-21', '2026-11-22', '2026-11-23']) nightly.putLog(day, [{}]);
  await nightly.run();
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

function dayOf(day: string): Window {
  return { from: new Date(day), to: new Date(Date.parse(day) + DAY_MS) };
}

/** What a process leaves that is killed while it is at these runs; it holds the lock, and was heard of last then. */
function leave(windows: readonly Window[], at = TICK): void {
  const history = openHistory(nightly.historyPath);
  history.locks.acquire(`job:${JOB}`, ELSEWHERE, at);
  for (const [index, window] of windows.entries()) {
    history.runs.begin({ id: `killed-${index}`, job: JOB, window, startedAt: at });
  }
  history.close();
}

function subjects(): string[] {
  return server.received.map(({ raw }) => /^Subject: (.*)/m.exec(raw.toString())?.[1]?.trim() ?? '');
}

function audited(): string[] {
  return nightly
    .read(({ runs }) => runs.latest(JOB, 50))
    .map(({ end, window: { from, to } }) => `${end} ${utcDay(from)} ${utcDay(new Date(to.getTime() - 1))}`)
    .reverse();
}

const FAILED = 'FAILED: outbound-audit could not run';

/** A worker with real runs, from then on, until the hours are over. Gives when its runs were asked for. */
async function work(start: string, hours: number): Promise<string[]> {
  const asked: string[] = [];
  const env = { TLS_AUDIT_JOBS_WEEKLY_SUMMARY_ENABLED: 'false' };
  const { parts, stop } = simulated(hours / 24, env, { jobs: [jobs[0]!] }, start);
  const now = () => parts.clock.now();
  await runWorker(
    {
      ...parts,
      isMissed: ({ name }, tick) => nightly.read((history) => isMissed(history, name, tick, now())),
      runJob: async (_job, signal, tick, asOf) => {
        nightly.nowMs = now().getTime();
        asked.push(now().toISOString().slice(0, 16));
        return await nightly.run({ tick, asOf }, signal);
      },
    },
    stop.signal,
  );
  return asked;
}

describe('a run whose process was killed', () => {
  it('is told of and made up for within minutes where the worker comes back at once, in another container', async () => {
    leave([NOV_22]);
    expect(await work('2026-11-23T05:30:20Z', 1)).toEqual(['2026-11-23T05:30', '2026-11-23T05:32']);
    expect(audited()).toEqual([
      'pass 2026-11-21 2026-11-21',
      'abandoned 2026-11-22 2026-11-22',
      'pass 2026-11-22 2026-11-22',
    ]);
    expect(subjects()).toEqual([FAILED]);
  });

  it('is told of by the next night where somebody ran another day by hand in between, without mail', async () => {
    leave([NOV_22]);
    nightly.nowMs = TICK.getTime() + 3_600_000;
    await nightly.run({ explicit: NOV_20, mail: false });
    expect(subjects()).toEqual([]);
    nightly.nowMs = TICK.getTime() + DAY_MS;
    await nightly.run();
    expect(subjects()).toEqual([FAILED]);
    const text = server.received[0]?.raw.toString().replaceAll(/\s+/g, ' ');
    expect(text).toContain('the run of outbound-audit over 2026-11-22 that began at 2026-11-23T05:30:00.000Z');
  });

  it('is told of where it was judging a late day again, which ended after it had begun', async () => {
    leave([NOV_22, NOV_21]);
    const history = openHistory(nightly.historyPath);
    // As far as it matters: the late run is the newest, and has ended.
    history.runs.end('killed-1', 'failed', { at: TICK, reason: 'no' });
    expect(isMissed(history, JOB, TICK, new Date(TICK.getTime() + 60_000))).toBe(true);
    history.close();
    nightly.nowMs = TICK.getTime() + DAY_MS;
    await nightly.run();
    expect(subjects()).toEqual([FAILED]);
  });

  it('is told of once, whatever it left under way', async () => {
    leave([NOV_22, NOV_21]);
    nightly.nowMs = TICK.getTime() + DAY_MS;
    await nightly.run();
    await nightly.run();
    expect(subjects()).toEqual([FAILED]);
  });

  it('and that leaves no day without data, as one by hand whose terminal was closed, is told of by the log alone', async () => {
    leave([NOV_21, NOV_20]);
    nightly.nowMs = TICK.getTime() + DAY_MS;
    await nightly.run();
    expect(subjects()).toEqual([]);
    expect(nightly.log().match(/"an earlier run was abandoned"/g)).toHaveLength(2);
    expect(nightly.read(({ troubles }) => troubles.current())).toEqual([]);
  });

  it('is told of by the log where no mail is sent', async () => {
    leave([NOV_22]);
    nightly.nowMs = TICK.getTime() + DAY_MS;
    nightly.settings.mail.enabled = false;
    await nightly.run();
    expect(nightly.log()).toContain('"an earlier run was abandoned"');
    expect(nightly.log()).toContain('gave no sign for two minutes');
    expect(nightly.read(({ troubles }) => troubles.current())).toMatchObject([{ job: JOB, since: TICK }]);
  });
});

describe('a worker that starts between midnight and its schedule', () => {
  it('makes up for the night that was missed, and leaves the day that just ended to the time its log is there', async () => {
    expect(await work('2026-11-24T00:10:00Z', 6)).toEqual(['2026-11-24T00:10', '2026-11-24T05:30']);
    expect(audited().slice(1)).toEqual(['pass 2026-11-22 2026-11-22', 'pass 2026-11-23 2026-11-23']);
  });
});
