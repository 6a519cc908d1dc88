import { existsSync, readFileSync } from 'node:fs';
import { createDirectorySource } from './acquire/directory-source.ts';
import { createMessageSource } from './acquire/email-messages.ts';
import { createEventLogFileSource } from './acquire/event-log-file-source.ts';
import { createFilesSource } from './acquire/files-source.ts';
import { lazySession, type LazySession } from './acquire/lazy-session.ts';
import { createOrgNotes } from './acquire/org-notes.ts';
import { openSession } from './acquire/session.ts';
import { calibrateSetupPage } from './acquire/setup-page/calibration.ts';
import { createSetupPageSource, type SetupPageContext } from './acquire/setup-page/source.ts';
import type { SalesforceAuth } from './acquire/sign-in.ts';
import { readAuthUrl } from './config/auth-url.ts';
import { foreignEnvironment } from './config/environment.ts';
import { loadExceptions } from './config/exceptions.ts';
import { secretsOf } from './config/loading.ts';
import { missingForMail, missingForSignIn, missingForSource } from './config/requirement.ts';
import type { Settings } from './config/schema.ts';
import { createHeartbeat, type Heartbeat } from './deliver/heartbeat.ts';
import { createSmtpMailer } from './deliver/smtp-mailer.ts';
import type { SmtpOptions } from './deliver/smtp-options.ts';
import { asksOrg, type DoctorParts } from './doctor.ts';
import { AUDITS } from './job.ts';
import type { History } from './model/history.ts';
import type { Clock, LogSource, Mailer } from './model/ports.ts';
import { HOUR_MS } from './model/window.ts';
import type { RunParts } from './pipeline.ts';
import type { DatabaseOptions } from './record/database.ts';
import { openHistory } from './record/history.ts';
import { renderDigest } from './report/digest.ts';
import type { MailParts } from './unattended-run.ts';
import { UsageError, messageOf } from './support/errors.ts';
import { createLogger, type Logger } from './support/logger.ts';
import { newOwner } from './support/owner.ts';
import { packageVersion } from './support/package-info.ts';

const MINUTE_MS = 60_000;

/** Parts that have to be released when the work is done, whatever happened. */
export interface Composed extends RunParts, AsyncDisposable {}

export function composeLogger(settings: Settings, stream: NodeJS.WriteStream): Logger {
  return createLogger({ ...settings.log, secrets: secretsOf(settings), stream });
}

/**
 * Makes the parts of a run from the settings: the only place that constructs adapters.
 * @param mode `dry` changes nothing: an existing history is only read, a missing one is not made, nothing is sent.
 */
export function compose(
  settings: Settings,
  context: { readonly clock: Clock; readonly logger: Logger },
  mode: { readonly dry: boolean; readonly mail: boolean },
): Composed {
  const history = composeHistory(settings, mode.dry);
  const session = composeSession(settings, context);
  const source = composeSource(settings, session, context, mode);
  const mailer = settings.mail.enabled && mode.mail && !mode.dry ? composeMailer(settings, context.clock) : undefined;
  const messageIdDomain = messageIdDomainOf(settings);
  return {
    ...context,
    source,
    messages: createMessageSource(session),
    orgNotes: settings.source.type === 'directory' ? undefined : createOrgNotes(session, context.logger),
    history,
    mailer,
    policy: { minimum: settings.policy.minimum, maximum: settings.policy.maximum },
    adviceRule: settings.advice,
    exceptions: loadExceptions(settings.policy.exceptionsFile),
    dateOrder: settings.parse.dateOrder,
    overlapDays: settings.source.overlapDays,
    quietHours: settings.source.quietHours,
    spoolFolder: settings.spool.path,
    version: packageVersion,
    owner: newOwner(),
    mailWhen: settings.mail.when,
    tooOldAfterMs: settings.mail.mergeAfterHours * HOUR_MS,
    renderDigest: (report, undelivered) => {
      const { attachViolations } = settings.mail;
      return renderDigest(report, { messageIdDomain, undelivered, attachViolations, zone: settings.report.timezone });
    },
    async [Symbol.asyncDispose]() {
      mailer?.close();
      await source.close();
      await session.close();
      history.close();
    },
  };
}

/** The parts of a check-up; what settings are missing for is left out. */
export function composeDoctor(
  settings: Settings,
  context: { readonly clock: Clock; readonly logger: Logger },
): DoctorParts & AsyncDisposable {
  const session = composeSession(settings, context);
  const isSetupPage = settings.source.type === 'setup-page';
  const isReady = missingForSource(settings).length === 0;
  const source = isReady && !isSetupPage ? composeSource(settings, session, context, { dry: true }) : undefined;
  const sends = settings.mail.enabled && missingForMail(settings).length === 0;
  return {
    settings,
    clock: context.clock,
    source,
    calibrate:
      isReady && isSetupPage
        ? (signal) => calibrateSetupPage(settings.source.setupPage, session, browserContext(settings, context), signal)
        : undefined,
    session: asksOrg(settings) && missingForSignIn(settings).length === 0 ? session : undefined,
    smtp: sends ? () => smtpOptions(settings) : undefined,
    async [Symbol.asyncDispose]() {
      await source?.close();
      await session.close();
    },
  };
}

/**
 * The history and the mailer alone, for what is not a run: chores, alerts, mail that is owed. The history is undefined
 * where it cannot be opened.
 */
