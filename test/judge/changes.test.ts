import { describe, expect, it } from '@jest/globals';
import { changesSince, reportedFindings } from '../../src/judge/changes.ts';
import { assess } from '../../src/judge/assessment.ts';
import type { OpenFinding, RecordedRun } from '../../src/model/history.ts';
import type { Change, Report } from '../../src/model/report.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { JOB, reportOf } from '../record/fixtures.ts';
import { domain, JUDGED_BEFORE } from '../report/samples.ts';
import { tallyOf } from './rows.ts';

const OPEN: OpenFinding[] = [{ domain: 'acme.example', since: '2026-10-20', nights: 3 }];

function changes(
  before: readonly OpenFinding[] | undefined,
  deliveries: Readonly<Record<string, readonly string[]>>,
): Change[] {
  const rows = Object.entries(deliveries).flatMap(([domain, ciphers]) =>
    ciphers.map((tlsCipher) => ({ domain, tlsCipher })),
  );
  const facts = { sources: [], rejected: 0, duplicates: 0, rejects: [], gaps: [], failures: [], notes: [] };
  const { domains } = assess({
    ...facts,
    policy: DEFAULT_POLICY,
    window: { from: null, to: null },
    tally: tallyOf(rows),
  });
  return changesSince(before, domains, () => ['2026-11-03', '2026-11-05']);
}

describe('a finding', () => {
  it.each<[string, readonly OpenFinding[] | undefined, Record<string, string[]>, Change[]]>([
    [
      'is new where none was open',
      [],
      { 'acme.example': [':'] },
      [{ domain: 'acme.example', state: 'new', since: '2026-11-03', nights: 2 }],
    ],
    [
      'is new on a first run',
      undefined,
      { 'acme.example': ['TLSv1:A'] },
      [{ domain: 'acme.example', state: 'new', since: '2026-11-03', nights: 2 }],
    ],
    [
      'is ongoing where one was open, since its beginning',
      OPEN,
      { 'acme.example': [':', 'TLSv1.2:A'] },
      [{ domain: 'acme.example', state: 'ongoing', since: '2026-10-20', nights: 5 }],
    ],
    [
      'is resolved by deliveries that all comply',
      OPEN,
      { 'acme.example': ['TLSv1.2:A'] },
      [{ domain: 'acme.example', state: 'resolved', since: '2026-10-20', nights: 3 }],
    ],
    [
      'is resolved by one that complies beside some not recognised',
      OPEN,
      { 'acme.example': ['TLSv1.2:A', ''] },
      [{ domain: 'acme.example', state: 'resolved', since: '2026-10-20', nights: 3 }],
    ],
    ['stays open without a delivery', OPEN, { 'other.example': ['TLSv1.2:A'] }, []],
    ['stays open where no TLS value was recognised', OPEN, { 'acme.example': ['', 'UNKNOWN'] }, []],
    ['is none where a domain complies and none was open', [], { 'acme.example': ['TLSv1.2:A'] }, []],
  ])('%s', (_, before, deliveries, expected) => {
    expect(changes(before, deliveries)).toEqual(expected);
  });

  it('stands in the order of domains: worst first', () => {
    const deliveries = { 'acme.example': ['TLSv1.2:A'], 'b.example': ['TLSv1:A'], 'c.example': [':'] };
    expect(changes(OPEN, deliveries).map(({ domain, state }) => `${domain} ${state}`)).toEqual([
      'c.example new',
      'b.example new',
      'acme.example resolved',
    ]);
  });
});

describe('a finding whose end the run before saw in its own window', () => {
  const reported: OpenFinding[] = [{ domain: 'acme.example', since: '2026-11-01', nights: 2 }];
  const never = () => [];

  it('is resolved now, although it was no longer open', () => {
    expect(changesSince([], [], never, reported)).toEqual([
      { domain: 'acme.example', state: 'resolved', since: '2026-11-01', nights: 2 },
    ]);
  });

  it('is not where it is still open', () => {
    expect(changesSince(reported, [], never, reported)).toEqual([]);
  });
});

describe('what earlier runs reported', () => {
  const [D20, D21, D22] = ['2026-11-20', '2026-11-21', '2026-11-22'].map((day) => `${day}T00:00:00.000Z`) as [
    string,
    string,
    string,
  ];

  function run(from: string, to: string, violating: readonly string[], extra: Partial<Report> = {}): RecordedRun {
    const base = reportOf({ id: 'any', from, to });
    const domains = violating.map((name) => ({ ...domain(name, { plaintext: 1 }), firstSeen: from }));
    const window = { from: new Date(from), to: new Date(to) };
    const facts = { id: 'any', job: JOB, window, startedAt: new Date(to), mailedAt: null, link: null };
    return { ...facts, verdict: 'fail', report: { ...base, domains, ...extra } };
  }

  const again = (appeared: readonly string[]) => ({
    judgedBefore: [{ ...JUDGED_BEFORE, days: ['2026-11-20'], appeared }],
  });
  const names = (runs: readonly RecordedRun[]) => reportedFindings(runs).map(({ domain: name }) => name);

  it('is gone where a later one told its end', () => {
    const resolved = { changes: [{ domain: 'a.example', state: 'resolved', since: '2026-11-20' }] } as const;
    expect(names([run(D20, D21, ['a.example', 'b.example']), run(D21, D22, [], resolved)])).toEqual(['b.example']);
  });

  it('is, of earlier days judged again, what was not known of them', () => {
    const older = run(D20, D21, ['a.example', 'b.example'], again(['b.example']));
    expect(names([run(D21, D22, []), older])).toEqual(['b.example']);
    // What followed the latest days is not told yet.
    expect(names([older])).toEqual(['a.example', 'b.example']);
  });

  it('is nothing without a run', () => {
    expect(reportedFindings([])).toEqual([]);
  });
});
