import { describe, expect, it } from '@jest/globals';
import type { Report } from '../../src/model/report.ts';
import { renderDigest } from '../../src/report/digest.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { domain, report } from './samples.ts';

const context = { messageIdDomain: 'audit.example.com' };
const RUN = { id: '7', job: 'outbound-audit', startedAt: '2026-11-23T02:00:00.000Z', version: '0.1.0' };

const loss = (name: string, kind: 'plaintext' | 'unverified', since: string) => ({
  domain: name,
  kind,
  until: '2026-11-02',
  since,
});

/** A night of Nov 22 on which two domains lost something, and two had lost it before. */
const night = report({
  verdict: 'fail',
  reasons: ['9 deliveries to 3 domains were sent in plaintext'],
  run: RUN,
  domains: [
    domain('fresh.example', { plaintext: 3 }),
    domain('lasting.example', { plaintext: 3 }),
    domain('weak-before.example', { plaintext: 3, 'TLSv1.3': 1 }),
    domain('other.example', { 'TLSv1.0': 1 }),
    domain('cert-fresh.example', { 'TLSv1.2': 4 }, { unverified: 4 }),
    domain('cert-lasting.example', { 'TLSv1.2': 4 }, { unverified: 3, verified: 1 }),
  ],
  changes: [
    { domain: 'fresh.example', state: 'new', since: '2026-11-22', nights: 1 },
    { domain: 'lasting.example', state: 'ongoing', since: '2026-11-03', nights: 19 },
    { domain: 'weak-before.example', state: 'ongoing', since: '2026-10-30', nights: 23 },
    { domain: 'other.example', state: 'new', since: '2026-11-22', nights: 1 },
  ],
  downgrades: [
    loss('fresh.example', 'plaintext', '2026-11-22'),
    loss('lasting.example', 'plaintext', '2026-11-03'),
    loss('weak-before.example', 'plaintext', '2026-11-04'),
    loss('cert-fresh.example', 'unverified', '2026-11-22'),
    loss('cert-lasting.example', 'unverified', '2026-11-05'),
  ],
});

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

