import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { outboundAudit } from '../../jobs/outbound-audit.ts';
import { loadSettings } from '../config/loading.ts';
import type { Settings } from '../config/schema.ts';
import { createKeyPair } from '../demo/keys.ts';
import { startMailbox, type Mailbox } from '../demo/mailbox.ts';
import { startOrg, type Org } from '../demo/org.ts';
import { demoFiles } from '../demo/traffic.ts';
import type { Clock } from '../model/ports.ts';
import { DAY_MS, HOUR_MS, startOfUtcDay, utcDay } from '../model/window.ts';
import { openHistory } from '../record/history.ts';
import { AuditError } from '../support/errors.ts';
import { systemClock } from '../support/clock.ts';
import { type CommandContext, wantsColor, widthOf } from './context.ts';
import { untilInterrupted } from './interruption.ts';
import { writeFileWhole } from './output.ts';
import { renderReport } from './report-format.ts';
import { runJob } from '../job/run-job.ts';

const SEED = 20_261_122;
const FIRST_NIGHT_DAYS = 7;
const JOB = 'outbound-audit';
const ADMINS = ['admin@example.com', 'security@example.com'];

/** One night of the demo: the first audits a week, every later one the day after. */
interface Night {
  /** 0 for the first. */
  readonly number: number;
  /** First day of the demo's mail, `YYYY-MM-DD`. */
  readonly firstDay: string;
  /** When the night's run takes place. */
  readonly now: Date;
}

/**
 * `tls-audit demo`: the nightly job, as in production, against a Salesforce org and a mail server that run inside this
 * process. Every further call plays the next night. Returns the exit code.
 */
export async function demo(options: { folder: string }, context: CommandContext): Promise<number> {
  const { folder } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const historyPath = join(folder, 'history.db');
  const night = nextNight(historyPath, systemClock.now());
  const clock: Clock = { now: () => night.now };
  const keys = createKeyPair();
  const password = 'demo-mailbox-password';
  await using parts = new AsyncDisposableStack();
  const org = await startOrg({ publicKeyPem: keys.publicKeyPem, clock });
  parts.defer(() => org.close());
  const mailbox = await startMailbox({ user: 'tls-audit', password });
  parts.defer(() => mailbox.close());
  for (let number = 0; number <= night.number; number++) {
    for (const file of demoFiles({ seed: SEED, firstDay: night.firstDay, night: number })) org.addFile(file);
  }
  context.stdout.write(describeNight(night, org, mailbox));

  const caFile = join(folder, 'mailbox-ca.pem');
  await writeFile(caFile, mailbox.caPem, { mode: 0o600 });
  const settings = demoSettings({ org, mailbox, privateKeyPem: keys.privateKeyPem, password, caFile, historyPath });
  // A run would warn of a new one.
  openHistory(historyPath).close();
  const { report, digest } = await untilInterrupted((signal) =>
    runJob({ job: outboundAudit, settings, explicit: undefined, dry: false, mail: true, clock }, context, signal),
  );
  const [received] = mailbox.messages;
  if (received === undefined) throw new AuditError('the demo mailbox received no digest although it was sent');

  const screen = { color: wantsColor(context.stdout), width: widthOf(context.stdout) };
  context.stdout.write(renderReport(report, 'text', screen));
  const name = join(folder, `night-${night.number + 1}`);
  await writeFileWhole(received.raw, `${name}.eml`);
  await writeFileWhole(digest.html, `${name}.html`);
  await writeFileWhole(renderReport(report, 'html', screen), `${name}-report.html`);
  context.stdout.write(
    [
      '',
      `The digest went to ${received.envelope.to.length} admins over ${String(received.tlsVersion)}: "${digest.subject}"`,
      '',
      `  the mail as it arrived   ${relative('', `${name}.eml`)}`,
      `  its HTML                 ${relative('', `${name}.html`)}`,
      `  the whole report         ${relative('', `${name}-report.html`)}`,
      `  the history database     ${relative('', historyPath)}`,
      '',
      'Run it again for the next night: it then says what is new, ongoing and resolved.',
      'Delete the folder to begin anew.',
      '',
    ].join('\n'),
  );
  return 0;
}

/** The night after the last one recorded. */
function nextNight(historyPath: string, now: Date): Night {
  const today = startOfUtcDay(now.getTime());
  const begin = { number: 0, firstDay: utcDay(new Date(today - FIRST_NIGHT_DAYS * DAY_MS)) };
  const { number, firstDay } = existsSync(historyPath) ? (nightAfter(historyPath) ?? begin) : begin;
  const runAtMs = Date.parse(`${firstDay}T00:00:00Z`) + (FIRST_NIGHT_DAYS + number) * DAY_MS + 5.5 * HOUR_MS;
  return { number, firstDay, now: new Date(runAtMs) };
}

function nightAfter(historyPath: string): { number: number; firstDay: string } | undefined {
  const history = openHistory(historyPath, { readOnly: true });
  try {
    const firstDay = history.firstDay(JOB);
    const [last] = history.latestRuns(JOB, 1);
    if (firstDay === undefined || last === undefined) return undefined;
    const days = Math.round((last.window.to.getTime() - Date.parse(`${firstDay}T00:00:00Z`)) / DAY_MS);
    return { number: days - FIRST_NIGHT_DAYS + 1, firstDay };
  } finally {
    history.close();
  }
}

/** The settings a person would write, through the same checks. */
function demoSettings(demo: {
  org: Org;
  mailbox: Mailbox;
  privateKeyPem: string;
  password: string;
  caFile: string;
  historyPath: string;
}): Settings {
  const { org, mailbox } = demo;
  return loadSettings({
    env: {
      TLS_AUDIT_SALESFORCE_LOGIN_URL: org.url,
      TLS_AUDIT_SALESFORCE_CLIENT_ID: org.clientId,
      TLS_AUDIT_SALESFORCE_USERNAME: org.username,
      TLS_AUDIT_SALESFORCE_PRIVATE_KEY: demo.privateKeyPem,
      TLS_AUDIT_HISTORY_PATH: demo.historyPath,
      TLS_AUDIT_MAIL_FROM: 'tls-audit@example.com',
      TLS_AUDIT_MAIL_TO: ADMINS.join(','),
      TLS_AUDIT_MAIL_SMTP_HOST: mailbox.host,
      TLS_AUDIT_MAIL_SMTP_PORT: String(mailbox.port),
      TLS_AUDIT_MAIL_SMTP_CA_FILE: demo.caFile,
      TLS_AUDIT_MAIL_SMTP_USERNAME: 'tls-audit',
      TLS_AUDIT_MAIL_SMTP_PASSWORD: demo.password,
      TLS_AUDIT_PARSE_DATE_ORDER: 'dmy',
      TLS_AUDIT_JOBS_OUTBOUND_AUDIT_FIRST_RUN_DAYS: String(FIRST_NIGHT_DAYS),
      TLS_AUDIT_LOG_LEVEL: 'warn',
    },
  });
}

function describeNight(night: Night, org: Org, mailbox: Mailbox): string {
  const what = night.number === 0 ? `the first run: the ${FIRST_NIGHT_DAYS} days before it` : 'the day before it';
  return [
    `A Salesforce org is running at ${org.url} and a mail server at ${mailbox.host}:${mailbox.port} (STARTTLS),`,
    'both inside this demo. Everything else is the program as it runs in production.',
    '',
    `Night ${night.number + 1}, ${utcDay(night.now)}, ${what}.`,
    '',
    '',
  ].join('\n');
}
