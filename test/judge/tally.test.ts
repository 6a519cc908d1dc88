import { describe, expect, it } from '@jest/globals';
import type { MailEvent } from '../../src/model/log-row.ts';
import type { Protocol } from '../../src/model/protocol.ts';
import { type DatedRow, tallyOf, windowOf } from './rows.ts';

const NOTHING = {
  outsideWindow: 0,
  events: { R: 0, D: 0, T: 0, P: 0, other: 0 },
  internal: 0,
  warmup: 0,
  deliveries: 0,
  compliant: 0,
  violations: 0,
  unrecognised: 0,
};

type Share = Partial<typeof NOTHING>;

const ONE_DELIVERY = { ...NOTHING, events: { ...NOTHING.events, D: 1 } };

describe('a D row counts by its TLS value', () => {
  it.each<[string, Share, Protocol | undefined]>([
    ['TLSv1.3:TLS_AES_256_GCM_SHA384', { deliveries: 1, compliant: 1 }, 'TLSv1.3'],
    ['TLSv1.2:AES256-GCM-SHA384', { deliveries: 1, compliant: 1 }, 'TLSv1.2'],
    ['TLSv1.1:AES128-SHA', { deliveries: 1, violations: 1 }, 'TLSv1.1'],
    ['TLSv1:AES128-SHA', { deliveries: 1, violations: 1 }, 'TLSv1.0'],
    ['SSLv3:RC4-MD5', { deliveries: 1, violations: 1 }, 'SSLv3'],
    ['SSLv2:RC4-MD5', { deliveries: 1, violations: 1 }, 'SSLv2'],
    [':', { deliveries: 1, violations: 1 }, 'plaintext'],
    ['None', { internal: 1 }, undefined],
    ['', { deliveries: 1, unrecognised: 1 }, 'unrecognised'],
    ['   ', { deliveries: 1, unrecognised: 1 }, 'unrecognised'],
    ['UNKNOWN', { deliveries: 1, unrecognised: 1 }, 'unrecognised'],
    ['TLSv1/SSLv3:AES128-SHA', { deliveries: 1, unrecognised: 1 }, 'unrecognised'],
    ['TLSv1.2:NULL-SHA256', { deliveries: 1, unrecognised: 1 }, 'unrecognised'],
    ['TLSv1.3:TLS_SHA256_SHA256', { deliveries: 1, unrecognised: 1 }, 'unrecognised'],
    ['TLSv1:NULL-SHA', { deliveries: 1, violations: 1 }, 'TLSv1.0'],
    ['QUIC:AES128-SHA', { deliveries: 1, unrecognised: 1 }, 'unrecognised'],
  ])('%j', (tlsCipher, share, protocol) => {
    const tally = tallyOf([{ tlsCipher }]);
    expect(tally.counts).toEqual({ ...ONE_DELIVERY, ...share });
    expect([...(tally.domains.get('acme.example')?.protocols ?? [])]).toEqual(
      protocol === undefined ? [] : [[protocol, 1]],
    );
  });
});

describe('a row that is no delivery counts only as what it is, whatever stands under TLS', () => {
  const values = [':', '', '   ', 'None', 'UNKNOWN', 'TLSv1:AES128-SHA', 'TLSv1.2:AES256-GCM-SHA384'];

  it.each(
    (['R', 'T', 'P', 'other'] satisfies MailEvent[]).flatMap((event) => values.map((value) => [event, value] as const)),
  )('%s with %j', (event, tlsCipher) => {
    const tally = tallyOf([{ event, tlsCipher, recipients: [] }]);
    expect(tally.counts).toEqual({ ...NOTHING, events: { ...NOTHING.events, [event]: 1 } });
    expect(tally.domains.size).toBe(0);
  });
});

