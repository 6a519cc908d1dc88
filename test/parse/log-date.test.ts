import { describe, expect, it } from '@jest/globals';
import { readLogDate } from '../../src/parse/log-date.ts';

const IMPOSSIBLE = 'impossible';

function readings(text: string): { dayFirst: string; monthFirst: string } {
  const { dayFirstMs, monthFirstMs } = readLogDate(text);
  return { dayFirst: instant(dayFirstMs), monthFirst: instant(monthFirstMs) };
}

function instant(timeMs: number): string {
  return Number.isNaN(timeMs) ? IMPOSSIBLE : new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

describe('a date with day and month in doubt has two readings', () => {
  it.each([
    // The only documented example of a Date/Time.
    ['3/06/2009 13:37', '2009-06-03T13:37:00Z', '2009-03-06T13:37:00Z'],
    ['03/06/2009 13:37', '2009-06-03T13:37:00Z', '2009-03-06T13:37:00Z'],
    ['3-6-2009 13:37', '2009-06-03T13:37:00Z', '2009-03-06T13:37:00Z'],
    ['3.6.2009 13:37', '2009-06-03T13:37:00Z', '2009-03-06T13:37:00Z'],
    ['03/06/26 1:37', '2026-06-03T01:37:00Z', '2026-03-06T01:37:00Z'],
    ['03.06.26 01:37', '2026-06-03T01:37:00Z', '2026-03-06T01:37:00Z'],
    ['03-06-99 01:37', '2099-06-03T01:37:00Z', '2099-03-06T01:37:00Z'],
    ['3/06/2026 13:37:59', '2026-06-03T13:37:59Z', '2026-03-06T13:37:59Z'],
    ['3/06/2026 13:37:59.250', '2026-06-03T13:37:59.250Z', '2026-03-06T13:37:59.250Z'],
    ['  3/06/2026   13:37  ', '2026-06-03T13:37:00Z', '2026-03-06T13:37:00Z'],
    ['3/06/2026, 13:37', '2026-06-03T13:37:00Z', '2026-03-06T13:37:00Z'],
    ['3/06/2026 13:37 GMT', '2026-06-03T13:37:00Z', '2026-03-06T13:37:00Z'],
    ['3/06/2026 00:30 +0100', '2026-06-02T23:30:00Z', '2026-03-05T23:30:00Z'],
    ['3/06/2026 23:30:00-05:00', '2026-06-04T04:30:00Z', '2026-03-07T04:30:00Z'],
    ['11/11/2026 00:00', '2026-11-11T00:00:00Z', '2026-11-11T00:00:00Z'],
  ])('%j', (text, dayFirst, monthFirst) => {
    expect(readings(text)).toEqual({ dayFirst, monthFirst });
  });
});

describe('AM and PM', () => {
  it.each([
    ['12:00 AM', '00:00:00'],
    ['12:59:59 AM', '00:59:59'],
    ['1:05 AM', '01:05:00'],
    ['11:59 am', '11:59:00'],
    ['12:00 PM', '12:00:00'],
    ['12:59 p.m.', '12:59:00'],
    ['1:05PM', '13:05:00'],
    ['11:59:59 pm', '23:59:59'],
    ['1:05\u202FPM', '13:05:00'],
  ])('%j is %s', (text, time) => {
    expect(readings(`1/01/2026 ${text}`).dayFirst).toBe(`2026-01-01T${time}Z`);
  });

  it.each(['13:00 PM', '0:30 AM', '12:60 AM', '1:05 XM'])('%j is no time', (text) => {
    expect(readings(`1/01/2026 ${text}`)).toEqual({ dayFirst: IMPOSSIBLE, monthFirst: IMPOSSIBLE });
  });
});

describe('a year-first date has one reading', () => {
  it.each([
    ['2026-11-03 09:07', '2026-11-03T09:07:00Z'],
    ['2026-11-03 9:07', '2026-11-03T09:07:00Z'],
    ['2026-11-03 09:07:08', '2026-11-03T09:07:08Z'],
    ['2026/11/03 09:07:08', '2026-11-03T09:07:08Z'],
    ['2026.11.3 09:07', '2026-11-03T09:07:00Z'],
    ['2026-11-03T09:07', '2026-11-03T09:07:00Z'],
    ['2026-11-03t09:07:08z', '2026-11-03T09:07:08Z'],
    ['2026-11-03T09:07:08Z', '2026-11-03T09:07:08Z'],
    ['2026-11-03T09:07:08.9Z', '2026-11-03T09:07:08.900Z'],
    ['2026-11-03T09:07:08.123Z', '2026-11-03T09:07:08.123Z'],
    ['2026-11-03T09:07:08,123Z', '2026-11-03T09:07:08.123Z'],
    ['2026-11-03T09:07:08.123456789Z', '2026-11-03T09:07:08.123Z'],
    ['2026-11-03T09:07:08.999999999Z', '2026-11-03T09:07:08.999Z'],
    ['2026-11-03T09:07:08.000+0000', '2026-11-03T09:07:08Z'],
    ['2026-11-03T00:30:00+05:30', '2026-11-02T19:00:00Z'],
    ['2026-11-03T23:30:00-08', '2026-11-04T07:30:00Z'],
    ['2026-11-03 23:30:00 +0100', '2026-11-03T22:30:00Z'],
    ['2026-11-03 23:30:00 UTC', '2026-11-03T23:30:00Z'],
    ['20261103T090708Z', '2026-11-03T09:07:08Z'],
    ['20261103T0907+0100', '2026-11-03T08:07:00Z'],
  ])('%j', (text, time) => {
    expect(readings(text)).toEqual({ dayFirst: time, monthFirst: time });
  });

  it('keeps every millisecond as written', () => {
    for (let millisecond = 0; millisecond < 1000; millisecond++) {
      const text = `2026-11-03T09:07:08.${String(millisecond).padStart(3, '0')}Z`;
      expect(readLogDate(text).dayFirstMs).toBe(Date.parse(text));
    }
  });
});

describe('a value over 12 leaves one reading', () => {
  it.each([
    ['13/06/2026 10:00', '2026-06-13T10:00:00Z', IMPOSSIBLE],
    ['31.12.26 10:00', '2026-12-31T10:00:00Z', IMPOSSIBLE],
    ['06/13/2026 10:00', IMPOSSIBLE, '2026-06-13T10:00:00Z'],
    ['12-31-2026 10:00', IMPOSSIBLE, '2026-12-31T10:00:00Z'],
    ['31/11/2026 10:00', IMPOSSIBLE, IMPOSSIBLE],
    ['30/2/2026 10:00', IMPOSSIBLE, IMPOSSIBLE],
  ])('%j', (text, dayFirst, monthFirst) => {
    expect(readings(text)).toEqual({ dayFirst, monthFirst });
  });
});

describe('leap days', () => {
  it.each([
    ['29/02/2028 00:00', '2028-02-29T00:00:00Z'],
    ['29/02/2000 00:00', '2000-02-29T00:00:00Z'],
    ['2028-02-29T23:59:59Z', '2028-02-29T23:59:59Z'],
    ['29/02/2026 00:00', IMPOSSIBLE],
    ['29/02/2100 00:00', IMPOSSIBLE],
    ['2027-02-29T00:00:00Z', IMPOSSIBLE],
  ])('%j', (text, time) => {
    expect(readings(text).dayFirst).toBe(time);
  });
});

describe('no date and time', () => {
  it.each([
    '',
    '   ',
    'yesterday',
    '2026-13-01 10:00',
    '2026-00-10 10:00',
    '2026-11-31T10:00:00Z',
    '0/06/2026 10:00',
    '3/0/2026 10:00',
    '32/13/2026 10:00',
    '3/06/2026',
    '2026-11-03',
    '3/06/2026 24:00',
    '3/06/2026 10:60',
    '3/06/2026 10:00:60',
    '3/06/2026 10:0',
    '3/06-2026 10:00',
    '3/06/026 10:00',
    '3/06/20260 10:00',
    '3/06/2026 10:00 and more',
    '2026-11-03T10:00:00+15:00',
    '2026-11-03T10:00:00+05:60',
    '0026-11-03T10:00:00Z',
    '1762160400000',
    '１/06/2026 10:00',
  ])('%j', (text) => {
    expect(readings(text)).toEqual({ dayFirst: IMPOSSIBLE, monthFirst: IMPOSSIBLE });
  });
});
