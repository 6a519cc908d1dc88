import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKeyPair } from '../../src/demo/keys.ts';
import type { Report } from '../../src/model/report.ts';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { logText } from '../support/log-text.ts';
import { type MailPart, parseMail, wholeTextOf } from './mail-parts.ts';
import { type Ended, makeFolder, runProgram } from './program.ts';
import {
  ADMINS,
  CLIENT_SECRET,
  FIRST_DAY,
  hasHistory,
  MAIL_PASSWORD,
  openStage,
  putIntoFolder,
  putIntoOrg,
  reportOf,
  resultOf,
  secretsIn,
  type Stage,
  WINDOW,
  weekOfLogs,
} from './stage.ts';

/** What `scan` says of the same files: no org, no network, no history. */
let expected: ReturnType<typeof resultOf>;

beforeAll(async () => {
  await using folder = await makeFolder();
  const paths = await putIntoFolder(folder.path, weekOfLogs());
  expected = resultOf(reportOf(await runProgram(['scan', ...paths, ...WINDOW, '--json'])));
  expect(expected.counts.violations).toBeGreaterThan(0);
  expect(expected.counts.duplicates).toBeGreaterThan(0);
});

/** Opens a stage with the week in the org. */
async function openWeek(options?: Parameters<typeof openStage>[0]): Promise<Stage> {
  const stage = await openStage(options);
  putIntoOrg(stage.org, weekOfLogs());
  return stage;
}

function isDownload(_method: string, path: string): boolean {
  return path.includes('/VersionData');
}

describe('a run with a JWT, files of the org and a mail server with STARTTLS', () => {
  let stage: Stage;
  let ended: Ended;
  let report: Report;

  beforeAll(async () => {
    stage = await openWeek();
    ended = await stage.run([...WINDOW, '--json']);
    report = reportOf(ended);
  });

  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  it('prints the report and nothing else on standard output', () => {
    expect(ended.stdout).toMatch(/^\{[^]*\}\n$/);
    expect(report).toMatchObject({ schema: 'tls-audit/report/1', run: { job: 'outbound-audit' }, failures: [] });
  });

  it('finds what a scan of the same files finds', () => {
    expect(resultOf(report)).toEqual(expected);
  });

  it('asks the org for nothing it does not have, and leaves no download behind', async () => {
    expect(stage.org.unexpected).toEqual([]);
    expect(await stage.leftovers()).toEqual([]);
  });

  it('keeps secrets and the addresses of people out of all output', () => {
    expect(secretsIn(ended.stdout + ended.stderr, stage)).toEqual([]);
    expect(addressesIn(weekOfLogs()).filter((address) => (ended.stdout + ended.stderr).includes(address))).toEqual([]);
  });

  it('is recorded with the time it was mailed', async () => {
    expect(await stage.status()).toMatchObject([
      {
        id: report.run?.id,
        job: 'outbound-audit',
        verdict: 'fail',
        window: report.window,
        mailedAt: expect.stringMatching(/^\d{4}-/),
      },
    ]);
  });

  it('is shown again by report --json, exactly', async () => {
    expect(await stage.start(['report', '--json']).ended).toMatchObject({ code: 0, stdout: ended.stdout, stderr: '' });
    const again = await stage.start(['report', '--json', '--run', report.run?.id ?? '', '--exit-code']).ended;
    expect(again).toMatchObject({ code: 10, stdout: ended.stdout });
    expect(await stage.start(['report', '--run', 'no-such-run']).ended).toMatchObject({ code: 1, stdout: '' });
  });

  it.each([
    ['html', /^<!doctype html>/i],
    ['csv', /^"?domain/i],
    ['text', /^FAIL/],
  ])('is shown again as %s', async (format, start) => {
    const shown = await stage.start(['report', '--format', format]).ended;
    expect(shown).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(start) });
    for (const { domain } of report.domains.slice(0, 3)) expect(shown.stdout).toContain(domain);
  });

  it('mails every admin once, over TLS, signed in', () => {
    expect(stage.mailbox.messages).toHaveLength(1);
    expect(stage.mailbox.messages[0]).toMatchObject({
      envelope: { from: 'tls-audit@example.com', to: ADMINS },
      tlsVersion: expect.stringMatching(/^TLSv1\.[23]$/),
      user: 'tls-audit',
      answered: true,
    });
  });

  it('mails a digest that no machine answers and every program can read', () => {
    const { headers, parts } = parseMail(stage.mailbox.messages[0]!.raw);
    const one = (name: string) => {
      expect({ name, values: headers.get(name) }).toEqual({ name, values: [expect.any(String)] });
      return headers.get(name)?.[0] ?? '';
    };
    expect(one('subject')).toBe('FAIL: 2 domains got plaintext mail (Nov 17 to Nov 23)');
    expect(one('auto-submitted')).toBe('auto-generated');
    expect(one('message-id')).toMatch(/^<[^@\s<>]+@example\.com>$/);
    expect(one('message-id')).toContain(report.run?.id);
    expect(one('from')).toContain('tls-audit@example.com');
    for (const admin of ADMINS) expect(one('to')).toContain(admin);
    expect(Date.parse(one('date'))).not.toBeNaN();
    expect(one('mime-version')).toBe('1.0');
    expect(parts.map(({ type, filename }) => [type, filename])).toEqual([
      ['text/plain', undefined],
      ['text/html', undefined],
      ['text/csv', expect.stringMatching(/\.csv$/)],
    ]);
    const [text, html, csv] = parts as [MailPart, MailPart, MailPart];
    const bad = report.domains.filter(({ status }) => status !== 'compliant').map(({ domain }) => domain);
    expect(bad.length).toBeGreaterThan(2);
    for (const part of [text, html, csv]) {
      for (const domain of bad) expect(part.text).toContain(domain);
    }
    expect(text.text).toContain('FAIL');
    expect(html.text).toMatch(/^<!doctype html>/i);
    expect(html.text).not.toMatch(/<script|<link|src="http/i);
    expect(csv.text.split('\r\n').filter((line) => line !== '')).toHaveLength(1 + bad.length);
  });

  it('mails no address of the log, in no encoding', () => {
    const { raw } = stage.mailbox.messages[0]!;
    const written = `${raw.toString()}\n${wholeTextOf(parseMail(raw))}`.toLowerCase();
    const addresses = addressesIn(weekOfLogs());
    expect(addresses.length).toBeGreaterThan(300);
    expect(addresses.filter((address) => written.includes(address))).toEqual([]);
    const people = new Set(
      addresses.map((address) => address.split('@')[0] ?? '').filter((name) => name.includes('.')),
    );
    expect([...people].filter((person) => written.includes(person))).toEqual([]);
    const parts = parseMail(raw).parts.map(({ text }) => text);
    expect(parts.filter((part) => /[\w.+-]+@[\w-]+\.\w/.test(part))).toEqual([]);
  });

  it('counts the same when the window is run again, and keeps one current run', async () => {
    const again = reportOf(await stage.run([...WINDOW, '--json']));
    expect(resultOf(again)).toEqual(expected);
    expect(again.run?.id).not.toBe(report.run?.id);
    expect((await stage.status()).map(({ id }) => id)).toEqual([again.run?.id]);
    expect(stage.mailbox.messages).toHaveLength(2);
  });
});

