import { describe, expect, it } from '@jest/globals';
import { unauditedDays, unauditedNote } from '../../src/judge/unaudited.ts';
import { DAY_MS, utcDay, utcDaysOf } from '../../src/model/window.ts';

const WINDOW = { from: new Date('2026-11-16T00:00:00Z'), to: new Date('2026-11-23T00:00:00Z') };
const NOW = new Date('2026-11-23T05:30:00Z');
const REACH_DAYS = 30;
const TO_FETCH = 'fetch the logs and run with --from and --to.';
const LOST = 'lost, because no log can be had any more';

function noteOn(audited: string[], firstDay: string | undefined, covered = audited, reachDays = REACH_DAYS) {
  const facts = { window: WINDOW, covered: new Set(covered), audited: new Set(audited), firstDay, reachDays };
  return unauditedNote(unauditedDays(facts), NOW, reachDays);
}

/** Days back to the first that was ever audited. */
function daysBetween(first: string, last: string): string[] {
  return utcDaysOf({ from: new Date(first), to: new Date(Date.parse(last) + DAY_MS) });
}

describe('unauditedNote', () => {
  it.each([
    ['before the first run', [], undefined],
    ['where the first day is in the window', [], '2026-11-16'],
    ['where all is covered', ['2026-11-14', '2026-11-15'], '2026-11-14'],
    ['of days that runs no longer look back to', daysBetween('2026-10-17', '2026-11-15'), '2026-01-01'],
  ])('says nothing %s', (_name, audited, firstDay) => {
    expect(noteOn(audited, firstDay)).toBeUndefined();
  });

  it.each<[string, string[], string, string]>([
    [
      'one day',
      ['2026-11-14'],
      '2026-11-14',
      `1 day before this window was never completely audited (2026-11-15): ${TO_FETCH}`,
    ],
    [
      'several days',
      ['2026-11-13'],
      '2026-11-12',
      `3 days before this window were never completely audited (between 2026-11-12 and 2026-11-15): ${TO_FETCH}`,
    ],
    [
      'every day of an outage right before the window, and which of them are lost',
      ['2026-05-01'],
      '2026-05-01',
      '198 days before this window were never completely audited (between 2026-05-02 and 2026-11-15): ' +
        `those up to 2026-10-23 are ${LOST}; for the others ${TO_FETCH}`,
    ],
    [
      'that they can all not be had any more',
      daysBetween('2026-10-24', '2026-11-15'),
      '2026-05-01',
      `7 days before this window were never completely audited (between 2026-10-17 and 2026-10-23): ${LOST}.`,
    ],
    [
      'that one of them cannot be had any more',
      daysBetween('2026-10-25', '2026-11-15'),
      '2026-10-23',
      `2 days before this window were never completely audited (between 2026-10-23 and 2026-10-24): 2026-10-23 is ${LOST}; ` +
        `for the others ${TO_FETCH}`,
    ],
  ])('says %s', (_name, audited, firstDay, expected) => {
    expect(noteOn(audited, firstDay)).toBe(expected);
  });

  it('counts days that were looked at as far back as logs can be had, and no further', () => {
    const audited = daysBetween('2026-05-01', utcDay(new Date(WINDOW.from.getTime() - DAY_MS)));
    expect(noteOn(audited, '2026-05-01', [])).toContain('30 days before this window');
    expect(noteOn(audited, '2026-05-01', [], 60)).toContain('60 days before this window');
  });
});
