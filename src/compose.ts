import { existsSync, readFileSync } from 'node:fs';
import { createDirectorySource } from './acquire/directory-source.ts';
import { createFilesSource } from './acquire/files-source.ts';
import { openSession, type Session } from './acquire/session.ts';
import { createSetupPageSource, type OrgSession } from './acquire/setup-page/source.ts';
import { foreignEnvironment } from './config/environment.ts';
import { secretsOf } from './config/loading.ts';
import type { Settings } from './config/schema.ts';
import { createSmtpMailer } from './deliver/smtp-mailer.ts';
import type { Clock, History, LogSource, Mailer } from './model/ports.ts';
import type { RunParts } from './pipeline.ts';
import { openHistory } from './record/history.ts';
import { renderDigest } from './report/digest.ts';
import { UsageError, messageOf } from './support/errors.ts';
import { createLogger, type Logger } from './support/logger.ts';
import { packageVersion } from './support/package-info.ts';

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
  const source = composeSource(settings, context);
  const mailer = settings.mail.enabled && mode.mail && !mode.dry ? composeMailer(settings, context.clock) : undefined;
  const messageIdDomain = settings.mail.from?.split('@').at(-1) ?? 'tls-audit.invalid';
  return {
    ...context,
    source,
    history,
    mailer,
    policy: settings.policy,
    dateOrder: settings.parse.dateOrder,
    spoolFolder: settings.spool.path,
    version: packageVersion,
    renderDigest: (report) => {
      const digest = renderDigest(report, { messageIdDomain });
      return settings.mail.attachViolations ? digest : { ...digest, attachments: [] };
    },
    async [Symbol.asyncDispose]() {
      mailer?.close();
      await source.close();
      history.close();
    },
  };
}

function composeHistory({ history }: Settings, dry: boolean): History {
  if (!dry) return openHistory(history.path);
  return existsSync(history.path) ? openHistory(history.path, { readOnly: true }) : openHistory(':memory:');
}

function composeSource(settings: Settings, context: { clock: Clock; logger: Logger }): LogSource {
  const { source, salesforce, spool } = settings;
  const { maxFileBytes } = source;
  if (source.type === 'directory') {
    const path = needed(source.directory.path, 'source.directory.path');
    return createDirectorySource({ path, pattern: source.directory.pattern, maxFileBytes }, context);
  }
  const { loginUrl, apiVersion, timeoutMs } = salesforce;
  const clientId = needed(salesforce.clientId, 'salesforce.clientId');
  const auth =
    salesforce.auth === 'jwt'
      ? ({
          type: 'jwt',
          clientId,
          username: needed(salesforce.username, 'salesforce.username'),
          privateKeyPem: needed(salesforce.privateKey, 'salesforce.privateKey').reveal(),
          audience: salesforce.audience ?? loginUrl,
        } as const)
      : ({
          type: 'client-credentials',
          clientId,
          clientSecret: needed(salesforce.clientSecret, 'salesforce.clientSecret').reveal(),
        } as const);
  const open = (signal: AbortSignal) => openSession({ loginUrl, auth, apiVersion, timeoutMs }, context, signal);
  if (source.type === 'setup-page') {
    const browserParts = { browserEnvironment: foreignEnvironment(), spoolFolder: spool.path };
    return createSetupPageSource({ ...source.setupPage, maxFileBytes }, shared(open), { ...context, ...browserParts });
  }
  return createFilesSource({ ...source.files, maxFileBytes }, open, context.logger);
}

function shared(open: (signal: AbortSignal) => Promise<Session>): OrgSession {
  let session: Session | undefined;
  return {
    signedIn: async (signal) => (session ??= await open(signal)),
    close: async () => session?.close(),
  };
}

function composeMailer({ mail }: Settings, clock: Clock): Mailer {
  const { smtp } = mail;
  return createSmtpMailer(
    {
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
    },
    { clock },
  );
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
