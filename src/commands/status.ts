import { existsSync } from 'node:fs';
import { loadSettings } from '../config/loading.ts';
import type { Settings } from '../config/schema.ts';
import type { RecordedRun } from '../model/ports.ts';
import type { RunRecord } from '../model/run-record.ts';
import { utcDay } from '../model/window.ts';
import { openHistory } from '../record/history.ts';
import { AuditError, UsageError, messageOf } from '../support/errors.ts';
import type { CommandContext } from './context.ts';
import { writeText } from './output.ts';

export interface StatusOptions {
  config?: string;
  live?: boolean;
  json?: boolean;
}

const RUNS_SHOWN = 10;
const ANSWER_TIMEOUT_MS = 5000;

/** `tls-audit status`: the newest runs, from the history, also those without a result; with `--live` whether the worker answers. */
export async function status(options: StatusOptions, context: CommandContext): Promise<number> {
  const settings = loadSettings(options.config === undefined ? {} : { configFile: options.config });
  if (options.live === true) {
    await writeText(await askWorker(settings), context.stdout);
    return 0;
  }
  const { runs, records } = readRuns(settings.history.path);
  const text = options.json === true ? renderJson(runs) : renderText(runs, records, settings.history.path);
  await writeText(text, context.stdout);
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

function readRuns(path: string): { runs: RecordedRun[]; records: RunRecord[] } {
  if (!existsSync(path)) return { runs: [], records: [] };
  const history = openHistory(path, { readOnly: true });
  try {
    return {
      runs: history.latestRuns(undefined, RUNS_SHOWN),
      records: history.runs.latest(undefined, RUNS_SHOWN),
    };
  } finally {
    history.close();
  }
}

function renderText(runs: readonly RecordedRun[], records: readonly RunRecord[], path: string): string {
  if (records.length === 0) return `No run is recorded in ${path}.\n`;
  const mailedAt = new Map(runs.map((run) => [run.id, run.mailedAt]));
  const lines = records.map((record) => {
    const last = utcDay(new Date(record.window.to.getTime() - 1));
    const facts = [`${utcDay(record.window.from)} to ${last}`, record.job, record.id, ...factsOf(record, mailedAt)];
    return `${(record.end ?? 'running').padEnd(12)} ${facts.join('  ')}`;
  });
  return `${lines.join('\n')}\n`;
}

function factsOf(record: RunRecord, mailedAt: ReadonlyMap<string, Date | null>): string[] {
  const { id, end, reason, startedAt, endedAt, supersededBy, phase } = record;
  if (end === null) return [`${phase} since ${startedAt.toISOString()}`];
  if (reason !== null) return [reason];
  const took = endedAt === null ? [] : [`took ${Math.round((endedAt.getTime() - startedAt.getTime()) / 1000)} s`];
  if (supersededBy !== null) return [...took, `superseded by ${supersededBy}`];
  const mailed = mailedAt.get(id);
  return [...took, mailed === null || mailed === undefined ? 'not mailed' : `mailed ${mailed.toISOString()}`];
}

function renderJson(runs: readonly RecordedRun[]): string {
  return `${JSON.stringify(
    runs.map(({ report, ...run }) => ({ ...run, reasons: report.reasons })),
    undefined,
    2,
  )}\n`;
}
