import type { LogRow, TimeReadings } from '../model/log-row.ts';
import type { DateOrder } from '../model/report.ts';
import { DAY_MS, HOUR_MS, type Window } from '../model/window.ts';

/** Mail servers write at the same time: rows of one minute may stand in the wrong order, and the log in order all the same. */
const DISORDER_MS = HOUR_MS;

/** UTC days, counted from 1970-01-01, both included. */
interface Days {
  readonly first: number;
  readonly last: number;
}

const ANY: Days = { first: -Infinity, last: Infinity };

/**
 * Finds out of which days the rows of one log are that could not be read: a log stands in order of time, so a row is of a
 * day between the rows around it, and at an end of the log of the day of the row beside it. Where a log does not stand in
 * order, it may be of any day that rows of the log are of; where there is no such row, of any day at all.
 */
export class UnreadRows {
  readonly #dayFirst = new Course();
  readonly #monthFirst = new Course();

  add(_row: LogRow, times: TimeReadings): void {
    this.repeated(times);
  }

  /** A row that stands in another place too. */
  repeated({ dayFirstMs, monthFirstMs }: TimeReadings): void {
    this.#dayFirst.pass(dayFirstMs);
    this.#monthFirst.pass(monthFirstMs);
  }

  unread(): void {
    this.#dayFirst.unread();
    this.#monthFirst.unread();
  }

  /** Where each of the rows belongs, in order; the same for all where the log does not stand in order. */
  result(order: DateOrder, isCut: boolean): UnreadDays {
    return (order === 'mdy' ? this.#monthFirst : this.#dayFirst).result(isCut);
  }
}

export interface UnreadDays {
  /** How many of the rows may be of the window; and whether one may, by its place among them. */
  mayBeOf(window: Window): { readonly rows: number; readonly isOf: (place: number) => boolean };
  /** The days that any of them may be of, where rows of the log are of them; none where no row could be read. */
  readonly days: ReadonlySet<number>;
}

/** The log under one reading of its dates. */
class Course {
  /** Days of rows that could be read. */
  readonly #seen = new Set<number>();
  /** Stretches of unread rows, in the order of the log, each with the days around it. */
  readonly #stretches: { readonly days: Days; rows: number }[] = [];
  #open = 0;
  #lastMs = NaN;
  #inOrder = true;

  pass(timeMs: number): void {
    if (Number.isNaN(timeMs)) return;
    const day = Math.floor(timeMs / DAY_MS);
    if (timeMs < this.#lastMs - DISORDER_MS) this.#inOrder = false;
    if (this.#open > 0) this.#close(day);
    if (!(Math.floor(this.#lastMs / DAY_MS) === day)) this.#seen.add(day);
    this.#lastMs = timeMs;
  }

  unread(): void {
    this.#open++;
  }

  #close(nextDay: number): void {
    const lastDay = Number.isNaN(this.#lastMs) ? nextDay : Math.floor(this.#lastMs / DAY_MS);
    this.#put({ first: Math.min(lastDay, nextDay), last: Math.max(lastDay, nextDay) });
  }

  #put(days: Days): void {
    const newest = this.#stretches.at(-1);
    const isSame = newest?.days.first === days.first && newest.days.last === days.last;
    if (newest !== undefined && (isSame || !this.#inOrder)) newest.rows += this.#open;
    else this.#stretches.push({ days, rows: this.#open });
    this.#open = 0;
  }

  result(isCut: boolean): UnreadDays {
    const lastDay = Math.floor(this.#lastMs / DAY_MS);
    if (this.#open > 0) {
      // What a cut log holds no more may be of any later day.
      this.#put(Number.isNaN(lastDay) ? ANY : { first: lastDay, last: isCut ? Infinity : lastDay });
    }
    const seen = [...this.#seen];
    const stretches = this.#inOrder
      ? this.#stretches
      : this.#stretches.map(({ rows }) => ({
          rows,
          days: { first: Math.min(...seen), last: isCut ? Infinity : Math.max(...seen) },
        }));
    return {
      mayBeOf(window) {
        const [first, last] = [Math.floor(window.from.getTime() / DAY_MS), Math.ceil(window.to.getTime() / DAY_MS) - 1];
        const isOf = ({ days }: { readonly days: Days }): boolean => days.first <= last && first <= days.last;
        const ends: number[] = [];
        for (const { rows } of stretches) ends.push((ends.at(-1) ?? 0) + rows);
        return {
          rows: stretches.reduce((sum, stretch) => sum + (isOf(stretch) ? stretch.rows : 0), 0),
          isOf(place) {
            const stretch = stretches[ends.findIndex((end) => place < end)];
            return stretch === undefined || isOf(stretch);
          },
        };
      },
      days: new Set(seen.filter((day) => stretches.some(({ days }) => days.first <= day && day <= days.last))),
    };
  }
}
