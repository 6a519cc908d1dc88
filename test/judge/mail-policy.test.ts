import { describe, expect, it } from '@jest/globals';
import { deservesMail } from '../../src/judge/mail-policy.ts';
import type { Change } from '../../src/model/report.ts';
import { reportOf } from '../record/fixtures.ts';

const WINDOW = { from: '2026-11-21T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z' };

function report(verdict: 'pass' | 'fail' | 'inconclusive', ...states: Change['state'][]) {
  const changes = states.map((state) => ({ domain: 'acme.example', state, since: '2026-11-20' }));
  return { ...reportOf({ id: 'r1', ...WINDOW, verdict }), changes };
}

const PASS = report('pass');
const LOSS = { domain: 'acme.example', kind: 'unverified', until: '2026-11-20', since: '2026-11-21' } as const;
const EXCEPTION = {
  domain: 'acme.example',
  ...{ reason: 'r', owner: 'o', expires: '2026-11-28', state: 'expiring', deliveries: 1, domains: 1 },
} as const;

describe('deservesMail', () => {
  it.each([
    ['always', PASS, PASS, true],
    ['on-problem', PASS, report('fail'), false],
    ['on-problem', report('fail', 'ongoing'), report('fail'), true],
    ['on-problem', report('inconclusive'), report('inconclusive'), true],
    ['on-change', PASS, undefined, true],
    ['on-change', PASS, PASS, false],
    ['on-change', report('pass', 'resolved'), report('fail'), true],
    ['on-change', report('fail', 'ongoing'), report('fail'), false],
    ['on-change', report('fail', 'ongoing', 'new'), report('fail'), true],
    ['on-change', report('inconclusive'), PASS, true],
  ] as const)('%s %#', (when, run, before, expected) => {
    expect(deservesMail(when, run, before)).toBe(expected);
  });

  it.each(['on-problem', 'on-change'] as const)('%s: tells once of a loss that fails nothing', (when) => {
    const lost = { ...PASS, downgrades: [LOSS] };
    expect(deservesMail(when, lost, PASS)).toBe(true);
    expect(deservesMail(when, lost, lost)).toBe(false);
    expect(deservesMail(when, { ...PASS, downgrades: [{ ...LOSS, since: '2026-11-22' }] }, lost)).toBe(true);
    expect(deservesMail(when, PASS, lost)).toBe(false);
  });

  it.each(['on-problem', 'on-change'] as const)('%s: tells not again of a loss that shows again', (when) => {
    const earlier = { ...LOSS, since: '2026-11-19' };
    const quiet = { ...PASS, downgrades: [] };
    expect(deservesMail(when, { ...PASS, downgrades: [earlier] }, quiet)).toBe(false);
    expect(deservesMail(when, { ...PASS, downgrades: [{ ...earlier, toldFrom: '2026-11-21' }] }, quiet)).toBe(true);
    // A baseline compares nothing, so it has told of nothing.
    expect(deservesMail(when, { ...PASS, downgrades: [earlier] }, PASS)).toBe(true);
  });

  it.each(['on-problem', 'on-change'] as const)(
    '%s: announces once that an exception ends, and that it did',
    (when) => {
      const [valid, expiring, expired] = (['valid', 'expiring', 'expired'] as const).map((state) => ({
        ...PASS,
        exceptions: [{ ...EXCEPTION, state }],
      }));
      expect(deservesMail(when, valid!, PASS)).toBe(false);
      expect(deservesMail(when, expiring!, valid)).toBe(true);
      expect(deservesMail(when, expiring!, expiring)).toBe(false);
      expect(deservesMail(when, expired!, expiring)).toBe(true);
      expect(deservesMail(when, expired!, expired)).toBe(false);
    },
  );
});
