import { existsSync } from 'node:fs';
import { type Condition, readConditions } from '../condition.ts';
import { loadSettings } from '../config/loading.ts';
import type { Settings, SourceType } from '../config/schema.ts';
import type { RecordedRun } from '../model/history.ts';
import { openHistory } from '../record/history.ts';
import { createSchedule } from '../schedule.ts';
import { promiseOf, type SourcePromise } from '../source-promise.ts';
import { systemClock } from '../support/clock.ts';
import { AuditError, UsageError, messageOf } from '../support/errors.ts';
import type { CommandContext } from './context.ts';
import { writeText } from './output.ts';
import { renderStatus } from './status-text.ts';

export interface StatusOptions {
  config?: string;
  live?: boolean;
  all?: boolean;
  json?: boolean;
}

const RUNS_SHOWN = 10;
const NEXT_RUNS_SHOWN = 3;
const ANSWER_TIMEOUT_MS = 5000;

/** What `status` shows; as JSON with `--json --all`. */
export interface Status extends Pick<Condition, 'at' | 'records' | 'outbox' | 'troubles'> {
  readonly coverage: readonly Pick<Condition, 'job' | 'ledger'>[];
  readonly schema: 'tls-audit/status/1';
  /** Where logs come from, and what that can and cannot promise. */
  readonly source: { readonly type: SourceType } & SourcePromise;
  readonly historyPath: string;
  readonly runs: readonly RecordedRun[];
  readonly nextRuns: readonly { readonly job: string; readonly at: readonly Date[]; readonly timezone: string }[];
}

/**
 * `tls-audit status`: the newest runs, what has no data, what mail is owed and the next runs; with `--live` whether the
 * worker answers. `--json` alone is the list of the newest results.
 */
export async function status(options: StatusOptions, context: CommandContext): Promise<number> {
  const settings = loadSettings(options.config === undefined ? {} : { configFile: options.config });
  if (options.live === true) {
    await writeText(await askWorker(settings), context.stdout);
    return 0;
  }
  const found = readStatus(settings);
  await writeText(
    options.json === true ? renderJson(found, options.all === true) : renderStatus(found),
    context.stdout,
  );
  return 0;
}

/** @throws AuditError where the worker does not answer, or says that it stops. */
async function askWorker({ health }: Settings): Promise<string> {
  if (health.port === null) {
    throw new UsageError('health.port is null: the worker answers nowhere', { remedy: 'Set health.port.' });
  }
  const url = `http://${health.host}:${health.port}/healthz`;
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  } catch (error) {
    throw new AuditError(`asking the worker at ${url} failed: ${messageOf(error)}`, {
      remedy: 'Start it with tls-audit worker, or look into its log.',
      cause: error,
    });
  }
  const body = await response.text();
  if (!response.ok) throw new AuditError(`the worker at ${url} answered ${response.status}: ${body.trim()}`);
  return body;
}

function readStatus(settings: Settings): Status {
  const { path } = settings.history;
  const clock = systemClock;
  const history = existsSync(path) ? openHistory(path, { readOnly: true }) : openHistory(':memory:');
  try {
    const conditions = readConditions(history, settings, clock);
    return {
      schema: 'tls-audit/status/1',
      source: { type: settings.source.type, ...promiseOf(settings.source.type) },
      historyPath: path,
      at: clock.now(),
      records: history.runs.latest(undefined, RUNS_SHOWN),
      coverage: conditions.map(({ job, ledger }) => ({ job, ledger })),
      outbox: history.outbox.open(),
      troubles: history.troubles.current(),
      runs: history.latestRuns(undefined, RUNS_SHOWN),
      nextRuns: nextRuns(settings, clock.now()),
    };
  } finally {
    history.close();
  }
}

function nextRuns({ jobs }: Settings, now: Date): Status['nextRuns'] {
  return Object.entries(jobs)
    .filter(([, { enabled }]) => enabled)
    .map(([job, { schedule: expression, timezone }]) => {
      const schedule = createSchedule(expression, timezone);
      const at: Date[] = [];
      for (
        let next = schedule.next(now);
        next !== undefined && at.length < NEXT_RUNS_SHOWN;
        next = schedule.next(next)
      ) {
        at.push(next);
      }
      return { job, at, timezone };
    });
}

function renderJson(found: Status, all: boolean): string {
  const runs = found.runs.map(({ report, ...run }) => ({ ...run, reasons: report.reasons }));
  return `${JSON.stringify(all ? { ...found, runs } : runs, undefined, 2)}\n`;
}
