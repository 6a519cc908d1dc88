import type { LastByDay } from '../judge/last-rows.ts';
import type { Extent } from '../judge/silence.ts';
import { Tally } from '../judge/tally.ts';
import type { Reject, SourceFailure, SourceSummary } from '../model/report.ts';
import { DuplicateFilter } from '../parse/duplicates.ts';
import { inputName } from '../parse/log-input.ts';
import { MAX_REJECTS, type ReadSummary } from '../parse/log-reader.ts';
import { proseWithoutAddresses } from '../support/addresses.ts';
import { AuditError } from '../support/errors.ts';
import { type AuditedInput, auditInput, type AuditOptions, type TextAudit } from './audit-log.ts';

export interface AuditedLogs {
  readonly tally: Tally;
  readonly sources: readonly SourceSummary[];
  readonly rejected: number;
  readonly duplicates: number;
  readonly rejects: readonly Reject[];
  readonly failures: readonly SourceFailure[];
  /** What of the window each source tells of. */
  readonly extents: readonly Extent[];
  /** Names of the sources of which the rest is missing or could not be read. */
  readonly cut: readonly string[];
  /** Inputs that could be read, in order. */
  readonly read: readonly ReadInput[];
  /** What all inputs tell of `beside`, and which of its own inputs could not be read. */
  readonly beside: Tally;
  readonly besideFailures: readonly SourceFailure[];
  /** UTC days (counted from 1970-01-01) that a row that could not be read may be of, in any input. */
  readonly unreadDays: ReadonlySet<number>;
}

export interface ReadInput {
  readonly input: AuditedInput;
  /** How far it tells of each day, rows that stand in other inputs too included. */
  readonly lastRows: LastByDay;
  /** Time of its last row, epoch milliseconds; -Infinity where it has none. */
  readonly lastMs: number;
}

/**
 * Parses and judges log files in one pass. A file that turns out to be unreadable takes no part at all: the audit
 * starts again without it, so that rows it shares with other files are not taken for duplicates.
 * @throws AuditError where a file cannot be read and `unreadable` is `stop`.
 */
export async function auditLogs(inputs: readonly AuditedInput[], options: AuditOptions): Promise<AuditedLogs> {
  const failures: SourceFailure[] = [];
  const unreadableBeside: SourceFailure[] = [];
  const unreadable = new Set<AuditedInput>();
  for (;;) {
    const isLeft = (input: AuditedInput): boolean => !unreadable.has(input);
    const besideInputs = options.besideInputs?.filter(isLeft) ?? [];
    const attempt = await auditAll(inputs.filter(isLeft), besideInputs, options);
    if (!('failed' in attempt)) {
      const besideFailures = [...unreadableBeside, ...attempt.besideFailures];
      return { ...attempt, failures: [...failures, ...attempt.failures], besideFailures };
    }
    if (options.unreadable === 'stop') throw attempt.error;
    unreadable.add(attempt.failed);
    const list = besideInputs.includes(attempt.failed) ? unreadableBeside : failures;
    list.push(failureOf(inputName(attempt.failed), attempt.error));
  }
}

const UNREAD_WHOLE = 'no row of it could be read';
const DAMAGE: Readonly<Record<NonNullable<ReadSummary['damage']>, string>> = {
  'ends within a word': 'its last row ends within a word, so the rest of it is missing',
  'ends within a character': 'it ends within a character, so the rest of it is missing',
  'holds NUL bytes': 'it holds NUL bytes where rows may be missing: fetch or copy it again',
};
const PASSED_OVER = 'this entry of the archive is no .csv or .csv.gz and was not read';

type Attempt = AuditedLogs | { readonly failed: AuditedInput; readonly error: AuditError };

async function auditAll(
  inputs: readonly AuditedInput[],
  besideInputs: readonly AuditedInput[],
  options: AuditOptions,
): Promise<Attempt> {
  const duplicates = new DuplicateFilter();
  const audits: TextAudit[] = [];
  const failures: SourceFailure[] = [];
  const besideFailures: SourceFailure[] = [];
  const unreadDays = new Set<number>();
  const read: ReadInput[] = [];
  const beside = new Tally(options.policy, options.beside);
  for (const input of [...inputs, ...besideInputs]) {
    try {
      const { texts, passedOver } = await auditInput(input, duplicates, options);
      for (const text of texts) {
        if (text.beside !== undefined) beside.merge(text.beside);
        for (const day of text.unread?.days ?? []) unreadDays.add(day);
      }
      const damaged = texts.flatMap(({ name: source, summary: { damage } }) =>
        damage === undefined ? [] : [{ source, reason: DAMAGE[damage] }],
      );
      if (besideInputs.includes(input)) {
        besideFailures.push(
          ...damaged,
          ...texts.filter(isUnreadWhole).map(({ name: source }) => ({ source, reason: UNREAD_WHOLE })),
        );
        continue;
      }
      audits.push(...texts);
      read.push({
        input,
        lastRows: latest(texts.map(({ lastRows }) => lastRows)),
        lastMs: Math.max(...texts.map(({ tally }) => tally.lastMs)),
      });
      failures.push(...damaged, ...passedOver.map((source) => ({ source, reason: PASSED_OVER })));
    } catch (error) {
      if (error instanceof AuditError && options.signal?.aborted !== true) return { failed: input, error };
      throw error;
    }
  }
  const tally = new Tally(options.policy, options.window, options.byDay);
  for (const audit of audits) tally.merge(audit.tally);
  return {
    tally,
    sources: audits.map(({ name, sha256, summary: { rows, dateOrder } }) => ({ name, sha256, rows, dateOrder })),
    rejected: audits.reduce((sum, { summary }) => sum + summary.rejected, 0),
    duplicates: audits.reduce((sum, { summary }) => sum + summary.duplicates, 0),
    failures,
    read,
    beside,
    besideFailures,
    unreadDays,
    extents: audits.map(({ name, summary, tally: { hours, firstMs, lastMs } }) => ({
      ...{ name, rows: summary.rows },
      ...{ hours, firstMs, lastMs },
    })),
    cut: audits.flatMap(({ name, summary }) => (summary.cut ? [name] : [])),
    rejects: audits.flatMap(({ summary }) => summary.rejects).slice(0, MAX_REJECTS),
  };
}

/** Of several texts, as of one. */
function latest(texts: readonly LastByDay[]): LastByDay {
  const result = new Map<number, number>();
  for (const text of texts) {
    for (const [day, timeMs] of text) result.set(day, Math.max(timeMs, result.get(day) ?? -Infinity));
  }
  return result;
}

/** Of such a log nobody knows which days it tells of. */
function isUnreadWhole({ summary: { rows, rejected }, unread }: TextAudit): boolean {
  return rows > 0 && rejected === rows && unread?.days.size === 0;
}

/** A source that could not be read, from what it failed with: without its name in front, because whoever shows it names it. */
export function failureOf(source: string, { message, remedy }: AuditError): SourceFailure {
  const prefix = `${source}: `;
  const reason = proseWithoutAddresses(message.startsWith(prefix) ? message.slice(prefix.length) : message);
  return { source, reason, ...(remedy === undefined ? {} : { remedy: proseWithoutAddresses(remedy) }) };
}