describe('warm-up', () => {
  it.each([':', '', 'None', 'UNKNOWN', 'TLSv1:AES128-SHA', 'TLSv1.2:AES256-GCM-SHA384'])(
    'counts as warm-up whatever its TLS value: %j',
    (tlsCipher) => {
      const recipients = [{ mailbox: 'warmup', domain: 'na139.siterelay.mta.salesforce.com' }];
      const tally = tallyOf([{ tlsCipher, recipients }]);
      expect(tally.counts).toEqual({ ...ONE_DELIVERY, warmup: 1 });
      expect(tally.domains.size).toBe(0);
    },
  );

  it.each([
    ['another mailbox', 'ann', 'na139.siterelay.mta.salesforce.com'],
    ['another domain', 'warmup', 'acme.example'],
    ['another Salesforce domain', 'warmup', 'mta.salesforce.com'],
    ['a domain that only looks alike', 'warmup', 'siterelay.mta.salesforce.com.acme.example'],
  ])('is not what goes to %s', (_, mailbox, domain) => {
    expect(tallyOf([{ tlsCipher: ':', recipients: [{ mailbox, domain }] }]).counts).toMatchObject({
      warmup: 0,
      violations: 1,
    });
  });
});

describe('a row naming several recipients', () => {
  it('is one D row and a delivery for each', () => {
    const tally = tallyOf([
      {
        tlsCipher: ':',
        recipients: [
          { mailbox: 'ann', domain: 'acme.example' },
          { mailbox: 'bob', domain: 'acme.example' },
          { mailbox: 'carl', domain: 'other.example' },
          { mailbox: 'warmup', domain: 'na139.siterelay.mta.salesforce.com' },
        ],
      },
    ]);
    expect(tally.counts).toEqual({ ...ONE_DELIVERY, warmup: 1, deliveries: 3, violations: 3 });
    expect(tally.domains.get('acme.example')).toMatchObject({ deliveries: 2, violations: 2 });
    expect(tally.domains.get('other.example')).toMatchObject({ deliveries: 1, violations: 1 });
  });
});

describe('a domain', () => {
  const tally = tallyOf([
    { tlsCipher: 'TLSv1.2:A', tlsVerified: 'Verified', time: '2026-11-03T10:00:00Z' },
    { tlsCipher: 'TLSv1.2:A', tlsVerified: ' unverified ', time: '2026-11-02T10:00:00Z' },
    { tlsCipher: 'TLSv1:B', tlsVerified: 'Unverified', time: '2026-11-03T23:59:59.999Z' },
    { tlsCipher: 'TLSv1.2:', tlsVerified: 'maybe', time: '2026-11-04T00:00:00Z' },
    { tlsCipher: ':', time: '2026-11-04T00:00:00Z' },
    { tlsCipher: 'QUIC:C', time: '2026-11-04T00:00:00Z' },
    { tlsCipher: 'None', time: '2026-11-05T00:00:00Z' },
  ]);
  const domain = tally.domains.get('acme.example');

  it('adds up its deliveries, protocols and verification', () => {
    expect(domain).toMatchObject({ deliveries: 6, violations: 2, unrecognised: 1, verified: 1, unverified: 2 });
    expect(Object.fromEntries(domain?.protocols ?? [])).toEqual({
      'TLSv1.2': 3,
      'TLSv1.0': 1,
      plaintext: 1,
      unrecognised: 1,
    });
  });

  it('counts the cipher suites of deliveries whose protocol was recognised', () => {
    expect(Object.fromEntries(domain?.ciphers ?? [])).toEqual({ A: 2, B: 1 });
  });

  it('is seen from its first delivery to its last, in whatever order they stand; a hand-off is none', () => {
    expect(domain).toMatchObject({
      firstMs: Date.parse('2026-11-02T10:00:00Z'),
      lastMs: Date.parse('2026-11-04T00:00:00Z'),
    });
  });

  it('is kept by UTC day', () => {
    const days = [...(domain?.days ?? [])].map(([number, day]) => [new Date(number * 86_400_000).toISOString(), day]);
    expect(days).toMatchObject([
      ['2026-11-03T00:00:00.000Z', { deliveries: 2, violations: 1, plaintext: 0, unrecognised: 0 }],
      ['2026-11-02T00:00:00.000Z', { deliveries: 1, violations: 0, plaintext: 0, unrecognised: 0 }],
      ['2026-11-04T00:00:00.000Z', { deliveries: 3, violations: 1, plaintext: 1, unrecognised: 1 }],
    ]);
  });
});

