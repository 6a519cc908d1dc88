import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Nightly, openNightly } from './nightly.ts';
import { logText } from '../support/log-text.ts';

// A log tells of nothing that was sent after it was made, whatever other logs there are.

let nightly: Nightly;
beforeEach(() => {
  nightly = openNightly('2026-11-22T02:30:00Z');
});
afterEach(() => nightly[Symbol.dispose]());

/** A log with a compliant delivery at each of these times (`21T08:00`), made at another. */
function put(name: string, times: readonly string[], madeAt: string): void {
  const path = join(nightly.folder, 'logs', `${name}.csv`);
  const rows = times.map((time) => ({ 'Date/Time': `2026-11-${time}:00Z`, 'Internal Message ID': `16/A4-${time}` }));
  writeFileSync(path, logText(rows));
  const made = new Date(`2026-11-${madeAt}:00Z`);
  utimesSync(path, made, made);
}

async function gaps(): Promise<{ verdict: string; gaps: string[] }> {
  const { report } = await nightly.run();
  const found = report.gaps.map(({ from, to }) => `${from.slice(8, 16)} ${to.slice(8, 16)}`);
  return { verdict: report.verdict, gaps: found };
}

describe('a log that was made before its day was over', () => {
  it('leaves the rest of the day a gap, although a younger log has rows of the morning', async () => {
    put('21a', ['21T08:00', '21T12:00'], '21T13:00');
    put('20b', ['20T10:00', '21T03:00'], '22T00:10');
    expect(await gaps()).toEqual({ verdict: 'inconclusive', gaps: ['21T13:00 22T00:00'] });
  });

  it('leaves it a gap where the log of the day before was made last', async () => {
    nightly.settings.jobs['outbound-audit'].firstRunDays = 2;
    put('21', ['21T08:00', '21T10:00', '21T12:00'], '21T13:00');
    put('20', ['20T08:00', '20T10:00'], '22T00:20');
    expect(await gaps()).toEqual({ verdict: 'inconclusive', gaps: ['21T13:00 22T00:00'] });
  });

  it('leaves a gap on each of the days of a window', async () => {
    nightly.settings.jobs['outbound-audit'].firstRunDays = 3;
    for (const day of ['19', '20']) put(day, [`${day}T08:00`, `${day}T09:00`], `${day}T10:00`);
    put('21', ['21T08:00'], '22T00:20');
    expect(await gaps()).toEqual({ verdict: 'inconclusive', gaps: ['19T10:00 20T00:00', '20T10:00 21T00:00'] });
  });

  it('is made good by a log of the whole day that came later, new rows in it or none', async () => {
    put('21-noon', ['21T08:00', '21T12:00'], '21T13:00');
    put('21', ['21T08:00', '21T12:00'], '22T00:20');
    expect(await gaps()).toEqual({ verdict: 'pass', gaps: [] });
  });

  it('is made good by the log that goes on where it ends', async () => {
    put('21-noon', ['21T08:00', '21T12:00'], '21T13:00');
    put('21-rest', ['21T14:00', '21T20:00'], '22T00:20');
    expect(await gaps()).toEqual({ verdict: 'pass', gaps: [] });
  });
});
