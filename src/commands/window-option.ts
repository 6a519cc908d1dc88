import { DAY_MS } from '../model/window.ts';
import { UsageError } from '../support/errors.ts';

/** The bounds a person gave: either may be missing. */
export interface Bounds {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Reads `--from` and `--to`: `YYYY-MM-DD` means whole UTC days, both included; a full ISO 8601 timestamp (UTC
 * where it states no offset) is an instant, and `--to` is then the first instant that no longer belongs.
 * @throws UsageError for anything else, or where nothing lies between the two.
 */
export function readBounds(options: { from?: string | undefined; to?: string | undefined }): Bounds {
  const from = options.from === undefined ? undefined : readInstant('--from', options.from, 0);
  const to = options.to === undefined ? undefined : readInstant('--to', options.to, DAY_MS);
  if (from !== undefined && to !== undefined && from >= to) {
    throw new UsageError(`--from ${String(options.from)} --to ${String(options.to)}: no time lies between the two`, {
      remedy: 'Give the earlier one with --from; for one day give the same day twice.',
    });
  }
  return { from, to };
}

function readInstant(option: string, text: string, addToDayMs: number): Date {
  if (DAY.test(text)) {
    const time = new Date(`${text}T00:00:00.000Z`);
    if (!Number.isNaN(time.getTime()) && time.toISOString().startsWith(text))
      return new Date(time.getTime() + addToDayMs);
  } else if (TIMESTAMP.test(text)) {
    // ECMA-262 reads a timestamp without offset as local time; here everything is UTC.
    const time = new Date(/(Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`);
    const day = new Date(`${text.slice(0, 10)}T00:00:00.000Z`);
    if (
      !Number.isNaN(time.getTime()) &&
      !Number.isNaN(day.getTime()) &&
      day.toISOString().startsWith(text.slice(0, 10))
    ) {
      return time;
    }
  }
  throw new UsageError(`${option} ${JSON.stringify(text)} is not a date`, {
    remedy: `Write a UTC day like 2026-11-01, or a timestamp like 2026-11-01T00:00:00Z.`,
  });
}
