import type { Advice } from '../../src/model/advice.ts';
import type { JudgedBefore } from '../../src/model/judged-before.ts';
import type { Counts, DaySummary, DomainReport, Report } from '../../src/model/report.ts';

// Fixed reports for golden files, tests and pictures. Counts add up as those of a real report do.

const PROTOCOL_SUITES: Record<string, string> = {
  'TLSv1.3': 'TLS_AES_256_GCM_SHA384',
  'TLSv1.2': 'ECDHE-RSA-AES256-GCM-SHA384',
  'TLSv1.1': 'ECDHE-RSA-AES256-SHA',
  'TLSv1.0': 'AES128-SHA',
};

const RUN = { id: '41', job: 'outbound-audit', startedAt: '2026-11-23T02:00:04.000Z', version: '0.1.0' };
const EVIDENCE = [{ ...RUN, hash: 'c0ffee0'.padEnd(64, '4'), previous: 'facade0'.padEnd(64, '2') }] as const;
const DAY = { from: '2026-11-22T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };
const WEEK = { from: '2026-11-16T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };
const SHA256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** What a run of the night before said of the same day, before rows came late. */
export const JUDGED_BEFORE: JudgedBefore = {
  ...{ id: '40', startedAt: '2026-11-23T03:10:00.000Z', window: DAY, verdict: 'pass', days: ['2026-11-22'] },
  ...{ deliveries: 1204, violations: 0, why: 'late', replaced: true, more: 3, moreViolations: 1, fewer: 0 },
  ...{ appeared: ['acme.example'], vanished: [] },
};

/** A domain judged by "TLS 1.2 or better". */
export function domain(
  name: string,
  protocols: DomainReport['protocols'],
  extra: Partial<DomainReport> = {},
): DomainReport {
  const sum = (...names: (keyof DomainReport['protocols'])[]): number =>
    names.reduce((total, protocol) => total + (protocols[protocol] ?? 0), 0);
  const violations = sum('plaintext', 'SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1');
  const unrecognised = sum('unrecognised');
  const ciphers = Object.entries(protocols).flatMap(([protocol, count]) => {
    const suite = PROTOCOL_SUITES[protocol];
    return suite === undefined ? [] : [[suite, count] as const];
  });
  return {
    domain: name,
    status: violations > 0 ? 'violating' : unrecognised > 0 ? 'unrecognised' : 'compliant',
    deliveries: violations + unrecognised + sum('TLSv1.2', 'TLSv1.3'),
    violations,
    unrecognised,
    protocols,
    ciphers: Object.fromEntries(ciphers),
    verified: 0,
    unverified: 0,
    firstSeen: '2026-11-22T00:04:00.000Z',
    lastSeen: '2026-11-22T23:41:00.000Z',
    ...extra,
  };
}

/** A report whose counts follow from its domains and from what else is given. */
export function report(
  parts: Partial<Omit<Report, 'counts'>> & {
    readonly domains: readonly DomainReport[];
    readonly counts?: Partial<Counts>;
  },
): Report {
  const { counts: given = {}, ...rest } = parts;
  const total = (field: 'deliveries' | 'violations' | 'unrecognised'): number =>
    parts.domains.reduce((sum, one) => sum + one[field], 0);
  const deliveries = total('deliveries');
  const [internal, warmup] = [given.internal ?? 0, given.warmup ?? 0];
  const events = given.events ?? { R: 0, D: deliveries + internal + warmup, T: 0, P: 0, other: 0 };
  const [rejected, duplicates, outsideWindow] = [given.rejected ?? 0, given.duplicates ?? 0, given.outsideWindow ?? 0];
  const counts: Counts = {
    rows: rejected + duplicates + outsideWindow + events.R + events.D + events.T + events.P + events.other,
    rejected,
    duplicates,
    outsideWindow,
    events,
    internal,
    warmup,
    deliveries,
    compliant: deliveries - total('violations') - total('unrecognised'),
    violations: total('violations'),
    unrecognised: total('unrecognised'),
  };
  return {
    schema: 'tls-audit/report/1',
    direction: 'outbound',
    verdict: 'pass',
    reasons: [],
    policy: { minimum: 'TLSv1.2', maximum: null },
    window: DAY,
    sources: [{ name: 'EmailLog-2026-11-22.csv.gz', sha256: SHA256, rows: counts.rows, dateOrder: 'dmy' }],
    rejects: [],
    unrecognisedValues: [],
    gaps: [],
    failures: [],
    notes: [],
    ...rest,
    counts,
  };
}

const RULE = { days: 30, minDeliveries: 5, minDays: 3, maxListCharacters: 4000 };
const MONTH = { from: '2026-10-24T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };

const ADVICE: Advice = {
  window: MONTH,
  days: 28,
  rule: RULE,
  required: { deliveries: 15_804, bounced: 41, domains: 5, unrecognised: 1, weak: 6 },
  restrictTo: ['*.partner.example', 'customer-001.example', 'customer-002.example', 'partner.example'],
  covered: 6,
  leftOut: [
    {
      reason: 'violations',
      domains: 3,
      names: ['partner.example', 'old-insurance.example', 'school-district-14.example'],
    },
    { reason: 'few', domains: 31, names: ['customer-011.example', 'customer-014.example'] },
  ],
  requiredVerify: {
    ...{ verified: 14_920, bounced: 63, domains: 8, unknown: 821, unknownDays: 2 },
    restrictTo: ['customer-001.example', 'partner.example'],
    covered: 2,
    requiredOnly: [
      { reason: 'unverified', domains: 1, names: ['branch-2.partner.example'] },
      { reason: 'unknown', domains: 3, names: ['branch-1.partner.example', 'customer-002.example'] },
    ],
  },
};

/** Thirty nights up to November 22: two with violations, one incomplete, three without data, one in doubt. */
const NIGHTS: DaySummary[] = Array.from({ length: 30 }, (_, index) => {
  const day = new Date(Date.parse('2026-10-24') + index * 86_400_000).toISOString().slice(0, 10);
  const none = { day, data: 'none', deliveries: 0, violations: 0, plaintext: 0, unrecognised: 0 } as const;
  if (index >= 4 && index < 7) return none;
  const plaintext = index === 25 ? 2 : index === 29 ? 9 : 0;
  const old = index === 29 ? 4 : 0;
  const unrecognised = index === 12 ? 1 : 0;
  const modern = 300 + ((index * 37) % 90);
  const protocols = {
    'TLSv1.3': modern,
    'TLSv1.2': 120,
    ...(plaintext > 0 ? { plaintext } : {}),
    ...(old > 0 ? { 'TLSv1.0': old } : {}),
  };
  const deliveries = modern + 120 + plaintext + old + unrecognised;
  return {
    ...none,
    data: index === 17 ? 'incomplete' : 'complete',
    deliveries,
    violations: plaintext + old,
    plaintext,
    unrecognised,
    protocols: unrecognised > 0 ? { ...protocols, unrecognised } : protocols,
  };
});

function compliantDomains(count: number): DomainReport[] {
  return Array.from({ length: count }, (_, index) =>
    domain(`customer-${String(index + 1).padStart(3, '0')}.example`, { 'TLSv1.2': 4, 'TLSv1.3': 9 - (index % 3) }),
  );
}

export const pass = report({
  domains: compliantDomains(61),
  changes: [],
  run: RUN,
  counts: { internal: 12, warmup: 2 },
});

export const fail = report({
  verdict: 'fail',
  reasons: [
    '9 deliveries to 3 domains were sent in plaintext',
    '4 deliveries to 2 domains used TLS older than TLSv1.2 (TLSv1.0, TLSv1.1)',
    '2 rows could not be read',
    '1 delivery to 1 domain has a TLS value that is not recognised',
  ],
  domains: [
    domain(
      'mail.acme-industries.example',
      { 'TLSv1.2': 1, plaintext: 6 },
      {
        verified: 1,
        unverified: 0,
        samples: [{ internalMessageId: '16/A4-20983-88E21E84', at: '2026-11-22T09:03:00.000Z', protocol: 'plaintext' }],
      },
    ),
    domain('old-insurance.example', { plaintext: 2 }),
    domain('school-district-14.example', { 'TLSv1.0': 2, 'TLSv1.2': 3, plaintext: 1 }, { verified: 2, unverified: 1 }),
    domain('partner.example', { 'TLSv1.0': 1, 'TLSv1.1': 1, 'TLSv1.3': 30 }),
    domain('odd-gateway.example', { 'TLSv1.2': 5, unrecognised: 1 }),
    ...compliantDomains(40),
  ],
  counts: {
    rejected: 2,
    duplicates: 3,
    outsideWindow: 140,
    internal: 12,
    warmup: 2,
    events: { R: 520, D: 541, T: 19, P: 4, other: 0 },
  },
  rejects: [
    { source: 'EmailLog-2026-11-22.csv.gz', line: 1042, reason: 'the row has 11 fields, the header 18' },
    { source: 'EmailLog-2026-11-22.csv.gz', line: 1043, reason: 'the date "31/31/2026" cannot be read' },
  ],
  changes: [
    { domain: 'mail.acme-industries.example', state: 'new', since: '2026-11-22', nights: 1 },
    { domain: 'old-insurance.example', state: 'ongoing', since: '2026-11-18', nights: 4 },
    { domain: 'school-district-14.example', state: 'ongoing', since: '2025-12-30' },
    { domain: 'partner.example', state: 'new', since: '2026-11-22', nights: 1 },
    { domain: 'customer-007.example', state: 'resolved', since: '2026-11-12', nights: 9 },
  ],
  downgrades: [
    {
      ...{ domain: 'mail.acme-industries.example', kind: 'plaintext', until: '2026-11-21', since: '2026-11-22' },
      ...{ before: 'all', exposed: { deliveries: 6, of: 7 } },
    },
    {
      ...{ domain: 'school-district-14.example', kind: 'unverified', until: '2026-10-30', since: '2026-11-19' },
      ...{ before: 'all', exposed: { deliveries: 12, of: 40 } },
    },
  ],
  advice: ADVICE,
  days: NIGHTS,
  unrecognisedValues: [{ column: 'TLS_Cipher', value: 'UNKNOWN:AES256-SHA', count: 1 }],
  notes: ['The policy was changed on Nov 20.'],
  run: RUN,
  evidence: EVIDENCE,
  program: 'tls-audit 0.1.0',
});

/** All that is wrong is accepted: one exception covers it, one is about to expire, one has. */
export const excepted = report({
  domains: [domain('old-insurance.example', { plaintext: 2 }, { excepted: 2 }), ...compliantDomains(12)],
  changes: [{ domain: 'old-insurance.example', state: 'ongoing', since: '2026-11-18', nights: 4 }],
  downgrades: [],
  advice: {
    ...ADVICE,
    days: 30,
    required: { deliveries: 900, bounced: 0, domains: 0, unrecognised: 0 },
    restrictTo: ['customer-001.example', 'customer-002.example'],
    covered: 2,
    leftOut: [],
    // The org's setting verifies none.
    requiredVerify: {
      ...{ verified: 0, bounced: 0, domains: 0, unknown: 900, unknownDays: 0, restrictTo: [], covered: 0 },
      requiredOnly: [{ reason: 'unknown', domains: 2, names: ['customer-001.example', 'customer-002.example'] }],
    },
  },
  exceptions: [
    {
      domain: 'old-insurance.example',
      reason: 'Their gateway is replaced in January',
      owner: 'Jo Bell, integration team',
      expires: '2026-11-27',
      state: 'expiring',
      deliveries: 2,
      domains: 1,
    },
    {
      domain: '*.school.example',
      reason: 'Was to move in October',
      owner: 'Sam Roe',
      expires: '2026-10-31',
      state: 'expired',
      deliveries: 0,
      domains: 0,
    },
    {
      domain: 'x.example',
      reason: 'Forgot the date',
      owner: 'Kim',
      expires: null,
      state: 'expired',
      deliveries: 0,
      domains: 0,
    },
    {
      domain: 'y.example',
      reason: 'Unused',
      owner: 'Kim',
      expires: '2027-10-31',
      state: 'valid',
      deliveries: 0,
      domains: 0,
    },
  ],
  run: RUN,
});

/** A first run: weak TLS only, over a week, nothing to compare with. */
export const weak = report({
  verdict: 'fail',
  reasons: ['3 deliveries to 2 domains used TLS older than TLSv1.2 (TLSv1.0, TLSv1.1)'],
  window: WEEK,
  days: NIGHTS.slice(-1),
  notes: [
    'The org hands mail to the email relay relay.example.com:25 (TLS Preferred): for that mail TLS describes Salesforce -> ' +
      'relay, not relay -> recipient.',
  ],
  domains: [
    domain('legacy.example', { 'TLSv1.0': 2 }),
    domain('partner.example', { 'TLSv1.1': 1, 'TLSv1.2': 8 }),
    ...compliantDomains(3),
  ],
  run: RUN,
});

export const inconclusive = report({
  verdict: 'inconclusive',
  reasons: [
    'EmailLog-part-2.csv could not be read: the file has no column for TLS_Cipher',
    'no data for 2026-11-19',
    '4 deliveries to 1 domain have a TLS value that is not recognised',
  ],
  window: WEEK,
  domains: [domain('odd-gateway.example', { 'TLSv1.2': 5, unrecognised: 4 }), ...compliantDomains(8)],
  gaps: [{ from: '2026-11-19T00:00:00.000Z', to: '2026-11-20T00:00:00.000Z' }],
  failures: [{ source: 'EmailLog-part-2.csv', reason: 'the file has no column for TLS_Cipher' }],
  changes: [],
  run: RUN,
});

export const empty = report({
  verdict: 'inconclusive',
  reasons: ['no data for 2026-11-22', 'no delivery was judged'],
  domains: [],
  sources: [],
  gaps: [DAY],
  changes: [],
  run: RUN,
});

/** Mail that Salesforce received: the same messages by server and by sender. */
export const inbound = report({
  direction: 'inbound',
  verdict: 'fail',
  reasons: [
    '3 messages from 1 domain were received in plaintext',
    '1 message from 1 domain came over TLS older than TLSv1.2 (TLSv1.0)',
    '5 messages from 2 domains do not tell what TLS was used',
  ],
  domains: [
    domain('relay.example', { plaintext: 3, 'TLSv1.2': 2 }),
    domain('old-insurance.example', { 'TLSv1.0': 1 }),
    domain('unknown', { unrecognised: 4 }),
    domain('mail.partner.example', { 'TLSv1.3': 9, unrecognised: 1 }),
    domain('google.example', { 'TLSv1.3': 40 }),
  ],
  senders: [
    domain('acme.example', { plaintext: 2, 'TLSv1.2': 2, 'TLSv1.3': 10 }),
    domain('school-district-14.example', { plaintext: 1 }),
    domain('old-insurance.example', { 'TLSv1.0': 1 }),
    domain('partner.example', { 'TLSv1.3': 39, unrecognised: 5 }),
  ],
  sources: [{ name: 'EmailMessage', sha256: SHA256, rows: 60, dateOrder: 'unambiguous' }],
  unrecognisedValues: [
    { column: 'Headers', value: 'no headers were kept', count: 4 },
    { column: 'Headers', value: 'X-SFDC-TLS-STATUS stands there 2 times with different values', count: 1 },
  ],
  changes: [
    { domain: 'relay.example', state: 'ongoing', since: '2026-11-20' },
    { domain: 'old-insurance.example', state: 'new', since: '2026-11-22' },
    { domain: 'google.example', state: 'resolved', since: '2026-11-21' },
  ],
  notes: ['4 messages without headers: switch on "Save Email Headers" for every routing address.'],
  run: { ...RUN, job: 'inbound-audit' },
});

/** What a log could hold at its worst: markup, formulas, escape codes, bidi overrides, header breaks, addresses. */
export const HOSTILE_DOMAINS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "=cmd|'/c calc'!A1",
  '+1+1.example',
  '-2+3.example',
  '@sum(a1).example',
  '\t=1+1.example',
  '\r=2+2.example',
  'red\u001b[31m\u009b2Jscreen.example',
  'bell\u0007\u001b]0;owned\u0007.example',
  'rtl\u202egnp.example',
  'zero\u200bwidth\u2066.example',
  'two\r\nBcc: victim@example.com\r\nlines.example',
  'null\u0000byte.example',
  'lone\ud800surrogate.example',
  'quote",comma.example',
  '&amp;&lt;.example',
  'pаypal.example',
  `${'long-label-'.repeat(60)}.example`,
];

export const hostile = report({
  verdict: 'fail',
  reasons: [
    `${HOSTILE_DOMAINS.length * 2} deliveries to ${HOSTILE_DOMAINS.length} domains were sent in plaintext`,
    '<b>evil</b>\u001b[2J.csv could not be read: 550 <bob@example.com> "carol smith"@example.org\r\nrefused',
  ],
  domains: HOSTILE_DOMAINS.map((name) =>
    domain(
      name,
      { plaintext: 2, 'TLSv1.2': 1 },
      {
        ciphers: { '=HYPERLINK("http://x.test")\u001b[0m</td>': 1 },
        samples: [{ internalMessageId: '<b>bob@example.com\u001b[2J\u202e', at: '<i>', protocol: 'plaintext' }],
      },
    ),
  ),
  sources: [{ name: '../<svg onload=alert(1)>\u202e\u001b[1A.csv', sha256: SHA256, rows: 3, dateOrder: 'unambiguous' }],
  counts: { rejected: 1 },
  rejects: [
    { source: '<i>\u001b[2J.csv', line: 3, reason: 'the date "<u>\u001b[5m" of dave@example.net cannot be read' },
  ],
  failures: [
    { source: '<b>evil</b>\u001b[2J.csv', reason: '550 <bob@example.com> "carol smith"@example.org\r\nrefused' },
  ],
  notes: ['<a href="http://x.test">note</a>\u2028erin@example.com\u0000'],
  changes: [
    { domain: HOSTILE_DOMAINS[0] ?? '', state: 'new', since: '2026-11-22' },
    { domain: '<script>resolved()</script>\u001b[31m', state: 'resolved', since: '<s>' },
  ],
  downgrades: [
    { domain: HOSTILE_DOMAINS[0] ?? '', kind: 'plaintext', until: '<s>', since: '\u001b[2J' },
    { domain: HOSTILE_DOMAINS[8] ?? '', kind: 'unverified', until: '2026-11-01', since: '2026-11-02' },
  ],
  exceptions: [
    {
      domain: '*.<b>x</b>.example',
      reason: '<script>reason()</script>\u001b[2J bob@example.com',
      owner: '"><img src=x> dan roe <erin@example.com>\u202e',
      expires: '<s>',
      state: 'expired',
      deliveries: 3,
      domains: 1,
    },
  ],
  run: { id: '41\r\nBcc: x@example.com', job: '<b>job</b>\u001b', startedAt: 'yesterday<', version: '<0.1>' },
  evidence: [
    {
      ...{ id: '41\r\nBcc: x@example.com', job: '<b>job</b>\u001b', startedAt: 'yesterday<', version: '<0.1>' },
      hash: '<script>hash()</script>\u001b[2J',
      previous: '<img src=x>\u202e',
    },
  ],
  program: '<b>tls-audit</b>\u001b[2J',
});

/** 10,000 domains of 60 characters that all need escaping, every third in violation, with all the rest at its largest. */
export function huge(name: (index: number) => string = (index) => `${String(index).padStart(5, '0')}.example`): Report {
  const text = '&<>"\''.repeat(100);
  const source = { name: text, sha256: SHA256, rows: 1, dateOrder: 'mdy' } as const;
  const domains = Array.from({ length: 10_000 }, (_, index) => {
    const kind = index < 3_000 ? { plaintext: 3, 'TLSv1.0': 2, 'TLSv1.2': 1_234 } : { 'TLSv1.2': 7, 'TLSv1.3': 1 };
    return domain(name(index), index < 4_000 && index >= 3_000 ? { unrecognised: 9, 'TLSv1.3': 2 } : kind);
  });
  return report({
    verdict: 'fail',
    reasons: ['9,000 deliveries to 3,000 domains were sent in plaintext', ...Array<string>(60).fill(text)],
    domains,
    sources: Array.from({ length: 50 }, () => source),
    counts: { rejected: 5_000 },
    rejects: Array.from({ length: 100 }, (_, line) => ({ source: text, line, reason: text })),
    gaps: Array.from({ length: 200 }, () => DAY),
    failures: Array.from({ length: 40 }, () => ({ source: text, reason: text })),
    notes: Array<string>(40).fill(text),
    advice: { ...ADVICE, restrictTo: domains.map(({ domain: listed }) => listed), covered: 10_000 },
    exceptions: Array.from({ length: 200 }, (_, index) => ({
      domain: `${text}${index}`,
      reason: text,
      owner: text,
      expires: null,
      state: 'expired' as const,
      deliveries: 1,
      domains: 1,
    })),
    downgrades: domains.slice(0, 3_000).flatMap(({ domain: lost }) => [
      { domain: lost, kind: 'plaintext' as const, until: '2025-01-01', since: '2026-01-02' },
      { domain: lost, kind: 'unverified' as const, until: '2025-01-01', since: '2026-01-02' },
    ]),
    changes: domains.map(({ domain: changed }, index) =>
      index < 3_000
        ? { domain: changed, state: 'ongoing' as const, since: '2025-01-01' }
        : { domain: changed, state: 'resolved' as const, since: '2025-01-01' },
    ),
    run: RUN,
  });
}

export const SAMPLES = { pass, fail, excepted, weak, inconclusive, empty, inbound, hostile } as const;
