import type { Heartbeat } from '../deliver/heartbeat.ts';
import { MailFailure } from '../deliver/smtp-failure.ts';
import type { Delivered, LogSource, Mailer, MessageSource } from '../model/ports.ts';
import { AuditError } from '../support/errors.ts';

/** Gives the text without the secrets of the settings and those received meanwhile. */
export type Redact = (text: string) => string;

// What an org or a mail server refuses a run with becomes a record, an alert, a digest and a ping. It may say a secret back,
// so it is redacted by value here, where it comes in.

/** The source, whose failures hold no secret. */
export function discreetSource(source: LogSource, redact: Redact): LogSource {
  const { cursorName } = source;
  return {
    ...source,
    ...(cursorName === undefined ? {} : { cursorName: (signal) => discreetly(cursorName(signal), redact) }),
    find: (window, signal, since) => discreetly(source.find(window, signal, since), redact),
    fetch: (file, folder, signal) => discreetly(source.fetch(file, folder, signal), redact),
  };
}

export function discreetMessages(source: MessageSource, redact: Redact): MessageSource {
  return {
    ...source,
    async *pages(window, signal) {
      try {
        yield* source.pages(window, signal);
      } catch (error) {
        throw withoutSecretsOf(error, redact);
      }
    },
  };
}

/** The mailer, whose failures and refusals hold no secret. */
export function discreetMailer(mailer: Mailer, redact: Redact): Mailer {
  return {
    ...mailer,
    async send(mail, options) {
      const delivered = await discreetly(mailer.send(mail, options), redact);
      return { ...delivered, rejected: withoutSecretsIn(delivered.rejected, redact) };
    },
  };
}

/** The heartbeat, whose texts hold no secret. */
export function discreetHeartbeat(heartbeat: Heartbeat, redact: Redact): Heartbeat {
  return { ping: (event, text) => heartbeat.ping(event, text === undefined ? undefined : redact(text)) };
}

/** The same error, changed in place: its class tells those who catch it what to do. */
function withoutSecretsOf(error: unknown, redact: Redact): unknown {
  if (!Error.isError(error)) return error;
  const told: Record<string, unknown> = { message: redact(error.message) };
  if (error.stack !== undefined) told['stack'] = redact(error.stack);
  if (error instanceof AuditError && error.remedy !== undefined) told['remedy'] = redact(error.remedy);
  if (error instanceof MailFailure) told['rejected'] = withoutSecretsIn(error.rejected, redact);
  const isTold = tell(error, told);
  if (!isTold) return new Error(redact(error.message));
  if (error.cause !== undefined) tell(error, { cause: withoutSecretsOf(error.cause, redact) });
  return error;
}

/** False where the error cannot be changed: it is frozen, or its message is a getter's, as a DOMException's. */
function tell(error: Error, told: Readonly<Record<string, unknown>>): boolean {
  try {
    for (const [name, value] of Object.entries(told)) {
      Object.defineProperty(error, name, { value, configurable: true, writable: true, enumerable: false });
    }
    return true;
  } catch {
    return false;
  }
}

async function discreetly<T>(work: Promise<T>, redact: Redact): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw withoutSecretsOf(error, redact);
  }
}

function withoutSecretsIn(rejected: Delivered['rejected'], redact: Redact): Delivered['rejected'] {
  return rejected.map((refusal) => ({ ...refusal, response: redact(refusal.response) }));
}
