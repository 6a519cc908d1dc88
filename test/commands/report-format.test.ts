import { describe, expect, it } from '@jest/globals';
import { readFormat, REPORT_FORMATS, renderReport } from '../../src/commands/report-format.ts';
import { assess } from '../../src/judge/assessment.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import { packageVersion } from '../../src/support/package-info.ts';
import { tallyOf } from '../judge/rows.ts';

describe('--format and --json', () => {
  it.each([
    [{}, 'text'],
    [{ format: 'text' }, 'text'],
    [{ format: 'csv' }, 'csv'],
    [{ format: 'html' }, 'html'],
    [{ format: 'json' }, 'json'],
    [{ json: true }, 'json'],
    [{ json: true, format: 'json' }, 'json'],
    [{ json: false }, 'text'],
  ])('%j is %s', (options, format) => {
    expect(readFormat(options)).toBe(format);
  });

  it.each([
    [{ format: 'xml' }, '--format "xml" is not a format'],
    [{ format: '' }, '--format "" is not a format'],
    [{ format: 'JSON' }, '--format "JSON" is not a format'],
    [{ json: true, format: 'csv' }, '--json and --format csv ask for two formats'],
  ])('%j is a usage error', (options, message) => {
    expect(() => readFormat(options)).toThrow(
      expect.objectContaining({ name: 'UsageError', exitCode: 2, message, remedy: expect.any(String) }),
    );
  });
});

describe('renderReport', () => {
  const report = assess({
    policy: DEFAULT_POLICY,
    window: { from: '2026-11-03T00:00:00.000Z', to: '2026-11-04T00:00:00.000Z' },
    tally: tallyOf([{ tlsCipher: ':' }]),
    sources: [{ name: 'a.csv', sha256: '00', rows: 1, dateOrder: 'unambiguous' }],
    rejected: 0,
    duplicates: 0,
    rejects: [],
    gaps: [],
    failures: [],
    notes: [],
  });

  it.each(REPORT_FORMATS)('as %s names the domain and ends its last line', (format) => {
    const text = renderReport(report, format, { color: false, width: 80 });
    expect(text).toContain('acme.example');
    expect(text).toMatch(/\n$/);
  });

  it('as json is the report and the program that shows it, and nothing else', () => {
    expect(JSON.parse(renderReport(report, 'json', { color: true, width: 80 }))).toEqual({
      ...report,
      program: `tls-audit ${packageVersion}`,
    });
  });

  it.each([
    ['html', /^<!doctype html>/i],
    ['csv', /domain/i],
    ['text', /FAIL/],
  ] as const)('as %s is what it says', (format, begins) => {
    expect(renderReport(report, format, { color: false, width: 80 })).toMatch(begins);
  });
});
