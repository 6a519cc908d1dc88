import { type AuditedInput, auditLogs } from './audit-logs.ts';
import { assess } from './judge/assessment.ts';
import { gapsOf } from './judge/coverage.ts';
import type { LogFile } from './model/ports.ts';
import type { SourceFailure } from './model/report.ts';
import { DAY_MS, HOUR_MS, type Window } from './model/window.ts';
import type { AuditRequest, Audited, RunParts } from './pipeline.ts';
import { AuditError } from './support/errors.ts';
import { withSpool } from './support/spool.ts';

/** A log tells of at most 7 days, and of none further back than 30, as Salesforce hands them out. */
const OLDEST_ROW_MS = 38 * DAY_MS;

/** How far the clocks of Salesforce's mail servers and of its file store may lie apart. */
const CLOCK_SKEW_MS = HOUR_MS;

/**
 * Mail that Salesforce sent, from its log files: fetched to a spool folder, parsed and judged.
 * @throws AuditError where the source cannot be asked, or no file at all can be fetched.
 */
export async function auditOutbound(request: AuditRequest, parts: RunParts, signal: AbortSignal): Promise<Audited> {
  const { logger, source, policy, dateOrder } = parts;
  const { run, window } = request;
  logger.info('looking for log files', { run, source: source.description });
  const files = await source.find(window, signal);
  logger.info('log files found', { run, files: files.map(({ name }) => name) });

  const notes = (await parts.orgNotes?.read(signal)) ?? [];

  return await withSpool(parts.spoolFolder, async (folder) => {
    const { inputs, fetched, failures } = await fetchAll(files, folder, parts, signal);
    const options = { policy, window, dateOrder, onBytes: () => undefined, unreadable: 'name', signal } as const;
    const audited = await auditLogs(inputs, options);
    const allFailures = [...failures, ...audited.failures];
    const report = assess({
      ...audited,
      policy,
      window: { from: window.from.toISOString(), to: window.to.toISOString() },
      gaps: gapsOf(window, audited.tally.days, newestOf(fetched), periodsOf(fetched)),
      failures: allFailures,
      notes,
    });
    return { report, tally: audited.tally, allRead: allFailures.length === 0 && !audited.cut };
  });
}

/** Fetches every file it can; a file that cannot be fetched is named and does not stop the others. */
async function fetchAll(files: readonly LogFile[], folder: string, parts: RunParts, signal: AbortSignal) {
  const inputs: AuditedInput[] = [];
  const fetched: LogFile[] = [];
  const failures: SourceFailure[] = [];
  let firstError: AuditError | undefined;
  for (const file of files) {
    try {
      const { path } = await parts.source.fetch(file, folder, signal);
      const createdMs = file.createdAt.getTime();
      const knownWindow = { from: new Date(createdMs - OLDEST_ROW_MS), to: new Date(createdMs + CLOCK_SKEW_MS) };
      inputs.push({ path, name: file.name, knownWindow });
      fetched.push(file);
    } catch (error) {
      if (!(error instanceof AuditError) || signal.aborted) throw error;
      parts.logger.warn('a log file could not be fetched', { file: file.name, reason: error.message });
      failures.push({ source: file.name, reason: error.message });
      firstError ??= error;
    }
  }
  if (firstError !== undefined && fetched.length === 0) throw firstError;
  return { inputs, fetched, failures };
}

/** Undefined where a file's source does not say what the file tells of. */
function periodsOf(files: readonly LogFile[]): Window[] | undefined {
  const periods = files.flatMap(({ period }) => period ?? []);
  return periods.length === files.length ? periods : undefined;
}

function newestOf(files: readonly LogFile[]): Date | undefined {
  if (files.length === 0) return undefined;
  return new Date(Math.max(...files.map(({ createdAt }) => createdAt.getTime())));
}
