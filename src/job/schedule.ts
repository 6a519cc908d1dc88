import { createTask, parse } from 'node-cron';
import { instantOf, wallTimeAt } from '../support/zoned-time.ts';

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

/** Longer than any 29 February stays away (1896 to 1904, and 2096 to 2104). */
const MAX_DAYS = 8 * 366 + 1;

/** Clocks are put forward or back by less than this. */
const LARGEST_SHIFT_MS = 3 * 3_600_000;

export interface Schedule {
  /** The next time after the given one; undefined for an expression that never comes true. */
  next(after: Date): Date | undefined;
  /** The last time that is not after the given one. */
  last(notAfter: Date): Date | undefined;
}

/**
 * A cron expression on the clocks of a zone. A time they do not show on a day because they are put forward comes at the
 * moment they are; a time they show twice comes once, the first time.
 */
export function createSchedule(expression: string, zone: string): Schedule {
  // The syntax is node-cron's; its own clock skips the hour that spring takes away. So it is asked in UTC, about what
  // the clocks of the zone show.
  const task = createTask(expression, () => undefined, { timezone: 'UTC' });
  const { second, minute, hour } = parse(expression);
  const times = [...hour].flatMap((h) =>
    [...minute].flatMap((m) => [...second].map((s) => ((h * 60 + m) * 60 + s) * SECOND_MS)),
  );
  times.sort((a, b) => a - b);
  const shiftMs = zone === 'UTC' ? 0 : LARGEST_SHIFT_MS;

  return {
    next(after: Date): Date | undefined {
      const afterMs = after.getTime();
      const earliestMs = wallTimeAt(afterMs, zone) - shiftMs;
      const firstDay = Math.floor(earliestMs / DAY_MS) * DAY_MS;
      for (let day = firstDay; day < firstDay + MAX_DAYS * DAY_MS; day += DAY_MS) {
        if (times[0] === undefined || !task.match(new Date(day + times[0]))) continue;
        for (const time of times) {
          if (day + time < earliestMs) continue;
          const instant = instantOf(day + time, zone);
          if (instant > afterMs) return new Date(instant);
        }
      }
      return undefined;
    },

    last(notAfter: Date): Date | undefined {
      const notAfterMs = notAfter.getTime();
      const latestMs = wallTimeAt(notAfterMs, zone) + shiftMs;
      const lastDay = Math.floor(latestMs / DAY_MS) * DAY_MS;
      for (let day = lastDay; day > lastDay - MAX_DAYS * DAY_MS; day -= DAY_MS) {
        if (times[0] === undefined || !task.match(new Date(day + times[0]))) continue;
        for (const time of times.toReversed()) {
          if (day + time > latestMs) continue;
          const instant = instantOf(day + time, zone);
          if (instant <= notAfterMs) return new Date(instant);
        }
      }
      return undefined;
    },
  };
}
