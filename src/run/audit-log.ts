import { type LastByDay, LastRows } from '../judge/last-rows.ts';
import { Tally } from '../judge/tally.ts';
import { TallyByReading } from '../judge/tally-by-reading.ts';
import { type UnreadDays, UnreadRows } from '../judge/unread-rows.ts';
import type { Policy } from '../model/policy.ts';
import type { Window } from '../model/window.ts';
import type { DateOrderSetting } from '../parse/date-order.ts';
import type { DuplicateFilter } from '../parse/duplicates.ts';
import { type LogInput, withLog } from '../parse/log-input.ts';
import { type ReadSummary, type RowSink, readLog } from '../parse/log-reader.ts';

export interface AuditOptions {
  readonly policy: Policy;
  /** Rows outside are counted and left out; undefined judges every row. */
  readonly window: Window | undefined;
  readonly dateOrder: DateOrderSetting;
  /** False where nobody asks what happened on which day. Default true. */
  readonly byDay?: boolean;
  /** Rows of it count for nothing in the result, and are tallied beside it. */
  readonly beside?: Window;
  /**
   * True where rows that could not be read count only if they may be of the window by the rows around them, because other
   * runs tell of the others. Default false.
   */
  readonly unreadByDay?: boolean;
  /** Logs that can hold rows of `beside` only. */
  readonly besideInputs?: readonly AuditedInput[];
  readonly onBytes: (bytes: number) => void;
  /** What to do about a file that cannot be read: stop, or go on without it and name it. */
  readonly unreadable: 'stop' | 'name';
  readonly signal?: AbortSignal;
}

/** A log to audit; `knownWindow` is where all its rows must lie, where that is known. */
export type AuditedInput = LogInput & { readonly knownWindow?: Window };

/** What one text of a log file, an entry of an archive say, came to. */
export interface TextAudit {
  readonly name: string;
  readonly sha256: string;
  readonly summary: ReadSummary;
  readonly tally: Tally;
  readonly beside: Tally | undefined;
  readonly unread: UnreadDays | undefined;
  readonly lastRows: LastByDay;
}

/**
 * Parses and judges one log file, by every reading of its dates until it tells which holds.
 * @throws AuditError where it cannot be read to its end, or does not tell the order of day and month.
 */
export async function auditInput(
  input: AuditedInput,
  duplicates: DuplicateFilter,
  options: AuditOptions,
): Promise<{ texts: TextAudit[]; passedOver: readonly string[] }> {
  const { policy, window, beside, unreadByDay = false, dateOrder, byDay, onBytes, signal } = options;
  return withLog(input, onBytes, async (log) => {
    const audits: Omit<TextAudit, 'sha256'>[] = [];
    for await (const text of log.texts()) {
      const readings = new TallyByReading(() => new Tally(policy, window, byDay));
      const readOptions = { dateOrder, knownWindow: input.knownWindow, duplicates, signal };
      const readingsBeside = beside === undefined ? undefined : new TallyByReading(() => new Tally(policy, beside));
      const unreadRows = beside === undefined ? undefined : new UnreadRows();
      const lastRows = new LastRows();
      // A scan is asked neither for other days nor for how far its files reach.
      const sinks = [
        readings,
        ...[readingsBeside ?? []].flat(),
        ...(unreadRows === undefined ? [] : [unreadRows, lastRows]),
      ];
      const summary = await readLog(text, readOptions, sinks.length === 1 ? readings : all(sinks));
      const { dateOrder: order } = summary;
      const unread = unreadRows?.result(order, summary.cut);
      const tally = readings.result(order);
      audits.push({
        name: text.name,
        summary: unread === undefined || !unreadByDay ? summary : withoutOtherDays(summary, unread, window, tally),
        ...{ tally, beside: readingsBeside?.result(order), unread, lastRows: lastRows.result(order) },
      });
    }
    const sha256 = await log.sha256();
    return { texts: audits.map((audit) => ({ ...audit, sha256 })), passedOver: log.passedOver };
  });
}

/** Rows that could not be read and are of other days count as outside the window. */
function withoutOtherDays(
  summary: ReadSummary,
  unread: UnreadDays,
  window: Window | undefined,
  tally: Tally,
): ReadSummary {
  if (window === undefined) return summary;
  const { rows, isOf } = unread.mayBeOf(window);
  tally.counts.outsideWindow += summary.rejected - rows;
  return { ...summary, rejected: rows, rejects: summary.rejects.filter((_, place) => isOf(place)) };
}

function all(sinks: readonly RowSink[]): RowSink {
  return {
    add(row, times) {
      for (const sink of sinks) sink.add(row, times);
    },
    repeated(times) {
      for (const sink of sinks) sink.repeated?.(times);
    },
    unread() {
      for (const sink of sinks) sink.unread?.();
    },
  };
}
