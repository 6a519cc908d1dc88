import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from '@jest/globals';
import type { CheckResult, CheckStatus } from '../../src/doctor/check.ts';
import { DAY_MS, startOfUtcDay } from '../../src/model/window.ts';
import { packageRoot } from '../../src/support/package-info.ts';
import { logText } from '../support/log-text.ts';
import type { Ended } from './program.ts';
import { CLIENT_SECRET, hasHistory, openStage, REFRESH_TOKEN, secretsIn, type Stage } from './stage.ts';

const TODAY_MS = startOfUtcDay(Date.now());

/** A log of the day before yesterday and yesterday, whose dates have one reading only. */
function recentLog(): Buffer {
  const time = (ms: number) => new Date(ms).toISOString();
  return Buffer.from(logText([{ 'Date/Time': time(TODAY_MS - 2 * DAY_MS) }, { 'Date/Time': time(TODAY_MS - 1000) }]));
}

function addRecentFile(stage: Stage, content = recentLog()): void {
  stage.org.addFile({ title: 'EmailLog', extension: 'csv', content, createdDate: new Date() });
}

async function check(stage: Stage, args: readonly string[] = []): Promise<Ended> {
  await using program = stage.start(['doctor', ...args]);
  return await program.ended;
}

interface Document {
  readonly schema: string;
  readonly status: CheckStatus;
  readonly checks: readonly CheckResult[];
}

async function checkJson(stage: Stage, args: readonly string[] = []) {
  const ended = await check(stage, ['--json', ...args]);
  const document = JSON.parse(ended.stdout) as Document;
  expect(secretsIn(ended.stdout + ended.stderr, stage)).toEqual([]);
  const find = (name: string) => {
    const result = document.checks.find((candidate) => candidate.name === name);
    if (result === undefined) throw new Error(`no check is called ${name}`);
    return result;
  };
  return { code: ended.code, document, find };
}

describe('tls-audit doctor, all being well', () => {
  it('says so in one line a check, changes nothing and sends nothing', async () => {
    await using stage = await openStage();
    addRecentFile(stage);
    const { code, stdout } = await check(stage);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/\s+/).slice(0, 2).join(' ')),
    ).toEqual([
      'ok settings',
      'ok promise',
      'ok disk',
      'ok history',
      'ok sign-in',
      'ok permissions',
      'ok clock',
      'ok API',
      'ok relay',
      'ok source',
      'ok mail',
    ]);
    expect(code).toBe(0);
    expect(hasHistory(stage)).toBe(false);
    expect(stage.mailbox.messages).toEqual([]);
    expect(await stage.leftovers()).toEqual([]);
    expect(stage.org.unexpected).toEqual([]);
  });

  it('says what it saw, as JSON too', async () => {
    await using stage = await openStage();
    addRecentFile(stage);
    await stage.run(['--no-mail', '--json']);
    const { code, document, find } = await checkJson(stage);
    expect(code).toBe(0);
    expect(document).toMatchObject({ schema: 'tls-audit/doctor/1', status: 'ok' });
    expect(find('history').message).toContain('last run');
    expect(find('API requests').message).toMatch(/^\d+ of 15,000 requests/);
    expect(find('source').message).toMatch(
      /^1 file of the last 7 days, the newest EmailLog\.csv of .*, 2 rows from .*T00:00:00\.000Z to .*T23:59:59\.000Z; files in Salesforce Files/,
    );
    expect(find('mail').message).toMatch(/STARTTLS, TLSv1\.3, .*, certificate valid to .*; signed in$/);
  });

  it('warns of a history that an earlier version wrote: the next run brings it up to date', async () => {
    await using stage = await openStage();
    addRecentFile(stage);
    await stage.run(['--no-mail']);
    const database = new DatabaseSync(stage.historyPath);
    database.exec('PRAGMA user_version = 3');
    database.close();
    const { code, find } = await checkJson(stage);
    expect(find('history')).toMatchObject({ status: 'warning', remedy: expect.stringContaining('up to date') });
    expect(find('history').message).toContain('its schema is 3');
    expect(code).toBe(0);
  });

  it('looks at another source with --source, and asks no org where that needs none', async () => {
    await using stage = await openStage();
    await writeFile(join(stage.logFolder, 'EmailLog.csv'), recentLog());
    const { code, find } = await checkJson(stage, ['--source', 'directory']);
    expect(code).toBe(0);
    expect(find('clock').status).toBe('ok');
    expect(find('source').message).toContain('the newest EmailLog.csv');
    expect(stage.org.requests).toEqual([]);
  });

  it('signs in by the auth URL of the sf CLI and reads EventLogFile, as a run then does', async () => {
    await using stage = await openStage();
    const { org } = stage;
    for (const day of [2, 1]) {
      org.addEventLogFile({
        eventType: 'Login',
        logDate: new Date(TODAY_MS - day * DAY_MS),
        createdDate: new Date(),
        content: Buffer.from(logText([{ 'Date/Time': new Date(TODAY_MS - day * DAY_MS).toISOString() }])),
      });
    }
    const authUrl = join(stage.folder, 'auth-url');
    const host = org.url.replace('http://', '');
    await writeFile(authUrl, `force://${org.clientId}:${CLIENT_SECRET}:${REFRESH_TOKEN}@${host}\n`);
    await stage.configure({
      salesforce: { auth: 'sfdx-auth-url', loginUrl: 'https://login.salesforce.com', clientId: null, username: null },
      source: { type: 'event-log-file', eventLogFile: { eventType: 'Login' } },
    });
    const env = { TLS_AUDIT_SALESFORCE_AUTH_URL_FILE: authUrl };
    const ended = await stage.run(['--json', '--no-mail'], env);
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ verdict: 'pass', counts: { deliveries: 1 }, notes: [] });
    expect(secretsIn(ended.stdout + ended.stderr, stage)).toEqual([]);
  });
});

