import { auditWindows, type JobOutcome } from './audit-windows.ts';
import { compose, composeHeartbeat, composeLogger, composeMail, composeTroubles } from '../compose.ts';
import type { Settings } from '../config/schema.ts';
import { JobServedError, withJobLock } from '../run/job-lock.ts';
import { type Chore, type ChoreParts, isClockBehind, type Job, RUNS_LOOKED_AT } from './job.ts';
import { tellOfKilled } from './killed-run.ts';
import { uncoveredDays } from './missed-run.ts';
import { stretchesOf } from '../judge/due-window.ts';
import { underRightClock } from '../judge/right-clock.ts';
import type { MailOutcome } from '../deliver/owed-mail.ts';
import { type MailOutage, sendOwed } from '../run/mailing.ts';
import type { History } from '../model/history.ts';
import type { Clock, Mailer } from '../model/ports.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { Troubles } from '../model/trouble.ts';
import { DAY_MS, utcDay, type Window } from '../model/window.ts';
import type { RunParts } from '../run/run.ts';
import { createSchedule } from './schedule.ts';
import { isAbout } from '../run/superseded-digests.ts';
import { AuditError, messageOf } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';
import { doUnattended, runUnattended, type UnattendedParts } from './unattended-run.ts';

const MINUTE_MS = 60_000;

export interface JobRequest {
  readonly job: Job;
  readonly settings: Settings;
  /** Undefined for the window that is due. */
  readonly explicit: Window | undefined;
  /** When a schedule asked for the run: it is left out where it was done since; what it owes is sent. */
  readonly tick?: Date | undefined;
  /** What was due then is due; now where left out. */
  readonly asOf?: Date | undefined;
  readonly dry: boolean;
  readonly mail: boolean;
  readonly clock: Clock;
  /** Where failures are counted while the history cannot be used; a file beside it where left out. */
  readonly memory?: Troubles;
}

interface Context {
  readonly stderr: NodeJS.WriteStream;
}

/** Runs a job once with parts made for it; sends first what earlier runs owe. */
export async function runJob(request: JobRequest, context: Context, signal: AbortSignal): Promise<JobOutcome> {
  const { job, settings, clock, dry, mail } = request;
  const logger = composeLogger(settings, context.stderr);
  await using parts = compose(settings, { clock, logger }, { dry, mail });
  const own = settings.jobs[job.name];
  const work = async (working: AbortSignal, killed: readonly RunRecord[]) => {
    const telling = { ...tellingParts(request, logger), history: parts.history };
    // Whoever asks for no mail gets none: the alert is kept for the next run that sends.
    await tellOfKilled(job, killed, telling, mail ? working : AbortSignal.abort());
    const windows = request.explicit === undefined ? planOf(request, parts.history) : [request.explicit];
    const now = clock.now();
    if (windows.length === 0 && isClockBehind(job.name, parts.history, now)) throw clockIsBehind(job, now);
    const served = servedBy(request, windows, parts.history);
    if (served !== undefined) return await leaveOut(served, parts, working);
    const outage: MailOutage = { failure: undefined };
    const audit = () => auditWindows(request, windows, { ...parts, outage }, working);
    if (parts.mailer === undefined) return await audit();
    return await amidMail(job, windows, { ...parts, outage, mailer: parts.mailer }, working, audit);
  };
  if (dry) return await work(signal, []);
  return await withJobLock(job.name, parts, { timeLimitMs: own.timeLimitMinutes * MINUTE_MS }, signal, work);
}

function planOf({ job, settings, clock, asOf = clock.now() }: JobRequest, history: ChoreParts['history']): Window[] {
  return job.plan({ now: clock.now(), asOf, history, settings: settings.jobs[job.name] });
}

function clockIsBehind({ name }: Job, now: Date): AuditError {
  const yesterday = utcDay(new Date(now.getTime() - DAY_MS));
  return new AuditError(
    `${name}: the clock of this machine shows ${now.toISOString()}, but days were audited that come later: it is behind, or was ahead then`,
    {
      remedy:
        'Set the clock by NTP: the next run makes up for what is due. Where it is right, name once the day to begin with: ' +
        `tls-audit run ${name} --from ${yesterday} --to ${yesterday}`,
    },
  );
}

/** Why nothing is left to audit: nothing is planned, or runs that began after the tick have done it, whatever they came to. */
function servedBy(
  { job, tick, clock, asOf = clock.now() }: JobRequest,
  windows: readonly Window[],
  { runs }: History,
): string | undefined {
  if (windows.length === 0) {
    return `${job.name}: nothing was due at ${asOf.toISOString()}: no day before the first one ever audited is`;
  }
  if (tick === undefined) return undefined;
  const done = underRightClock(runs.latest(job.name, RUNS_LOOKED_AT), clock.now()).filter(
    ({ end, startedAt }) => (end === 'pass' || end === 'fail' || end === 'inconclusive') && startedAt >= tick,
  );
  const isDone = (dayMs: number) =>
    done.some(({ window }) => window.from.getTime() <= dayMs && dayMs + DAY_MS <= window.to.getTime());
  for (const { from, to } of windows) {
    for (let dayMs = from.getTime(); dayMs < to.getTime(); dayMs += DAY_MS) if (!isDone(dayMs)) return undefined;
  }
  const [newest] = done;
  if (newest === undefined) return undefined;
  return `${job.name} was run for ${tick.toISOString()} already: run ${newest.id} began at ${newest.startedAt.toISOString()}`;
}

