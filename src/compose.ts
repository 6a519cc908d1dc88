import { existsSync, readFileSync } from 'node:fs';
import { createDirectorySource } from './acquire/directory-source.ts';
import { createFilesSource } from './acquire/files-source.ts';
import { openSession } from './acquire/session.ts';
import { loadExceptions } from './config/exceptions.ts';
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
    policy: { minimum: settings.policy.minimum, maximum: settings.policy.maximum },
    adviceRule: settings.advice,
    exceptions: loadExceptions(settings.policy.exceptionsFile),
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

function composeSource({ source, salesforce }: Settings, context: { clock: Clock; logger: Logger }): LogSource {
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
  return createFilesSource(
    { ...source.files, maxFileBytes },
    (signal) => openSession({ loginUrl, auth, apiVersion, timeoutMs }, context, signal),
    context.logger,
  );
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
