import { describe, expect, it } from '@jest/globals';
import { pageTime, unambiguous } from '../../../src/acquire/setup-page/local-time.ts';
import { planRequests, requestKey } from '../../../src/acquire/setup-page/requests.ts';
import { DAY_MS, HOUR_MS } from '../../../src/model/window.ts';
import { readUserTime } from '../../../src/demo/org/user-time.ts';
import { failureOf } from '../fixture.ts';

const NOW = new Date('2026-11-23T05:30:20Z');
const LIMITS = { maxDaysPerRequest: 7, maxDaysBack: 30 };
const GMT = { timeZone: 'GMT', format: 'M/d/yyyy h:mm a' };

function plan(from: string, to: string, options: { timeZone?: string; taken?: string[]; now?: Date } = {}) {
  const { timeZone = 'GMT', taken = [], now = NOW } = options;
  const clock = { ...GMT, timeZone };
  return planRequests({ from: new Date(from), to: new Date(to) }, now, {
    limits: LIMITS,
    clock,
    taken: new Set(taken),
  }).map((request) => ({
    from: request.from.toISOString().slice(0, 16),
    to: request.to.toISOString().slice(0, 16),
    startText: request.startText,
    endText: request.endText,
  }));
}

function timesOf(requests: ReturnType<typeof plan>) {
  return requests.map(({ from, to }) => `${from} ${to}`);
}

describe('the requests for a window', () => {
  it.each([
    ['a day', '2026-11-22T00:00Z', '2026-11-23T00:00Z', ['2026-11-22T00:00 2026-11-23T00:00']],
    ['a week in one', '2026-11-16T00:00Z', '2026-11-23T00:00Z', ['2026-11-16T00:00 2026-11-23T00:00']],
    [
      'eight days in two of one length',
      '2026-11-15T00:00Z',
      '2026-11-23T00:00Z',
      ['2026-11-15T00:00 2026-11-19T00:00', '2026-11-19T00:00 2026-11-23T00:00'],
    ],
    [
      'seconds outwards, to the minute',
      '2026-11-22T00:00:30Z',
      '2026-11-22T01:00:30Z',
      ['2026-11-22T00:00 2026-11-22T01:01'],
    ],
    ['nothing of the future', '2026-11-23T00:00Z', '2026-11-24T00:00Z', ['2026-11-23T00:00 2026-11-23T05:30']],
    [
      'no part of a day that is partly out of reach',
      '2026-10-20T00:00Z',
      '2026-10-26T00:00Z',
      ['2026-10-25T00:00 2026-10-26T00:00'],
    ],
  ])('are %s', (_, from, to, expected) => {
    expect(timesOf(plan(from, to))).toEqual(expected);
  });

  it('leave no gap and keep to the limit, whatever the window', () => {
    for (let days = 1; days <= 29; days++) {
      const from = new Date(Date.parse('2026-11-23T00:00Z') - days * DAY_MS);
      const requests = plan(from.toISOString(), '2026-11-23T00:00:00Z');
      expect(requests).toHaveLength(Math.ceil(days / 7));
      expect(requests.map(({ to }) => to).slice(0, -1)).toEqual(requests.map(({ from: start }) => start).slice(1));
      for (const { from: start, to } of requests)
        expect(Date.parse(to) - Date.parse(start)).toBeLessThanOrEqual(7 * DAY_MS);
    }
  });

  it.each([
    ['older than Salesforce hands out', '2026-09-01T00:00Z', '2026-10-01T00:00Z'],
    ['in the future', '2026-11-24T00:00Z', '2026-11-25T00:00Z'],
  ])('are refused for a window %s', async (_, from, to) => {
    const failure = await failureOf(Promise.try(() => plan(from, to)));
    expect(failure).toMatchObject({ name: 'AuditError', message: expect.stringContaining('the last 30 days') });
  });

  it('begin earlier where the page lists the same times already', () => {
    const taken = ['11/22/2026, 12:00\u202fAM - 11/23/2026 12:00 am', '11/21/2026 11:59 PM - 11/23/2026 12:00 AM'].map(
      (pair) => requestKey(pair.split(' - ')[0] ?? '', pair.split(' - ')[1] ?? ''),
    );
    const [request] = plan('2026-11-22T00:00Z', '2026-11-23T00:00Z', { taken });
    expect(request).toMatchObject({ startText: '11/21/2026 11:58 PM', endText: '11/23/2026 12:00 AM' });
  });

  it('hold the whole window where the clocks of the page are set back at its ends', () => {
    // London, 2026-10-25: 02:00 BST becomes 01:00 GMT at 01:00 UTC; midnight UTC is 1:00 AM, and so is an hour later.
    const [before] = plan('2026-10-24T00:00Z', '2026-10-25T00:00Z', {
      timeZone: 'Europe/London',
      now: new Date('2026-10-25T05:30Z'),
    });
    expect(before).toMatchObject({ to: '2026-10-25T02:00', endText: '10/25/2026 2:00 AM' });
    const [after] = plan('2026-10-25T00:00Z', '2026-10-26T00:00Z', { timeZone: 'Europe/London' });
    expect(after).toMatchObject({ from: '2026-10-24T23:45', startText: '10/25/2026 12:45 AM' });
  });
});

describe('a time as the page writes it', () => {
  it.each([
    ['M/d/yyyy h:mm a', '2026-01-05T00:07Z', '1/5/2026 12:07 AM'],
    ['MM/dd/yyyy hh:mm a', '2026-01-05T13:07Z', '01/05/2026 01:07 PM'],
    ['dd.MM.yyyy, HH:mm', '2026-01-05T09:07Z', '05.01.2026, 09:07'],
    ["yyyy-MM-dd'T'HH:mm", '2026-12-31T23:59Z', '2026-12-31T23:59'],
    ["d/M/yyyy H:mm 'am'", '2026-01-05T12:00Z', '5/1/2026 12:00 am'],
    ['h:mm a d-M-yyyy', '2026-01-05T12:00Z', '12:00 PM 5-1-2026'],
  ])('%s', (format, time, expected) => {
    expect(pageTime(new Date(time), { timeZone: 'GMT', format })).toBe(expected);
  });

  it.each(['GMT', 'Europe/London', 'America/St_Johns', 'Australia/Lord_Howe', 'America/Los_Angeles', 'Asia/Kathmandu'])(
    'is read back as the same instant in %s, also where clocks are changed, once it is unambiguous',
    (timeZone) => {
      const clock = { ...GMT, timeZone };
      // Every change of these clocks in 2026 lies in one of these days.
      const days = ['2026-03-08', '2026-03-29', '2026-04-04', '2026-10-03', '2026-10-25', '2026-11-01'];
      for (const ms of days.flatMap((day) =>
        Array.from({ length: 96 }, (_, n) => Date.parse(day) + (n * HOUR_MS) / 4),
      )) {
        const start = unambiguous(new Date(ms), -1, clock);
        const end = unambiguous(new Date(ms), 1, clock);
        expect(start.getTime()).toBeLessThanOrEqual(ms);
        expect(end.getTime()).toBeGreaterThanOrEqual(ms);
        expect(end.getTime() - start.getTime()).toBeLessThanOrEqual(3 * HOUR_MS);
        for (const time of [start, end]) expect(readUserTime(pageTime(time, clock), timeZone)).toEqual(time);
      }
    },
  );
});