describe('a loss', () => {
  it('is news in the night it shows first, and never again', () => {
    const { subject, text } = renderDigest(night, context);
    expect(subject).toBe(
      'FAIL: 3 domains got plaintext mail, 1 of them lost TLS; 1 domain got mail below TLS 1.2, a new one',
    );
    expect(text).toContain('Since last time: 2 downgrades, 2 new, 2 ongoing.');

    const nextDay = { from: '2026-11-23T00:00:00.000Z', to: '2026-11-24T00:00:00.000Z' };
    const next = renderDigest(
      { ...night, window: nextDay, changes: night.changes!.map((change) => ({ ...change, state: 'ongoing' })) },
      context,
    );
    expect(next.subject).toBe('FAIL: 3 domains got plaintext mail');
    expect(next.text).toContain('Since last time: 4 ongoing.');
    expect(next.text).not.toContain('DOWNGRADES');
  });

  it('that lasts stands below the new ones, with its nights; only a violation stands above other violations', () => {
    const { text } = renderDigest(night, context);
    const order = [
      'DOWNGRADES: LOST TLS (1)',
      'fresh.example (TLS until Nov 2, plaintext since Nov 22)',
      'DOWNGRADES: LOST VERIFICATION (1)',
      'cert-fresh.example (verified until Nov 2, unverified since Nov 22)',
      'DOMAINS NEWLY IN VIOLATION (1)',
      'other.example (new)',
      'LOST EARLIER: STILL NOT ALL BY TLS (2)',
      'lasting.example (without TLS since Nov 3, 19 nights)',
      'weak-before.example (partly without TLS since Nov 4)',
      'LOST EARLIER: STILL NOT ALL VERIFIED (1)',
      'cert-lasting.example (partly unverified since Nov 5)',
    ];
    const places = order.map((line) => text.indexOf(line));
    expect(places.filter((place) => place < 0)).toEqual([]);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('that lasts leaves room in the mail for what is new', () => {
    const lasting = Array.from({ length: 100 }, (_, index) => domain(`old${index}.example`, { plaintext: 9 }));
    const fresh = Array.from({ length: 40 }, (_, index) => domain(`new${index}.example`, { plaintext: 1 }));
    const crowded = {
      ...night,
      domains: [...lasting, ...fresh],
      downgrades: lasting.map(({ domain: name }) => loss(name, 'plaintext', '2026-11-03')),
    };
    const { text } = renderDigest(crowded, context);
    expect(text).toContain('old14.example');
    expect(text).not.toContain('old15.example');
    expect(text).toContain('new14.example');
    expect(text).toContain('and 85 more, see the attachment');
    const bare = renderDigest(crowded, { ...context, attachViolations: false });
    expect(bare.text).toContain('and 85 more, see tls-audit report --run 7 --format csv');
    for (const body of [bare.text, bare.html]) expect(body).not.toContain('see the attachment');
  });

  it('and what else lasts take no place from what is new', () => {
    const many = (name: string) =>
      Array.from({ length: 50 }, (_, index) => domain(`${name}${index}.example`, { plaintext: 9 }));
    const [lost, standing] = [many('lost'), many('standing')];
    const { text } = renderDigest(
      {
        ...night,
        domains: [...lost, ...standing, domain('fresh.example', { 'TLSv1.0': 1 })],
        changes: [
          ...standing.map(({ domain: name }) => ({ domain: name, state: 'ongoing', since: '2026-11-03' }) as const),
          { domain: 'fresh.example', state: 'new', since: '2026-11-22', nights: 1 },
        ],
        downgrades: lost.map(({ domain: name }) => loss(name, 'plaintext', '2026-11-03')),
      },
      context,
    );
    const order = ['fresh.example (new)', 'LOST EARLIER', 'lost0.example', 'OTHER DOMAINS', 'standing0.example'];
    const places = order.map((line) => text.indexOf(line));
    expect(places.filter((place) => place < 0)).toEqual([]);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('that an exception covers stands with what exceptions cover, before what they covered earlier', () => {
    const [covered, known] = ['covered.example', 'known.example'].map((name) =>
      domain(name, { plaintext: 3 }, { excepted: 3 }),
    );
    const { text } = renderDigest(
      {
        ...night,
        domains: [known!, covered!, ...night.domains],
        downgrades: [...night.downgrades!, loss('covered.example', 'plaintext', '2026-11-22')],
      },
      context,
    );
    expect(text).toContain('DOWNGRADES: LOST TLS (1)');
    const order = ['OTHER.EXAMPLE', 'IN VIOLATION, UNDER AN EXCEPTION (2)', 'COVERED.EXAMPLE', 'KNOWN.EXAMPLE'];
    const places = order.map((line) => text.toUpperCase().indexOf(line));
    expect(places.filter((place) => place < 0)).toEqual([]);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(oneLine(text)).toContain('covered.example (TLS until Nov 2, plaintext since Nov 22; under an exception)');
  });

  it('of a certificate by a domain in violation is told in one place, with all that is known of the domain', () => {
    const lost = (name: string, since: string, deliveries: number) => ({
      ...loss(name, 'unverified', since),
      ...{ before: 'all' as const, exposed: { deliveries, of: 4 } },
    });
    const cert = { unverified: 4 };
    const text = oneLine(
      renderDigest(
        {
          ...night,
          domains: [
            domain('both.example', { plaintext: 1, 'TLSv1.2': 4 }, cert),
            domain('fresh.example', { 'TLSv1.0': 3, 'TLSv1.2': 1 }, cert),
            domain('lasting.example', { 'TLSv1.0': 4 }, cert),
            domain('covered.example', { 'TLSv1.0': 4 }, { ...cert, excepted: 4 }),
            domain('odd.example', { 'TLSv1.2': 4, unrecognised: 1 }, cert),
            domain('only-cert.example', { 'TLSv1.2': 4 }, cert),
          ],
          changes: [
            { domain: 'both.example', state: 'new', since: '2026-11-22', nights: 1 },
            { domain: 'fresh.example', state: 'ongoing', since: '2026-11-18', nights: 4 },
            { domain: 'lasting.example', state: 'ongoing', since: '2026-11-18', nights: 4 },
          ],
          downgrades: [
            loss('both.example', 'plaintext', '2026-11-22'),
            lost('both.example', '2026-11-22', 4),
            lost('fresh.example', '2026-11-22', 4),
            lost('only-cert.example', '2026-11-22', 4),
            ...['lasting', 'covered', 'odd'].map((name) => lost(`${name}.example`, '2026-11-05', 1)),
          ],
        },
        context,
      ).text,
    );
    for (const line of [
      'LOST TLS (1) both.example (TLS until Nov 2, plaintext since Nov 22; all 4 deliveries unverified since Nov 22, all verified until Nov 2)',
      'LOST VERIFICATION (1) only-cert.example (all 4 deliveries unverified since Nov 22, all verified until Nov 2) unverified 4 of 4',
      'OTHER DOMAINS IN VIOLATION (2) fresh.example (since Nov 18, 4 nights; all 4 deliveries unverified since Nov 22, all verified until Nov 2) in violation 3 of 4',
      'Do: ask its postmaster for TLS 1.2 or 1.3; its certificate no longer holds lasting.example (since Nov 18, 4 nights; 1 of 4 deliveries unverified since Nov 5) in violation 4 of 4',
      'UNDER AN EXCEPTION (1) covered.example (under an exception; 1 of 4 deliveries unverified since Nov 5)',
      'UNRECOGNISED TLS (1) odd.example (1 of 4 deliveries unverified since Nov 5)',
    ]) {
      expect(text).toContain(line);
    }
    for (const name of ['both', 'fresh', 'lasting', 'covered', 'odd', 'only-cert']) {
      expect(text.split(` ${name}.example (`)).toHaveLength(2);
    }
    expect(text).not.toContain('STILL NOT ALL VERIFIED');
  });

  describe('of many certificates', () => {
    const many = (name: string, count: number, make: (name: string) => Report['domains'][number]) =>
      Array.from({ length: count }, (_, index) => make(`${name}${index}.example`));
    const complying = (name: string) => domain(name, { 'TLSv1.2': 10 }, { unverified: 10 });
    const violating = (name: string) => domain(name, { 'TLSv1.2': 6, plaintext: 4 }, { unverified: 6 });
    const mailOf = (domains: Report['domains'], changes: NonNullable<Report['changes']> = []) => {
      const downgrades = domains.map((one) => ({
        ...loss(one.domain, 'unverified', '2026-11-22'),
        ...{ before: 'all' as const, exposed: { deliveries: one.unverified, of: 10 } },
      }));
      const { text, html } = renderDigest({ ...night, domains, changes, downgrades }, context);
      return { text: oneLine(text), html };
    };

    it('hides no domain that is not recognised', () => {
      const odd = domain('odd.example', { 'TLSv1.2': 8, unrecognised: 2 }, { unverified: 1, verified: 7 });
      const { text, html } = mailOf([odd, ...many('cert', 11, complying)]);
      expect(text).toContain('LOST VERIFICATION (11)');
      expect(text).toContain('UNRECOGNISED TLS (1) odd.example (1 of 10 deliveries unverified since Nov 22');
      expect(html).toContain('>odd.example<');
    });

    it('hides no new violation', () => {
      const domains = many('viol', 15, violating);
      const { text, html } = mailOf(
        domains,
        domains.map((one) => ({ domain: one.domain, state: 'new', since: '2026-11-22' })),
      );
      expect(text).toContain('DOMAINS NEWLY IN VIOLATION (15) viol0.example (new; 6 of 10 deliveries unverified');
      expect(text).not.toContain('LOST VERIFICATION');
      for (const { domain: name } of domains) {
        expect(text.split(` ${name} (`)).toHaveLength(2);
        expect(html).toContain(`>${name}<`);
      }
    });

    it('points to the attachment only for what is in it', () => {
      const { text } = mailOf([...many('viol', 31, violating), ...many('cert', 11, complying)]);
      expect(text).toMatch(
        /LOST VERIFICATION \(11\) cert0\.example .* cert9\.example .* and 1 more DOMAINS IN VIOLATION/,
      );
      expect(text).toMatch(
        /DOMAINS IN VIOLATION \(31\) viol0\.example .* viol29\.example .* and 1 more, see the attachment/,
      );
    });

    it('takes those first that lost theirs now, where others are cut', () => {
      const standing = many('standing', 40, (name) => domain(name, { plaintext: 9 }));
      const changes = standing.map(
        ({ domain: name }) => ({ domain: name, state: 'ongoing', since: '2026-11-03' }) as const,
      );
      const { text } = renderDigest(
        {
          ...night,
          ...{ domains: [...standing, violating('late.example')], changes },
          downgrades: [loss('late.example', 'unverified', '2026-11-22')],
        },
        context,
      );
      expect(oneLine(text)).toContain(
        'DOMAINS IN VIOLATION (41) late.example (verified until Nov 2, unverified since Nov 22)',
      );
    });
  });

  it('is told so on the screen and on the page too', () => {
    const screen = renderTerminal(night, { color: false, width: 100 });
    expect(screen).toContain('Findings  2 downgrades, 2 new, 2 ongoing since the last audit');
    expect(screen).toContain('Downgrades\n  ! fresh.example: TLS until Nov 2, plaintext since Nov 22\n');
    expect(screen).toContain('Lost earlier, and still so\n  - lasting.example: without TLS since Nov 3, 19 nights\n');
    const page = oneLine(renderHtml(night).replace(/<[^>]*>/g, ' '));
    expect(page).toContain('lasting.example : without TLS since Nov 3, 19 nights');
    expect(page).toContain('Findings since the last audit: 2 downgrades, 2 new, 2 ongoing.');
  });

  it('within a range of days is news of the range', () => {
    const range = { ...night, run: undefined } as unknown as Report;
    const window = { from: '2026-11-04T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };
    const screen = renderTerminal({ ...range, window }, { color: false, width: 100 });
    expect(screen).toContain('Findings  4 downgrades, 2 new, 2 ongoing within these days');
    expect(screen).toContain('  ! weak-before.example: TLS until Nov 2, plaintext since Nov 4\n');
    expect(screen).toContain('  - lasting.example: without TLS since Nov 3, 19 nights\n');
  });
});

describe('a protection that is whole again', () => {
  const end = { on: '2026-11-22', now: 'all' } as const;
  const again: Report = {
    ...report({
      run: RUN,
      domains: [
        domain('cert.example', { 'TLSv1.2': 4 }, { verified: 4 }),
        domain('partly.example', { 'TLSv1.2': 10 }, { verified: 1, unverified: 9 }),
        domain('told.example', { 'TLSv1.2': 4 }, { verified: 4 }),
        domain('clean.example', { 'TLSv1.2': 4 }),
        domain('weak.example', { 'TLSv1.0': 4 }),
      ],
      changes: [
        { domain: 'clean.example', state: 'resolved', since: '2026-11-20', nights: 2 },
        { domain: 'weak.example', state: 'ongoing', since: '2026-11-20', nights: 3 },
      ],
      downgrades: [],
      restored: [
        { ...end, domain: 'clean.example', kind: 'plaintext', since: '2026-11-20' },
        { ...end, domain: 'weak.example', kind: 'plaintext', since: '2026-11-20' },
        { ...end, domain: 'cert.example', kind: 'unverified', since: '2026-11-05' },
        { ...end, domain: 'partly.example', kind: 'unverified', since: '2026-11-05', now: 'some' },
        { ...end, domain: 'told.example', kind: 'unverified', since: '2026-11-04', told: true },
      ],
    }),
  };
  const lines = [
    '- clean.example: was in violation from Nov 20, 2 nights',
    '- weak.example: all by TLS again, lost on Nov 20',
    '- cert.example: all verified again, lost on Nov 5',
  ];

  it('is told once, and a violation that ended with it not twice: in the mail and on the screen', () => {
    const { subject, text } = renderDigest(again, context);
    expect(subject).toBe('PASS: 1 domain verified again; all mail protected by TLS 1.2 or better');
    expect(text).toContain(`RESOLVED SINCE LAST TIME (3)\n\n${lines.join('\n')}\n`);
    expect(oneLine(text)).toContain('Since last time: 1 ongoing, 3 resolved.');
    const screen = renderTerminal(again, { color: false, width: 80 });
    expect(screen).toContain(`Resolved since last time\n  ${lines.join('\n  ')}\n`);
    for (const shown of [text, screen]) expect(shown).not.toMatch(/(told|partly)\.example: (all|some) verified again/);
  });

  it('is a finding of the page', () => {
    const row = /<tr><th scope="row">cert\.example<\/th>(.*?)<\/tr>/.exec(renderHtml(again))?.[1];
    expect(row?.replace(/<[^>]+>/g, ' ')).toMatch(/resolved +Nov 5 +all verified again/);
  });

  it('stands beside its loss in a report over the days of both', () => {
    const { run, ...range } = again;
    expect(run).toBeDefined();
    const page = renderHtml({
      ...range,
      window: { from: '2026-11-01T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' },
      downgrades: [{ ...loss('partly.example', 'unverified', '2026-11-05'), exposed: { deliveries: 2, of: 9 } }],
    });
    expect(page).toContain(
      '2 of 9 deliveries unverified since Nov 5, all verified until Nov 2; some verified again by Nov 22',
    );
    expect(page).not.toContain('the certificate of one server does not hold');
  });
});

it('the loss that shows in the most deliveries stands first: the list is cut', () => {
  const losses = [1, 2, 9, 3].map((plaintext, index) => ({ name: `${'abcd'[index]}.example`, plaintext }));
  const { text } = renderDigest(
    report({
      verdict: 'fail',
      reasons: ['x'],
      domains: losses.map(({ name, plaintext }) => domain(name, { plaintext })),
      downgrades: losses.map(({ name, plaintext }) => ({
        ...loss(name, 'plaintext', '2026-11-22'),
        exposed: { deliveries: plaintext, of: plaintext },
      })),
    }),
    context,
  );
  expect(text.match(/^ {2}[abcd]\.example \(\w+ [\w]+/gm)).toEqual([
    '  c.example (all 9',
    '  d.example (all 3',
    '  b.example (both deliveries',
    '  a.example (the only',
  ]);
});
