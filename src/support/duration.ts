import { countOf } from './plural.ts';

/** A stretch of time for people, in the largest unit that is no fraction: `90 minutes`, `2 hours`, `300 milliseconds`. */
export function durationText(durationMs: number): string {
  const [unit, sizeMs] = UNITS.find(([, size]) => durationMs >= size && durationMs % size === 0) ?? SMALLEST;
  return countOf(durationMs / sizeMs, unit);
}

const SMALLEST = ['millisecond', 1] as const;
const UNITS = [
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;