/** Recipients and senders, as the log has them, in lower case. */
function addressesIn(files: ReturnType<typeof weekOfLogs>): string[] {
  const logs = files.map(({ extension, content }) => (extension === 'gz' ? gunzipSync(content) : content).toString());
  const found = logs.join('\n').match(/"[^"\s@<>]+@[^"\s@<>]+"/g) ?? [];
  return [...new Set(found.map((quoted) => quoted.slice(1, -1).toLowerCase()))];
}

describe('other ways to the same result', () => {
  it('client credentials', async () => {
    await using stage = await openWeek();
    await stage.configure({ salesforce: { auth: 'client-credentials', username: null } });
    const ended = await stage.run([...WINDOW, '--json', '--no-mail']);
    expect(resultOf(reportOf(ended))).toEqual(expected);
    expect(secretsIn(ended.stdout + ended.stderr, stage)).toEqual([]);
  });

  it('a folder, with nothing asked of any org', async () => {
    await using stage = await openStage();
    await stage.configure({ source: { type: 'directory' } });
    await putIntoFolder(stage.logFolder, weekOfLogs());
    expect(resultOf(reportOf(await stage.run([...WINDOW, '--json'])))).toEqual(expected);
    expect(stage.org.requests).toEqual([]);
    expect(stage.mailbox.messages).toHaveLength(1);
  });

  it('settings and secrets from the environment alone', async () => {
    await using stage = await openStage();
    await putIntoFolder(stage.logFolder, weekOfLogs());
    const env = {
      TMPDIR: stage.env['TMPDIR'] ?? '',
      TLS_AUDIT_SOURCE_TYPE: 'directory',
      TLS_AUDIT_SOURCE_DIRECTORY_PATH: stage.logFolder,
      TLS_AUDIT_MAIL_ENABLED: 'false',
    };
    const ended = await runProgram(['run', ...WINDOW, '--json'], { cwd: stage.folder, env });
    expect(resultOf(reportOf(ended))).toEqual(expected);
    // ./data/history.db, from the working directory.
    expect(hasHistory(stage)).toBe(true);
  });

  it('from another folder begin a new history where its path is relative, and the log says which', async () => {
    await using stage = await openStage();
    await putIntoFolder(stage.logFolder, weekOfLogs());
    const env = {
      TMPDIR: stage.env['TMPDIR'] ?? '',
      TLS_AUDIT_SOURCE_TYPE: 'directory',
      TLS_AUDIT_SOURCE_DIRECTORY_PATH: stage.logFolder,
      TLS_AUDIT_MAIL_ENABLED: 'false',
    };
    const warningsOf = async (cwd: string) => {
      const { code, stderr } = await runProgram(['run', ...WINDOW], { cwd, env });
      expect(code).toBe(0);
      const lines = stderr.split('\n').filter((line) => line.includes('a new history was made'));
      return lines.map((line) => JSON.parse(line) as unknown);
    };
    await using elsewhere = await makeFolder();
    const made = (folder: string) => [
      expect.objectContaining({ level: 'warn', path: join(folder, 'data', 'history.db') }),
    ];
    expect(await warningsOf(stage.folder)).toEqual(made(stage.folder));
    expect(await warningsOf(stage.folder)).toEqual([]);
    expect(await warningsOf(elsewhere.path)).toEqual(made(elsewhere.path));
    const status = await runProgram(['status'], { cwd: stage.logFolder, env });
    expect(status.stdout).toContain(`No run is recorded in ${join(stage.logFolder, 'data', 'history.db')}.`);
  });
});