/**
 * Ends a run that is left out. Whoever starts it again because its digest was not sent asks for that digest.
 * @throws JobServedError where nothing is left to do, UndeliveredError where what is owed cannot be sent.
 */
async function leaveOut(reason: string, parts: RunParts, signal: AbortSignal): Promise<never> {
  const { mailer } = parts;
  const outcomes = mailer === undefined ? [] : await sendOwed(parts, mailer, { onlyDue: false }, signal);
  const failure = outcomes.find((outcome) => outcome.failure !== undefined)?.failure;
  if (failure !== undefined) throw failure;
  throw new JobServedError(reason);
}

/**
 * Sends what is owed before the audit, except digests that the audit may make out of date; those are sent after it where
 * no new digest took their place.
 * @throws UndeliveredError after the audit, where a mail that nobody got is still owed: a night that passes must not hide it.
 */
async function amidMail(
  job: Job,
  windows: readonly Window[],
  parts: RunParts & { readonly mailer: Mailer; readonly outage: MailOutage },
  signal: AbortSignal,
  audit: () => Promise<JobOutcome>,
): Promise<JobOutcome> {
  const { mailer, outage } = parts;
  const isLeft = isAbout(job.name, windows);
  const sendLeft = () => sendOwed(parts, mailer, { onlyDue: false, leave: (mail) => !isLeft(mail) }, signal);
  const outcomes = await sendOwed(parts, mailer, { onlyDue: false, leave: isLeft }, signal);
  let outcome: JobOutcome;
  try {
    outcome = await audit();
    if (outcome.delivered === undefined) outcomes.push(...(await sendLeft()));
  } catch (error) {
    // A mail server that has just refused is not asked again.
    if (outage.failure === undefined) {
      await sendLeft().catch((second: unknown) => {
        parts.logger.warn('owed mail could not be sent', { reason: messageOf(second) });
      });
    }
    throw error;
  }
  const failure = failureOfOwed(outcomes, parts);
  if (failure !== undefined) throw failure;
  return outcome;
}

/** Of mails that were tried, those sent meanwhile left out. */
function failureOfOwed(outcomes: readonly MailOutcome[], { history }: RunParts): MailOutcome['failure'] {
  const owed = new Set(history.outbox.owed().map(({ messageId }) => messageId));
  return outcomes.find(({ failure, messageId }) => failure !== undefined && owed.has(messageId))?.failure;
}

/** The same for what is due, with nobody watching: watchdog, alert and recovery. */
export async function runJobUnattended(
  request: JobRequest,
  context: Context,
  signal: AbortSignal,
): Promise<JobOutcome> {
  // What is due when it begins: a run that fails after midnight was not to audit the day that ended meanwhile.
  const begun = { ...request, asOf: request.asOf ?? request.clock.now() };
  const parts = tellingParts(begun, composeLogger(request.settings, context.stderr));
  return await runUnattended(request.job, parts, signal, () => runJob(begun, context, signal));
}

function tellingParts(request: JobRequest, logger: Logger): UnattendedParts {
  const { job, settings, clock, memory = composeTroubles(settings) } = request;
  return {
    clock,
    logger,
    memory,
    heartbeat: composeHeartbeat(settings, logger),
    openMail: () => composeMail(settings, { clock, logger }),
    leftBy: ({ history }: ChoreParts) => {
      const windows = planOf(request, history);
      if (windows.length === 0) return undefined;
      return stretchesOf(windows.flatMap((window) => uncoveredDays(job.name, window, history)));
    },
  };
}

/**
 * Does a chore; where it may mail, the admins are told when it fails and when it works again.
 * @throws AuditError where the history cannot be opened, UndeliveredError where what it mails cannot be sent.
 */
export async function doChore(
  chore: Chore,
  settings: Settings,
  context: { readonly clock: Clock; readonly logger: Logger },
  mail: boolean,
  signal: AbortSignal,
): Promise<string> {
  const work = () => workOnChore(chore, settings, context, mail, signal);
  if (!mail) return await work();
  const telling = { memory: composeTroubles(settings), openMail: () => composeMail(settings, context) };
  return await doUnattended(chore, { ...context, ...telling }, signal, work);
}

async function workOnChore(
  chore: Chore,
  settings: Settings,
  context: { readonly clock: Clock; readonly logger: Logger },
  mail: boolean,
  signal: AbortSignal,
): Promise<string> {
  using parts = composeMail(settings, context);
  const { history, mailer } = parts;
  if (history === undefined) throw new AuditError(`${chore.name}: the history cannot be opened (see the log)`);
  const { schedule, timezone } = settings.jobs[chore.name];
  const now = context.clock.now();
  const tick = createSchedule(schedule, timezone).last(now) ?? now;
  return await chore.run({ ...parts, tick, history, mailer: mail ? mailer : undefined }, signal);
}

/** Sends what is owed and due. Nothing is done, and no history made, where there is none. */
export async function retryMail(
  settings: Settings,
  context: { readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  using parts = composeMail(settings, context, { integrityCheck: false });
  const { history, mailer } = parts;
  if (history === undefined || mailer === undefined) return;
  await sendOwed({ ...parts, history }, mailer, { onlyDue: true }, signal);
}
