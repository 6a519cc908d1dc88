import { describe, expect, it } from '@jest/globals';
import type { Advice, VerifyAdvice } from '../../src/model/advice.ts';
import {
  previewText,
  requiredOnlyText,
  verifyList,
  verifyPreviewText,
  verifyRestrictText,
} from '../../src/report/advice.ts';
import { renderDigest } from '../../src/report/digest.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { fail } from './samples.ts';

const NAMES = ['a.example', 'b.example', 'c.example'];
const VERIFY: VerifyAdvice = {
  ...{ verified: 90, bounced: 0, domains: 0, unknown: 0, unknownDays: 0 },
  ...{ restrictTo: NAMES, covered: 3, requiredOnly: [] },
};

function adviceWith(changes: Partial<VerifyAdvice>): Advice {
  return {
    window: { from: '2026-10-24T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' },
    days: 28,
    rule: { days: 30, minDeliveries: 5, minDays: 3, maxListCharacters: 4000 },
    required: { deliveries: 100, bounced: 2, domains: 1, unrecognised: 0, weak: 0 },
    ...{ restrictTo: NAMES, covered: 3, leftOut: [] },
    requiredVerify: { ...VERIFY, ...changes },
  };
}

describe('what Required Verify would have done', () => {
  it.each<[Partial<VerifyAdvice>, string]>([
    [{}, 'in the last 30 days, none of 100 deliveries would have bounced.'],
    [{ bounced: 9, domains: 2 }, 'in the last 30 days, 9 of 100 deliveries, to 2 domains, would have bounced.'],
    [
      { bounced: 1, domains: 1, unknown: 20, unknownDays: 3 },
      '1 of 80 deliveries, to 1 domain, would have bounced; of 20 more it is not known. It is not known for 3 days: ' +
        'they were recorded before verification was kept.',
    ],
    [{ unknown: 20 }, 'none of 80 deliveries would have bounced; of 20 more it is not known.'],
  ])('%j', (changes, expected) => {
    const text = verifyPreviewText(adviceWith(changes), fail);
    expect(text).toContain(expected);
    expect(text).toMatch(/^Had TLS with a verified certificate been required \(Required Verify\)/);
  });

  it('is not known where the log verifies nothing', () => {
    const advice = adviceWith({ verified: 0, bounced: 2, unknown: 98, unknownDays: 1, restrictTo: [], covered: 0 });
    expect(verifyPreviewText(advice, fail)).toMatch(
      /is not known.* only where .* Preferred Verify .* for 1 day: it was/,
    );
    expect(verifyPreviewText(advice, fail)).not.toContain('bounced');
    expect([verifyRestrictText(advice), verifyList(advice), requiredOnlyText(advice)]).toEqual([
      undefined,
      '',
      undefined,
    ]);
  });
});

describe('the list for Required Verify', () => {
  const requiredOnly = [{ reason: 'unverified', domains: 2, names: ['b.example', 'c.example'] }] as const;

  it.each<[string, Partial<VerifyAdvice>, string, string]>([
    ['is not repeated where it is the same', {}, 'safe for the same list too', ''],
    [
      'stands by itself',
      { restrictTo: ['a.example'], covered: 1, requiredOnly },
      '1 domain ready for Required',
      'a.example',
    ],
    ['is another, as long', { restrictTo: ['d.example'], covered: 3, requiredOnly }, '3 domains ready', 'd.example'],
    ['is none', { restrictTo: [], covered: 0, requiredOnly }, 'None of them is ready for Required Verify', ''],
  ])('%s', (_, changes, text, list) => {
    const advice = adviceWith(changes);
    expect(verifyRestrictText(advice)).toContain(text);
    expect(verifyList(advice)).toBe(list);
  });

  it('speaks of one domain as of many', () => {
    const one = (covered: number): string | undefined => {
      const restrictTo = ['a.example'];
      const verify = { restrictTo: restrictTo.slice(0, covered), covered, requiredOnly };
      return verifyRestrictText({ ...adviceWith(verify), restrictTo, covered: 1 });
    };
    expect(one(0)).toBe('It is not ready for Required Verify: safe for Required only.');
    expect(one(1)).toBe('Required Verify is safe for it too: every delivery was verified.');
    const weak = (count: number): string => {
      const advice = adviceWith({});
      return previewText({ ...advice, required: { ...advice.required, weak: count } }, fail);
    };
    expect(weak(1)).toContain(
      '1 more delivery used a TLS version outside the policy: whether Required takes it depends',
    );
    expect(weak(2)).toContain('2 more deliveries used a TLS version outside the policy: whether Required takes them');
  });

  it('says which domains are safe for Required only, and why', () => {
    expect(requiredOnlyText(adviceWith({ requiredOnly }))).toBe(
      'Safe for Required only: 2 with deliveries to a server that was not verified.',
    );
  });
});

