import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Restored } from '../../src/model/report.ts';
import { DAY_MS } from '../../src/model/window.ts';
import { type Nightly, openNightly } from './nightly.ts';

let nightly: Nightly;
/** What the last night told to be protected again. */
let ended: readonly Restored[];
beforeEach(() => {
  nightly = openNightly('2026-11-11T05:30:00Z');
});
afterEach(() => nightly[Symbol.dispose]());

/** A night over a day with so many deliveries to verified servers, and to others; what it tells of downgrades. */
async function night(verified: number, unverified: number): Promise<string[]> {
  const day = new Date(nightly.nowMs - DAY_MS).toISOString().slice(0, 10);
  const rows = Array.from({ length: verified + unverified }, (_, index) => ({
    'Internal Message ID': `${day}-${index}`,
    TLS_Verified: index < verified ? 'Verified' : 'Unverified',
  }));
  nightly.putLog(day, rows);
  const { report } = await nightly.run();
  nightly.nowMs += DAY_MS;
  ended = report.restored ?? [];
  return (report.downgrades ?? []).map(({ until, since, exposed, before }) => {
    return `${before} until ${until.slice(8)}, ${exposed?.deliveries} of ${exposed?.of} not since ${since.slice(8)}`;
  });
}

describe('a domain one of whose servers does not verify, night after night', () => {
  it('has one loss that counts on, and another when nothing is verified any more', async () => {
    for (let count = 0; count < 4; count++) expect(await night(20, 0)).toEqual([]);
    expect(await night(19, 1)).toEqual(['all until 13, 1 of 20 not since 14']);
    expect(await night(20, 0)).toEqual([]);
    expect(await night(18, 2)).toEqual(['all until 13, 3 of 60 not since 14']);
    // The certificate of the other server is gone too.
    expect(await night(0, 20)).toEqual(['some until 16, 20 of 20 not since 17']);
    expect(await night(0, 4)).toEqual(['some until 16, 24 of 24 not since 17']);
    expect(await night(20, 0)).toEqual([]);
    expect(await night(19, 1)).toEqual(['all until 13, 28 of 124 not since 14']);
    for (let count = 0; count < 3; count++) expect(await night(20, 0)).toEqual([]);
    expect(await night(19, 1)).toEqual(['all until 23, 1 of 20 not since 24']);
  });

  it('that never was wholly verified is told to be, once it is, though some was before', async () => {
    await night(19, 1);
    await night(18, 2);
    expect(await night(0, 20)).toEqual(['some until 11, 20 of 20 not since 12']);
    const ends: string[] = [];
    for (const unverified of [9, 0, 0, 0, 0]) {
      await night(20 - unverified, unverified);
      ends.push(...ended.map(({ since, now, on }) => `since ${since.slice(8)}, ${now} on ${on.slice(8)}`));
    }
    expect(ends).toEqual(['since 12, some on 13', 'since 12, all on 16']);
  });

  it('is safe for Required only, and what Required Verify would have bounced is told', async () => {
    for (let count = 0; count < 3; count++) await night(20, 0);
    const safe = (await nightly.run({ dry: true, explicit: windowOf('2026-11-12') })).report.advice;
    expect(safe?.requiredVerify).toMatchObject({ bounced: 0, restrictTo: ['acme.example'], requiredOnly: [] });
    await night(19, 1);
    const { advice } = (await nightly.run({ dry: true, explicit: windowOf('2026-11-13') })).report;
    expect(advice?.restrictTo).toEqual(['acme.example']);
    expect(advice?.requiredVerify).toEqual({
      ...{ verified: 79, bounced: 1, domains: 1, unknown: 0, unknownDays: 0, restrictTo: [], covered: 0 },
      requiredOnly: [{ reason: 'unverified', domains: 1, names: ['acme.example'] }],
    });
  });
});

function windowOf(day: string) {
  return { from: new Date(day), to: new Date(Date.parse(day) + DAY_MS) };
}
