import { loadSettings } from '../config/loading.ts';
import type { Settings } from '../config/schema.ts';
import { readStatus, type Status } from '../health/status.ts';
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

const ANSWER_TIMEOUT_MS = 5000;

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

function renderJson(found: Status, all: boolean): string {
  const runs = found.runs.map(({ report, ...run }) => ({ ...run, reasons: report.reasons }));
  return `${JSON.stringify(all ? { ...found, runs } : runs, undefined, 2)}\n`;
}
