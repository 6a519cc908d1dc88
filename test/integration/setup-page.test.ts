import type { CheckResult } from '../../src/doctor/check.ts';
import { createKeyPair } from '../../src/demo/keys.ts';
import type { Org } from '../../src/demo/org.ts';
import { demoFiles } from '../../src/demo/traffic.ts';
import type { SetupPageOptions } from '../../src/demo/org/setup-page.ts';
import { DAY_MS, startOfUtcDay, utcDay } from '../../src/model/window.ts';
import { existsSync } from 'node:fs';
import { writeFile, readdir, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { describeWithChromium, LOOPBACK_ONLY } from '../support/chromium.ts';
import { makeFolder, runProgram } from './program.ts';
import { reportOf, resultOf } from './stage.ts';
import { startStrictOrg } from '../support/strict-org.ts';

const TODAY = startOfUtcDay(Date.now());
const FIRST_DAY = utcDay(new Date(TODAY - 7 * DAY_MS));
const WINDOW = ['--from', FIRST_DAY, '--to', utcDay(new Date(TODAY - DAY_MS))] as const;

const keys = createKeyPair();

/** The rows of a week in one log, as Salesforce would hand them out for that window. */
function weekInOneLog(): Buffer {
  const texts = demoFiles({ seed: 7, firstDay: FIRST_DAY, night: 0, deliveriesPerDay: 60 }).map(
    ({ content, extension }) => (extension === 'gz' ? gunzipSync(content) : content).toString(),
  );
  const [header = ''] = texts[0]?.split('\n') ?? [];
  return Buffer.from([header, ...texts.map((text) => text.slice(text.indexOf('\n') + 1).trimEnd()), ''].join('\n'));
}

const LOG = weekInOneLog();

interface BrowserStage extends AsyncDisposable {
  readonly folder: string;
  readonly org: Org;
  run(args?: readonly string[]): ReturnType<typeof runProgram>;
  /** `tls-audit doctor --source setup-page` with settings whose source is another one. */
  doctor(): Promise<{ code: number | null; checks: CheckResult[]; output: string }>;
}

/** A worker that reads its log from the page, and sends nothing. */
async function openStage(page: Partial<SetupPageOptions> = {}, setupPage: object = {}): Promise<BrowserStage> {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await makeFolder()).path;
  const org = await startStrictOrg({
    publicKeyPem: keys.publicKeyPem,
    setupPage: { log: () => LOG, timeZone: 'America/Chicago', ...page },
  });
  parts.defer(() => org.close());
  const config = join(folder, 'tls-audit.yaml');
  await mkdir(join(folder, 'tmp'));
  await writeFile(join(folder, 'key.pem'), keys.privateKeyPem);
  await writeFile(
    config,
    stringify({
      salesforce: { loginUrl: org.url, clientId: org.clientId, username: org.username },
      source: {
        type: 'setup-page',
        setupPage: {
          timeZone: 'America/Chicago',
          browserArguments: [LOOPBACK_ONLY],
          labelTimeoutMs: 15_000,
          pollMs: 100,
          ...setupPage,
        },
      },
      parse: { dateOrder: 'dmy' },
      history: { path: join(folder, 'history.db') },
      mail: { enabled: false },
    }),
  );
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    TMPDIR: join(folder, 'tmp'),
    TLS_AUDIT_SALESFORCE_PRIVATE_KEY_FILE: join(folder, 'key.pem'),
  };
  const owned = parts.move();
  return {
    folder,
    org,
    run: (args = []) => runProgram(['run', '--config', config, ...WINDOW, '--json', ...args], { cwd: folder, env }),
    doctor: async () => {
      const args = ['doctor', '--config', config, '--source', 'setup-page', '--json'];
      const ended = await runProgram(args, { cwd: folder, env: { ...env, TLS_AUDIT_SOURCE_TYPE: 'files' } });
      const { checks } = JSON.parse(ended.stdout) as { checks: CheckResult[] };
      return { code: ended.code, checks, output: ended.stdout + ended.stderr };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

describeWithChromium('a run that requests its log in a browser', () => {
  it('finds what a scan of the same log finds', async () => {
    await using stage = await openStage({ completeAfterMs: 500 });
    const log = join(stage.folder, 'log.csv');
    await writeFile(log, LOG);
    const scanned = reportOf(await runProgram(['scan', log, ...WINDOW, '--date-order', 'dmy', '--json']));
    const ended = await stage.run();
    expect(resultOf(reportOf(ended))).toEqual(resultOf(scanned));
    expect(scanned.counts.violations).toBeGreaterThan(0);
    expect(stage.org.unexpected).toEqual([]);
    expect(ended.stdout + ended.stderr).not.toMatch(/frontdoor|otp=/);
    expect(await readdir(join(stage.folder, 'tmp'))).toEqual([]);
  });

  it('fails, and records nothing, where the page is another one', async () => {
    await using stage = await openStage({ labels: { submit: 'Ganz anders' } }, { labelTimeoutMs: 2500 });
    const ended = await stage.run();
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('the button that hands the form in');
    expect(ended.stderr).toContain('source.setupPage.submitButton');

    expect(await readdir(join(stage.folder, 'tmp'))).toEqual([]);
  });

  it('requests nothing in a dry run, and says so', async () => {
    await using stage = await openStage();
    const ended = await stage.run(['--dry-run']);
    const report = reportOf(ended);
    expect(report).toMatchObject({ verdict: 'inconclusive', counts: { rows: 0 } });
    expect(report.notes.join()).toContain('a dry run requests no log');
    expect(ended.stderr).toContain('No log was requested either: a real run with setup-page (experimental)');
    expect(ended.stderr).toContain(`Email Log of ${FIRST_DAY}T00:00Z`);
    expect(stage.org.setupPage?.listed).toEqual([]);
    expect(existsSync(join(stage.folder, 'history.db'))).toBe(false);
  });

  it('is inconclusive where the log is empty of rows', async () => {
    await using stage = await openStage({ log: () => Buffer.from(LOG.toString().split('\n')[0] ?? '') });
    expect(reportOf(await stage.run()).verdict).toBe('inconclusive');
  });
});

describeWithChromium('tls-audit doctor --source setup-page', () => {
  const sourceOf = (checks: readonly CheckResult[]) => checks.find(({ name }) => name === 'source');

  it('opens the page and says which labels it found, and requests nothing', async () => {
    await using stage = await openStage({ completeAfterMs: 0 });
    const yesterday = { from: new Date(TODAY - DAY_MS), to: new Date(TODAY) };
    stage.org.setupPage?.add(yesterday);
    const { code, checks, output } = await stage.doctor();
    const source = sourceOf(checks);
    expect(source).toMatchObject({ status: 'ok' });
    const { host } = new URL(stage.org.url);
    for (const words of [
      'setup-page is experimental: it was never seen against a real org',
      `the browser is at ${host}/lightning/setup/EmailLogFiles/home`,
      `source.setupPage.startField "Start Date/Time" in the frame ${host}/setup/emaillog/new`,
      'source.setupPage.downloadLink "Download"',
      'source.setupPage.submitButton "Submit Request"',
      '1 request is listed, the topmost from ',
      ': "Complete"; now is written "',
    ]) {
      expect(source?.message).toContain(words);
    }
    expect(checks.find(({ name }) => name === 'promise')?.message).toContain('setup-page (experimental) can: ');
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(code).toBe(0);
    expect(stage.org.setupPage?.listed).toHaveLength(1);
    expect(stage.org.requests.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual([
      '/services/oauth2/token',
      '/services/oauth2/singleaccess',
    ]);
    expect(stage.org.unexpected).toEqual([]);
    expect(output).not.toMatch(/frontdoor|otp=/);
    expect(await readdir(join(stage.folder, 'tmp'))).toEqual([]);
  });

  it('warns of what it cannot know before anything was requested', async () => {
    await using stage = await openStage({}, { labelTimeoutMs: 2500 });
    const { code, checks } = await stage.doctor();
    expect(sourceOf(checks)).toMatchObject({ status: 'warning', remedy: expect.stringContaining('by hand') });
    expect(sourceOf(checks)?.message).toContain('not known yet: source.setupPage.startColumn (the page says that');
    expect(code).toBe(0);
  });

  it('fails by the names of the settings whose labels are not there', async () => {
    await using stage = await openStage({ labels: { submit: 'Ganz anders' } }, { labelTimeoutMs: 2500 });
    const { code, checks } = await stage.doctor();
    expect(sourceOf(checks)).toMatchObject({
      status: 'failure',
      remedy: expect.stringContaining('docs/setup-page.md'),
    });
    expect(sourceOf(checks)?.message).toContain('source.setupPage.submitButton (looked for "Submit Request"');
    expect(code).toBe(1);
  });

  it('fails with what to install where there is no browser', async () => {
    await using stage = await openStage({}, { browserPath: '/nowhere/chromium' });
    const { code, checks } = await stage.doctor();
    expect(sourceOf(checks)).toMatchObject({ status: 'failure', remedy: expect.stringContaining('npm install') });
    expect(sourceOf(checks)?.message).toContain('/nowhere/chromium: there is no such program');
    expect(code).toBe(1);
  });
});
