import { existsSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createKeyPair } from '../../src/demo/keys.ts';
import { type Mailbox, type MailboxOptions, startMailbox } from '../../src/demo/mailbox.ts';
import type { Org } from '../../src/demo/org.ts';
import { type DemoFile, demoFiles } from '../../src/demo/traffic.ts';
import type { Report } from '../../src/model/report.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { type Ended, makeFolder, type RunningProgram, runProgram, startProgram } from './program.ts';
import { startStrictOrg } from '../support/strict-org.ts';

export const ADMINS = ['admin@example.com', 'security@example.com'];
export const MAIL_PASSWORD = 'mailbox-p4ssw0rd-of-the-stage';
export const CLIENT_SECRET = 'client-s3cret-of-the-stage';
export const REFRESH_TOKEN = '5Aep861refresh.token.of.the.stage';

/** Every day of it is past the 12th of a month, so that no date of the log has two readings. */
export const FIRST_DAY = '2025-11-17';
export const WINDOW = ['--from', FIRST_DAY, '--to', '2025-11-23'] as const;

const DELIVERIES_PER_DAY = 120;

// One pair for all tests of a file: making one takes a good part of a second.
const keys = createKeyPair();

/** A settings file as it is written: partial and nested. */
export type SettingsTree = { readonly [key: string]: unknown };

interface RecordedRunLine {
  readonly id: string;
  readonly job: string;
  readonly window: { readonly from: string; readonly to: string };
  readonly startedAt: string;
  readonly verdict: Verdict;
  readonly mailedAt: string | null;
}

/** An org, a mailbox, and a folder with the settings and secrets of a worker that uses them. */
export interface Stage extends AsyncDisposable {
  readonly folder: string;
  readonly org: Org;
  readonly mailbox: Mailbox;
  readonly historyPath: string;
  readonly logFolder: string;
  /** What no output may ever hold. */
  readonly secrets: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Writes the settings file; what is given goes over what the stage stands for. */
  configure(settings?: SettingsTree): Promise<void>;
  run(args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  start(args: readonly string[]): RunningProgram;
  status(): Promise<RecordedRunLine[]>;
  /** What is left of downloads. */
  leftovers(): Promise<string[]>;
}

export async function openStage(options: { mailbox?: MailboxOptions } = {}): Promise<Stage> {
  await using parts = new AsyncDisposableStack();
  const folder = parts.use(await makeFolder()).path;
  const org = await startStrictOrg({
    publicKeyPem: keys.publicKeyPem,
    clientSecret: CLIENT_SECRET,
    refreshToken: REFRESH_TOKEN,
  });
  parts.defer(() => org.close());
  const mailbox = await startMailbox({ user: 'tls-audit', password: MAIL_PASSWORD, ...options.mailbox });
  parts.defer(() => mailbox.close());

  const [temporary, logFolder] = [join(folder, 'tmp'), join(folder, 'logs')];
  const historyPath = join(folder, 'data', 'history.db');
  const configFile = join(folder, 'tls-audit.yaml');
  const files = {
    privateKey: join(folder, 'key.pem'),
    clientSecret: join(folder, 'client-secret'),
    password: join(folder, 'mail-password'),
    ca: join(folder, 'mail-ca.pem'),
  };
  await mkdir(temporary);
  await mkdir(logFolder);
  await writeFile(files.privateKey, keys.privateKeyPem);
  await writeFile(files.clientSecret, `${CLIENT_SECRET}\n`);
  await writeFile(files.password, `${MAIL_PASSWORD}\n`);
  await writeFile(files.ca, mailbox.caPem);
  const env = {
    TMPDIR: temporary,
    TLS_AUDIT_SALESFORCE_PRIVATE_KEY_FILE: files.privateKey,
    TLS_AUDIT_SALESFORCE_CLIENT_SECRET_FILE: files.clientSecret,
    TLS_AUDIT_MAIL_SMTP_PASSWORD_FILE: files.password,
  };
  const basis: SettingsTree = {
    salesforce: { loginUrl: org.url, clientId: org.clientId, username: org.username },
    source: { directory: { path: logFolder } },
    history: { path: historyPath },
    mail: {
      from: 'tls-audit@example.com',
      to: ADMINS,
      smtp: { host: mailbox.host, port: mailbox.port, caFile: files.ca, username: 'tls-audit' },
    },
    health: { port: null },
  };

  const stage: Omit<Stage, typeof Symbol.asyncDispose> = {
    folder,
    org,
    mailbox,
    historyPath,
    logFolder,
    secrets: [MAIL_PASSWORD, CLIENT_SECRET, REFRESH_TOKEN, ...keyLines(keys.privateKeyPem)],
    env,
    configure: (settings = {}) => writeFile(configFile, stringify(merge(basis, settings))),
    run: (args = [], more = {}) =>
      runProgram(['run', '--config', configFile, ...args], { cwd: folder, env: { ...env, ...more } }),
    start: (args) => startProgram([...args, '--config', configFile], { cwd: folder, env }),
    async status() {
      const ended = await runProgram(['status', '--json', '--config', configFile], { cwd: folder, env });
      if (ended.code !== 0) throw new Error(`status ended with ${String(ended.code)}: ${ended.stderr}`);
      return JSON.parse(ended.stdout) as RecordedRunLine[];
    },
    leftovers: () => readdir(temporary),
  };
  await stage.configure();
  const owned = parts.move();
  return { ...stage, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Lines of the key that say something: what is logged of it may be broken or quoted in any way. */
function keyLines(pem: string): string[] {
  return pem.split('\n').filter((line) => line.length > 40);
}

function merge(basis: SettingsTree, over: SettingsTree): SettingsTree {
  return Object.fromEntries(
    [...new Set([...Object.keys(basis), ...Object.keys(over)])].map((key) => {
      const [below, above] = [basis[key], over[key]];
      if (above === undefined) return [key, below];
      return [key, isTree(below) && isTree(above) ? merge(below, above) : above];
    }),
  );
}

function isTree(value: unknown): value is SettingsTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The log files of the week that begins on `FIRST_DAY`. */
export function weekOfLogs(): DemoFile[] {
  return demoFiles({ seed: 7, firstDay: FIRST_DAY, night: 0, deliveriesPerDay: DELIVERIES_PER_DAY });
}

export function putIntoOrg(org: Org, files: readonly DemoFile[]): void {
  for (const file of files) org.addFile(file);
}

/** Puts the files into the folder as if each had come when it was made. */
export async function putIntoFolder(folder: string, files: readonly DemoFile[]): Promise<string[]> {
  return await Promise.all(
    files.map(async ({ title, extension, content, createdDate }) => {
      const path = join(folder, `${title}.${extension}`);
      await writeFile(path, content);
      await utimes(path, createdDate, createdDate);
      return path;
    }),
  );
}

/** What a report says of the mail, without what differs from run to run and from source to source. */
export function resultOf({ verdict, reasons, window, counts, domains, rejects, gaps }: Report) {
  return { verdict, reasons, window, counts, domains, rejects: rejects.map(({ reason }) => reason), gaps };
}

export function reportOf(ended: Ended): Report {
  if (ended.code !== 0) throw new Error(`the run ended with ${String(ended.code)}: ${ended.stderr}`);
  return JSON.parse(ended.stdout) as Report;
}

export function secretsIn(text: string, stage: Stage): string[] {
  return stage.secrets.filter((secret) => text.includes(secret));
}

export function hasHistory(stage: Stage): boolean {
  return existsSync(stage.historyPath);
}