describe('a run that changes nothing, or less', () => {
  it('--dry-run reads the org, but makes no history and sends no mail', async () => {
    await using stage = await openWeek();
    const ended = await stage.run([...WINDOW, '--dry-run', '--json']);
    expect(resultOf(reportOf(ended))).toEqual(expected);
    expect(stage.org.requests.filter(({ path }) => path.includes('/VersionData'))).toHaveLength(7);
    expect(hasHistory(stage)).toBe(false);
    expect(stage.mailbox.connections).toBe(0);
    expect(ended.stderr).toContain('FAIL: 2 domains got plaintext mail');
  });

  it('--no-mail records only', async () => {
    await using stage = await openWeek();
    expect(await stage.run([...WINDOW, '--no-mail'])).toMatchObject({ code: 0 });
    expect(stage.mailbox.connections).toBe(0);
    expect(await stage.status()).toMatchObject([{ verdict: 'fail', mailedAt: null }]);
  });

  it('--dry-run beside a history leaves it as it is', async () => {
    await using stage = await openWeek();
    await stage.run([...WINDOW, '--no-mail']);
    const before = await stage.status();
    expect(await stage.run([...WINDOW, '--dry-run', '--exit-code'])).toMatchObject({ code: 10 });
    expect(await stage.status()).toEqual(before);
  });
});

