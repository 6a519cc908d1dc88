import { isHandedOver, UndeliveredError } from '../deliver/owed-mail.ts';
import type { Heartbeat } from '../deliver/heartbeat.ts';
import { JobBusyError, JobServedError } from '../run/job-lock.ts';
import type { AuditName, Chore, ChoreParts, Job } from './job.ts';
import { isAlertDue } from '../judge/alert-plan.ts';
import type { Clock, DigestMail } from '../model/ports.ts';
import type { Trouble, Troubles } from '../model/trouble.ts';
import type { Window } from '../model/window.ts';
import { sendOwed } from '../run/mailing.ts';
import { renderAlert, renderRecovery } from '../report/alert.ts';
import { AuditError, messageOf } from '../support/errors.ts';
import type { RunOutcome } from '../run/run.ts';
import type { Logger } from '../support/logger.ts';

interface TellingParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The history and the mailer, made anew: what failed may be one of them. The history is undefined where it cannot be opened. */
  readonly openMail: () => MailParts;
  /** Where failures are counted while the history cannot be used. */
  readonly memory: Troubles;
  /**
   * What it was to audit and is not covered, oldest first; nothing where nobody knows; throws where the history cannot be
   * asked. Undefined for a chore: no day waits for it.
   */
  readonly leftBy: ((parts: ChoreParts) => readonly Window[] | undefined) | undefined;
}

export interface UnattendedParts extends TellingParts {
  readonly heartbeat: Heartbeat;
}

type Task = Pick<Job | Chore, 'name'>;

export type MailParts = Omit<ChoreParts, 'history'> & {
  readonly history: ChoreParts['history'] | undefined;
} & Disposable;

/**
 * A run nobody watches: the watchdog is pinged, the admins are told when it fails and when it works again. What it
 * throws is what the run threw; telling never fails.
 */
export async function runUnattended<Outcome extends Pick<RunOutcome, 'report'>>(
  job: Job,
  parts: UnattendedParts,
  signal: AbortSignal,
  run: () => Promise<Outcome>,
): Promise<Outcome> {
  const { heartbeat } = parts;
  await heartbeat.ping('start');
  try {
    const outcome = await run();
    await tellOfSuccess(job, parts, signal);
    await heartbeat.ping('success', outcome.report.verdict);
    return outcome;
  } catch (error) {
    // The watchdog heard of a start, and waits.
    if (error instanceof JobServedError) await heartbeat.ping('success', messageOf(error));
    // Somebody else does the work, or somebody stopped it on purpose.
    if (error instanceof JobBusyError || signal.aborted) throw error;
    // The audit itself worked. A mail about mail that does not arrive would not arrive.
    if (error instanceof UndeliveredError) await tellOfSuccess(job, parts, signal);
    else await tellOfFailure(job, error, parts, signal);
    await heartbeat.ping('fail', messageOf(error));
    throw error;
  }
}

/** The same for a chore, of which no watchdog is told: it waits for audits. */
export async function doUnattended(
  chore: Chore,
  parts: Omit<TellingParts, 'leftBy'>,
  signal: AbortSignal,
  work: () => Promise<string>,
): Promise<string> {
  const telling = { ...parts, leftBy: undefined };
  try {
    const done = await work();
    await tellOfSuccess(chore, telling, signal);
    return done;
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof UndeliveredError) await tellOfSuccess(chore, telling, signal);
    else await tellOfFailure(chore, error, telling, signal);
    throw error;
  }
}

/**
 * Tells the admins, where that is due; never fails. What an aborted signal keeps from being sent stays in the outbox.
 * @param since when what failed began, where that is not now.
 */
export async function tellOfFailure(
  job: Task,
  error: unknown,
  parts: TellingParts,
  signal: AbortSignal,
  since = parts.clock.now(),
): Promise<void> {
  try {
    using mail = parts.openMail();
    const { history, mailer } = mail;
    if (history !== undefined && (await alertByOutbox(job, error, since, { ...mail, history }, parts, signal))) return;
    // Without a history that can be written there is no outbox: better an alert that may be lost than none.
    const at = parts.clock.now();
    const trouble = parts.memory.failed(job.name, since, messageOf(error));
    if (mailer === undefined || !isAlertDue(trouble, at)) return;
    await mailer.send(alertOf(trouble, error, mail, parts), { date: at });
    parts.memory.alerted(job.name, at);
  } catch (second) {
    parts.logger.error('the failure alert could not be sent', { job: job.name, reason: messageOf(second) });
  }
}

/** False where the history cannot take the alert, as on a disk that is nearly full, and nobody got it. */
async function alertByOutbox(
  job: Task,
  error: unknown,
  since: Date,
  mail: ChoreParts & MailParts,
  parts: TellingParts,
  signal: AbortSignal,
): Promise<boolean> {
  const { history, mailer } = mail;
  const at = parts.clock.now();
  let alert: DigestMail | undefined;
  try {
    const trouble = history.troubles.failed(job.name, since, messageOf(error));
    if (mailer === undefined || !isAlertDue(trouble, at)) return true;
    alert = alertOf(trouble, error, mail, parts);
    history.outbox.put({ mail: alert, kind: 'alert', job: tellerOf(job, mail), at, recipients: mailer.recipients });
    history.troubles.alerted(job.name, at);
    await sendOwed(mail, mailer, { onlyDue: false }, signal);
    return true;
  } catch (second) {
    const facts = { job: job.name, reason: messageOf(second) };
    parts.logger.error('the failure alert could not be stored: it is sent without the outbox', facts);
    return alert !== undefined && isHandedOver(alert.messageId);
  }
}

function alertOf(trouble: Trouble, error: unknown, mail: MailParts, parts: TellingParts): DigestMail {
  const remedy = error instanceof AuditError ? error.remedy : undefined;
  const left = mail.history === undefined ? undefined : parts.leftBy?.({ ...mail, history: mail.history });
  return renderAlert(trouble, { at: parts.clock.now(), isChore: isChore(parts), remedy, left }, mail);
}

function isChore({ leftBy }: TellingParts): boolean {
  return leftBy === undefined;
}

/** What becomes of a mail is told in the digest of an audit that is enabled. */
function tellerOf({ name }: Task, { audits: [first = 'outbound-audit', ...others] }: MailParts): AuditName {
  return others.find((audit) => audit === name) ?? first;
}

async function tellOfSuccess(job: Task, parts: TellingParts, signal: AbortSignal): Promise<void> {
  try {
    using mail = parts.openMail();
    const { history, mailer } = mail;
    const ended = [parts.memory.succeeded(job.name), history?.troubles.succeeded(job.name)];
    const told = ended.find((trouble) => trouble !== undefined && trouble.alerts > 0);
    if (told === undefined || history === undefined || mailer === undefined) return;
    const at = parts.clock.now();
    const recovery = renderRecovery(told, { at, isChore: isChore(parts) }, mail);
    history.outbox.put({ mail: recovery, kind: 'alert', job: tellerOf(job, mail), at, recipients: mailer.recipients });
    await sendOwed({ ...mail, history }, mailer, { onlyDue: false }, signal);
  } catch (error) {
    parts.logger.error('the recovery could not be told', { job: job.name, reason: messageOf(error) });
  }
}
