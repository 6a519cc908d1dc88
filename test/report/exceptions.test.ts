import { describe, expect, it } from '@jest/globals';
import type { ExceptionUse, Report } from '../../src/model/report.ts';
import { renderDigest } from '../../src/report/digest.ts';
import { renderHtml } from '../../src/report/html.ts';
import { subjectOf } from '../../src/report/subject.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { domain, report } from './samples.ts';

/** A night of Nov 22. */
function night(exceptions: readonly Partial<ExceptionUse>[], domains = [domain('legacy.example', { plaintext: 3 })]) {
  const entry = { reason: 'They move', owner: 'Jo', state: 'expired', deliveries: 0, domains: 0 } as const;
  return report({
    verdict: 'fail',
    reasons: ['3 deliveries to 1 domain were sent in plaintext'],
    domains,
    exceptions: exceptions.map((use) => ({ ...entry, domain: 'legacy.example', expires: '2026-11-20', ...use })),
  });
}

const CLEAN = [domain('legacy.example', { 'TLSv1.2': 3 })];

function outputsOf(sample: Report): string[] {
  const { text, html } = renderDigest(sample, { messageIdDomain: 'audit.example.com' });
  const screen = renderTerminal(sample, { color: false, width: 80 });
  return [text, html, screen, renderHtml(sample)].map((output) => output.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '));
}

describe('an exception that ended', () => {
  it('is told at the top while its findings are in the window', () => {
    const sample = night([{}]);
    for (const output of outputsOf(sample)) {
      const place = output.indexOf('The exception for legacy.example ended on Nov 20: 3 violations count again (Jo).');
      expect(place).toBeGreaterThan(0);
      expect(place).toBeLessThan(output.indexOf('They move'));
    }
  });

  it.each<[string, readonly Partial<ExceptionUse>[], string]>([
    ['in the night after its last day', [{ expires: '2026-11-21' }], '1 exception ended; '],
    ['in no later night', [{ expires: '2026-11-20' }], ''],
    ['in no night where it never covered anything', [{ expires: null }], ''],
  ])('stands in the subject %s', (_, exceptions, told) => {
    expect(subjectOf(night(exceptions))).toBe(`FAIL: ${told}1 domain got plaintext mail`);
  });

  it('is told with each finding once, where several entries name it: by the one that covered it last', () => {
    const names = ['legacy.example', 'a.legacy.example', 'b.a.legacy.example'];
    const sample = night(
      [
        { domain: '*.legacy.example', expires: '2026-11-20' },
        { domain: '*.a.legacy.example', expires: '2026-11-20' },
        { domain: 'a.legacy.example', expires: '2026-11-10' },
        { domain: 'b.a.legacy.example', expires: null },
      ],
      names.map((name) => domain(name, { plaintext: 1 })),
    );
    for (const output of outputsOf(sample)) {
      const told = [
        ...output.matchAll(/The exception for (\S+) ended on Nov (\d+): (\d+) violations? of 1 domain counts/g),
      ];
      expect(told.map(([, name]) => name)).toEqual(['*.a.legacy.example', '*.legacy.example']);
      expect(output).not.toContain('The exception for b.a.legacy.example');
      expect(output).not.toContain('The exception for a.legacy.example');
    }
  });

  it.each<[string, ReturnType<typeof night>, string]>([
    [
      'a wildcard, with its domains',
      night(
        [{ domain: '*.school.example' }],
        [
          domain('a.school.example', { plaintext: 1 }),
          domain('b.school.example', { plaintext: 3 }, { excepted: 2 }),
          domain('school.example', { plaintext: 9 }),
        ],
      ),
      'The exception for *.school.example ended on Nov 20: 2 violations of 2 domains count again (Jo).',
    ],
    [
      'the first night after it, also without findings',
      night([{ expires: '2026-11-21' }], CLEAN),
      'ended on Nov 21 (Jo).',
    ],
    [
      'no readable end',
      night([{ expires: null }]),
      'covers nothing, because its expiry cannot be read: 3 violations count',
    ],
  ])('%s', (_, sample, sentence) => {
    for (const output of outputsOf(sample)) expect(output).toContain(sentence);
  });

  it.each<[string, ReturnType<typeof night>]>([
    ['it ended earlier and nothing is in violation', night([{}], CLEAN)],
    ['another one covers its findings', night([{}], [domain('legacy.example', { plaintext: 3 }, { excepted: 3 })])],
    ['it still covers', night([{ state: 'valid', expires: '2026-12-31' }])],
  ])('is not told where %s', (_, sample) => {
    expect(subjectOf(sample)).not.toContain('ended');
    for (const output of outputsOf(sample)) expect(output).not.toContain('The exception for');
  });

  it('is one of the first three, the most findings first', () => {
    const names = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.example`);
    const sample = night(
      names.map((name) => ({ domain: name })),
      names.map((name, index) => domain(name, { plaintext: index + 1 })),
    );
    const [text = ''] = outputsOf(sample);
    const told = [...text.matchAll(/The exception for (\S+) ended/g)].map(([, name]) => name);
    expect(told).toEqual(['e.example', 'd.example', 'c.example']);
    expect(text).toContain('2 more exceptions ended.');
  });
});
