import { describe, expect, it } from '@jest/globals';
import { deservesMail } from '../../src/judge/mail-policy.ts';
import type { Change } from '../../src/model/report.ts';
import { reportOf } from '../record/fixtures.ts';

const WINDOW = { from: '2026-11-21T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z' };

function report(verdict: 'pass' | 'fail' | 'inconclusive', ...states: Change['state'][]) {
  const changes = states.map((state) => ({ domain: 'acme.example', state, since: '2026-11-20' }));
  return { ...reportOf({ id: 'r1', ...WINDOW, verdict }), changes };
}

describe('deservesMail', () => {
  it.each([
    ['always', report('pass'), 'pass', true],
    ['on-problem', report('pass'), 'fail', false],
    ['on-problem', report('fail', 'ongoing'), 'fail', true],
    ['on-problem', report('inconclusive'), 'inconclusive', true],
    ['on-change', report('pass'), undefined, true],
    ['on-change', report('pass'), 'pass', false],
    ['on-change', report('pass', 'resolved'), 'fail', true],
    ['on-change', report('fail', 'ongoing'), 'fail', false],
    ['on-change', report('fail', 'ongoing', 'new'), 'fail', true],
    ['on-change', report('inconclusive'), 'pass', true],
  ] as const)('%s %#', (when, run, before, expected) => {
    expect(deservesMail(when, run, before)).toBe(expected);
  });
});
