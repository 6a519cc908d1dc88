import { describe, expect, it } from '@jest/globals';
import { createTask } from 'node-cron';
import { createSchedule } from '../../src/job/schedule.ts';

const DAY_MS = 86_400_000;

/** Every time of the schedule in [from, to), as UTC. */
function times(expression: string, zone: string, from: string, to: string): string[] {
  const schedule = createSchedule(expression, zone);
  const found: string[] = [];
  for (
    let at = schedule.next(new Date(Date.parse(from) - 1));
    at !== undefined && at < new Date(to);
    at = schedule.next(at)
  ) {
    found.push(at.toISOString().replace(':00.000Z', ''));
  }
  return found;
}

describe('a schedule through the changes of the clocks', () => {
  it.each([
    [
      '02:30 that does not exist runs once, when the clocks are put forward',
      '30 2 * * *',
      'Europe/Amsterdam',
      '2026-03-28T00:00Z',
      '2026-03-31T00:00Z',
      ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    [
      '02:30 that comes twice runs once, the first time',
      '30 2 * * *',
      'Europe/Amsterdam',
      '2026-10-24T00:00Z',
      '2026-10-27T00:00Z',
      ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    [
      'in New York, forward',
      '30 2 * * *',
      'America/New_York',
      '2026-03-07T12:00Z',
      '2026-03-10T00:00Z',
      ['2026-03-08T07:00', '2026-03-09T06:30'],
    ],
    [
      'in New York, back',
      '30 1 * * *',
      'America/New_York',
      '2026-10-31T12:00Z',
      '2026-11-03T00:00Z',
      ['2026-11-01T05:30', '2026-11-02T06:30'],
    ],
    [
      'by half an hour, on Lord Howe',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T00:00Z',
      '2026-10-05T00:00Z',
      ['2026-10-03T15:30', '2026-10-04T15:15'],
    ],
    [
      'at midnight, in Beirut',
      '0 0 * * *',
      'Asia/Beirut',
      '2026-03-28T00:00Z',
      '2026-03-30T00:00Z',
      ['2026-03-28T22:00', '2026-03-29T21:00'],
    ],
    [
      'several times in the lost hour run once',
      '*/20 2 * * *',
      'Europe/Amsterdam',
      '2026-03-29T00:00Z',
      '2026-03-30T00:00Z',
      ['2026-03-29T01:00'],
    ],
    [
      'UTC knows no change',
      '30 2 * * *',
      'UTC',
      '2026-03-28T00:00Z',
      '2026-03-30T00:00Z',
      ['2026-03-28T02:30', '2026-03-29T02:30'],
    ],
  ])('%s', (_, expression, zone, from, to, expected) => {
    expect(times(expression, zone, from, to)).toEqual(expected);
  });

  it.each([
    'Europe/Amsterdam',
    'America/Sao_Paulo',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Africa/Casablanca',
    'UTC',
  ])('a nightly job in %s runs once on every day of a year, about a day apart', (zone) => {
    const found = times('30 2 * * *', zone, '2026-01-01T12:00Z', '2027-01-01T12:00Z').map((at) => Date.parse(`${at}Z`));
    expect(found).toHaveLength(365);
    const apart = found.slice(1).map((at, index) => at - (found[index] ?? 0));
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(DAY_MS - 90 * 60_000);
    expect(Math.max(...apart)).toBeLessThanOrEqual(DAY_MS + 90 * 60_000);
  });
});

describe('a schedule', () => {
  it.each(['Europe/Amsterdam', 'Australia/Lord_Howe', 'America/New_York', 'UTC'])(
    'has the same times backwards as forwards, also through the changes of the clocks of %s',
    (zone) => {
      for (const expression of ['30 2 * * *', '*/20 1-3 * * *', '0 9 * * 1-5']) {
        const schedule = createSchedule(expression, zone);
        const end = Date.parse('2026-11-22T00:00Z');
        for (let atMs = Date.parse('2026-03-01T00:07Z'); atMs < end; atMs += 17 * 3_600_000) {
          const last = schedule.last(new Date(atMs));
          const next = schedule.next(last ?? new Date(0));
          expect(last!.getTime()).toBeLessThanOrEqual(atMs);
          expect(next!.getTime()).toBeGreaterThan(atMs);
          expect(schedule.last(next!)).toEqual(next);
        }
      }
    },
  );

  it('finds a rare last time', () => {
    const last = createSchedule('0 0 29 2 *', 'UTC').last(new Date('2104-02-28T23:59Z'));
    expect(last).toEqual(new Date('2096-02-29T00:00Z'));
  });

  it('is never of an impossible date, and finds a rare one', () => {
    expect(createSchedule('0 0 29 2 *', 'UTC').next(new Date('2026-11-22T00:00Z'))).toEqual(
      new Date('2028-02-29T00:00Z'),
    );
    expect(createSchedule('0 0 29 2 *', 'UTC').next(new Date('2096-03-01T00:00Z'))).toEqual(
      new Date('2104-02-29T00:00Z'),
    );
  });

  it.each([
    '30 5 * * *',
    '*/7 * * * *',
    '15,45 */6 * * 1-5',
    '0 0 1 */3 *',
    '5 4 3 2 1 *',
    '0 12 * Jan,Jul Mon',
    '0 0 L * *',
    '0 9 * * 7',
  ])('has the same times as node-cron in UTC: %s', (expression) => {
    const expected = createTask(expression, () => undefined, { timezone: 'UTC' }).getNextRuns(20);
    const schedule = createSchedule(expression, 'UTC');
    const found: Date[] = [];
    let at: Date | undefined = new Date(expected[0]!.getTime() - 1);
    while (found.length < 20 && (at = schedule.next(at)) !== undefined) found.push(at);
    expect(found).toEqual(expected);
  });
});
