import { type AuditedLogs, auditLogs } from '../run/audit-logs.ts';
import { loadExceptions } from '../config/exceptions.ts';
import { assess } from '../judge/assessment.ts';
import type { Report } from '../model/report.ts';
import { DAY_MS, startOfUtcDay, type Window } from '../model/window.ts';
import { type DateOrderSetting } from '../parse/date-order.ts';
import { UsageError } from '../support/errors.ts';
import type { CommandContext } from './context.ts';
import { exitCodeFor } from './exit-code.ts';
import { findLogFiles, totalBytes } from './log-files.ts';
import { prepareOutput } from './output.ts';
import { readPolicy } from './policy-option.ts';
import { startProgress } from './progress.ts';
import { readFormat, renderReport } from './report-format.ts';
import { type Bounds, readBounds } from './window-option.ts';

export interface ScanOptions {
  from?: string;
  to?: string;
  minimum?: string;
  maximum?: string;
  dateOrder?: string;
  exceptions?: string;
  format?: string;
  json?: boolean;
  output?: string;
  exitCode?: boolean;
}

/** `tls-audit scan FILE...`: judges log files with no settings, org or database. Returns the exit code. */
export async function scan(names: readonly string[], options: ScanOptions, context: CommandContext): Promise<number> {
  const policy = readPolicy(options);
  const bounds = readBounds(options);
  const dateOrder = readDateOrder(options.dateOrder);
  const exceptions = loadExceptions(options.exceptions ?? null);
  const format = readFormat(options);
  const inputs = await findLogFiles(names, context.stdin);
  const output = await prepareOutput(options.output, context.stdout, inputs);
  const progress = startProgress('Reading', await totalBytes(inputs), context.stderr);
  const window = windowOf(bounds);
  let audited: AuditedLogs;
  try {
    audited = await auditLogs(
      inputs.map((input) => (isWhole(bounds) && window !== undefined ? { ...input, knownWindow: window } : input)),
      {
        policy,
        window,
        dateOrder,
        byDay: exceptions.length > 0,
        onBytes: (bytes) => progress.add(bytes),
        unreadable: 'stop',
      },
    );
  } finally {
    progress.end();
  }
  const report = assess({
    ...audited,
    policy,
    window: reportedWindow(bounds, audited),
    gaps: [],
    notes: [],
    exceptions,
  });
  await output.write(renderReport(report, format, output.screen));
  return exitCodeFor(report.verdict, options);
}

function readDateOrder(text: string | undefined): DateOrderSetting {
  if (text === undefined || text === 'auto') return 'auto';
  if (text === 'dmy' || text === 'mdy') return text;
  throw new UsageError(`--date-order ${JSON.stringify(text)} is not an order of day and month`, {
    remedy: 'Use dmy (3/06 = 3 June), mdy (3/06 = 6 March) or auto.',
  });
}

function isWhole(bounds: Bounds): boolean {
  return bounds.from !== undefined && bounds.to !== undefined;
}

/** The window to judge; a bound that was not given lets everything through on its side. */
function windowOf({ from, to }: Bounds): Window | undefined {
  if (from === undefined && to === undefined) return undefined;
  const furthestMs = 8.64e15; // the limit of Date (ECMA-262)
  return { from: from ?? new Date(-furthestMs), to: to ?? new Date(furthestMs) };
}

/** A bound that was not given is the span of the rows, widened to whole UTC days, and never lies beyond the other. */
function reportedWindow({ from, to }: Bounds, { tally }: AuditedLogs): Report['window'] {
  const hasRows = tally.firstMs <= tally.lastMs;
  const spanFromMs = hasRows ? startOfUtcDay(tally.firstMs) : undefined;
  const spanToMs = hasRows ? startOfUtcDay(tally.lastMs) + DAY_MS : undefined;
  const fromMs =
    from?.getTime() ?? (spanFromMs === undefined ? undefined : Math.min(spanFromMs, to?.getTime() ?? Infinity));
  const toMs = to?.getTime() ?? (spanToMs === undefined ? undefined : Math.max(spanToMs, from?.getTime() ?? -Infinity));
  return { from: isoOf(fromMs), to: isoOf(toMs) };
}

function isoOf(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : new Date(timeMs).toISOString();
}