describe('a window', () => {
  const window = windowOf('2026-11-02T00:00:00Z', '2026-11-04T00:00:00Z');
  const rows: DatedRow[] = [
    { time: '2026-11-01T23:59:59.999Z', tlsCipher: ':' },
    { time: '2026-11-02T00:00:00Z' },
    { time: '2026-11-03T23:59:59.999Z', event: 'R' },
    { time: '2026-11-04T00:00:00Z', event: 'T' },
  ];

  it('is half-open; rows outside are counted as such and as nothing else', () => {
    expect(tallyOf(rows, { window }).counts).toEqual({
      ...ONE_DELIVERY,
      outsideWindow: 2,
      events: { ...NOTHING.events, D: 1, R: 1 },
      deliveries: 1,
      compliant: 1,
    });
  });

  it('rests on days with a row of any event in it; the span is that of all rows', () => {
    const tally = tallyOf(rows, { window });
    expect([...tally.days].map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10))).toEqual([
      '2026-11-02',
      '2026-11-03',
    ]);
    expect(tally.firstMs).toBe(Date.parse('2026-11-01T23:59:59.999Z'));
    expect(tally.lastMs).toBe(Date.parse('2026-11-04T00:00:00Z'));
  });

  it('that is not given lets every row in', () => {
    expect(tallyOf(rows).counts.outsideWindow).toBe(0);
  });
});

describe('merge and clone', () => {
  const first: DatedRow[] = [
    { tlsCipher: ':', time: '2026-11-02T10:00:00Z' },
    { event: 'R', time: '2026-11-05T10:00:00Z' },
    { domain: 'other.example', tlsVerified: 'Verified' },
  ];
  const second: DatedRow[] = [
    { tlsCipher: 'TLSv1:B', time: '2026-11-01T10:00:00Z' },
    { tlsCipher: 'None' },
    { domain: 'third.example', tlsCipher: '' },
  ];

  it('of two tallies give the tally of all rows', () => {
    const merged = tallyOf(first);
    merged.merge(tallyOf(second));
    const whole = tallyOf([...first, ...second]);
    expect(merged.counts).toEqual(whole.counts);
    expect(merged.domains).toEqual(whole.domains);
    expect(merged.days).toEqual(whole.days);
    expect([merged.firstMs, merged.lastMs]).toEqual([whole.firstMs, whole.lastMs]);
  });

  it('leave a copy that does not change with its original', () => {
    const original = tallyOf(first);
    const copy = original.clone();
    original.merge(tallyOf(second));
    expect(copy.counts).toEqual(tallyOf(first).counts);
    expect(copy.domains).toEqual(tallyOf(first).domains);
  });
});

it('a cipher suite that holds an address is counted without it', () => {
  const tally = tallyOf([{ tlsCipher: 'TLSv1.2:ann@acme.example' }]);
  expect([...(tally.domains.get('acme.example')?.ciphers ?? [])]).toEqual([['[address]', 1]]);
});

describe('a log full of different TLS values', () => {
  it('is still judged value by value', () => {
    const rows = Array.from({ length: 12_000 }, (_, number) => ({
      tlsCipher: number % 2 === 0 ? `X${number}:A` : `TLSv1.2:A${number}`,
    }));
    expect(tallyOf(rows).counts).toMatchObject({ deliveries: 12_000, compliant: 6000, unrecognised: 6000 });
  });
});

describe('samples of violations', () => {
  it('are the first few of a domain, by id and time, and never an address', () => {
    const rows = [
      { tlsCipher: 'TLSv1.2:A', internalId: 'fine' },
      ...['16/A4-1', 'ann@acme.example', '', '16/A4-3', '16/A4-4'].map((internalId) => ({
        tlsCipher: ':',
        internalId,
      })),
    ];
    const kept = tallyOf(rows)
      .domains.get('acme.example')
      ?.samples.map(({ internalId }) => internalId);
    expect(kept).toEqual(['16/A4-1', '[address]', '16/A4-3']);
  });

  it('stay few when tallies are merged', () => {
    const row = { tlsCipher: ':', internalId: '16/A4-1' };
    const tally = tallyOf([row, row]);
    tally.merge(tallyOf([row, row]));
    expect(tally.domains.get('acme.example')?.samples).toHaveLength(3);
  });
});
