import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMessageSource } from './acquire/email-messages.ts';
import { createOrgNotes } from './acquire/org-notes.ts';
import { calibrateSetupPage } from './acquire/setup-page/calibration.ts';
import { composeMailer, redactionOf, smtpOptions } from './compose/mailer.ts';
import { browserContext, composeSession, composeSource } from './compose/source.ts';
import { loadExceptions } from './config/exceptions.ts';
import { secretsOf } from './config/loading.ts';
import { missingForMail, missingForSignIn, missingForSource } from './config/requirement.ts';
import type { Settings } from './config/schema.ts';
import { createHeartbeat, type Heartbeat } from './deliver/heartbeat.ts';
import { discreetHeartbeat, discreetMessages, discreetSource } from './compose/discreet-parts.ts';
import { asksOrg, type DoctorParts } from './doctor/doctor.ts';
import { AUDITS, enabledChores } from './job/job.ts';
import type { History } from './model/history.ts';
import type { Clock } from './model/ports.ts';
import type { Troubles } from './model/trouble.ts';
import { HOUR_MS } from './model/window.ts';
import type { RunParts } from './run/run.ts';
import type { DatabaseOptions } from './record/database.ts';
import { openHistory } from './record/history.ts';
import { troublesInFiles } from './record/trouble-file.ts';
import { renderDigest } from './report/digest.ts';
import type { MailParts } from './job/unattended-run.ts';
import { messageOf } from './support/errors.ts';
import { createLogger, type Logger } from './support/logger.ts';
import { newOwner } from './support/owner.ts';
import { packageVersion } from './support/package-info.ts';

/** Parts that have to be released when the work is done, whatever happened. */
export interface Composed extends RunParts, AsyncDisposable {}

export function composeLogger(settings: Settings, stream: NodeJS.WriteStream): Logger {
  return createLogger({ ...settings.log, secrets: secretsOf(settings), stream });
}

/**
 * Makes the parts of a run from the settings. Adapters are constructed here, in compose-source.ts and in
 * compose-mailer.ts, and nowhere else.
 * @param mode `dry` changes nothing: an existing history is only read, a missing one is not made, nothing is sent.
 */
export function compose(
  settings: Settings,
  context: { readonly clock: Clock; readonly logger: Logger },
  mode: { readonly dry: boolean; readonly mail: boolean },
): Composed {
  const history = composeHistory(settings, context.logger, mode.dry);
  const session = composeSession(settings, context);
  const redact = redactionOf(settings);
  const source = discreetSource(composeSource(settings, session, context, mode), redact);
  const mailer = settings.mail.enabled && mode.mail && !mode.dry ? composeMailer(settings, context.clock) : undefined;
  const messageIdDomain = messageIdDomainOf(settings);
  return {
    ...context,
    source,
    messages: discreetMessages(createMessageSource(session), redact),
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
    history = openOrMake(settings.history.path, context.logger, options);
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
    chores: enabledChores(settings.jobs),
    [Symbol.dispose]() {
      mailer?.close();
      history?.close();
    },
  };
}

/** What counts failures while the history cannot: beside it, or with the spool files where its disk is full. */
export function composeTroubles({ history, spool }: Settings): Troubles {
  const mark = createHash('sha256').update(history.path).digest('hex').slice(0, 12);
  return troublesInFiles([
    `${history.path}.troubles.json`,
    join(spool.path ?? tmpdir(), `tls-audit-troubles-${mark}.json`),
  ]);
}

export function composeHeartbeat(settings: Settings, logger: Logger): Heartbeat {
  const { url, timeoutMs } = settings.heartbeat;
  return discreetHeartbeat(createHeartbeat(url?.reveal(), timeoutMs, logger), redactionOf(settings));
}

function messageIdDomainOf({ mail }: Settings): string {
  return mail.from?.split('@').at(-1) ?? 'tls-audit.invalid';
}

function composeHistory({ history }: Settings, logger: Logger, dry: boolean): History {
  if (!dry) return openOrMake(history.path, logger);
  return existsSync(history.path) ? openHistory(history.path, { readOnly: true }) : openHistory(':memory:');
}

/** Where the program is started in another folder than before, or a volume is not mounted, all begins anew. */
function openOrMake(path: string, logger: Logger, options: DatabaseOptions = {}): History {
  const isNew = !existsSync(path);
  const history = openHistory(path, options);
  if (isNew) logger.warn('a new history was made: if there were runs before, check history.path', { path });
  return history;
}