export function composeMail(
  settings: Settings,
  context: { readonly clock: Clock; readonly logger: Logger },
  options: DatabaseOptions = {},
): MailParts {
  const mailer = settings.mail.enabled ? composeMailer(settings, context.clock) : undefined;
  let history: History | undefined;
  try {
    history = openHistory(settings.history.path, options);
  } catch (error) {
    context.logger.error('the history cannot be opened', { reason: messageOf(error) });
  }
  return {
    ...context,
    history,
    mailer,
    owner: newOwner(),
    tooOldAfterMs: settings.mail.mergeAfterHours * HOUR_MS,
    version: packageVersion,
    messageIdDomain: messageIdDomainOf(settings),
    zone: settings.report.timezone,
    keepDays: settings.history.keepDays,
    audits: AUDITS.filter((name) => settings.jobs[name].enabled),
    [Symbol.dispose]() {
      mailer?.close();
      history?.close();
    },
  };
}

export function composeHeartbeat({ heartbeat }: Settings, logger: Logger): Heartbeat {
  return createHeartbeat(heartbeat.url?.reveal(), heartbeat.timeoutMs, logger);
}

function messageIdDomainOf({ mail }: Settings): string {
  return mail.from?.split('@').at(-1) ?? 'tls-audit.invalid';
}

function composeHistory({ history }: Settings, dry: boolean): History {
  if (!dry) return openHistory(history.path);
  return existsSync(history.path) ? openHistory(history.path, { readOnly: true }) : openHistory(':memory:');
}

/** Settings of the sign-in are read when the org is first needed: not every job and source needs one. */
function composeSession({ salesforce }: Settings, context: { clock: Clock; logger: Logger }): LazySession {
  const { apiVersion, timeoutMs } = salesforce;
  return lazySession((signal) => openSession({ ...signInOptions(salesforce), apiVersion, timeoutMs }, context, signal));
}

function composeSource(
  settings: Settings,
  session: LazySession,
  context: { readonly clock: Clock; readonly logger: Logger },
  { dry }: { readonly dry: boolean },
): LogSource {
  const { source } = settings;
  const { maxFileBytes } = source;
  switch (source.type) {
    case 'directory': {
      const path = needed(source.directory.path, 'source.directory.path');
      return createDirectorySource({ path, pattern: source.directory.pattern, maxFileBytes }, context);
    }
    case 'event-log-file': {
      const eventType = needed(source.eventLogFile.eventType, 'source.eventLogFile.eventType');
      return createEventLogFileSource({ ...source.eventLogFile, eventType, maxFileBytes }, session);
    }
    case 'files':
      return createFilesSource({ ...source.files, maxFileBytes }, session, context.logger);
    case 'setup-page':
      return createSetupPageSource(
        { ...source.setupPage, maxFileBytes, dry },
        session,
        browserContext(settings, context),
      );
  }
}

function browserContext(
  { spool }: Settings,
  context: { readonly clock: Clock; readonly logger: Logger },
): SetupPageContext {
  return { ...context, browserEnvironment: foreignEnvironment(), spoolFolder: spool.path };
}

function signInOptions(salesforce: Settings['salesforce']): {
  readonly loginUrl: string;
  readonly auth: SalesforceAuth;
} {
  const { auth: type, loginUrl } = salesforce;
  if (type === 'sfdx-auth-url') {
    const authUrl = readAuthUrl(needed(salesforce.authUrl, 'salesforce.authUrl').reveal());
    const { loginUrl: home, ...auth } = needed(authUrl ?? null, 'salesforce.authUrl');
    return { loginUrl: home, auth: { type: 'refresh-token', ...auth } };
  }
  const clientId = needed(salesforce.clientId, 'salesforce.clientId');
  switch (type) {
    case 'jwt': {
      const username = needed(salesforce.username, 'salesforce.username');
      const privateKeyPem = needed(salesforce.privateKey, 'salesforce.privateKey').reveal();
      return {
        loginUrl,
        auth: { type, clientId, username, privateKeyPem, audience: salesforce.audience ?? loginUrl },
      };
    }
    case 'client-credentials': {
      const clientSecret = needed(salesforce.clientSecret, 'salesforce.clientSecret').reveal();
      return { loginUrl, auth: { type, clientId, clientSecret } };
    }
    case 'refresh-token': {
      const refreshToken = needed(salesforce.refreshToken, 'salesforce.refreshToken').reveal();
      return { loginUrl, auth: { type, clientId, clientSecret: salesforce.clientSecret?.reveal(), refreshToken } };
    }
  }
}

function composeMailer(settings: Settings, clock: Clock): Mailer {
  return createSmtpMailer(smtpOptions(settings), { clock });
}

function smtpOptions({ mail }: Settings): SmtpOptions {
  const { smtp } = mail;
  return {
    from: needed(mail.from, 'mail.from'),
    to: mail.to,
    host: needed(smtp.host, 'mail.smtp.host'),
    port: smtp.port,
    security: smtp.security,
    minVersion: smtp.minVersion,
    verifyCertificate: smtp.verifyCertificate,
    ...(smtp.caFile === null ? {} : { caPem: readCaFile(smtp.caFile) }),
    ...(smtp.username === null ? {} : { username: smtp.username }),
    ...(smtp.password === null ? {} : { password: smtp.password.reveal() }),
    timeoutMs: smtp.timeoutMs,
    timeLimitMs: smtp.timeLimitMinutes * MINUTE_MS,
  };
}

function readCaFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`mail.smtp.caFile: ${path} cannot be read: ${messageOf(error)}`, {
      remedy: 'Name a PEM file this user may read, or null.',
      cause: error,
    });
  }
}

/** requireForRun has refused such settings before, with every other one that is missing. */
function needed<T>(value: T | null, path: string): T {
  if (value === null) throw new UsageError(`${path} is not set`);
  return value;
}
