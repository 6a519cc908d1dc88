import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { openHistory } from '../../src/record/history.ts';
import { packageRoot } from '../../src/support/package-info.ts';
import { startMailServer, startScriptedServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { subjectAndDay } from '../integration/mail-parts.ts';
import { type Nightly, openNightly } from './nightly.ts';

const JOB = 'outbound-audit';
const CLI = join(packageRoot, 'src', 'cli.ts');
const DAY_MS = 86_400_000;
const PLAIN = { disabledCommands: ['STARTTLS', 'AUTH'] };

let nightly: Nightly;
let server: TestMailServer;
beforeEach(async () => {
  nightly = openNightly('2026-11-22T05:30:00Z', { TLS_AUDIT_MAIL_ENABLED: 'true' });
  nightly.putLog('2026-11-21');
  server = await startMailServer(PLAIN);
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

function mailTo(port: number, changes: Partial<Nightly['settings']['mail']> = {}): void {
  const { mail } = nightly.settings;
  nightly.settings = { ...nightly.settings, mail: { ...mail, ...changes, smtp: { ...mail.smtp, port } } };
}

function subjects(): string[] {
  return server.received.map(({ raw }) => subjectAndDay(raw));
}

/** A night whose digest nobody gets: the mail server is down. */
async function unmailedNight(): Promise<void> {
  const down = await startScriptedServer(undefined);
  mailTo(down.port);
  await down[Symbol.asyncDispose]();
  await expect(nightly.run()).rejects.toThrow('refused');
  mailTo(server.port);
}

describe('a digest that is still owed', () => {
  it('gives way to that of a run over the same days: nobody gets two', async () => {
    await unmailedNight();
    await nightly.run();
    expect(subjects()).toEqual(['FAIL: 1 domain got plaintext mail (Nov 21)']);
    expect(nightly.read(({ outbox }) => outbox.open())).toEqual([]);
    const runs = nightly.read((history) => history.latestRuns(JOB, 5));
    expect(runs).toMatchObject([{ mailedAt: new Date(nightly.nowMs) }]);
  });

  it('is sent beside that of the next night, which is about another day', async () => {
    await unmailedNight();
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-22', [{ TLS_Cipher: ':' }, { TLS_Cipher: ':', Recipient: 'bob@other.example' }]);
    await nightly.run({ explicit: { from: new Date('2026-11-22'), to: new Date('2026-11-23') } });
    expect(subjects()).toEqual([
      'FAIL: 1 domain got plaintext mail (Nov 21)',
      'FAIL: 2 domains got plaintext mail, 1 of them new (Nov 22)',
    ]);
  });

  it('gives way also where a day before it is judged again, and mailed, in between', async () => {
    mailTo(server.port);
    await nightly.run();
    nightly.nowMs += DAY_MS;
    nightly.putLog('2026-11-22', [{ TLS_Cipher: ':' }]);
    await unmailedNight();
    const late = { 'Date/Time': '2026-11-21T13:00:00Z', TLS_Cipher: ':', Recipient: 'bob@other.example' };
    nightly.putLog('2026-11-21', [late], 36_000_000, 'late');
    await nightly.run();
    expect(subjects()).toEqual([
      'FAIL: 1 domain got plaintext mail (Nov 21)',
      'FAIL, judged again: 2 domains got plaintext mail (Nov 21)',
      'FAIL: 1 domain got plaintext mail (Nov 22)',
    ]);
    expect(nightly.read(({ outbox }) => outbox.open())).toEqual([]);
  });

  it('is sent where the run over the same days mails none', async () => {
    await unmailedNight();
    mailTo(server.port, { when: 'on-change' });
    await nightly.run();
    expect(subjects()).toEqual(['FAIL: 1 domain got plaintext mail (Nov 21)']);
  });

  it('is sent where the run over the same days fails', async () => {
    await unmailedNight();
    renameSync(join(nightly.folder, 'logs'), join(nightly.folder, 'elsewhere'));
    await expect(nightly.run()).rejects.toThrow('logs');
    expect(subjects()).toEqual(['FAIL: 1 domain got plaintext mail (Nov 21)']);
  });

  it('and is being sent by another process is left to it', async () => {
    await unmailedNight();
    const before = nightly.read(({ outbox }) => outbox.owed().map(({ messageId }) => messageId));
    const other = openHistory(nightly.historyPath);
    other.locks.acquire(
      `mail:${before[0]}`,
      { id: 'other', place: 'another machine', pid: 7 },
      new Date(nightly.nowMs),
    );
    await nightly.run();
    expect(other.outbox.owed().map(({ messageId }) => messageId)).toEqual(before);
    other.close();
  });
});

it('a run killed between recording and mailing is followed by one digest, not two', async () => {
  await using silent = await startScriptedServer('220 hello', () => undefined);
  const configFile = join(nightly.folder, 'tls-audit.yaml');
  const run = (port: number) => {
    const settings = {
      source: { type: 'directory', directory: { path: join(nightly.folder, 'logs') } },
      history: { path: nightly.historyPath },
      mail: { from: 'a@example.com', to: ['b@example.com'], smtp: { host: '127.0.0.1', port, security: 'none' } },
    };
    writeFileSync(configFile, stringify(settings));
    const args = [CLI, 'run', '--config', configFile, '--from', '2026-11-21', '--to', '2026-11-21'];
    return spawn(process.execPath, args, { env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const killed = run(silent.port);
  for await (const line of createInterface(killed.stderr)) {
    if (line.includes('"run judged"')) killed.kill('SIGKILL');
  }
  expect(nightly.read(({ outbox }) => outbox.owed())).toHaveLength(1);
  const next = run(server.port);
  next.stderr.resume();
  expect(await once(next, 'close')).toEqual([0, null]);
  expect(subjects()).toEqual(['FAIL: 1 domain got plaintext mail (Nov 21)']);
  expect(nightly.read(({ outbox }) => outbox.owed())).toEqual([]);
});
