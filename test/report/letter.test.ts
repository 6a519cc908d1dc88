import { expect, it } from '@jest/globals';
import type { DayDomain } from '../../src/model/history.ts';
import { renderLetter } from '../../src/report/letter.ts';
import { expectGolden } from './golden.ts';
import { HOSTILE_DOMAINS } from './samples.ts';

const policy = { minimum: 'TLSv1.2', maximum: null } as const;

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
    renderLetter({ domain: 'old-insurance.example', days: DAYS, policy, direction: 'outbound' }),
  );
});

it('holds no more days than anybody reads', () => {
  const many = Array.from({ length: 90 }, (_, index) => day(`2026-12-${index}`, { plaintext: 1 }, 1));
  const letter = renderLetter({ domain: 'x.example', days: many, policy, direction: 'outbound' });
  expect(letter).toContain('The last 31 of 90 days');
  expect(letter.match(/^ {2}2026-12-/gm)).toHaveLength(31);
});

it('speaks of the sending side to a domain that sends', () => {
  const letter = renderLetter({ domain: 'relay.example', days: DAYS, policy, direction: 'inbound' });
  expectGolden('letter-inbound.txt', letter);
  expect(letter).not.toMatch(/openssl|bounce|deliveries/);
});

it.each(HOSTILE_DOMAINS)('holds nothing invisible, no address and no header of its own: %j', (domain) => {
  const days = [day('2026-11-22', { 'TLSv1.0:\u001b[2J\u202e': 1 }, 1)];
  const letter = renderLetter({ domain, days, policy, direction: 'outbound' });
  expect(letter.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(letter).not.toMatch(/victim@|^Bcc:/m);
});
