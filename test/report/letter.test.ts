import { describe, expect, it } from '@jest/globals';
import type { DayDomain } from '../../src/model/history.ts';
import { deservesLetter, renderLetter } from '../../src/report/letter.ts';
import { expectGolden } from './golden.ts';
import { HOSTILE_DOMAINS } from './samples.ts';

const policy = { minimum: 'TLSv1.2', maximum: null } as const;
const facts = { policy, tellsOfCertificates: true };

function day(name: string, tls: Record<string, number>, violations: number): DayDomain & { day: string } {
  const deliveries = Object.values(tls).reduce((sum, count) => sum + count, 0);
  const seen = { firstSeen: `${name}T09:00:00.000Z`, lastSeen: `${name}T10:00:00.000Z` };
  return {
    day: name,
    domain: 'old-insurance.example',
    deliveries,
    violations,
    plaintext: tls['plaintext'] ?? 0,
    unrecognised: 0,
    details: { verified: 0, unverified: 0, verifiedTls: 0, unverifiedTls: 0, tls, ...seen },
  };
}

const DAYS = [
  day('2026-11-18', { 'TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384': 2 }, 0),
  day('2026-11-19', { plaintext: 3, 'TLSv1.0:AES128-SHA': 1, 'TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384': 2 }, 4),
  day('2026-11-22', { plaintext: 1 }, 1),
];

it('tells the postmaster what was seen, when, and how to check', () => {
  expectGolden(
    'letter.txt',
    renderLetter({ domain: 'old-insurance.example', days: DAYS, direction: 'outbound', ...facts }),
  );
});

it('holds no more days than anybody reads', () => {
  const many = Array.from({ length: 90 }, (_, index) => day(`2026-12-${index}`, { plaintext: 1 }, 1));
  const letter = renderLetter({ domain: 'x.example', days: many, direction: 'outbound', ...facts });
  expect(letter).toContain('The last 31 of 90 days');
  expect(letter.match(/^ {2}2026-12-/gm)).toHaveLength(31);
});

it('speaks of the sending side to a domain that sends', () => {
  const letter = renderLetter({ domain: 'relay.example', days: DAYS, direction: 'inbound', ...facts });
  expectGolden('letter-inbound.txt', letter);
  expect(letter).not.toMatch(/openssl|bounce|deliveries/);
});

