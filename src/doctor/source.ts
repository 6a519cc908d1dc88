import { auditLogs } from '../run/audit-logs.ts';
import type { Settings, SourceType } from '../config/schema.ts';
import type { LogFile, LogSource } from '../model/ports.ts';
import { DAY_MS, startOfUtcDay } from '../model/window.ts';
import { nameOfSource, promiseOf } from './source-promise.ts';
import { countOf } from '../support/plural.ts';
import { withSpool } from '../support/spool.ts';
import { ok, warning, type Finding } from './check.ts';

/** How far back it looks: the longest time one Email Log can tell of. */
const LOOK_BACK_DAYS = 7;

/** A larger file is found, but not fetched for the sake of a check. */
const MAX_READ_BYTES = 64 * 2 ** 20;

/** What to expect of the source, before it is looked at. */
export function promiseFinding(type: SourceType): Finding {
  const { can, cannot } = promiseOf(type);
  return ok(`${nameOfSource(type)} can: ${can}. It cannot: ${cannot}`);
}

/** What the source sees; its newest file is fetched and read, so that a run would meet no surprise. */
export async function checkSource(
  source: LogSource,
  settings: Settings,
  now: Date,
  signal: AbortSignal,
): Promise<Finding> {
  const window = { from: new Date(startOfUtcDay(now.getTime()) - LOOK_BACK_DAYS * DAY_MS), to: now };
  const found = await source.find(window, signal);
  const refused = found.filter(({ refusal }) => refusal !== undefined);
  const files = found.filter((file) => !refused.includes(file));
  const finding = await lookAtNewest(files, source, settings, signal);
  const [first] = refused;
  if (first === undefined) return finding;
  return warning(
    `${countOf(refused.length, 'file')} cannot be read, such as ${first.name}: ${first.refusal ?? ''}; else: ${finding.message}`,
    'As long as it is there, runs on the days it may tell of are inconclusive.',
  );
}

async function lookAtNewest(
  files: readonly LogFile[],
  source: LogSource,
  settings: Settings,
  signal: AbortSignal,
): Promise<Finding> {
  const newest = files.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime()).at(-1);
  if (newest === undefined) {
    return warning(
      `no log file that may tell of the last ${LOOK_BACK_DAYS} days, among ${source.description}`,
      'Put an Email Log there, or check the settings of the source: a run would be inconclusive now.',
    );
  }
  const seen = `${countOf(files.length, 'file')} of the last ${LOOK_BACK_DAYS} days, the newest ${newest.name} of ${newest.createdAt.toISOString()}`;
  if ((newest.sizeBytes ?? 0) > MAX_READ_BYTES) {
    return ok(`${seen} (not read here: ${newest.sizeBytes ?? 0} bytes); ${source.description}`);
  }
  const { span, problem } = await lookInto(newest, source, settings, signal);
  if (problem === undefined) return ok(`${seen}, ${span}; ${source.description}`);
  return warning(
    `${seen}, ${span}, but ${problem}`,
    'Fetch the log again: runs on the days it tells of are inconclusive.',
  );
}

async function lookInto(
  file: LogFile,
  source: LogSource,
  settings: Settings,
  signal: AbortSignal,
): Promise<{ span: string; problem: string | undefined }> {
  return withSpool(settings.spool.path, async (folder) => {
    const { path } = await source.fetch(file, folder, signal);
    const { tally, sources, rejected, failures } = await auditLogs([{ path, name: file.name }], {
      policy: settings.policy,
      window: undefined,
      dateOrder: settings.parse.dateOrder,
      onBytes: () => undefined,
      unreadable: 'stop',
      signal,
    });
    const rows = countOf(
      sources.reduce((sum, { rows: count }) => sum + count, 0),
      'row',
    );
    const unread = rejected === 0 ? undefined : `${countOf(rejected, 'row')} could not be read`;
    const problem = failures[0]?.reason ?? unread;
    if (tally.firstMs > tally.lastMs) return { span: rows, problem };
    const [from, to] = [tally.firstMs, tally.lastMs].map((timeMs) => new Date(timeMs).toISOString());
    return { span: `${rows} from ${from ?? ''} to ${to ?? ''}`, problem };
  });
}