describe('faults of the org', () => {
  it('a wrong key ends the run with the code of Salesforce and what to do, and without a secret', async () => {
    await using stage = await openWeek();
    const wrong = createKeyPair().privateKeyPem;
    const ended = await stage.run([...WINDOW], {
      TLS_AUDIT_SALESFORCE_PRIVATE_KEY_FILE: '',
      TLS_AUDIT_SALESFORCE_PRIVATE_KEY: wrong,
      TLS_AUDIT_LOG_LEVEL: 'debug',
    });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('invalid_grant');
    expect(ended.stderr).toMatch(/salesforce\.privateKey/);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect(secretsIn(ended.stderr, stage)).toEqual([]);
    expect(wrong.split('\n').filter((line) => line.length > 40 && ended.stderr.includes(line))).toEqual([]);
    expect(stage.mailbox.connections).toBe(0);
    expect(await stage.status()).toEqual([]);
  });

  it.each([
    ['is cut', { kind: 'cut', afterBytes: 1000 } as const],
    ['is reset', { kind: 'reset' } as const],
    ['comes with a changed byte', { kind: 'corrupt' } as const],
    ['is refused for a moment', { kind: 'status', status: 503, body: 'Server too busy' } as const],
    ['meets an expired session', { kind: 'status', status: 401, body: [{ errorCode: 'INVALID_SESSION_ID' }] } as const],
  ])('a download that %s once changes no number', async (_, fault) => {
    await using stage = await openWeek();
    stage.org.faults.add({ match: isDownload, fault });
    const report = reportOf(await stage.run([...WINDOW, '--no-mail', '--json']));
    expect(resultOf(report)).toEqual(expected);
    expect(report.failures).toEqual([]);
    expect(stage.org.unusedFaults()).toEqual([]);
    expect(await stage.leftovers()).toEqual([]);
  });

  it('a file that cannot be had is named, and the others are judged', async () => {
    await using stage = await openStage();
    const [lost, ...others] = weekOfLogs();
    const { versionId } = stage.org.addFile(lost!);
    putIntoOrg(stage.org, others);
    stage.org.faults.add({
      match: (_, path) => path.includes(`${versionId}/VersionData`),
      times: Infinity,
      fault: { kind: 'status', status: 404, body: [{ errorCode: 'NOT_FOUND', message: 'gone' }] },
    });
    const report = reportOf(await stage.run([...WINDOW, '--json']));
    expect(report.failures).toEqual([
      {
        source: `${lost!.title}.csv`,
        reason: expect.stringContaining('NOT_FOUND'),
        remedy: expect.stringContaining('can open it in Salesforce'),
      },
    ]);
    expect(report.verdict).toBe('fail');
    expect(report.reasons.join('\n')).toContain(`${lost!.title}.csv could not be read`);
    expect(report.sources).toHaveLength(others.length);
    expect(report.gaps).toEqual([{ from: `${FIRST_DAY}T00:00:00.000Z`, to: '2025-11-18T00:00:00.000Z' }]);
    const [text] = parseMail(stage.mailbox.messages[0]!.raw).parts;
    expect(text?.text).toContain(lost!.title);
  });

  it('a run of which no file can be had fails, and records nothing', async () => {
    await using stage = await openWeek();
    stage.org.faults.add({ match: isDownload, times: Infinity, fault: { kind: 'status', status: 404 } });
    expect(await stage.run([...WINDOW, '--json'])).toMatchObject({ code: 1, stdout: '' });
    expect(await stage.status()).toEqual([]);
    expect(stage.mailbox.connections).toBe(0);
  });
});

describe('faults of the mail server', () => {
  it('that refuses everybody: the run fails, but is recorded as not mailed', async () => {
    await using stage = await openWeek({ mailbox: { refuse: () => ({ code: 550, message: '5.7.1 not from you' }) } });
    const ended = await stage.run([...WINDOW, '--json']);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('5.7.1 not from you');
    expect(await stage.status()).toMatchObject([{ verdict: 'fail', mailedAt: null }]);
  });

  it('that refuses one admin: the others get it, and it is not counted as mailed to all', async () => {
    const refused = ADMINS[1]!;
    await using stage = await openWeek({
      mailbox: { refuse: (recipient) => (recipient === refused ? { code: 550, message: '5.1.1 unknown' } : undefined) },
    });
    expect(await stage.run([...WINDOW])).toMatchObject({ code: 0 });
    expect(stage.mailbox.messages).toMatchObject([{ envelope: { to: [ADMINS[0]] } }]);
    expect(await stage.status()).toMatchObject([{ mailedAt: null }]);
  });

  it.each([
    ['offers no STARTTLS', { encryption: 'none' } as const, /STARTTLS/],
    ['speaks TLS 1.1 at most', { maxVersion: 'TLSv1.1' } as const, /TLS/],
    ['knows another password', { password: 'another' } as const, /535|sign|password/i],
  ])('that %s: gets nothing, and the run fails', async (_, mailbox, named) => {
    await using stage = await openWeek({ mailbox });
    const ended = await stage.run([...WINDOW, '--json']);
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(named) });
    expect(secretsIn(ended.stderr, stage)).toEqual([]);
    expect(stage.mailbox.messages).toEqual([]);
    expect(await stage.status()).toMatchObject([{ verdict: 'fail', mailedAt: null }]);
  });

  it('whose certificate nobody vouches for gets nothing', async () => {
    await using stage = await openWeek();
    await stage.configure({ mail: { smtp: { caFile: null } } });
    expect(await stage.run([...WINDOW])).toMatchObject({ code: 1, stderr: expect.stringContaining('certificate') });
    expect(stage.mailbox.messages).toEqual([]);
  });
});