it('on the screen a list is shown where it is short; of a long one the screen says where it is', () => {
  const requiredOnly = [{ reason: 'unverified', domains: 1, names: ['d0.example'] }] as const;
  const shown = (count: number): string => {
    const restrictTo = Array.from({ length: count }, (_, index) => `d${index}.example`);
    const verify = { restrictTo: restrictTo.slice(1), covered: count - 1, requiredOnly };
    const advice = { ...adviceWith(verify), restrictTo, covered: count };
    return renderTerminal({ ...fail, advice }, { color: false, width: 100 }).replace(/\s+/g, ' ');
  };
  expect(shown(10)).toContain('on 3 days): d0.example, d1.example,');
  expect(shown(10)).toContain('Safe for Required only: 1 with deliveries to a server that was not verified.');
  expect(shown(10)).not.toContain('The lists to paste');
  const long = shown(40);
  expect(long).toContain('40 domains ready for "Restrict TLS to these domains" with the TLS setting Required');
  expect(long).toContain('on 3 days). 39 domains ready for Required Verify too (every delivery was verified).');
  expect(long).toContain('only: 1 domain with deliveries to a server that was not verified: d0.example.');
  expect(long).toContain('The lists to paste stand in the page (--format html) and in the JSON (--json:');
  expect(long).not.toContain('d5.example');
});

it('a report recorded before verification was looked at is shown as it was', () => {
  const { window, days, rule, required, restrictTo, covered, leftOut } = fail.advice!;
  const downgrades = fail.downgrades!.map(({ domain, kind, until, since }) => ({ domain, kind, until, since }));
  const old = { ...fail, advice: { window, days, rule, required, restrictTo, covered, leftOut }, downgrades };
  const { text, html } = renderDigest(old, { messageIdDomain: 'example.com' });
  const terminal = renderTerminal(old, { color: false, width: 200 });
  for (const shown of [text, html, terminal, renderHtml(old)]) {
    expect(shown).toContain('Had TLS been Required');
    expect(shown).not.toMatch(/Required Verify\)|undefined|NaN/);
  }
  expect(terminal).toContain('TLS until Nov 21, plaintext since Nov 22');
});

describe('the days that advice is about', () => {
  const advice = { ...adviceWith({}), days: 5, rule: { ...adviceWith({}).rule, days: 6 } };
  const texts = (sample: Pick<typeof fail, 'run'>, window = advice.window) => [
    previewText({ ...advice, window }, sample),
    verifyPreviewText({ ...advice, window }, sample),
  ];

  it('are the last ones in the mail of a night', () => {
    for (const text of texts(fail)) expect(text).toContain('in the last 6 days');
  });

  it('are named where somebody asked for them', () => {
    for (const text of texts({})) expect(text).toContain(' from Oct 24 to Nov 22, 2026');
    const day = { from: '2026-11-22T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };
    for (const text of texts({}, day)) expect(text).toContain(' on Nov 22, 2026');
    for (const text of texts({})) expect(text).not.toContain('last');
  });
});