describe('tls-audit doctor, where the inbound audit is enabled', () => {
  it.each([
    ['files', /the user may read ContentVersion, EmailMessage;/],
    ['directory', /the user may read EmailMessage$/],
  ])('asks for a message as a run would, whatever the source: %s', async (type, message) => {
    await using stage = await openStage();
    addRecentFile(stage);
    await writeFile(join(stage.logFolder, 'EmailLog.csv'), recentLog());
    await stage.configure({ source: { type }, jobs: { 'inbound-audit': { enabled: true } } });
    const { code, find } = await checkJson(stage);
    expect(find('permissions').message).toMatch(message);
    expect(code).toBe(0);
    expect(stage.org.requests.map(({ soql }) => soql)).toContain(
      'SELECT Id, FromAddress, CreatedDate, Headers FROM EmailMessage WHERE Incoming = true LIMIT 1',
    );
  });

  it('fails where the user may not read messages', async () => {
    await using stage = await openStage();
    addRecentFile(stage);
    await stage.configure({ jobs: { 'inbound-audit': { enabled: true } } });
    stage.org.faults.add({
      match: (_method, path) => path.includes('EmailMessage'),
      fault: {
        kind: 'status',
        status: 400,
        body: [{ errorCode: 'INVALID_FIELD', message: "No such column 'Headers' on entity 'EmailMessage'." }],
      },
    });
    const { code, find } = await checkJson(stage);
    expect(find('permissions')).toMatchObject({ status: 'failure' });
    expect(find('permissions').message).toContain('INVALID_FIELD');
    expect(find('permissions').remedy).toContain('permission set');
    expect(code).toBe(1);
  });
});

