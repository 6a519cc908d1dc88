import { describe, expect, it } from '@jest/globals';
import type { Downgrade, Report } from '../../src/model/report.ts';
import { renderDigest } from '../../src/report/digest.ts';
import { renderHtml } from '../../src/report/html.ts';
import { remediesOf } from '../../src/report/remedies.ts';
import { subjectOf } from '../../src/report/subject.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { domain, report } from './samples.ts';

const NEW = { domain: 'a.example', until: '2026-11-21', since: '2026-11-22' } as const;
const EARLIER = { ...NEW, until: '2026-11-10', since: '2026-11-14' } as const;

function reportWith(...downgrades: Downgrade[]): Report {
  const isPlain = downgrades.some(({ kind }) => kind === 'plaintext');
  return report({
    verdict: isPlain ? 'fail' : 'pass',
    reasons: isPlain ? ['x'] : [],
    domains: downgrades.map(({ domain: name, kind }) =>
      domain(name, kind === 'plaintext' ? { plaintext: 2, 'TLSv1.3': 2 } : { 'TLSv1.3': 4 }, {
        verified: 2,
        unverified: 2,
      }),
    ),
    changes: [],
    downgrades,
  });
}

function outputsOf(lost: Report): string[] {
  const { text, html } = renderDigest(lost, { messageIdDomain: 'example.com' });
  const page = renderHtml(lost);
  const terminal = renderTerminal(lost, { color: false, width: 200 });
  return [text, html, page, terminal].map((output) => output.replace(/\s+/g, ' '));
}

describe('a loss says how much of the mail lost its protection', () => {
  it.each<[Downgrade, string]>([
    [
      { ...NEW, kind: 'plaintext', before: 'all', exposed: { deliveries: 2, of: 1300 } },
      '2 of 1,300 deliveries in plaintext since Nov 22, all by TLS until Nov 21',
    ],
    [
      { ...NEW, kind: 'unverified', before: 'all', exposed: { deliveries: 12, of: 40 } },
      '12 of 40 deliveries unverified since Nov 22, all verified until Nov 21',
    ],
    [
      { ...NEW, kind: 'unverified', before: 'some', exposed: { deliveries: 40, of: 40 } },
      'all 40 deliveries unverified since Nov 22, some verified until Nov 21',
    ],
    [
      { ...NEW, kind: 'plaintext', before: 'all', exposed: { deliveries: 1, of: 1 } },
      'the only delivery in plaintext since Nov 22, all by TLS until Nov 21',
    ],
    [
      { ...EARLIER, kind: 'unverified', before: 'all', exposed: { deliveries: 12, of: 40 } },
      '12 of 40 deliveries unverified since Nov 14',
    ],
    // First told today, because it took days to be sure of.
    [
      { ...EARLIER, kind: 'unverified', before: 'some', exposed: { deliveries: 3, of: 3 }, toldFrom: '2026-11-22' },
      'all 3 deliveries unverified since Nov 14, some verified until Nov 10',
    ],
    [{ ...NEW, kind: 'unverified' }, 'verified until Nov 21, unverified since Nov 22'],
  ])('%j', (downgrade, expected) => {
    for (const output of outputsOf(reportWith(downgrade))) expect(output).toContain(expected);
  });

  it('speaks of messages where mail came in', () => {
    const lost = reportWith({ ...NEW, kind: 'plaintext', before: 'all', exposed: { deliveries: 2, of: 9 } });
    for (const output of outputsOf({ ...lost, direction: 'inbound' }))
      expect(output).toContain('2 of 9 messages in plaintext');
  });
});

describe('what to do about a loss', () => {
  const kindOf = (kind: Downgrade['kind'], exposed?: Downgrade['exposed']) =>
    remediesOf(reportWith({ ...NEW, kind, ...(exposed === undefined ? {} : { exposed }) }))[0];

  it.each([
    ['plaintext', { deliveries: 2, of: 4 }, 'lost-some-tls', 'probably one of several mail servers'],
    ['plaintext', { deliveries: 4, of: 4 }, 'lost-tls', 'something changed on its mail servers'],
    ['plaintext', undefined, 'lost-tls', 'something changed on its mail servers'],
    [
      'unverified',
      { deliveries: 1, of: 500 },
      'lost-some-verification',
      'probably that of one of several mail servers',
    ],
    ['unverified', { deliveries: 9, of: 9 }, 'lost-verification', 'None of its mail meets a certificate that holds'],
    ['unverified', undefined, 'lost-verification', 'None of its mail meets a certificate that holds'],
  ] as const)('%s %j', (kind, exposed, expected, text) => {
    const remedy = kindOf(kind, exposed);
    expect(remedy).toMatchObject({ kind: expected, byLetter: true });
    expect(remedy?.full).toContain(text);
  });
});

describe('the subject', () => {
  const some = { exposed: { deliveries: 1, of: 500 } };
  const all = { exposed: { deliveries: 9, of: 9 } };

  it.each<[string, Downgrade[]]>([
    [
      'FAIL: 2 domains lost TLS, 1 of them partly',
      [
        { ...NEW, kind: 'plaintext', ...some },
        { ...NEW, domain: 'b.example', kind: 'plaintext', ...all },
      ],
    ],
    ['FAIL: 1 domain partly lost TLS', [{ ...NEW, kind: 'plaintext', ...some }]],
    ['1 domain no longer verified;', [{ ...NEW, kind: 'unverified', ...all }]],
    ['1 domain partly unverified;', [{ ...NEW, kind: 'unverified', ...some }]],
    ['1 domain no longer verified;', [{ ...EARLIER, kind: 'unverified', ...all, toldFrom: '2026-11-22' }]],
  ])('says %s', (expected, downgrades) => {
    expect(subjectOf(reportWith(...downgrades))).toContain(expected);
  });
});
