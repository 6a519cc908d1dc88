import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { packageRoot } from '../../src/support/package-info.ts';
import { startMailServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { type LogFields, logText } from '../support/log-text.ts';

/** A few in every test run; `npm run test:soak` asks for 200. */
const KILLS = Number(process.env['TEST_KILLS'] ?? 5);
/** Of these every kill takes three runs. */
const LATE_KILLS = Math.max(3, Math.ceil(KILLS / 4));
/** So many are at work at the same time: 200 kills have to fit into ten minutes. */
const LANES = Math.min(4, availableParallelism());
const LIMIT_MS = Math.min(600_000, 60_000 + KILLS * 10_000);
const LATE_NIGHT = fileURLToPath(new URL('./late-night.ts', import.meta.url));
const CLI = join(packageRoot, 'src', 'cli.ts');
const WINDOW = ['--from', '2026-11-13', '--to', '2026-11-15'];

let folder: string;
let server: TestMailServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tls-audit-kill-'));
  mkdirSync(join(folder, 'logs'));
  for (const day of ['2026-11-13', '2026-11-14', '2026-11-15']) {
    const rows = Array.from({ length: 2000 }, (_, n) => ({
      'Date/Time': `${day}T${String(n % 24).padStart(2, '0')}:00:00Z`,
      'Message ID Header': `<${day}-${n}@example.com>`,
      Recipient: `ann@d${n % 40}.example`,
      TLS_Cipher: n % 41 === 0 ? ':' : 'TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384',
    }));
    const path = join(folder, 'logs', `${day}.csv`);
    writeFileSync(path, logText(rows));
    utimesSync(path, new Date('2026-11-16T01:00:00Z'), new Date('2026-11-16T01:00:00Z'));
  }
  server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function putLog(logs: string, day: string, name: string, fields: LogFields): void {
  mkdirSync(logs, { recursive: true });
  const path = join(logs, `${day}-${name}.csv`);
  const row = { 'Date/Time': `${day}T12:00:00Z`, 'Message ID Header': `<${day}-${name}@example.com>` };
  writeFileSync(path, logText([{ ...row, ...fields }]));
  const madeAt = new Date(Date.parse(day) + 25 * 3_600_000);
  utimesSync(path, madeAt, madeAt);
}

/** Kills one run after the other; gives how many of them were killed before they had ended. */
async function killEach(kills: number, killOne: (number: number) => Promise<boolean>): Promise<number> {
  let killed = 0;
  let next = 0;
  const lanes = Array.from({ length: LANES }, async () => {
    while (next < kills) if (await killOne(next++)) killed++;
  });
  await Promise.all(lanes);
  return killed;
}

function settingsFor(name: string, logs = join(folder, 'logs')) {
  const configFile = join(folder, `${name}.yaml`);
  const database = join(folder, name, 'history.db');
  const mail = { from: 'audit@example.com', to: [`${name}@example.com`] };
  const settings = {
    source: { type: 'directory', directory: { path: logs } },
    history: { path: database },
    mail: { ...mail, smtp: { host: '127.0.0.1', port: server.port, security: 'none' } },
  };
  writeFileSync(configFile, stringify(settings));
  return { configFile, database, logs };
}

async function run(configFile: string, killAfterMs?: number): Promise<number | null> {
  return await start([CLI, 'run', '--config', configFile, ...WINDOW], killAfterMs);
}

/** Starts a process; kills it after so many milliseconds, where given. Gives its exit code, null where it was killed. */
async function start(args: readonly string[], killAfterMs?: number): Promise<number | null> {
  const child = spawn(process.execPath, args, {
    env: { TMPDIR: folder },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return code;
}

/** What the history says, without what differs from run to run: ids and times. */
function contentOf(path: string) {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const all = (sql: string) =>
      database
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }));
    const reports = all('SELECT report_json FROM runs WHERE superseded_by IS NULL ORDER BY window_from').map(
      ({ report_json }) => {
        const report = JSON.parse(String(report_json)) as Record<string, unknown>;
        delete report['run'];
        delete report['changes'];
        delete report['judgedBefore'];
        // A night that finds a late day judged again already does not find it late.
        delete report['notes'];
        return report;
      },
    );
    return {
      integrity: all('PRAGMA integrity_check'),
      broken: all('PRAGMA foreign_key_check'),
      days: all('SELECT job, day, whole, complete FROM day_results'),
      domains: all('SELECT * FROM day_domains'),
      hours: all('SELECT * FROM hours'),
      underWay: all('SELECT id FROM run_records WHERE ended IS NULL'),
      // That of a mail which was sent before the kill is left until the pruning.
      locks: all("SELECT name FROM locks WHERE name LIKE 'job:%'"),
      owed: all("SELECT * FROM outbox_recipients WHERE state NOT IN ('accepted', 'merged')"),
      reports,
    };
  } finally {
    database.close();
  }
}

