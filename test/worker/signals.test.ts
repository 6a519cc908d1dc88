import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { DAY_MS, startOfUtcDay } from '../../src/model/window.ts';
import { openHistory } from '../../src/record/history.ts';
import { packageRoot } from '../../src/support/package-info.ts';
import { startMailServer, startScriptedServer } from '../deliver/mail-servers.ts';
import { logText } from '../support/log-text.ts';

const CLI = join(packageRoot, 'src', 'cli.ts');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-audit-signals-'));
  mkdirSync(join(folder, 'logs'));
  const path = join(folder, 'logs', 'log.csv');
  const yesterday = new Date(startOfUtcDay(Date.now()) - DAY_MS / 2).toISOString();
  writeFileSync(path, logText([{ 'Date/Time': yesterday, TLS_Cipher: ':' }]));
  utimesSync(path, new Date(Date.now() - 10_000), new Date(Date.now() - 10_000));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function configure(port: number, schedule: string, more: Record<string, unknown> = {}): void {
  const settings = {
    source: { type: 'directory', directory: { path: join(folder, 'logs') } },
    history: { path: join(folder, 'history.db') },
    mail: { from: 'audit@example.com', to: ['admin@example.com'], smtp: { host: '127.0.0.1', port, security: 'none' } },
    jobs: { 'outbound-audit': { schedule } },
    health: { port: null },
    worker: { graceSeconds: 60 },
    ...more,
  };
  writeFileSync(join(folder, 'tls-audit.yaml'), stringify(settings));
}

/** The program with its log, line by line. */
function start(...args: string[]) {
  const child = spawn(process.execPath, [CLI, ...args, '--config', join(folder, 'tls-audit.yaml')], {
    env: { TMPDIR: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  const lines = createInterface(child.stderr)[Symbol.asyncIterator]();
  return {
    ended,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Reads on to the line with this message. */
    async said(message: string): Promise<void> {
      for (;;) {
        const { value, done } = (await lines.next()) as { value: string; done?: boolean };
        if (done === true) throw new Error(`the worker never said "${message}"`);
        if (value.includes(`"${message}"`)) return;
      }
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

describe('the worker as a process', () => {
  it('keeps its settings when the new ones are wrong, takes them when they are right, and ends with 0', async () => {
    configure(2525, '30 5 * * *');
    using worker = start('worker');
    await worker.said('worker started');
    configure(2525, 'every night');
    worker.kill('SIGHUP');
    await worker.said('the new settings are refused; the old ones stay');
    await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    configure(server.port, '* * * * * *');
    worker.kill('SIGHUP');
    await worker.said('the new settings are in force');
    await worker.said('digest sent');
    worker.kill('SIGTERM');
    expect(await worker.ended).toEqual([0, null]);
  });

  it('goes back to its old settings when the new ones cannot work', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    try {
      configure(2525, '30 5 * * *');
      using worker = start('worker');
      await worker.said('worker started');
      configure(2525, '30 5 * * *', { health: { port: (taken.address() as AddressInfo).port } });
      worker.kill('SIGHUP');
      await worker.said('the new settings do not work; the old ones stay');
      await worker.said('worker started');
      worker.kill('SIGTERM');
      expect(await worker.ended).toEqual([0, null]);
    } finally {
      taken.close();
    }
  });

  it('ends at once on a second signal, whatever the grace period', async () => {
    await using silent = await startScriptedServer('220 hello', () => undefined);
    configure(silent.port, '* * * * * *');
    using worker = start('worker');
    await worker.said('run judged');
    worker.kill('SIGTERM');
    await worker.said('worker stopping');
    worker.kill('SIGTERM');
    expect(await worker.ended).toEqual([1, null]);
  });

  it('tells of a run before that was killed, and does its work', async () => {
    await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    configure(server.port, '0 0 1 1 *');
    const history = openHistory(join(folder, 'history.db'));
    const startedAt = new Date(Date.now() - DAY_MS);
    const to = new Date(startOfUtcDay(startedAt.getTime()));
    const window = { from: new Date(to.getTime() - DAY_MS), to };
    history.runs.begin({ id: 'killed', job: 'outbound-audit', window, startedAt });
    history.close();
    using worker = start('worker', '--once');
    expect(await worker.ended).toEqual([0, null]);
    using again = start('run');
    expect(await again.ended).toEqual([0, null]);
    const mails = server.received.map(({ raw }) => raw.toString().replaceAll('=\r\n', ''));
    expect(mails.map((mail) => /^Subject: (\w+)/m.exec(mail)?.[1]).slice(0, 3)).toEqual([
      'FAILED',
      'FAIL',
      'RECOVERED',
    ]);
    expect(mails[0]?.replaceAll(/\s+/g, ' ')).toContain(
      `${startedAt.toISOString()} was abandoned: its process ended without a word`,
    );
    const since = startedAt.toISOString().slice(0, 16).replace('T', ' ');
    expect(mails[2]).toContain(`(failed since ${since} UTC)`);
    expect(mails.slice(3).join()).not.toContain('Subject: FAILED');
  });

  it('started with --once runs what is due, tells by its exit code whether that worked, and leaves out what was done', async () => {
    await using server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
    // No time of the schedule between the starts.
    configure(server.port, '0 0 1 1 *');
    const subjects = () => server.received.map(({ raw }) => /^Subject: (\w+)/m.exec(raw.toString())?.[1]);
    const [logs, away] = [join(folder, 'logs'), join(folder, 'away')];
    renameSync(logs, away);
    using failing = start('worker', '--once');
    expect(await failing.ended).toEqual([1, null]);
    renameSync(away, logs);
    using second = start('worker', '--once');
    expect(await second.ended).toEqual([0, null]);
    expect(subjects()).toEqual(['FAILED', 'FAIL', 'RECOVERED']);
    using left = start('worker', '--once');
    await left.said('job skipped: another process has done it');
    expect(await left.ended).toEqual([0, null]);
    expect(subjects()).toHaveLength(3);
  });
});
