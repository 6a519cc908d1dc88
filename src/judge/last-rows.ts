import type { LogRow, TimeReadings } from '../model/log-row.ts';
import type { DateOrder } from '../model/report.ts';
import { DAY_MS } from '../model/window.ts';

/** The time (epoch milliseconds) of the last row on each UTC day (counted from 1970-01-01) that has one. */
export type LastByDay = ReadonlyMap<number, number>;

/** Finds out how far a log tells of each day; rows that stand in another log too tell of it as well. */
export class LastRows {
  readonly #dayFirst = new Map<number, number>();
  readonly #monthFirst = new Map<number, number>();

  add(_row: LogRow, times: TimeReadings): void {
    this.repeated(times);
  }

  /** A row that stands in another place too. */
  repeated({ dayFirstMs, monthFirstMs }: TimeReadings): void {
    note(this.#dayFirst, dayFirstMs);
    note(this.#monthFirst, monthFirstMs);
  }

  result(order: DateOrder): LastByDay {
    return order === 'mdy' ? this.#monthFirst : this.#dayFirst;
  }
}

/** What one log file tells of, and when it was made. */
export interface ToldByFile {
  readonly madeMs: number;
  readonly lastRows: LastByDay;
}

/**
 * Until when (epoch milliseconds) each UTC day is known: until the file was made that holds the day's last row, or the
 * youngest of them. A file that ends earlier on that day lacks rows that are there; when it was made proves nothing.
 */
export function knownUntil(files: readonly ToldByFile[]): Map<number, number> {
  const last = new Map<number, { rowMs: number; madeMs: number }>();
  for (const { madeMs, lastRows } of files) {
    for (const [day, rowMs] of lastRows) {
      const before = last.get(day);
      if (before === undefined || rowMs > before.rowMs) last.set(day, { rowMs, madeMs });
      else if (rowMs === before.rowMs) last.set(day, { rowMs, madeMs: Math.max(madeMs, before.madeMs) });
    }
  }
  return new Map([...last].map(([day, { madeMs }]) => [day, madeMs]));
}

function note(lastByDay: Map<number, number>, timeMs: number): void {
  if (Number.isNaN(timeMs)) return;
  const day = Math.floor(timeMs / DAY_MS);
  const before = lastByDay.get(day);
  if (before === undefined || timeMs > before) lastByDay.set(day, timeMs);
}