describe('a run that is killed at any instant', () => {
  it(
    `and followed by a normal run leaves the history of an undisturbed one (${KILLS} kills)`,
    async () => {
      const calm = settingsFor('calm');
      const begun = performance.now();
      expect(await run(calm.configFile)).toBe(0);
      const tookMs = performance.now() - begun;
      const expected = contentOf(calm.database);
      expect(expected.reports).toMatchObject([{ verdict: 'fail', counts: { rows: 6000, violations: 147 } }]);
      expect(expected).toMatchObject({
        integrity: [{ integrity_check: 'ok' }],
        broken: [],
        underWay: [],
        locks: [],
        owed: [],
      });
      expect(expected.hours).toHaveLength(72);

      const killed = await killEach(KILLS, async (number) => {
        const disturbed = settingsFor(`kill-${number}`);
        // Spread over the whole of a run, a little past its end, with chance between the steps.
        const atMs = ((number + Math.random()) / KILLS) * tookMs * 1.1;
        const wasKilled = (await run(disturbed.configFile, atMs)) === null;
        expect({ atMs, code: await run(disturbed.configFile) }).toEqual({ atMs, code: 0 });
        expect({ atMs, ...contentOf(disturbed.database) }).toEqual({ atMs, ...expected });
        // One digest; a second one only where the killed run had sent its own already.
        const digests = server.received.filter(({ to }) => to[0] === `kill-${number}@example.com`).length;
        expect([1, 2]).toContain(digests);
        rmSync(join(folder, `kill-${number}`), { recursive: true });
        return wasKilled;
      });
      expect(killed).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );

  it(
    `while it judges a late day again, likewise: no late violation is lost (${LATE_KILLS} kills)`,
    async () => {
      const night = (configFile: string, day: number, killAfterMs?: number) =>
        start([LATE_NIGHT, configFile, `2026-11-${day}T03:00:00Z`], killAfterMs);
      /** The first night passes; rows of its day come after it. */
      const prepare = async (name: string) => {
        const settings = settingsFor(name, join(folder, `${name}-logs`));
        putLog(settings.logs, '2026-11-20', 'part-1', {});
        expect(await night(settings.configFile, 21)).toBe(0);
        putLog(settings.logs, '2026-11-20', 'part-2', { TLS_Cipher: ':' });
        putLog(settings.logs, '2026-11-21', 'part-1', {});
        return settings;
      };
      const calm = await prepare('late-calm');
      const begun = performance.now();
      expect(await night(calm.configFile, 22)).toBe(0);
      const tookMs = performance.now() - begun;
      const expected = contentOf(calm.database);
      expect(expected.reports).toMatchObject([
        { verdict: 'fail' },
        { verdict: 'pass', advice: { required: { bounced: 1 } } },
      ]);
      expect(expected).toMatchObject({ broken: [], underWay: [], locks: [], owed: [] });

      const killed = await killEach(LATE_KILLS, async (number) => {
        const disturbed = await prepare(`late-kill-${number}`);
        const atMs = ((number + Math.random()) / LATE_KILLS) * tookMs * 1.1;
        const wasKilled = (await night(disturbed.configFile, 22, atMs)) === null;
        expect({ atMs, code: await night(disturbed.configFile, 22) }).toEqual({ atMs, code: 0 });
        expect({ atMs, ...contentOf(disturbed.database) }).toEqual({ atMs, ...expected });
        const told = server.received.filter(({ to }) => to[0] === `late-kill-${number}@example.com`);
        expect([1, 2]).toContain(told.length);
        return wasKilled;
      });
      expect(killed).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});
