import { describe, expect, it } from '@jest/globals';
import type { JudgedBefore } from '../../src/model/judged-before.ts';
import type { Report } from '../../src/model/report.ts';
import { renderDigest } from '../../src/report/digest.ts';
import { renderHtml } from '../../src/report/html.ts';
import { judgedBeforeSentences } from '../../src/report/judged-again.ts';
import { subjectOf } from '../../src/report/subject.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { htmlMistakes } from './html-check.ts';
import { fail, JUDGED_BEFORE } from './samples.ts';

const SENTENCE =
  'Replaces the result of 2026-11-23 03:10 UTC (PASS, 1,204 deliveries): rows came late; 3 deliveries came to light ' +
  'since, 1 of them in violation.';

function again(...changes: readonly Partial<JudgedBefore>[]): Report {
  return { ...fail, judgedBefore: changes.map((change) => ({ ...JUDGED_BEFORE, ...change })) };
}

function words(html: string): string {
  return html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}

describe('a report about days that are judged again', () => {
  const context = { messageIdDomain: 'audit.example.com' };

  it('says so first: subject, text, HTML, terminal and page', async () => {
    const digest = renderDigest(again({}), context);
    expect(digest.subject).toMatch(/^FAIL, judged again: /);
    expect(digest.text).toMatch(/^FAIL, judged again: Nov 22, 2026 \(UTC\)\n/);
    expect(digest.text).toContain('RESOLVED AGAINST THE DAY BEFORE (');
    const page = renderHtml(again({}));
    const screen = renderTerminal(again({}), { color: false, width: 100 });
    for (const output of [digest.text, words(digest.html), screen, words(page)]) {
      const shown = output.replace(/[\s-]+/g, ' ');
      expect(shown).toContain('FAIL, judged again');
      expect(shown).toContain(SENTENCE.replace(/[\s-]+/g, ' '));
      expect(shown).toContain('In violation now and not then: acme.example.');
    }
    expect(screen).toMatch(/^FAIL, judged again {2}/);
    expect(await htmlMistakes(digest.html, 'mail')).toEqual([]);
    expect(digest.text).toContain('Against what was told before:');
  });

  it('says nothing of it where nothing was judged before', () => {
    expect(judgedBeforeSentences(fail, 'UTC')).toEqual([]);
    expect(subjectOf(fail)).toMatch(/^FAIL: /);
  });

  it('keeps the usual subject where nobody knows the earlier result, or only some days were judged', () => {
    expect(subjectOf(again({ unmailed: true }))).toMatch(/^FAIL: /);
    const week = { from: '2026-11-16T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };
    expect(subjectOf({ ...again({}), window: week })).toMatch(/^FAIL: /);
    expect(judgedBeforeSentences({ ...again({}), window: week }, 'UTC')[0]).toContain('03:10 UTC for Nov 22 (PASS');
  });

  it.each<[string, Partial<JudgedBefore>[], string]>([
    ['the zone of times', [{}], SENTENCE],
    [
      'none of the news in violation',
      [{ moreViolations: 0, more: 1 }],
      'rows came late; 1 delivery came to light since, none of them in violation.',
    ],
    ['incomplete data', [{ why: 'incomplete', more: 0 }], ': data was missing then; the same deliveries.'],
    ['somebody who asked', [{ why: 'repeated', more: 0, fewer: 7 }], '): 7 deliveries fewer than then.'],
    [
      'a run over more days',
      [{ window: { from: '2026-11-16T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' }, verdict: 'fail' }],
      '(FAIL for Nov 16 to Nov 22, 1,204 deliveries on Nov 22)',
    ],
    [
      'a result that stays',
      [{ replaced: false }],
      'The result of 2026-11-23 03:10 UTC (PASS, 1,204 deliveries) stays recorded, because this one is not complete:',
    ],
    ['a digest that nobody got', [{ unmailed: true }], '(PASS, 1,204 deliveries, not yet mailed)'],
    [
      'several runs',
      [{}, { verdict: 'fail', replaced: false }],
      'Replaces the results of 2 runs since 2026-11-23 03:10 UTC (1 FAIL, 1 PASS; 2,408 deliveries), except 1, which this ' +
        'one is not complete enough for: rows came late; 6 deliveries came to light since, 2 of them in violation.',
    ],
  ])('tells of %s', (_, changes, expected) => {
    expect(judgedBeforeSentences(again(...changes), 'UTC')[0]).toContain(expected);
  });

  it('names a few domains, whatever they are called, and the clock of the zone', () => {
    const hostile = `${'x'.repeat(80)}\u202e\u001b[31m.example`;
    const names = [hostile, ...Array.from({ length: 9 }, (_, n) => `d${n}.example`)];
    const [sentence, appeared, vanished] = judgedBeforeSentences(
      again({ appeared: names, vanished: ['b.example'] }),
      'Europe/Berlin',
    );
    expect(sentence).toContain('2026-11-23 04:10 Europe/Berlin (PASS');
    expect(appeared).toMatch(/^In violation now and not then: d0\.example, .* and 5 more\.$/);
    expect(judgedBeforeSentences(again({ appeared: [hostile] }), 'UTC')[1]).not.toMatch(/[\u202e\u001b]/);
    expect(vanished).toBe('In violation then and not now: b.example.');
  });
});