it.each(HOSTILE_DOMAINS)('holds nothing invisible, no address and no header of its own: %j', (domain) => {
  const days = [day('2026-11-22', { 'TLSv1.0:\u001b[2J\u202e': 1 }, 1)];
  const letter = renderLetter({ domain, days, direction: 'outbound', ...facts });
  expect(letter.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(letter).not.toMatch(/victim@|^Bcc:/m);
});

/** A day of nothing but TLS, with so many deliveries to verified servers and to others. */
function certified(name: string, verifiedTls: number, unverifiedTls: number) {
  const one = day(name, { 'TLSv1.3:TLS_AES_256_GCM_SHA384': verifiedTls + unverifiedTls }, 0);
  return { ...one, details: { ...one.details!, verifiedTls, unverifiedTls } };
}

describe('plaintext of a domain that also got mail by TLS', () => {
  const told = (days: Parameters<typeof renderLetter>[0]['days'], direction: 'outbound' | 'inbound' = 'outbound') =>
    renderLetter({ domain: 'x.example', days, direction, ...facts }).replace(/\s+/g, ' ');

  it('is put down to one of several servers', () => {
    const some = [day('2026-11-19', { plaintext: 2, 'TLSv1.2:A': 298 }, 2)];
    expect(told(some)).toContain(
      '2 deliveries went in plaintext and others by TLS, most likely because one of several',
    );
    expect(told(some, 'inbound')).toContain('most likely because one of several servers differs');
    expect(told([day('2026-11-19', { plaintext: 2 }, 2)])).toContain('because your mail server offered no TLS');
  });

  it('is no place to hide a certificate that does not hold', () => {
    const days = [certified('2026-11-18', 5, 1), ...DAYS];
    expect(told(days)).toContain(
      'Since 2026-11-18, 1 of 6 deliveries over TLS met a certificate that could not be verified',
    );
    expect(
      renderLetter({ domain: 'x.example', days, direction: 'outbound', ...facts, tellsOfCertificates: false }),
    ).not.toContain('certificate');
  });
});

describe('a letter about certificates', () => {
  const days = [certified('2026-11-18', 9, 0), certified('2026-11-19', 499, 1), certified('2026-11-20', 8, 2)];
  const letterOn = (some: typeof days) =>
    renderLetter({ domain: 'acme.example', days: some, direction: 'outbound', ...facts });

  it('tells the postmaster what was seen, when, and how to check', () => {
    expectGolden('letter-certificate.txt', letterOn(days));
  });

  it.each([
    ['on ten deliveries', [certified('2026-11-21', 0, 10)], 'Since 2026-11-21, all 10 deliveries over TLS met'],
    [
      'on three days',
      ['2026-11-21', '2026-11-22', '2026-11-23'].map((name) => certified(name, 0, 1)),
      'Since 2026-11-21, all 3 deliveries over TLS met',
    ],
  ])('says that none could be verified %s', (_, more, expected) => {
    const letter = letterOn([...days, ...more]).replace(/\s+/g, ' ');
    expect(letter).toContain(expected);
    expect(letter).not.toContain('one of several');
  });

  it('is written only where the log tells of certificates, and of one that does not hold', () => {
    expect(deservesLetter({ days, policy, tellsOfCertificates: true })).toBe(true);
    expect(deservesLetter({ days, policy, tellsOfCertificates: false })).toBe(false);
    expect(deservesLetter({ days: days.slice(0, 1), policy, tellsOfCertificates: true })).toBe(false);
    expect(deservesLetter({ days: DAYS, policy, tellsOfCertificates: false })).toBe(true);
  });
});

describe('of what was not seen again', () => {
  it.each([
    [[day('2026-11-23', { 'TLSv1.3:A': 1 }, 0)], 'The one delivery after 2026-11-22 was not among them.'],
    [
      [day('2026-11-23', { 'TLSv1.3:A': 1 }, 0), day('2026-11-24', { 'TLSv1.3:A': 2 }, 0)],
      'None of the 3 deliveries after 2026-11-22 was among them.',
    ],
  ])('the letter says so', (after, expected) => {
    const letter = renderLetter({ domain: 'x.example', days: [...DAYS, ...after], direction: 'outbound', ...facts });
    expect(letter).toContain(expected);
    expect(renderLetter({ domain: 'x.example', days: DAYS, direction: 'outbound', ...facts })).not.toContain(
      'among them',
    );
  });

  it('the letter about a certificate speaks of the days it did not hold, and suspects no second server', () => {
    const days = [
      certified('2026-11-18', 4, 0),
      certified('2026-11-19', 0, 4),
      certified('2026-11-20', 0, 3),
      certified('2026-11-21', 5, 0),
    ];
    const letter = renderLetter({ domain: 'x.example', days, direction: 'outbound', ...facts }).replace(/\s+/g, ' ');
    expect(letter).toContain(
      'From 2026-11-19 to 2026-11-20, all 7 deliveries over TLS met a certificate that could not be verified',
    );
    expect(letter).toContain('None of the 5 deliveries after 2026-11-20 was among them.');
    expect(letter).not.toContain('one of several');
  });
});

describe('of weak TLS', () => {
  const only12 = { minimum: 'TLSv1.2', maximum: 'TLSv1.2' } as const;
  const modern = day('2026-11-22', { 'TLSv1.3:A': 4 }, 4);
  const told = (days: Parameters<typeof renderLetter>[0]['days']) =>
    renderLetter({ ...facts, domain: 'x.example', days, direction: 'outbound', policy: only12 }).replace(/\s+/g, ' ');

  it('a letter speaks of nothing that went unencrypted, and calls no version retired that it lists', () => {
    const weak = day('2026-11-22', { 'TLSv1.0:A': 4 }, 4);
    expect(told([weak])).toContain('4 of 4 deliveries to your domain did not meet it: 4 deliveries used a TLS version');
    expect(told([weak])).not.toMatch(/unencrypted|no longer speaks/);
    expect(told([weak, day('2026-11-23', { plaintext: 1 }, 1)])).toMatch(/^(?!.*no longer speaks).*unencrypted/);
  });

  it('no letter asks a postmaster for an older version than theirs', () => {
    expect(deservesLetter({ days: [modern], policy: only12, tellsOfCertificates: true })).toBe(false);
    const letter = told([modern, day('2026-11-23', { plaintext: 1, 'TLSv1.3:A': 2 }, 3)]);
    expect(letter).toContain('Our policy takes no delivery in plaintext or below TLS 1.2.');
    expect(letter).toContain('A newer version beside it need not be switched off.');
    expect(letter).toContain('1 of 7 deliveries to your domain did not meet it: 1 delivery went in plaintext');
    expect(letter).toContain('2026-11-23 1 of 3: 1 plaintext');
  });
});

describe('under a policy that takes nothing above TLS 1.2', () => {
  const told = (direction: 'outbound' | 'inbound', minimum: 'TLSv1.1' | 'TLSv1.2') =>
    renderLetter({
      ...{ domain: 'x.example', days: [day('2026-11-22', { 'TLSv1.0:A': 4, plaintext: 1 }, 5)], direction },
      ...{ policy: { minimum, maximum: 'TLSv1.2' }, tellsOfCertificates: true },
    }).replace(/\s+/g, ' ');

  it.each(['TLSv1.1', 'TLSv1.2'] as const)(
    'a letter asks for TLS 1.2, and calls nothing newer good: from %s',
    (minimum) => {
      const [outbound, inbound] = [told('outbound', minimum), told('inbound', minimum)];
      expect(outbound).toContain('ask each of them for TLS 1.2.');
      expect(outbound).toContain('-tls1_2 </dev/null It has to end with a protocol and a cipher suite');
      expect(inbound).toContain('with TLS 1.2 switched on;');
      for (const letter of [outbound, inbound]) expect(letter).not.toMatch(/1[._]3|or better|of the two/);
    },
  );
});

describe('under a policy that takes TLS 1.3 alone', () => {
  const told = (direction: 'outbound' | 'inbound') =>
    renderLetter({
      ...{ domain: 'x.example', days: [day('2026-11-22', { 'TLSv1.2:A': 4, plaintext: 1 }, 5)], direction },
      ...{ policy: { minimum: 'TLSv1.3', maximum: null }, tellsOfCertificates: true },
    }).replace(/\s+/g, ' ');

  it('a letter asks for nothing older, on either side', () => {
    expect(told('outbound')).toContain('Our policy is TLS 1.3 or better for every delivery.');
    expect(told('outbound')).toContain('ask each of them for TLS 1.3.');
    expect(told('outbound')).toContain('-tls1_3 </dev/null It has to end with a protocol and a cipher suite');
    expect(told('outbound')).not.toMatch(/tls1_2|TLS 1\.2|of the two/);
    expect(told('inbound')).toContain('nothing newer than TLS 1.2 does not meet our policy');
    expect(told('inbound')).toContain('with TLS 1.3 switched on');
  });
});
