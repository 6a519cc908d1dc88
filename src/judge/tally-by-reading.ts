import type { LogRow, TimeReadings } from '../model/log-row.ts';
import type { DateOrder } from '../model/report.ts';
import type { Tally } from './tally.ts';

/**
 * Tallies one file under both readings of its dates until the file itself tells which one is right, so that it has
 * to be read only once. While the readings agree they share one tally.
 */
export class TallyByReading {
  #dayFirst: Tally | undefined;
  #monthFirst: Tally | undefined;

  constructor(newTally: () => Tally) {
    this.#dayFirst = newTally();
    this.#monthFirst = this.#dayFirst;
  }

  add(row: LogRow, times: TimeReadings): void {
    const { dayFirstMs, monthFirstMs } = times;
    if (dayFirstMs !== monthFirstMs) this.#part(Number.isNaN(dayFirstMs), Number.isNaN(monthFirstMs));
    this.#dayFirst?.add(row, dayFirstMs);
    if (this.#monthFirst !== this.#dayFirst) this.#monthFirst?.add(row, monthFirstMs);
  }

  /** The tally of the reading the file turned out to have. */
  result(order: DateOrder): Tally {
    const tally = order === 'mdy' ? this.#monthFirst : this.#dayFirst;
    if (tally === undefined) throw new Error(`no tally for dates read as ${order}: a row contradicts that order`);
    return tally;
  }

  #part(dayFirstImpossible: boolean, monthFirstImpossible: boolean): void {
    if (dayFirstImpossible) this.#dayFirst = undefined;
    else if (monthFirstImpossible) this.#monthFirst = undefined;
    else if (this.#dayFirst === this.#monthFirst) this.#monthFirst = this.#dayFirst?.clone();
  }
}