describe('tls-audit doctor, where something is wrong', () => {
  it('warns of an exception whose owner is an address, which no report shows', async () => {
    await using stage = await openStage();
    addRecentFile(stage);
    const exceptionsFile = join(stage.folder, 'accepted.yaml');
    const entry = {
      domain: 'legacy.example',
      reason: 'They move',
      owner: 'jo.bell@acme.example',
      expires: '2026-12-31',
    };
    await writeFile(exceptionsFile, JSON.stringify({ exceptions: [entry] }));
    await stage.configure({ policy: { exceptionsFile } });
    const { code, find } = await checkJson(stage);
    expect(find('settings')).toMatchObject({ status: 'warning', message: expect.stringMatching(/legacy\.example$/) });
    expect(find('settings').remedy).toContain('Write a name or a team');
    expect(code).toBe(0);
  });

  it('knows what the enabled jobs need beside the source', async () => {
    await using stage = await openStage();
    await stage.configure({
      salesforce: { clientId: null },
      source: { type: 'directory' },
      jobs: { 'inbound-audit': { enabled: true } },
    });
    const { code, find } = await checkJson(stage);
    expect(find('settings').message).toContain('salesforce.clientId: not set');
    expect(code).toBe(1);
  });

  it.each<[string, Parameters<Stage['configure']>[0], string, RegExp, RegExp]>([
    [
      'the file of the exceptions is not there',
      { policy: { exceptionsFile: '/nowhere/exceptions.yaml' } },
      'settings',
      /\/nowhere\/exceptions\.yaml/,
      /./,
    ],
    [
      'the file of the exceptions holds something else',
      { policy: { exceptionsFile: join(packageRoot, 'config', 'default.yaml') } },
      'settings',
      /default\.yaml.*exceptions/s,
      /./,
    ],
    [
      'the file of the authority is not there',
      { mail: { smtp: { caFile: '/nowhere/ca.pem' } } },
      'mail',
      /\/nowhere\/ca\.pem/,
      /./,
    ],
    [
      'a setting is missing',
      { salesforce: { username: null } },
      'settings',
      /salesforce\.username: not set/,
      /--config/,
    ],
    [
      'nobody listens at the login host',
      { salesforce: { loginUrl: 'http://127.0.0.1:1' } },
      'sign-in',
      /ECONNREFUSED|UND_ERR|bad port|NETWORK/i,
      /network|salesforce/,
    ],
    [
      'the user is wrong',
      { salesforce: { username: 'nobody@org.example' } },
      'sign-in',
      /invalid_grant/,
      /pre-authorized/,
    ],
    [
      'the library is not there',
      { source: { files: { library: 'Email Logs' } } },
      'source',
      /no library named/,
      /member of the library/,
    ],
    [
      'the event type is not there',
      { source: { type: 'event-log-file', eventLogFile: { eventType: 'EmailLog' } } },
      'source',
      /no such event type/,
      /source\.type files or directory/,
    ],
    ['the certificate is not trusted', { mail: { smtp: { caFile: null } } }, 'mail', /certificate/, /caFile/],
    ['the history is a folder', { history: { path: '.' } }, 'history', /history database|this user/i, /./],
    ['the spool folder cannot be made', { spool: { path: '/dev/null/spool' } }, 'disk', /spool folder/, /spool\.path/],
  ])(
    'fails with the remedy: %s',
    async (_name, settings, name, message, remedy) => {
      await using stage = await openStage();
      addRecentFile(stage);
      await stage.configure(settings);
      const { code, document, find } = await checkJson(stage);
      expect(find(name)).toMatchObject({ status: 'failure' });
      expect(find(name).message).toMatch(message);
      expect(find(name).remedy).toMatch(remedy);
      expect(document.status).toBe('failure');
      expect(code).toBe(1);
      // The others are checked all the same.
      expect(document.checks).toHaveLength(11);
    },
    60_000,
  );

  it('fails where the newest log cannot be read', async () => {
    await using stage = await openStage();
    addRecentFile(stage, Buffer.from('Name,City\nAnn,Oslo\n'));
    const { code, find } = await checkJson(stage);
    expect(find('source')).toMatchObject({ status: 'failure' });
    expect(find('source').message).toContain('Mail Event');
    expect(code).toBe(1);
  });

  it('warns of a file that a run could not take for a log, and a run is inconclusive for it', async () => {
    await using stage = await openStage();
    addRecentFile(stage);
    const sheet = {
      title: 'EmailLog sheet',
      extension: 'xlsx',
      content: Buffer.from('no log'),
      createdDate: new Date(),
    };
    stage.org.addFile(sheet);
    const { code, find } = await checkJson(stage);
    expect(find('source')).toMatchObject({ status: 'warning' });
    expect(find('source').message).toMatch(
      /^1 file cannot be read, such as EmailLog sheet\.xlsx: .*source\.files\.titlePattern; else: 1 file of the last 7 days, .* 2 rows/,
    );
    expect(code).toBe(0);
    const ended = await stage.run(['--json', '--no-mail']);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      verdict: 'inconclusive',
      failures: [{ source: 'EmailLog sheet.xlsx', reason: expect.stringContaining('upload it as .csv') }],
    });
  });

  it('warns of an active relay and of no log, and ends with 0', async () => {
    await using stage = await openStage();
    const relay = stage.org.addRecord('EmailRelay', { Host: 'relay.example.com', Port: '25', TlsSetting: 'Off' });
    stage.org.addRecord('EmailDomainFilter', { EmailRelayId: relay, PriorityNumber: 1, IsActive: true });
    const { code, document, find } = await checkJson(stage);
    expect(find('relay')).toMatchObject({ status: 'warning' });
    expect(find('relay').message).toContain('Salesforce -> relay, not relay -> recipient');
    expect(find('source')).toMatchObject({ status: 'warning' });
    expect(find('source').message).toContain('no log file');
    expect(document.status).toBe('warning');
    expect(code).toBe(0);
  });

  it('warns where relays may not be read; a run then says that it may be', async () => {
    await using stage = await openStage();
    addRecentFile(stage);
    stage.org.faults.add({
      match: (_method, path) => path.includes('EmailRelay'),
      times: Infinity,
      fault: {
        kind: 'status',
        status: 400,
        body: [{ errorCode: 'INVALID_TYPE', message: "sObject type 'EmailRelay' is not supported." }],
      },
    });
    const { code, find } = await checkJson(stage);
    expect(find('relay')).toMatchObject({ status: 'warning' });
    expect(find('relay').remedy).toContain('email administration');
    expect(code).toBe(0);
    const ended = await stage.run(['--json', '--no-mail']);
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ notes: [expect.stringContaining('could not be read')] });
  });

  it('ends with 2 where the settings cannot be read at all, in a JSON document too', async () => {
    await using stage = await openStage();
    await stage.configure({ salesforce: { auth: 'password' } });
    const { code, document } = await checkJson(stage);
    expect(code).toBe(2);
    expect(document.checks).toMatchObject([{ name: 'settings', status: 'failure' }]);
  });

  it('ends with 2 for a source that is none', async () => {
    await using stage = await openStage();
    const { code, stderr } = await check(stage, ['--source', 'ftp']);
    expect(code).toBe(2);
    expect(stderr).toContain('files, event-log-file, directory, setup-page (experimental)');
  });
});

