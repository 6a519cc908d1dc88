import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDatabase } from '../../src/record/database.ts';
import { historyOf } from '../../src/record/history.ts';
import { temporaryFolder } from './fixtures.ts';

const RECORDER = fileURLToPath(new URL('./endless-recording.ts', import.meta.url));

/** Lets the recorder work until it has reported so many runs, kills it at whatever it is doing then; gives the runs. */
async function recordAndKill(path: string, prefix: string, runs: number): Promise<string[]> {
  const child = spawn(process.execPath, [RECORDER, path, prefix], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const said: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (said.length === runs + 1) child.kill('SIGKILL');
  }
  await closed;
  expect(child.signalCode).toBe('SIGKILL');
  return said.slice(1);
}

describe('a history whose process is killed', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('opens afterwards with every run that was reported as recorded, and none by half', async () => {
    const path = join(folder.path, 'history.db');
    const reported: string[] = [];
    for (const [round, runs] of [0, 1, 2, 5, 11, 23].entries()) {
      reported.push(...(await recordAndKill(path, `round-${round}`, runs)));

      const database = openDatabase(path);
      expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
      expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
      const history = historyOf(database, path);
      expect(reported.filter((id) => history.findRun(id) === undefined)).toEqual([]);

      // The recorder gives every domain of a run the same count, its number plus one: a mixed day would show.
      const mixed = database
        .prepare(
          `SELECT day, run_id FROM day_results JOIN day_domains USING (job, day)
           GROUP BY day, run_id
           HAVING count(*) <> 200 OR min(deliveries) <> max(deliveries)
             OR min(deliveries) <> 1 + substr(run_id, instr(substr(run_id, 7), '-') + 7)`,
        )
        .all();
      expect(mixed).toEqual([]);
      const emptyDays = 'SELECT day FROM day_results WHERE day NOT IN (SELECT day FROM day_domains)';
      expect(database.prepare(emptyDays).all()).toEqual([]);

      // Nothing came after the newest run: its three days are its own.
      const ownDays = database
        .prepare(
          `SELECT count(day) AS days FROM runs LEFT JOIN day_results ON run_id = id
           GROUP BY sequence ORDER BY sequence DESC LIMIT 1`,
        )
        .get();
      if (reported.length > 0) expect(ownDays?.['days']).toBe(3);
      history.close();
    }
    expect(reported.length).toBeGreaterThanOrEqual(42);
  }, 60_000);
});
