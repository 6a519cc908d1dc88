import { describe, expect, it } from '@jest/globals';
import { deservesMail, type Told } from '../../src/judge/mail-policy.ts';
import type { JudgedBefore } from '../../src/model/judged-before.ts';
import type { Change, Report } from '../../src/model/report.ts';
import { reportOf } from '../record/fixtures.ts';
import { JUDGED_BEFORE } from '../report/samples.ts';

const WINDOW = { from: '2026-11-21T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z' };

function report(verdict: 'pass' | 'fail' | 'inconclusive', ...states: Change['state'][]) {
  const changes = states.map((state) => ({ domain: 'acme.example', state, since: '2026-11-20' }));
  return { ...reportOf({ id: 'r1', ...WINDOW, verdict }), changes };
}

const PASS = report('pass');
const after = (before: Report | undefined) => ({ before, sameDays: [] });
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
    expect(deservesMail(when, run, after(before))).toBe(expected);
  });

  it.each(['on-problem', 'on-change', 'always'] as const)('%s: after days that are lost for good', (when) => {
    expect(deservesMail(when, PASS, { ...after(PASS), isAfterLostDays: true })).toBe(true);
  });

  it.each([
    ['a night', true, false, true],
    ['a night that is judged again and says the same', true, true, true],
    ['days that are made up for', false, false, true],
    ['days that are made up for and say the same', false, true, false],
  ])('always: %s', (_, isLast, isRepeated, expected) => {
    expect(deservesMail('always', report('inconclusive'), { ...after(PASS), isLast, isRepeated })).toBe(expected);
  });

  describe('of days that are judged again', () => {
    const again = (verdict: 'pass' | 'fail' | 'inconclusive', changes: Partial<JudgedBefore> = {}): Report => ({
      ...report(verdict, 'new'),
      judgedBefore: [{ ...JUDGED_BEFORE, window: WINDOW, days: ['2026-11-21'], appeared: [], ...changes }],
    });
    const told = (run: Report, isMailed = true): Told => ({
      // The run of the day before says nothing of these days.
      before: report('inconclusive'),
      sameDays: (run.judgedBefore ?? []).map((entry) => ({
        ...{ id: entry.id, job: 'outbound-audit', startedAt: new Date(entry.startedAt), verdict: entry.verdict },
        window: { from: new Date(entry.window.from), to: new Date(entry.window.to) },
        ...{ report: report(entry.verdict), mailedAt: isMailed ? new Date(0) : null, link: null },
      })),
    });
    const WIDE = { window: { from: '2026-11-16T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' } };

    it.each([
      ['the same verdict and domains', again('fail', { verdict: 'fail' }), false, false],
      ['another verdict', again('fail', { verdict: 'pass' }), true, true],
      ['a pass as before', again('pass', { verdict: 'pass' }), false, false],
      ['a pass after something else', again('pass', { verdict: 'fail' }), false, true],
      ['another domain', again('fail', { verdict: 'fail', appeared: ['b.example'] }), true, true],
      ['a domain fewer', again('fail', { verdict: 'fail', vanished: ['b.example'] }), true, true],
      ['a day of a week that failed for it', again('fail', { ...WIDE, verdict: 'fail', violations: 2 }), false, false],
      ['a clean day of a week that failed', again('pass', { ...WIDE, verdict: 'fail' }), false, false],
      ['a day in doubt of a week that failed', again('inconclusive', { ...WIDE, verdict: 'fail' }), true, true],
    ])('%s', (_, run, onProblem, onChange) => {
      expect(deservesMail('on-problem', run, told(run))).toBe(onProblem);
      expect(deservesMail('on-change', run, told(run))).toBe(onChange);
      expect(deservesMail('always', run, told(run))).toBe(true);
    });

    it('tells of a problem that nobody got a mail about, and whoever names the days', () => {
      const same = again('fail', { verdict: 'fail' });
      expect(deservesMail('on-problem', same, told(same, false))).toBe(true);
      const asked = again('fail', { verdict: 'fail', why: 'repeated' });
      expect(deservesMail('on-problem', asked, told(asked))).toBe(true);
    });
  });

  it.each(['on-problem', 'on-change'] as const)('%s: tells once of a loss that fails nothing', (when) => {
    const lost = { ...PASS, downgrades: [LOSS] };
    expect(deservesMail(when, lost, after(PASS))).toBe(true);
    expect(deservesMail(when, lost, after(lost))).toBe(false);
    expect(deservesMail(when, { ...PASS, downgrades: [{ ...LOSS, since: '2026-11-22' }] }, after(lost))).toBe(true);
    expect(deservesMail(when, PASS, after(lost))).toBe(false);
  });

  it.each(['on-problem', 'on-change'] as const)('%s: tells not again of a loss that shows again', (when) => {
    const earlier = { ...LOSS, since: '2026-11-19' };
    const quiet = { ...PASS, downgrades: [] };
    expect(deservesMail(when, { ...PASS, downgrades: [earlier] }, after(quiet))).toBe(false);
    expect(deservesMail(when, { ...PASS, downgrades: [{ ...earlier, toldFrom: '2026-11-21' }] }, after(quiet))).toBe(
      true,
    );
    // What began on days of a first run has the day on which it is first compared in toldFrom.
    expect(deservesMail(when, { ...PASS, downgrades: [earlier] }, after(PASS))).toBe(false);
  });

  it.each(['on-problem', 'on-change'] as const)('%s: tells once of a certificate that holds again', (when) => {
    const end = {
      domain: 'acme.example',
      kind: 'unverified',
      since: '2026-11-18',
      on: '2026-11-21',
      now: 'all',
    } as const;
    expect(deservesMail(when, { ...PASS, restored: [end] }, after(PASS))).toBe(true);
    expect(deservesMail(when, { ...PASS, restored: [{ ...end, told: true }] }, after(PASS))).toBe(false);
    // That a violation ended is what a silent night says.
    expect(deservesMail(when, { ...PASS, restored: [{ ...end, kind: 'plaintext' }] }, after(PASS))).toBe(false);
    // Of ten deliveries one may meet a certificate that holds: nobody has to read that.
    expect(deservesMail(when, { ...PASS, restored: [{ ...end, now: 'some' }] }, after(PASS))).toBe(false);
  });

  it.each(['on-problem', 'on-change'] as const)(
    '%s: announces once that an exception ends, and that it did',
    (when) => {
      const [valid, expiring, expired] = (['valid', 'expiring', 'expired'] as const).map((state) => ({
        ...PASS,
        exceptions: [{ ...EXCEPTION, state }],
      }));
      expect(deservesMail(when, valid!, after(PASS))).toBe(false);
      expect(deservesMail(when, expiring!, after(valid))).toBe(true);
      expect(deservesMail(when, expiring!, after(expiring))).toBe(false);
      expect(deservesMail(when, expired!, after(expiring))).toBe(true);
      expect(deservesMail(when, expired!, after(expired))).toBe(false);
    },
  );
});
