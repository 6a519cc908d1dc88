import { existsSync } from 'node:fs';
import { loadSettings } from '../config/loading.ts';
import type { RecordedRun } from '../model/ports.ts';
import { openHistory } from '../record/history.ts';
import { AuditError } from '../support/errors.ts';
import type { CommandContext } from './context.ts';
import { exitCodeFor } from './exit-code.ts';
import { prepareOutput } from './output.ts';
import { readFormat, renderReport } from './report-format.ts';

export interface ReportOptions {
  config?: string;
  run?: string;
  format?: string;
  json?: boolean;
  output?: string;
  exitCode?: boolean;
}

/** `tls-audit report`: a recorded run again, the newest where none is named. Returns the exit code. */
export async function report(options: ReportOptions, context: CommandContext): Promise<number> {
  const format = readFormat(options);
  const output = await prepareOutput(options.output, context.stdout);
  const settings = loadSettings(options.config === undefined ? {} : { configFile: options.config });
  const { recorded, supersededBy } = readRun(settings.history.path, options.run);
  if (supersededBy !== null) {
    context.stderr.write(
      `These are the figures as reported. As now known: tls-audit report --run ${supersededBy} (the same window, run again).\n`,
    );
  }
  await output.write(renderReport(recorded.report, format, output.screen));
  return exitCodeFor(recorded.verdict, options);
}

function readRun(
  path: string,
  id: string | undefined,
): { readonly recorded: RecordedRun; readonly supersededBy: string | null } {
  if (!existsSync(path)) {
    throw new AuditError(`there is no history at ${path}`, {
      remedy: 'Run tls-audit run first, or set history.path to where the worker keeps it.',
    });
  }
  const history = openHistory(path, { readOnly: true });
  try {
    const found = id === undefined ? history.latestRuns(undefined, 1)[0] : history.findRun(id);
    if (found !== undefined) return { recorded: found, supersededBy: history.runs.newerThan(found.id) };
    throw new AuditError(id === undefined ? `no run is recorded in ${path}` : `no run ${id} is recorded in ${path}`, {
      remedy: 'tls-audit status lists the recorded runs.',
    });
  } finally {
    history.close();
  }
}
