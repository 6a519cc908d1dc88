import { describe, expect, it } from '@jest/globals';
import type { DomainReport, Report } from '../../src/model/report.ts';
import { renderDigest } from '../../src/report/digest.ts';
import { renderHtml } from '../../src/report/html.ts';
import { generalRemedies, remediesOf } from '../../src/report/remedies.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { domain, report, SAMPLES } from './samples.ts';

const RELAY = 'The org hands mail to the email relay relay.example.com:25 (TLS Off): for that mail TLS describes ...';

function kindsOf(domains: readonly DomainReport[], more: Partial<Omit<Report, 'counts'>> = {}): string[] {
  return remediesOf(report({ verdict: 'fail', reasons: ['x'], ...more, domains })).map(
    ({ kind, domains: found }) => `${kind}: ${found.map((one) => one.domain).join(' ')}`,
  );
}

describe('the remedy of a finding', () => {
  it.each([
    ['no mail by TLS', { plaintext: 3 }, 'no-tls'],
    ['no mail known to go by TLS', { plaintext: 3, unrecognised: 1 }, 'no-tls'],
    ['some by TLS', { plaintext: 3, 'TLSv1.3': 1 }, 'some-servers'],
    ['some by old TLS', { plaintext: 3, 'TLSv1.0': 1 }, 'some-servers'],
    ['old TLS only', { 'TLSv1.0': 3 }, 'old-tls'],
    ['some old TLS', { 'TLSv1.1': 1, 'TLSv1.3': 30 }, 'old-tls'],
    ['a value nobody knows', { unrecognised: 1 }, 'unknown-value'],
  ] as const)('%s', (_, protocols, kind) => {
    expect(kindsOf([domain('a.example', protocols)])).toEqual([`${kind}: a.example`]);
  });

  it('tells of a version that is too new only where the policy has an upper bound', () => {
    const strict = { policy: { minimum: 'TLSv1.2', maximum: 'TLSv1.2' } } as const;
    const tooNew = domain('a.example', { 'TLSv1.3': 5 }, { violations: 5, status: 'violating' });
    expect(kindsOf([tooNew], strict)).toEqual(['too-new: a.example']);
    expect(kindsOf([domain('a.example', { plaintext: 1 })], strict)).toEqual(['no-tls: a.example']);
  });

  it('puts losses first, and names a lost certificate also where nothing is in violation', () => {
    const downgrades = [
      { domain: 'b.example', kind: 'plaintext', until: '2026-11-21', since: '2026-11-22' },
      { domain: 'c.example', kind: 'unverified', until: '2026-11-21', since: '2026-11-22' },
    ] as const;
    const domains = [
      domain('a.example', { plaintext: 1 }),
      domain('b.example', { plaintext: 1 }),
      domain('c.example', { 'TLSv1.2': 1 }, { unverified: 1 }),
    ];
    expect(kindsOf(domains, { downgrades })).toEqual([
      'lost-tls: b.example',
      'no-tls: a.example',
      'lost-verification: c.example',
    ]);
  });

  it('is the relay where the org has an active one, and mail goes out', () => {
    const domains = [domain('a.example', { plaintext: 1 }), domain('b.example', { 'TLSv1.0': 1 })];
    expect(kindsOf(domains, { notes: [RELAY] })).toEqual(['relay: a.example b.example']);
    expect(kindsOf(domains, { notes: [RELAY], direction: 'inbound' })).toEqual([
      'no-tls: a.example',
      'old-tls: b.example',
    ]);
  });

  it('asks for no version that the policy does not take', () => {
    const remediesUnder = (
      minimum: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3',
      direction: Report['direction'],
      maximum: 'TLSv1.2' | 'TLSv1.3' | null = null,
    ) =>
      remediesOf({
        ...report({ verdict: 'fail', reasons: ['x'], domains: [], direction, policy: { minimum, maximum } }),
        domains: [domain('a.example', { plaintext: 1 }), domain('b.example', { 'TLSv1.0': 1 })],
      }).map(({ short, full }) => `${short}; ${full}`);
    const [none, old] = remediesUnder('TLSv1.3', 'outbound');
    expect(none).toContain('Ask its postmaster for TLS 1.3. If');
    expect(old).toMatch(/^ask its postmaster for TLS 1\.3; .* for TLS 1\.3 on each/);
    expect(remediesUnder('TLSv1.3', 'inbound')[1]).toMatch(/^ask its postmaster for TLS 1\.3; /);
    for (const direction of ['outbound', 'inbound'] as const) {
      const only12 = remediesUnder('TLSv1.2', direction, 'TLSv1.2');
      expect(only12[1]).toMatch(/^ask its postmaster for TLS 1\.2; /);
      for (const text of only12) expect(text).not.toContain('1.3');
    }
    expect(remediesUnder('TLSv1.2', 'outbound', 'TLSv1.3')[1]).toMatch(/^ask its postmaster for TLS 1\.2 or 1\.3; /);
    // Salesforce speaks nothing older than TLS 1.2.
    expect(remediesUnder('TLSv1.1', 'outbound')[1]).toMatch(/^ask its postmaster for TLS 1\.2 or 1\.3; /);
  });

  it('is none for what is excepted or complies', () => {
    expect(
      kindsOf([domain('a.example', { plaintext: 1 }, { excepted: 1 }), domain('b.example', { 'TLSv1.2': 1 })]),
    ).toEqual([]);
  });

  it('speaks of the sending side of mail that was received', () => {
    const [remedy] = remediesOf(SAMPLES.inbound);
    expect(remedy?.full).toContain('whoever runs the server');
    expect(remedy?.full).not.toMatch(/bounce|Required/);
  });
});

