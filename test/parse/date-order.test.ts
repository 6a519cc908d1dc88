import { describe, expect, it } from '@jest/globals';
import type { Window } from '../../src/model/window.ts';
import type { DateOrderSetting } from '../../src/parse/date-order.ts';
import { logText } from '../support/log-text.ts';
import { readText, timesOf } from './reading.ts';

const JUNE: Window = { from: new Date('2026-06-01T00:00:00Z'), to: new Date('2026-07-01T00:00:00Z') };
const MARCH: Window = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-04-01T00:00:00Z') };

async function orderOf(dates: readonly string[], dateOrder: DateOrderSetting = 'auto', knownWindow?: Window) {
  return readText(logText(dates.map((date) => ({ 'Date/Time': date }))), { dateOrder, knownWindow });
}

describe('a value over 12', () => {
  it.each([
    ['in the first place is a day: day-first', ['1/06/2026 10:00', '13/06/2026 10:00'], 'dmy'],
    ['in the second place is a day: month-first', ['6/01/2026 10:00', '6/13/2026 10:00'], 'mdy'],
    ['decides for the rows before it', ['5/06/2026 10:00', '4/06/2026 9:00', '28/06/2026 10:00'], 'dmy'],
    ['outweighs the order of rows', ['6/02/2026 10:00', '5/03/2026 9:00', '7/04/2026 9:00', '12/31/2025 1:00'], 'mdy'],
    ['counts in dates with any separator', ['1.6.26 10:00', '13.6.26 10:00'], 'dmy'],
    ['counts between year-first dates', ['2026-06-01 10:00', '13/06/2026 10:00'], 'dmy'],
  ])('%s', async (_, dates, order) => {
    expect((await orderOf(dates)).dateOrder).toBe(order);
  });

  it('on both sides contradicts itself: no order is left', async () => {
    await expect(orderOf(['13/06/2026 10:00', '6/14/2026 10:00'])).rejects.toMatchObject({
      message: expect.stringMatching(/a\.csv: cannot tell the order of day and month: line 2 .* day-first and line 3/),
      remedy: expect.stringContaining('--date-order dmy'),
    });
  });
});

describe('the order of rows', () => {
  it.each([
    ['ascending day-first', ['9/06/2026 10:00', '10/06/2026 10:00', '1/07/2026 8:00'], 'dmy'],
    ['descending day-first', ['1/07/2026 8:00', '10/06/2026 10:00', '9/06/2026 10:00'], 'dmy'],
    ['ascending month-first', ['6/09/2026 10:00', '6/10/2026 10:00', '7/01/2026 8:00'], 'mdy'],
    ['descending month-first', ['7/01/2026 8:00', '6/10/2026 10:00', '6/09/2026 10:00'], 'mdy'],
    [
      'ascending, with rows of the same minute',
      ['9/06/2026 10:00', '9/06/2026 10:00', '1/07/2026 8:00', '2/07/2026 8:00', '12/07/2026 8:00'],
      'dmy',
    ],
  ])('decides where one reading is in order and the other is not: %s', async (_, dates, order) => {
    expect((await orderOf(dates)).dateOrder).toBe(order);
  });
});

describe('the window in which the file is known to lie', () => {
  it.each([
    ['day-first', JUNE, 'dmy', '2026-06-03T10:00:00Z'],
    ['month-first', MARCH, 'mdy', '2026-03-06T10:00:00Z'],
  ])('decides where only one reading lies in it: %s', async (_, known, order, time) => {
    const read = await orderOf(['3/06/2026 10:00'], 'auto', known);
    expect(read.dateOrder).toBe(order);
    expect(timesOf(read)).toEqual([time]);
  });

  it('ends before its upper bound', async () => {
    const upTo = { from: MARCH.from, to: new Date('2026-06-03T10:00:00Z') };
    expect((await orderOf(['3/06/2026 10:00'], 'auto', upTo)).dateOrder).toBe('mdy');
  });

  it('cannot decide where both readings lie in it', async () => {
    const year = { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2027-01-01T00:00:00Z') };
    await expect(orderOf(['3/06/2026 10:00'], 'auto', year)).rejects.toThrow('cannot tell the order of day and month');
  });

  it('is not weighed against the order of rows: where they disagree the reading stops', async () => {
    // In order when day-first; inside the window when month-first.
    const dates = ['3/05/2026 10:00', '3/06/2026 9:00', '4/06/2026 8:00', '3/07/2026 8:00'];
    const known = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-05-01T00:00:00Z') };
    expect((await orderOf(dates)).dateOrder).toBe('dmy');
    await expect(orderOf(dates, 'auto', known)).rejects.toMatchObject({
      message: expect.stringContaining('the order of rows and the known window disagree'),
      remedy: expect.stringContaining('--date-order'),
    });
  });
});

describe('dates that leave both readings', () => {
  it.each([
    ['one row', ['3/06/2026 10:00']],
    ['one day', ['3/06/2026 10:00', '3/06/2026 11:00']],
    ['rows in order under both readings', ['3/06/2026 10:00', '4/07/2026 10:00']],
    ['rows in no order under either', ['3/06/2026 10:00', '5/08/2026 10:00', '4/07/2026 10:00']],
  ])('stop the reading with an error that names --date-order: %s', async (_, dates) => {
    await expect(orderOf(dates)).rejects.toMatchObject({
      name: 'AuditError',
      message: expect.stringContaining('a.csv: cannot tell the order of day and month'),
      remedy: expect.stringMatching(/--date-order dmy .*--date-order mdy/),
    });
  });
});

describe('dates on which both readings agree', () => {
  it.each([
    ['day and month are the same number', ['11/11/2026 10:00', '11/11/2026 11:00', '12/12/2026 11:00']],
    ['year-first', ['2026-06-03 10:00', '2026-03-06T10:00:00Z']],
    ['no row at all', []],
    ['no row with a readable date', ['soon']],
  ])('are in no doubt: %s', async (_, dates) => {
    expect((await orderOf(dates)).dateOrder).toBe('unambiguous');
  });
});

describe('an order that was given', () => {
  it.each([
    ['dmy' as const, '2026-06-03T10:00:00Z'],
    ['mdy' as const, '2026-03-06T10:00:00Z'],
  ])('%s is used without asking the file', async (order, time) => {
    const read = await orderOf(['3/06/2026 10:00'], order);
    expect(read.dateOrder).toBe(order);
    expect(timesOf(read)).toEqual([time]);
  });

  it.each([
    ['dmy' as const, '6/13/2026 10:00'],
    ['mdy' as const, '13/06/2026 10:00'],
  ])('%s rejects a date that it cannot read: %s', async (order, date) => {
    const read = await orderOf(['3/06/2026 10:00', date, '2026-06-03 10:00'], order);
    expect(read).toMatchObject({ rows: 3, rejected: 1, dateOrder: order });
    expect(read.rejects[0]).toMatchObject({ line: 3, reason: expect.stringContaining(JSON.stringify(date)) });
  });
});
