import { existsSync } from 'node:fs';
import { loadExceptions } from '../config/exceptions.ts';
import { loadSettings } from '../config/loading.ts';
import type { Settings } from '../config/schema.ts';
import { evidenceOf } from '../model/evidence.ts';
import type { History } from '../model/history.ts';
import type { Report } from '../model/report.ts';
import { DAY_MS, startOfUtcDay, type Window } from '../model/window.ts';
import { reportRange } from '../range-report.ts';
import { openHistory } from '../record/history.ts';
import { periodText } from '../report/dates.ts';
import { deservesLetter, renderLetter } from '../report/letter.ts';
import { normaliseDomain } from '../support/addresses.ts';
import { systemClock } from '../support/clock.ts';
import { AuditError, UsageError } from '../support/errors.ts';
import type { CommandContext } from './context.ts';
import { exitCodeFor } from './exit-code.ts';
import { prepareOutput, refuseHistory } from './output.ts';
import { readFormat, renderReport } from './report-format.ts';
import { type Bounds, readBounds } from './window-option.ts';

export interface ReportOptions {
  config?: string;
  run?: string;
  job?: string;
  from?: string;
  to?: string;
  letter?: string;
  format?: string;
  json?: boolean;
  output?: string;
  exitCode?: boolean;
}

/**
 * `tls-audit report`: a recorded run again, the newest where none is named; any range of recorded days as one report;
 * or a letter to the postmaster of a domain. Returns the exit code.
 */
export async function report(options: ReportOptions, context: CommandContext): Promise<number> {
  const format = readFormat(options);
  const bounds = readBounds(options);
  checkCombination(options, bounds);
  const output = await prepareOutput(options.output, context.stdout);
  const settings = loadSettings(options.config === undefined ? {} : { configFile: options.config });
  refuseHistory(options.output, settings.history.path);
  const history = openRecorded(settings.history.path);
  try {
    if (options.letter !== undefined) {
      await output.write(letterTo(options.letter, history, options.job ?? DEFAULT_JOB, bounds, settings));
      return 0;
    }
    const isRange = bounds.from !== undefined || bounds.to !== undefined;
    const found = isRange
      ? rangeOf(history, options.job ?? DEFAULT_JOB, bounds, settings)
      : readRun(history, settings.history.path, options, context);
    await output.write(renderReport(found, format, { ...output.screen, zone: settings.report.timezone }));
    return exitCodeFor(found.verdict, options);
  } finally {
    history.close();
  }
}

const DEFAULT_JOB = 'outbound-audit';

function checkCombination({ run, letter, format, json }: ReportOptions, { from, to }: Bounds): void {
  const isRange = from !== undefined || to !== undefined;
  if (run !== undefined && (isRange || letter !== undefined)) {
    throw new UsageError('--run names one run, --from, --to and --letter speak of recorded days', {
      remedy: 'Leave --run out, or the others.',
    });
  }
  if (letter !== undefined && (json === true || (format ?? 'text') !== 'text')) {
    throw new UsageError('a letter is plain text', { remedy: 'Leave --format and --json out.' });
  }
  if (letter !== undefined && normaliseDomain(letter) === '') {
    throw new UsageError('--letter names no domain', { remedy: 'Name a domain of the report: --letter acme.example.' });
  }
}

function openRecorded(path: string): History {
  if (existsSync(path)) return openHistory(path, { readOnly: true });
  throw new AuditError(`there is no history at ${path}`, {
    remedy: 'Run tls-audit run first, or set history.path to where the worker keeps it.',
  });
}

function readRun(
  history: History,
  path: string,
  { run: id, job }: ReportOptions,
  { stderr }: Pick<CommandContext, 'stderr'>,
): Report {
  const found = id === undefined ? history.latestRuns(job, 1)[0] : history.findRun(id);
  if (found !== undefined) {
    const supersededBy = history.runs.newerThan(found.id);
    if (supersededBy !== null) {
      stderr.write(
        `These are the figures as reported. As now known: tls-audit report --run ${supersededBy} (the same window, run again).\n`,
      );
    }
    const { report: recorded, link } = found;
    return recorded.run === undefined ? recorded : { ...recorded, evidence: [evidenceOf(recorded.run, link)] };
  }
  throw new AuditError(id === undefined ? `no run is recorded in ${path}` : `no run ${id} is recorded in ${path}`, {
    remedy: 'tls-audit status lists the recorded runs.',
  });
}

function rangeOf(history: History, job: string, bounds: Bounds, settings: Settings): Report {
  const { minimum, maximum, exceptionsFile } = settings.policy;
  const rules = {
    policy: { minimum, maximum },
    exceptions: loadExceptions(exceptionsFile),
    advice: settings.advice,
  };
  return reportRange(history, { job, window: windowOf(history, job, bounds) }, rules);
}

/** From the first recorded day, to the end of yesterday, where a bound is not given. */
function windowOf(history: History, job: string, { from, to }: Bounds): Window {
  const firstDay = history.firstDay(job);
  if (firstDay === undefined) {
    throw new AuditError(`no day of ${job} is recorded`, { remedy: 'tls-audit status lists the recorded runs.' });
  }
  const window = {
    from: from ?? new Date(Date.parse(firstDay)),
    to: to ?? new Date(startOfUtcDay(systemClock.now().getTime())),
  };
  if (window.from < window.to) return window;
  throw new UsageError('no time lies between the bounds', { remedy: 'Give both --from and --to.' });
}

/** The last days of the advice's reach, where no bounds are given. */
function letterTo(domain: string, history: History, job: string, bounds: Bounds, settings: Settings): string {
  const to = bounds.to ?? new Date(startOfUtcDay(systemClock.now().getTime()));
  const from = bounds.from ?? new Date(to.getTime() - settings.advice.days * DAY_MS);
  const wanted = normaliseDomain(domain);
  const direction = history.latestRuns(job, 1)[0]?.report.direction ?? 'outbound';
  if (direction === 'inbound' && !/^[^.[\]]+(\.[^.[\]]+)+$/.test(wanted)) {
    throw new UsageError(`${JSON.stringify(wanted)} names no domain, so there is no postmaster to write to`, {
      remedy: 'Servers that name themselves by an address, or not at all, have to be found by hand in the reports.',
    });
  }
  const all = [...history.dayDomains(job, { from, to })];
  const days = all.filter((day) => day.domain === wanted);
  // Where no server is verified, the TLS setting of the org verifies none.
  const tellsOfCertificates = all.some(({ details }) => (details?.verifiedTls ?? 0) > 0);
  const { minimum, maximum } = settings.policy;
  const facts = { domain: wanted, days, policy: { minimum, maximum }, direction, tellsOfCertificates };
  if (deservesLetter(facts)) return renderLetter(facts);
  if (maximum !== null && days.some(({ violations }) => violations > 0)) {
    throw new AuditError(`all violations of ${JSON.stringify(wanted)} used a TLS version newer than the policy takes`, {
      remedy: 'There is nothing for its postmaster to mend: raise policy.maximum, or remove it.',
    });
  }
  const period = { from: from.toISOString(), to: to.toISOString() };
  throw new AuditError(
    `no violation of ${JSON.stringify(wanted)}, and no certificate of it that could not be verified, is recorded by ${job} for ${periodText(period, { year: true }) ?? ''} (UTC)`,
    { remedy: 'Name a domain of the report as it stands there, another --job, or other days with --from and --to.' },
  );
}