it('a run says that the org has an active relay, and leaves out one that no filter leads to', async () => {
  await using stage = await openStage();
  addRecentFile(stage);
  const relay = stage.org.addRecord('EmailRelay', { Host: 'relay.example.com', Port: '25', TlsSetting: 'Required' });
  stage.org.addRecord('EmailRelay', { Host: 'idle.example.com', Port: '25', TlsSetting: 'Required' });
  stage.org.addRecord('EmailDomainFilter', { EmailRelayId: relay, PriorityNumber: 1, IsActive: true });
  const ended = await stage.run(['--json', '--no-mail']);
  expect(ended.code).toBe(0);
  expect((JSON.parse(ended.stdout) as { notes: string[] }).notes).toEqual([
    'The org hands mail to the email relay relay.example.com:25 (TLS Required): for that mail TLS describes ' +
      'Salesforce -> relay, not relay -> recipient.',
  ]);
});

it('no secret is shown that the server says back, neither by doctor nor at the end of a run', async () => {
  await using stage = await openStage();
  // Nothing in it looks like a secret: only its value tells.
  const secret = 'correct-horse';
  await stage.configure({ salesforce: { auth: 'client-credentials' } });
  await writeFile(join(stage.folder, 'client-secret'), secret);
  stage.org.faults.add({
    match: (method) => method === 'POST',
    times: Infinity,
    fault: {
      kind: 'status',
      status: 400,
      body: { error: 'invalid_client', error_description: `the secret ${secret} is wrong` },
    },
  });
  const { code, stderr } = await stage.run(['--no-mail']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^tls-audit: .*the secret \[redacted\] is wrong/m);
  expect(stderr).not.toContain(secret);
  for (const args of [[], ['--json']]) {
    const ended = await check(stage, args);
    expect(ended.stdout).toContain('the secret [redacted] is wrong');
    expect(ended.stdout + ended.stderr).not.toContain(secret);
  }
});
