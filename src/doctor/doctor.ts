import type { LazySession } from '../acquire/lazy-session.ts';
import type { Session } from '../acquire/session.ts';
import type { SetupPageCalibration } from '../acquire/setup-page/calibration.ts';
import { loadExceptions } from '../config/exceptions.ts';
import { missingForRun } from '../config/requirement.ts';
import type { Settings } from '../config/schema.ts';
import type { SmtpOptions } from '../deliver/smtp-options.ts';
import { failure, ok, skipped, type Check, type CheckResult, type Finding, warning } from './check.ts';
import { checkClock, checkDisk, checkHistory } from './machine.ts';
import { checkMail } from './mail.ts';
import { checkApiUsage, checkPermissions, checkRelays } from './org.ts';
import { setupPageFinding } from './setup-page.ts';
import { checkSource, promiseFinding } from './source.ts';
import type { Clock, LogSource } from '../model/ports.ts';
import { nameOfSource } from './source-promise.ts';
import { proseWithoutAddresses } from '../support/addresses.ts';
import { AuditError, messageOf } from '../support/errors.ts';

/** Made by compose.ts where the settings allow it. */
export interface DoctorParts {
  readonly settings: Settings;
  readonly clock: Clock;
  /** Undefined where settings are missing for it, and for setup-page. */
  readonly source: LogSource | undefined;
  /** Looks at the page of the source setup-page; undefined for other sources, and where settings are missing for it. */
  readonly calibrate: ((signal: AbortSignal) => Promise<SetupPageCalibration>) | undefined;
  /** Undefined where no org is asked, or settings are missing for the sign-in. */
  readonly session: LazySession | undefined;
  /** Undefined where no digest is sent, or settings are missing for it. */
  readonly smtp: (() => SmtpOptions) | undefined;
}

const SETTINGS_REMEDY =
  'Set them in the file given with --config or in the environment; docs/settings.md describes every setting.';

/** What a run rests on, in the order in which it meets it. Nothing is changed, recorded or sent. */
export function doctorChecks(parts: DoctorParts): Check[] {
  const { settings, clock } = parts;
  return [
    { name: 'settings', find: () => checkSettings(settings) },
    { name: 'promise', find: () => promiseFinding(settings.source.type) },
    { name: 'disk', find: () => checkDisk(settings.spool.path, settings.source.maxFileBytes) },
    { name: 'history', find: () => checkHistory(settings.history.path) },
    ...orgChecks(parts),
    { name: 'source', find: (signal) => lookAtSource(parts, signal) },
    {
      name: 'mail',
      find: (signal) => {
        if (!settings.mail.enabled) return ok('mail.enabled is false: no digest is sent');
        return parts.smtp === undefined
          ? skipped('settings of the mail are missing')
          : checkMail(parts.smtp(), clock.now(), signal);
      },
    },
  ];
}

function checkSettings(settings: Settings): Finding {
  const names = Object.keys(settings.jobs) as (keyof Settings['jobs'])[];
  const missing = missingForRun(settings, { jobs: names.filter((name) => settings.jobs[name].enabled) });
  if (missing.length > 0) return failure(missing.join('; '), SETTINGS_REMEDY);
  // As a run does; what it throws becomes the finding.
  const exceptions = loadExceptions(settings.policy.exceptionsFile);
  const nameless = exceptions.filter(({ owner }) => proseWithoutAddresses(owner) !== owner);
  if (nameless.length > 0) {
    const domains = nameless.map(({ domain }) => domain).join(', ');
    return warning(
      `complete, but reports hold no address of a person and show [address] as the owner of the exception for ${domains}`,
      `Write a name or a team as the owner in ${settings.policy.exceptionsFile ?? ''}.`,
    );
  }
  return ok(
    `complete: source ${nameOfSource(settings.source.type)}, mail ${settings.mail.enabled ? 'enabled' : 'disabled'}`,
  );
}

async function lookAtSource(parts: DoctorParts, signal: AbortSignal): Promise<Finding> {
  const { settings, clock, source, calibrate, session } = parts;
  const isSignedIn = settings.source.type === 'directory' || session?.opened !== undefined;
  if (calibrate !== undefined && isSignedIn) return setupPageFinding(await calibrate(signal));
  if (source !== undefined && isSignedIn) return await checkSource(source, settings, clock.now(), signal);
  return skipped(isSignedIn ? 'settings of the source are missing' : 'nobody is signed in');
}

/** Whether any enabled job signs in to Salesforce. */
export function asksOrg({ source, jobs }: Settings): boolean {
  return source.type !== 'directory' || jobs['inbound-audit'].enabled;
}

function orgChecks({ settings, clock, session }: DoctorParts): Check[] {
  const whenSignedIn = (find: (org: Session, signal: AbortSignal) => Promise<Finding> | Finding) => {
    return (signal: AbortSignal) =>
      session?.opened === undefined ? skipped('nobody is signed in') : find(session.opened, signal);
  };
  if (!asksOrg(settings)) {
    return [{ name: 'clock', find: () => checkClock(clock.now(), undefined) }];
  }
  return [
    {
      name: 'sign-in',
      find: async (signal) => {
        if (session === undefined) return skipped('settings of the sign-in are missing');
        return ok(`signed in at ${(await session.signedIn(signal)).host} with ${settings.salesforce.auth}`);
      },
    },
    {
      name: 'permissions',
      find: whenSignedIn((org, signal) => checkPermissions(org, settings, signal)),
    },
    { name: 'clock', find: whenSignedIn((org) => checkClock(clock.now(), org.clockDifferenceMs)) },
    { name: 'API requests', find: whenSignedIn((org) => checkApiUsage(org)) },
    // A run on a folder does not ask the org for its relays.
    ...(settings.source.type === 'directory'
      ? []
      : [{ name: 'relay', find: whenSignedIn((org: Session, signal: AbortSignal) => checkRelays(org, signal)) }]),
  ];
}

/**
 * Runs the checks one after another; one that fails does not stop the others. What it throws is the reason of `signal`
 * or a defect of the program.
 */
export async function* runChecks(checks: readonly Check[], signal: AbortSignal): AsyncGenerator<CheckResult> {
  for (const check of checks) {
    signal.throwIfAborted();
    yield { name: check.name, remedy: undefined, ...(await findingOf(check, signal)) };
  }
}

async function findingOf(check: Check, signal: AbortSignal): Promise<Finding> {
  try {
    return await check.find(signal);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AuditError)) throw error;
    return failure(messageOf(error), error.remedy ?? 'The message says what to look at.');
  }
}