it('names the one domain that it is for on the screen, and counts several', () => {
  const screen = (names: readonly string[]) =>
    renderTerminal(
      report({ verdict: 'fail', reasons: ['x'], domains: names.map((name) => domain(name, { plaintext: 1 })) }),
      { color: false, width: 100 },
    );
  expect(screen(['a.example'])).toContain('  - a.example: None of its mail went by TLS');
  expect(screen(['a.example', 'b.example'])).toContain('  - Each of 2 domains: None of its mail went by TLS');
});

it.each(Object.entries(SAMPLES).filter(([, { verdict }]) => verdict === 'fail'))(
  '%s: every finding says what to do, in short in the digest and in full on the page and the terminal',
  (_, sample) => {
    const { text, html } = renderDigest(sample, { messageIdDomain: 'example.com' });
    const flat = (shown: string) =>
      shown
        .replace(/<[^>]*>/g, ' ')
        .replace(/&#39;/g, "'")
        .replace(/\s+(- )?/g, ' ');
    const page = renderHtml(sample);
    const terminal = renderTerminal(sample, { color: false, width: 100 });
    const remedies = remediesOf(sample);
    expect(remedies.length).toBeGreaterThan(0);
    for (const { short, full } of remedies) {
      for (const shown of [text, html]) expect(flat(shown)).toContain(`Do: ${short}`);
      expect(flat(page)).toContain(full.replaceAll('>', '&#62;').replaceAll('"', '&#34;'));
      expect(flat(terminal)).toContain(full);
    }
  },
);

describe('what to do about files that could not be read', () => {
  const remedy = 'Give the user a permission set.';
  const of = (...remedies: (string | undefined)[]) =>
    report({
      domains: [domain('a.example', { 'TLSv1.2': 1 })],
      failures: remedies.map((text, index) => ({
        ...{ source: `${index}.csv`, reason: 'it was refused' },
        ...(text === undefined ? {} : { remedy: text }),
      })),
    });

  it('stands beside each that says it', () => {
    const flat = renderTerminal(of(remedy), { color: false, width: 80 }).replace(/\s+/g, ' ');
    expect(flat).toContain(`0.csv: it was refused. ${remedy}`);
    expect(flat).not.toContain('fresh download');
  });

  it('is to fetch those anew that say nothing', () => {
    expect(generalRemedies(of(remedy, undefined)).join()).toContain('fresh download');
    expect(generalRemedies(of()).join()).not.toContain('fresh download');
  });
});
