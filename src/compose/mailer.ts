import { readFileSync } from 'node:fs';
import { secretsOf } from '../config/loading.ts';
import { needed } from '../config/requirement.ts';
import type { Settings } from '../config/schema.ts';
import { createSmtpMailer } from '../deliver/smtp-mailer.ts';
import type { SmtpOptions } from '../deliver/smtp-options.ts';
import { discreetMailer, type Redact } from './discreet-parts.ts';
import type { Clock, Mailer } from '../model/ports.ts';
import { messageOf, UsageError } from '../support/errors.ts';
import { withoutSecrets } from '../support/logger.ts';

const MINUTE_MS = 60_000;

export function composeMailer(settings: Settings, clock: Clock): Mailer {
  return discreetMailer(createSmtpMailer(smtpOptions(settings), { clock }), redactionOf(settings));
}

/** What takes the secrets of the settings out of a text. */
export function redactionOf(settings: Settings): Redact {
  const secrets = secretsOf(settings);
  return (text) => withoutSecrets(text, secrets);
}

export function smtpOptions({ mail }: Settings): SmtpOptions {
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
