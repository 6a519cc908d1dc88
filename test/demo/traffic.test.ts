import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';

import { demoDays, demoFiles, writeDayLog } from '../../src/demo/traffic.ts';
import { composeDay } from '../../src/demo/traffic/day.ts';
import { COLUMNS, logTime } from '../../src/demo/traffic/log-row.ts';
import { INTERNATIONAL_DOMAIN, OFFENDERS, PARTNERS } from '../../src/demo/traffic/partners.ts';

const FIRST_DAY = '2026-11-15';
const SEED = 'test';

type Row = Record<(typeof COLUMNS)[number], string>;

/** The rows of the night's files as a reader sees them; the ragged row is left out. */
function read(night: number): Row[] {
  return demoFiles({ seed: SEED, firstDay: FIRST_DAY, night }).flatMap(({ content, extension }) => {
    const csv = extension === 'gz' ? gunzipSync(content) : content;
    return parse<Row>(csv, { columns: true, skip_records_with_error: true });
  });
}

function domainOf(row: Row): string {
  return domainToASCII(row.Recipient.split('@')[1] ?? '');
}

/** Deliveries of all kinds of one domain, by TLS_Cipher. */
function tlsValues(rows: readonly Row[], domain: string): string[] {
  const values = rows
    .filter((row) => row['Mail Event'] === 'D' && row.TLS_Cipher !== 'None' && domainOf(row) === domain)
    .map((row) => row.TLS_Cipher.replace(/(?<=.):.*/, ''));
  return [...new Set(values)].sort();
}

const week = read(0);

describe('a day of the demo', () => {
  it('is the same for the same seed and day, and no other', () => {
    const digest = (day: string, seed: string) =>
      createHash('sha256')
        .update(writeDayLog(day, { seed, night: 0 }))
        .digest('hex');
    expect(digest('2026-11-15', 'a')).toBe(digest('2026-11-15', 'a'));
    const all = [digest('2026-11-15', 'a'), digest('2026-11-15', 'b'), digest('2026-11-16', 'a')];
    expect(new Set(all).size).toBe(3);
  });

  it('holds the number of deliveries asked for, 700 to 1,000 otherwise', () => {
    const count = (options: { deliveriesPerDay?: number }) =>
      composeDay('2026-11-15', { seed: SEED, night: 0, ...options }).filter(({ kind }) => kind === 'delivery').length;
    expect(count({ deliveriesPerDay: 120 })).toBe(120);
    expect(count({})).toBeGreaterThanOrEqual(700);
    expect(count({})).toBeLessThanOrEqual(1000);
  });

  it('runs in the order of time, with dates day first', () => {
    const rows = composeDay('2026-11-05', { seed: SEED, night: 0 });
    expect(rows.map(({ minute }) => minute)).toEqual(rows.map(({ minute }) => minute).sort((a, b) => a - b));
    expect(logTime('2026-11-05', 9 * 60 + 7)).toBe('5/11/2026 09:07');
    expect(rows.every(({ fields }) => /^5\/11\/2026 [012]\d:[0-5]\d$/.test(fields[0] ?? ''))).toBe(true);
  });

  it('names every column, the TLS ones last, and quotes every field', () => {
    const [header = '', first = ''] = writeDayLog('2026-11-15', { seed: SEED, night: 0 }).split('\r\n');
    expect(header.split(',').map((name) => name.slice(1, -1))).toEqual([...COLUMNS]);
    expect(header).toMatch(/"TLS_Cipher","TLS_Verified"$/);
    expect(first).toMatch(/^".*"$/);
  });
});

