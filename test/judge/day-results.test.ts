import { describe, expect, it } from '@jest/globals';
import { dayResults, violationDays } from '../../src/judge/day-results.ts';
import type { Gap } from '../../src/model/report.ts';
import { tallyOf, windowOf } from './rows.ts';

const WINDOW = windowOf('2026-11-02T00:00:00Z', '2026-11-05T00:00:00Z');
const LATER = new Date('2026-11-06T02:00:00Z');

function completeDays(facts: {
  window?: typeof WINDOW;
  startedAt?: Date;
  gaps?: Gap[];
  unread?: (typeof WINDOW)[];
}): string[] {
  return dayResults({ window: WINDOW, startedAt: LATER, tally: tallyOf([]), gaps: [], unread: [], ...facts })
    .filter(({ complete }) => complete)
    .map(({ day }) => day);
}

describe('a day is complete', () => {
  it.each<[string, Parameters<typeof completeDays>[0], string[]]>([
    ['where nothing speaks against it', {}, ['2026-11-02', '2026-11-03', '2026-11-04']],
    [
      'where it was over when the run began',
      { startedAt: new Date('2026-11-04T23:59:59Z') },
      ['2026-11-02', '2026-11-03'],
    ],
    [
      'at the very midnight',
      { startedAt: new Date('2026-11-05T00:00:00Z') },
      ['2026-11-02', '2026-11-03', '2026-11-04'],
    ],
    [
      'where the window holds all of it',
      { window: windowOf('2026-11-02T00:00:01Z', '2026-11-04T23:59:59Z') },
      ['2026-11-03'],
    ],
    [
      'where no gap touches it',
      { gaps: [{ from: '2026-11-03T23:00:00.000Z', to: '2026-11-04T00:00:00.000Z' }] },
      ['2026-11-02', '2026-11-04'],
    ],
    [
      'where no gap of several days does',
      { gaps: [{ from: '2026-11-02T23:59:59.999Z', to: '2026-11-04T00:00:00.001Z' }] },
      [],
    ],
    ['where every log could be read', { unread: [WINDOW] }, []],
    [
      'where a log that could not be read tells of another day',
      { unread: [{ from: new Date('2026-11-03T12:00:00Z'), to: new Date('2026-11-03T13:00:00Z') }] },
      ['2026-11-02', '2026-11-04'],
    ],
  ])('%s', (_, facts, days) => {
    expect(completeDays(facts)).toEqual(days);
  });
});

describe('the domains of a day', () => {
  const tally = tallyOf([
    { tlsCipher: ':', time: '2026-11-02T10:00:00Z' },
    { tlsCipher: '', time: '2026-11-02T23:59:59Z' },
    { tlsCipher: 'TLSv1:A', time: '2026-11-04T00:00:00Z' },
    { domain: 'other.example', time: '2026-11-04T00:00:00Z' },
  ]);
  const results = dayResults({ window: WINDOW, startedAt: LATER, tally, gaps: [], unread: [] });

  it('are those with a delivery on it, and add up to the run', () => {
    const counts = results.map(({ day, domains }) => [day, domains.map((domain) => ({ ...domain, details: 0 }))]);
    expect(counts).toEqual([
      [
        '2026-11-02',
        [{ domain: 'acme.example', deliveries: 2, violations: 1, plaintext: 1, unrecognised: 1, details: 0 }],
      ],
      ['2026-11-03', []],
      [
        '2026-11-04',
        [
          { domain: 'acme.example', deliveries: 1, violations: 1, plaintext: 0, unrecognised: 0, details: 0 },
          { domain: 'other.example', deliveries: 1, violations: 0, plaintext: 0, unrecognised: 0, details: 0 },
        ],
      ],
    ]);
  });

  it('tell what was used, whether it was verified, and when', () => {
    expect(results[0]?.domains[0]?.details).toEqual({
      verified: 0,
      unverified: 0,
      verifiedTls: 0,
      unverifiedTls: 0,
      tls: { plaintext: 1, unrecognised: 1 },
      firstSeen: '2026-11-02T10:00:00.000Z',
      lastSeen: '2026-11-02T23:59:59.000Z',
    });
    const verified = tallyOf([
      { time: '2026-11-02T10:00:00Z', tlsCipher: 'TLSv1.2:A', tlsVerified: 'Verified' },
      { time: '2026-11-02T10:00:00Z', tlsCipher: 'TLS1_2:A', tlsVerified: 'Unverified' },
      { time: '2026-11-02T10:00:00Z', tlsCipher: ':', tlsVerified: 'Unverified' },
      { time: '2026-11-02T10:00:00Z', tlsCipher: 'QUIC', tlsVerified: 'Verified' },
      { time: '2026-11-02T10:00:00Z', tlsCipher: 'None' },
    ]);
    const [day] = dayResults({ window: WINDOW, startedAt: LATER, tally: verified, gaps: [], unread: [] });
    expect(day?.domains[0]?.details).toMatchObject({
      ...{ verified: 2, unverified: 2, verifiedTls: 1, unverifiedTls: 1 },
      tls: { 'TLSv1.2:A': 2, plaintext: 1, unrecognised: 1 },
    });
  });

  it('are kept where the day is not complete', () => {
    const [first] = dayResults({ window: WINDOW, startedAt: LATER, tally, gaps: [], unread: [WINDOW] });
    expect(first).toMatchObject({ complete: false, domains: [{ domain: 'acme.example' }] });
  });
});

it('violationDays are those with a violation, not those with a delivery, oldest first', () => {
  const days = tallyOf([
    { tlsCipher: ':', time: '2026-11-05T10:00:00Z' },
    { tlsCipher: 'TLSv1:A', time: '2026-11-03T10:00:00Z' },
    { tlsCipher: 'TLSv1.2:A', time: '2026-11-01T10:00:00Z' },
  ]);
  expect(violationDays(days, 'acme.example')).toEqual(['2026-11-03', '2026-11-05']);
  expect(violationDays(days, 'other.example')).toEqual([]);
});
