import type { MailTry, Outbox, OwedMail } from '../model/outbox.ts';
import type { Delivered, Mailer } from '../model/ports.ts';
import { AuditError, messageOf } from '../support/errors.ts';
import { type LockParts, withLock } from '../support/held-lock.ts';
import { MailFailure } from './smtp-failure.ts';

const FIRST_PAUSE_MS = 5 * 60_000;
const LONGEST_PAUSE_MS = 2 * 3_600_000;

/**
 * Outcomes this process could not write down, as on a disk that is nearly full, by Message-ID: such a mail is not sent
 * again before its outcome is written.
 */
const unwritten = new Map<string, MailTry>();

const KEPT = 'The mail is kept: the next run or the worker sends it.';

/** Nobody got the mail: what it tells of is recorded all the same. */
export class UndeliveredError extends AuditError {}

export interface DeliveryParts extends LockParts {
  readonly outbox: Outbox;
  readonly mailer: Mailer;
}

export interface DeliveryOptions {
  /** Older mails are not sent: the next digest tells of them. */
  readonly tooOldAfterMs: number;
  /** True keeps the pauses after failed tries; false tries everything once. */
  readonly onlyDue: boolean;
  /** Mails that are left alone: they may soon be out of date. */
  readonly leave?: (mail: OwedMail) => boolean;
}

/** What became of one owed mail. */
export interface MailOutcome {
  readonly messageId: string;
  readonly delivered: Delivered;
  /** Why nobody got it; undefined where somebody did. */
  readonly failure: UndeliveredError | undefined;
}

/**
 * Sends what is owed, oldest first, each mail to those who have not got it; writes down what became of it before the
 * next one. A mail server that cannot be used at all ends the pass: the others would fail the same way. A mail that
 * another process is sending is left to it. When `signal` is aborted the mailer is closed and the rest stays owed.
 */
export async function deliverOwed(
  parts: DeliveryParts,
  options: DeliveryOptions,
  signal: AbortSignal,
): Promise<MailOutcome[]> {
  const { outbox, mailer, clock } = parts;
  const giveUp = () => mailer.close();
  signal.addEventListener('abort', giveUp, { once: true });
  const outcomes: MailOutcome[] = [];
  try {
    for (const listed of outbox.owed()) {
      if (signal.aborted) break;
      const { messageId, createdAt, nextTryAt } = listed;
      if (unwritten.has(messageId)) {
        writeDown(messageId, outbox);
        continue;
      }
      const nowMs = clock.now().getTime();
      if (createdAt.getTime() + options.tooOldAfterMs < nowMs) continue;
      // A pause that is longer than any was begun under a clock that was ahead.
      const pauseMs = nextTryAt.getTime() - nowMs;
      if (options.onlyDue && pauseMs > 0 && pauseMs <= LONGEST_PAUSE_MS) continue;
      if (options.leave?.(listed) === true) continue;
      const tried = await withLock<Tried | undefined>(
        `mail:${messageId}`,
        parts,
        { busy: () => undefined },
        async () => {
          outbox.readdress(messageId, mailer.recipients, clock.now());
          // Somebody else may have sent it since the list was made.
          const mail = outbox.find(messageId);
          return mail === undefined ? undefined : await tryMail(mail, parts, signal);
        },
      );
      if (tried === undefined) continue;
      outcomes.push(tried);
      if (tried.sessionFailed) break;
    }
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
  return outcomes;
}

interface Tried extends MailOutcome {
  /** The mail server could not be used at all. */
  readonly sessionFailed: boolean;
}

async function tryMail(owed: OwedMail, parts: DeliveryParts, signal: AbortSignal): Promise<Tried> {
  const { outbox, mailer, clock, logger } = parts;
  const { messageId, kind, mail, tries, createdAt } = owed;
  const wanted = mailer.recipients;
  const to = wanted.filter((address) => owed.isOwedTo(address));
  outbox.begin(messageId, new Date(clock.now().getTime() + pauseAfter(tries + 1)));
  const result = to.length === 0 ? NOBODY : await attempt(mailer, owed, to, createdAt);
  const { delivered, failure } = result;
  const refused = delivered.rejected.filter(({ permanent }) => permanent);
  const pending = to.length - delivered.accepted.length - refused.length;
  const at = clock.now();
  const outcome: MailTry = {
    accepted: delivered.accepted,
    refused,
    wanted,
    failure: pending > 0 ? (failure?.message ?? temporaryAnswers(delivered)) : null,
    at,
    // Being stopped is no sign that the mail server is in trouble.
    nextTryAt: signal.aborted ? at : new Date(at.getTime() + pauseAfter(tries + 1)),
  };
  unwritten.set(messageId, outcome);
  writeDown(messageId, outbox);
  // Without its right-hand side, so that a log holds nothing that looks like an address.
  const [mailId = ''] = messageId.split('@', 1);
  const facts = { mail: mailId, kind, accepted: delivered.accepted.length, refused: refused.length, owed: pending };
  if (refused.length > 0) {
    logger.error('mail refused for good', { ...facts, answers: refused.map(({ response }) => response) });
  }
  if (pending > 0) logger.warn('mail is still owed', { ...facts, subject: mail.subject, reason: outcome.failure });
  else logger.info(`${kind} sent`, facts);
  const told = failure === undefined ? undefined : undelivered(failure, pending > 0);
  return { messageId, delivered, failure: told, sessionFailed: result.sessionFailed };
}

function writeDown(messageId: string, outbox: Outbox): void {
  const outcome = unwritten.get(messageId);
  if (outcome === undefined) return;
  outbox.record(messageId, outcome);
  unwritten.delete(messageId);
}

/** Whether somebody got the mail and that could not be written down. */
export function isHandedOver(messageId: string): boolean {
  return (unwritten.get(messageId)?.accepted.length ?? 0) > 0;
}

const NOBODY = { delivered: { accepted: [], rejected: [] }, failure: undefined, sessionFailed: false };

async function attempt(
  mailer: Mailer,
  { mail }: OwedMail,
  to: readonly string[],
  date: Date,
): Promise<Pick<Tried, 'delivered' | 'failure' | 'sessionFailed'>> {
  try {
    const delivered = await mailer.send(mail, { to, date });
    return { delivered, failure: undefined, sessionFailed: false };
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    const { rejected, permanent } = error instanceof MailFailure ? error : { rejected: [], permanent: false };
    const refusals = permanent ? to.map((recipient) => ({ recipient, response: error.message, permanent })) : rejected;
    return {
      delivered: { accepted: [], rejected: refusals },
      failure: error,
      sessionFailed: refusals.length === 0,
    };
  }
}

function temporaryAnswers({ rejected }: Delivered): string {
  const answers = new Set(rejected.filter(({ permanent }) => !permanent).map(({ response }) => response));
  return answers.size === 0 ? 'not accepted for everybody' : [...answers].join('; ');
}

/** Five minutes, then twice as long each time: long enough for greylisting (RFC 6647 section 5), short of a night. */
function pauseAfter(tries: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
}

function undelivered(failure: AuditError, kept: boolean): UndeliveredError {
  const remedy = [failure.remedy, kept ? KEPT : undefined].filter((part) => part !== undefined).join(' ');
  return new UndeliveredError(messageOf(failure), { remedy });
}
