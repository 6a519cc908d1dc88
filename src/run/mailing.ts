import { deliverOwed, type DeliveryOptions, type MailOutcome, type UndeliveredError } from '../deliver/owed-mail.ts';
import type { History } from '../model/history.ts';
import type { NewMail, OwedMail, Undelivered } from '../model/outbox.ts';
import type { Clock, Delivered, DigestMail, Mailer } from '../model/ports.ts';
import type { Owner } from '../model/run-record.ts';
import type { Logger } from '../support/logger.ts';

export interface MailingParts {
  readonly history: History;
  readonly clock: Clock;
  readonly logger: Logger;
  /** This process and this piece of its work. */
  readonly owner: Owner;
  /** A mail that is owed for longer is not sent any more: the next digest tells of it. */
  readonly tooOldAfterMs: number;
  /** Where several runs share a mail server: what is known of it. Undefined where a failure is thrown at once. */
  readonly outage?: MailOutage;
}

/** A mail server that failed is not asked again by the runs that share this; what they have to send stays owed. */
export interface MailOutage {
  failure: UndeliveredError | undefined;
}

/** The digest of a run, as it is stored with the run's result. */
export function newDigest(
  mail: DigestMail,
  job: string,
  mailer: Mailer,
  carried: { readonly undelivered: readonly Undelivered[]; readonly supersedes: readonly string[] },
  clock: Clock,
): NewMail {
  const tellsOf = carried.undelivered.map(({ messageId }) => messageId);
  const { supersedes } = carried;
  return { mail, kind: 'digest', job, at: clock.now(), recipients: mailer.recipients, tellsOf, supersedes };
}

/**
 * Sends what is owed, the new digest last. Undefined where another process is sending that one, and where the mail server
 * fails and the parts take note of it.
 * @throws UndeliveredError where nobody got the new digest and the parts take no note of it.
 */
export async function sendDigest(
  digest: DigestMail,
  parts: MailingParts & { readonly mailer: Mailer },
  leave: (mail: OwedMail) => boolean,
  signal: AbortSignal,
): Promise<Delivered | undefined> {
  const { outage } = parts;
  if (outage?.failure !== undefined) return undefined;
  const outcomes = await sendOwed(parts, parts.mailer, { onlyDue: false, leave }, signal);
  const own = outcomes.find(({ messageId }) => messageId === digest.messageId);
  // A mail server that could not be used for an older mail was not asked about the new one.
  const failure = own === undefined ? outcomes.find((outcome) => outcome.failure !== undefined)?.failure : own.failure;
  if (failure !== undefined) {
    if (outage === undefined) throw failure;
    outage.failure = failure;
    return undefined;
  }
  if (own === undefined) signal.throwIfAborted();
  return own?.delivered;
}

/** Sends what earlier runs owe. */
export async function sendOwed(
  parts: MailingParts,
  mailer: Mailer,
  options: Omit<DeliveryOptions, 'tooOldAfterMs'>,
  signal: AbortSignal,
): Promise<MailOutcome[]> {
  const { clock, logger, owner, tooOldAfterMs, history } = parts;
  const { outbox, locks } = history;
  return await deliverOwed({ outbox, locks, mailer, clock, logger, owner }, { tooOldAfterMs, ...options }, signal);
}
