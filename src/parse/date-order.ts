import type { DateOrder } from '../model/report.ts';
import type { TimeReadings } from '../model/log-row.ts';
import type { Window } from '../model/window.ts';
import { AuditError } from '../support/errors.ts';

/** `auto` decides from the whole file and never guesses. */
export type DateOrderSetting = 'auto' | 'dmy' | 'mdy';

/** What one reading of a file's dates leads to. */
interface Reading {
  /** Line of the first date that only the other reading can read; 0 while there is none. */
  impossibleLine: number;
  ascending: boolean;
  descending: boolean;
  insideKnownWindow: boolean;
  previousMs: number;
}

/**
 * Decides, over all dates of one file, whether they are day-first or month-first: by a value over 12, else by the
 * order of rows, else by the window the file is known to lie in.
 */
export class DateOrderDetector {
  readonly #source: string;
  readonly #knownWindow: Window | undefined;
  readonly #dayFirst = newReading();
  readonly #monthFirst = newReading();
  #differ = false;

  constructor(source: string, knownWindow: Window | undefined) {
    this.#source = source;
    this.#knownWindow = knownWindow;
  }

  /** Takes note of a date that at least one reading can read. */
  add(times: TimeReadings, line: number): void {
    const { dayFirstMs, monthFirstMs } = times;
    if (Number.isNaN(dayFirstMs)) this.#dayFirst.impossibleLine ||= line;
    else this.#follow(this.#dayFirst, dayFirstMs);
    if (Number.isNaN(monthFirstMs)) this.#monthFirst.impossibleLine ||= line;
    else this.#follow(this.#monthFirst, monthFirstMs);
    if (dayFirstMs !== monthFirstMs) this.#differ = true;
  }

  /** @throws AuditError naming `--date-order` where both readings, or neither, are left. */
  decide(): DateOrder {
    if (!this.#differ) return 'unambiguous';
    const notDayFirst = this.#dayFirst.impossibleLine;
    const notMonthFirst = this.#monthFirst.impossibleLine;
    if (notDayFirst > 0 && notMonthFirst > 0) {
      throw this.#error(
        `line ${notMonthFirst} holds a date that can only be day-first and line ${notDayFirst} one that can only be ` +
          'month-first; one order throughout was expected',
      );
    }
    if (notMonthFirst > 0) return 'dmy';
    if (notDayFirst > 0) return 'mdy';
    return this.#decideByCircumstance();
  }

  #decideByCircumstance(): DateOrder {
    const clues = [isInOrder, isInsideKnownWindow].map((fits) => {
      const dayFirst = fits(this.#dayFirst);
      return dayFirst === fits(this.#monthFirst) ? undefined : dayFirst ? 'dmy' : 'mdy';
    });
    const answers = new Set(clues.filter((clue) => clue !== undefined));
    const [answer] = answers;
    if (answer !== undefined && answers.size === 1) return answer;
    throw this.#error(
      answers.size === 0
        ? 'every date can be read day-first (3/06 = 3 June) or month-first (3/06 = 6 March), and neither the order of ' +
            'rows nor a known window tells which'
        : 'the order of rows and the known window disagree on whether dates are day-first or month-first',
    );
  }

  #follow(reading: Reading, timeMs: number): void {
    if (timeMs < reading.previousMs) reading.ascending = false;
    if (timeMs > reading.previousMs) reading.descending = false;
    reading.previousMs = timeMs;
    const known = this.#knownWindow;
    if (known !== undefined && (timeMs < known.from.getTime() || timeMs >= known.to.getTime())) {
      reading.insideKnownWindow = false;
    }
  }

  #error(found: string): AuditError {
    return new AuditError(`${this.#source}: cannot tell the order of day and month: ${found}`, {
      remedy: 'Say the order of day and month with --date-order dmy or --date-order mdy (setting parse.dateOrder).',
    });
  }
}

function newReading(): Reading {
  return { impossibleLine: 0, ascending: true, descending: true, insideKnownWindow: true, previousMs: NaN };
}

function isInOrder(reading: Reading): boolean {
  return reading.ascending || reading.descending;
}

function isInsideKnownWindow(reading: Reading): boolean {
  return reading.insideKnownWindow;
}