describe('settings', () => {
  it('that are missing are named all at once', async () => {
    await using folder = await makeFolder();
    const ended = await runProgram(['run'], { cwd: folder.path });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    for (const path of ['clientId', 'username', 'privateKey']) expect(ended.stderr).toContain(`salesforce.${path}`);
    for (const path of ['from', 'to', 'smtp.host']) expect(ended.stderr).toContain(`mail.${path}`);
    expect(ended.stderr).toContain('TLS_AUDIT_SALESFORCE_PRIVATE_KEY_FILE');
  });

  it('that are wrong are named all at once, with what was found, but no secret', async () => {
    await using stage = await openStage();
    await stage.configure({
      policy: { minimum: 'TLSv9' },
      salesforce: { loginUrl: 'http://salesforce.example' },
      polic: 1,
    });
    const ended = await stage.run([], { TLS_AUDIT_HEALTH_PROT: '1', TLS_AUDIT_MAIL_SMTP_PASSWORD: MAIL_PASSWORD });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    for (const named of ['policy.minimum', 'TLSv9', 'salesforce.loginUrl', 'polic', 'TLS_AUDIT_HEALTH_PROT']) {
      expect(ended.stderr).toContain(named);
    }
    expect(ended.stderr).toContain('TLS_AUDIT_MAIL_SMTP_PASSWORD_FILE');
    expect(ended.stderr).not.toContain(MAIL_PASSWORD);
    expect(ended.stderr).not.toContain(CLIENT_SECRET);
    expect(stage.org.requests).toEqual([]);
  });

  it.each([
    ['--from alone', ['--from', FIRST_DAY], '--to'],
    ['an unknown job', ['inbound'], 'inbound'],
    ['an unknown option', ['--dryrun'], '--dryrun'],
    ['a settings file that is not there', ['--config', 'nowhere.yaml'], 'nowhere.yaml'],
  ])('%s is wrong usage', async (_, args, named) => {
    await using stage = await openStage();
    expect(await stage.run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(named) });
    expect(hasHistory(stage)).toBe(false);
  });
});

describe('data that is missing', () => {
  const day = (offset: number) => utcDay(new Date(Date.parse(FIRST_DAY) + offset * DAY_MS));
  const log = (offset: number) => ({
    title: `EmailLog-${day(offset)}`,
    extension: 'csv' as const,
    content: Buffer.from(logText([{ 'Date/Time': `${day(offset)}T09:00:00Z`, 'Message ID Header': `<${offset}>` }])),
    createdDate: new Date(Date.parse(day(offset + 1)) + DAY_MS / 48),
    days: [day(offset)],
  });

  it('makes a clean result inconclusive, with a gap', async () => {
    await using stage = await openStage();
    putIntoOrg(stage.org, [log(0), log(2)]);
    const report = reportOf(await stage.run(['--from', day(0), '--to', day(2), '--json']));
    expect(report).toMatchObject({ verdict: 'inconclusive', counts: { deliveries: 2, compliant: 2 } });
    expect(report.gaps).toEqual([{ from: `${day(1)}T00:00:00.000Z`, to: `${day(2)}T00:00:00.000Z` }]);
    expect(report.reasons).not.toEqual([]);
    expect(parseMail(stage.mailbox.messages[0]!.raw).headers.get('subject')?.[0]).toMatch(/^INCONCLUSIVE: .*Nov 18/);
  });

  it('is filled by a later run', async () => {
    await using stage = await openStage();
    putIntoOrg(stage.org, [log(0), log(2)]);
    const window = ['--from', day(0), '--to', day(2), '--json', '--exit-code'];
    expect(await stage.run(window)).toMatchObject({ code: 11 });
    putIntoOrg(stage.org, [log(1)]);
    const filled = await stage.run(window);
    expect(JSON.parse(filled.stdout)).toMatchObject({
      verdict: 'pass',
      reasons: [],
      gaps: [],
      counts: { deliveries: 3 },
    });
    expect(await stage.status()).toMatchObject([{ verdict: 'pass' }]);
  });

  it('altogether is inconclusive, never a pass', async () => {
    await using stage = await openStage();
    const ended = await stage.run(['--from', day(0), '--to', day(2), '--json', '--exit-code']);
    expect(ended.code).toBe(11);
    expect(JSON.parse(ended.stdout)).toMatchObject({ verdict: 'inconclusive', sources: [], counts: { rows: 0 } });
    expect(parseMail(stage.mailbox.messages[0]!.raw).headers.get('subject')?.[0]).toMatch(/no data/);
  });
});