describe('the first week', () => {
  it('holds every kind of row, in believable numbers', () => {
    const counts: Record<string, number> = {};
    for (const [index, day] of demoDays(FIRST_DAY, 0).entries()) {
      const oddities = index === 5 ? (['ragged'] as const) : [];
      for (const { kind } of composeDay(day, { seed: SEED, night: 0, oddities })) {
        counts[kind] = (counts[kind] ?? 0) + 1;
      }
    }
    expect(counts).toMatchObject({ 'warm-up-reception': 42, 'warm-up-delivery': 42, duplicate: 14, ragged: 1 });
    expect(counts['delivery']).toBeGreaterThanOrEqual(7 * 700);
    expect(counts['reception']).toBeGreaterThan(4_000);
    expect(counts['hand-off']).toBeGreaterThan(350);
    expect(counts['transient-failure']).toBeGreaterThan(100);
    expect(counts['permanent-failure']).toBeGreaterThan(70);
  });

  it('delivers what failed for the time being, and shares message ids between R and D', () => {
    const eventsOf = new Map<string, Set<string>>();
    for (const row of week) {
      const events = eventsOf.get(row['Internal Message ID']) ?? new Set();
      eventsOf.set(row['Internal Message ID'], events.add(row['Mail Event']));
    }
    const combinations = new Set([...eventsOf.values()].map((events) => [...events].sort().join('')));
    // The one D-less or R-less combination would be the message that lost its R row to the ragged line.
    expect([...combinations].sort()).toEqual(expect.arrayContaining(['DR', 'DRT', 'PR']));
    expect(combinations).not.toContain('RT');
  });

  it('never states a protocol where none is valid', () => {
    const values = week.filter((row) => row['Mail Event'] !== 'D').map((row) => row.TLS_Cipher);
    expect([...new Set(values)].sort()).toEqual(['', ':']);
  });

  it('hands mail on inside Salesforce, and warms up', () => {
    const handOffs = week.filter((row) => row.TLS_Cipher === 'None');
    expect(handOffs.length).toBeGreaterThan(100);
    expect(handOffs.every((row) => row['Remote Host'].startsWith('10.'))).toBe(true);
    const warmUps = week.filter((row) => /^warmup@.+\.siterelay\.mta\.salesforce\.com$/.test(row.Recipient));
    expect(new Set(warmUps.map((row) => row['Mail Event']))).toEqual(new Set(['R', 'D']));
    expect(warmUps.some((row) => row['Mail Event'] === 'D' && row.TLS_Cipher === ':')).toBe(true);
  });

  it('has exactly one unrecognised value and one ragged row', () => {
    const values = week.filter((row) => row['Mail Event'] === 'D').map((row) => row.TLS_Cipher);
    expect(values.filter((value) => !/^(TLSv1(\.\d)?:.+|:|None)$/.test(value))).toEqual([
      'UNKNOWN:ECDHE-RSA-AES256-GCM-SHA384',
    ]);
    const lines = demoFiles({ seed: SEED, firstDay: FIRST_DAY, night: 0 })
      .filter(({ extension }) => extension === 'csv')
      .flatMap(({ content }) => content.toString().split('\r\n').slice(0, -1));
    expect(lines.filter((line) => line.split('","').length < COLUMNS.length)).toHaveLength(1);
  });

  it('repeats rows within a file and across files', () => {
    const repeatedWithin = composeDay('2026-11-15', { seed: SEED, night: 0 }).filter(
      ({ kind }) => kind === 'duplicate',
    );
    expect(repeatedWithin).toHaveLength(2);
    const seen = new Set(week.map((row) => JSON.stringify(row)));
    const third = composeDay('2026-11-17', { seed: SEED, night: 0 });
    // Every row of the third day stands in two files, and two rows of every day stand twice in each file.
    expect(week.length - seen.size).toBe(third.length + 2 + 6 * 2);
  });

  it('writes to about 60 domains that exist nowhere, and to one with a name of its own script', () => {
    const domains = new Set(week.map(domainOf).filter((domain) => !domain.endsWith('salesforce.com')));
    expect(domains.size).toBe(PARTNERS.length + Object.keys(OFFENDERS).length);
    expect([...domains].filter((domain) => !/\.(example|test)$/.test(domain))).toEqual([]);
    expect(domainToASCII(INTERNATIONAL_DOMAIN.unicode)).toBe(INTERNATIONAL_DOMAIN.ascii);
    const spellings = new Set(week.map((row) => row.Recipient.split('@')[1]));
    expect([...spellings]).toEqual(expect.arrayContaining(Object.values(INTERNATIONAL_DOMAIN)));
  });
});

describe('the story of the nights', () => {
  const nights = [week, read(1), read(2)] as const;

  it.each([
    ['ongoing', [[':'], [':'], [':']]],
    ['begins', [['TLSv1.2'], [':'], [':']]],
    ['stops', [[':', 'TLSv1.2'], ['TLSv1.2'], ['TLSv1.2']]],
    ['weak', [['TLSv1'], ['TLSv1'], ['TLSv1']]],
  ] as const)('%s', (role, expected) => {
    expect(nights.map((rows) => tlsValues(rows, OFFENDERS[role]))).toEqual(expected);
  });

  it('has every offence on every day', () => {
    for (const day of demoDays(FIRST_DAY, 0)) {
      const ofDay = week.filter((row) => row['Date/Time'].startsWith(logTime(day, 0).split(' ')[0] ?? '?'));
      expect([day, tlsValues(ofDay, OFFENDERS.ongoing)]).toEqual([day, [':']]);
      expect([day, tlsValues(ofDay, OFFENDERS.stops)]).toEqual([day, [':', 'TLSv1.2']]);
      expect([day, tlsValues(ofDay, OFFENDERS.weak)]).toEqual([day, ['TLSv1']]);
    }
  });

  it('has no other offenders', () => {
    const known: readonly string[] = Object.values(OFFENDERS);
    for (const rows of nights) {
      const violating = rows.filter(
        (row) =>
          row['Mail Event'] === 'D' && /^(:$|TLSv1:)/.test(row.TLS_Cipher) && !row.Recipient.startsWith('warmup@'),
      );
      expect([...new Set(violating.map(domainOf))].filter((domain) => !known.includes(domain))).toEqual([]);
    }
  });

  it('comes in files: seven for the week, then one a night, shortly after midnight', () => {
    const files = [0, 1].flatMap((night) => demoFiles({ seed: SEED, firstDay: FIRST_DAY, night }));
    expect(files.map(({ title, extension, createdDate }) => [title, extension, createdDate.toISOString()])).toEqual([
      ['EmailLog-2026-11-15', 'csv', '2026-11-16T00:40:00.000Z'],
      ['EmailLog-2026-11-16.csv', 'gz', '2026-11-17T00:40:00.000Z'],
      ['EmailLog-2026-11-17', 'csv', '2026-11-18T00:40:00.000Z'],
      ['EmailLog-2026-11-17-to-2026-11-18', 'csv', '2026-11-19T00:40:00.000Z'],
      ['EmailLog-2026-11-19', 'csv', '2026-11-20T00:40:00.000Z'],
      ['EmailLog-2026-11-20', 'csv', '2026-11-21T00:40:00.000Z'],
      ['EmailLog-2026-11-21', 'csv', '2026-11-22T00:40:00.000Z'],
      ['EmailLog-2026-11-22', 'csv', '2026-11-23T00:40:00.000Z'],
    ]);
    expect(demoDays(FIRST_DAY, 1)).toEqual(['2026-11-22']);
  });
});
