import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isMissed, wasMissed } from '../../src/job/missed-run.ts';
import { DAY_MS, utcDay, type Window } from '../../src/model/window.ts';
import { openHistory } from '../../src/record/history.ts';
import { migrate, MIGRATIONS } from '../../src/record/migrations.ts';
import { packageRoot } from '../../src/support/package-info.ts';
import { runWorker } from '../../src/worker.ts';
import { type Nightly, openNightly } from '../nights/nightly.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { simulated } from '../worker/simulated-worker.ts';

const JOB = 'outbound-audit';
const TICK = new Date('2026-11-23T05:30:00Z');

let nightly: Nightly;
beforeEach(() => {
  nightly = openNightly('2026-11-22T05:30:00Z');
  for (const day of ['2026-11-20', '2026-11-21', '2026-11-22']) nightly.putLog(day);
});
afterEach(() => nightly[Symbol.dispose]());

function missed(tick = TICK): boolean {
  return nightly.read((history) => isMissed(history, JOB, tick, new Date(tick.getTime() + 600_000)));
}

/** A run of the day, by default that before the tick, that began after it and ended so; 'killed' leaves it under way. */
function begin(id: string, end: 'failed' | 'abandoned' | 'killed', day = '2026-11-22'): void {
  const history = openHistory(nightly.historyPath);
  const window: Window = { from: new Date(day), to: new Date(Date.parse(day) + DAY_MS) };
  history.runs.begin({ id, job: JOB, window, startedAt: new Date(TICK.getTime() + 1000) });
  if (end !== 'killed') history.runs.end(id, end, { at: new Date(TICK.getTime() + 2000), reason: 'stopped' });
  history.close();
}

describe('a run that a schedule asked for', () => {
  it('was missed where nobody began it, and not where it was made, whatever it came to', async () => {
    await nightly.run();
    expect(missed()).toBe(true);
    nightly.nowMs = TICK.getTime() + 60_000;
    await nightly.run();
    expect(missed()).toBe(false);
    expect(missed(new Date(TICK.getTime() + DAY_MS))).toBe(true);
  });

  it('was not missed where the job was never run, or somebody has audited the day already', async () => {
    await nightly.run({ explicit: { from: new Date('2026-11-20'), to: new Date('2026-11-21') }, dry: true });
    openHistory(nightly.historyPath).close();
    expect(missed()).toBe(false);
    nightly.nowMs = TICK.getTime() - 3_600_000;
    await nightly.run({ explicit: { from: new Date('2026-11-22'), to: new Date('2026-11-23') } });
    expect(missed()).toBe(false);
  });

  it.each(['abandoned', 'killed'] as const)('and that was %s is made once more, not again and again', async (end) => {
    await nightly.run();
    begin('first', end);
    expect(missed()).toBe(true);
    begin('second', end);
    expect(missed()).toBe(false);
  });

  it('was missed where what began since was about other days, by hand or of a catch-up that was killed', async () => {
    await nightly.run();
    nightly.nowMs = TICK.getTime() + 60_000;
    await nightly.run({ explicit: { from: new Date('2026-11-20'), to: new Date('2026-11-21') } });
    begin('another', 'failed', '2026-11-21');
    expect(missed()).toBe(true);
    nightly.nowMs += 3 * DAY_MS;
    await nightly.run({ explicit: { from: new Date('2026-11-22'), to: new Date('2026-11-23') } });
    expect(missed(new Date(TICK.getTime() + 3 * DAY_MS))).toBe(true);
  });

  it('was not missed where only a clock that is behind asks for it, before the first day ever audited', async () => {
    await nightly.run();
    expect(missed(new Date('2019-01-01T05:30:00Z'))).toBe(false);
  });

  it('was missed also where the program was brought up to date since, and the history was not', () => {
    const old = new DatabaseSync(nightly.historyPath);
    migrate(old, MIGRATIONS.slice(0, -1));
    old.exec(`
      INSERT INTO runs (id, job, window_from, window_to, started_at, verdict, report_json, sequence)
      VALUES ('r1', '${JOB}', '2026-11-21T00:00:00.000Z', '2026-11-22T00:00:00.000Z', '2026-11-22T05:30:00.000Z', 'pass', '{}', 1);
      INSERT INTO day_results (job, day, run_id, whole, complete) VALUES ('${JOB}', '2026-11-21', 'r1', 1, 1)`);
    old.close();
    const logger = quietLogger();
    const clock = { now: () => new Date(TICK.getTime() + 600_000) };
    expect([wasMissed(JOB, TICK, nightly.settings, { clock, logger }), logger.lines]).toEqual([true, []]);
  });

  it('and that failed waits for the next time', async () => {
    await nightly.run();
    begin('first', 'failed');
    expect(missed()).toBe(false);
  });
});

describe('a worker that is started', () => {
  it.each([true, false])('makes up at once for a night that was missed: %s', async (wasMissed) => {
    const asked: string[] = [];
    const { parts, stop, started } = simulated(
      0.1,
      {},
      {
        isMissed: ({ name }, tick) => {
          asked.push(`${name} ${tick.toISOString()}`);
          return wasMissed;
        },
      },
      '2026-01-06T08:00:00Z',
    );
    await runWorker(parts, stop.signal);
    expect(asked).toEqual([`${JOB} 2026-01-06T05:30:00.000Z`]);
    expect(started).toEqual(wasMissed ? [{ name: JOB, at: '2026-01-06T08:00:00.000Z' }] : []);
  });

  it('does so as a process, from its history', async () => {
    nightly.nowMs = Date.now() - 2 * DAY_MS;
    await nightly.run();
    const yesterday = utcDay(new Date(Date.now() - DAY_MS));
    nightly.putLog(yesterday);
    const configFile = join(nightly.folder, 'tls-audit.yaml');
    const settings = {
      source: { type: 'directory', directory: { path: join(nightly.folder, 'logs') } },
      history: { path: nightly.historyPath },
      mail: { enabled: false },
      jobs: { [JOB]: { schedule: '0 0 * * *' } },
      health: { port: null },
    };
    writeFileSync(configFile, JSON.stringify(settings));
    const child = spawn(process.execPath, [join(packageRoot, 'src', 'cli.ts'), 'worker', '--config', configFile], {
      env: {},
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 50_000,
    });
    const ended = once(child, 'close');
    for await (const line of createInterface(child.stderr)) if (line.includes('"job finished"')) child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    const [run] = nightly.read(({ runs }) => runs.latest(JOB, 1));
    expect(run && utcDay(new Date(run.window.to.getTime() - 1))).toBe(yesterday);
  });
});
