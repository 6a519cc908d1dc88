import { describe, expect, it } from '@jest/globals';
import { renderTerminal } from '../../src/report/terminal.ts';
import { expectGolden } from './golden.ts';
import { domain, fail, huge, report, SAMPLES } from './samples.ts';

const plain = { color: false, width: 80 };
const samples = Object.entries(SAMPLES);

it.each(samples)('%s: 80 columns are as agreed', (name, sample) => {
  expectGolden(`terminal-${name}.txt`, renderTerminal(sample, plain));
});

it('fail: colours are as agreed', () => {
  expectGolden('terminal-fail-color.txt', renderTerminal(fail, { color: true, width: 100 }));
});

it.each([60, 80, 100, 120, 200, 0, Number.NaN])('no line is wider than the screen of %d columns', (width) => {
  const limit = Math.min(120, Math.max(60, width || 60));
  for (const sample of [...Object.values(SAMPLES), huge()]) {
    for (const line of renderTerminal(sample, { color: false, width }).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(limit);
    }
  }
});

it('begins with the verdict', () => {
  expect(renderTerminal(SAMPLES.pass, plain)).toMatch(/^PASS {2}All 733 deliveries to 61 domains were protected/);
  expect(renderTerminal(fail, plain)).toMatch(/^FAIL {2}9 deliveries to 3 domains were sent in plaintext\.\n/);
  expect(renderTerminal(SAMPLES.empty, plain)).toMatch(/^INCONCLUSIVE {2}No data for 2026-11-22\.\n/);
});

it('writes colours only when asked for', () => {
  expect(renderTerminal(fail, plain)).not.toContain('\u001b');
  expect(renderTerminal(fail, { color: true, width: 80 })).toContain('\u001b[1;31mFAIL\u001b[0m');
});

describe('the table', () => {
  it('fills up with few compliant domains and says how many more there are', () => {
    const domains = Array.from({ length: 61 }, (_, index) => domain(`d${index}.example`, { 'TLSv1.2': 1 }));
    const text = renderTerminal(report({ domains }), plain);
    expect(text).toContain('d7.example');
    expect(text).not.toContain('d8.example');
    expect(text).toContain('and 53 more (all compliant; use --format csv for all)');
  });

  it('stops after 20 domains that need a look', () => {
    const domains = Array.from({ length: 61 }, (_, index) => domain(`d${index}.example`, { plaintext: 1 }));
    const text = renderTerminal(report({ domains }), plain);
    expect(text).toContain('d19.example');
    expect(text).not.toContain('d20.example');
    expect(text).toContain('and 41 more (use --format csv for all)');
  });

  it('shows the verified share only where the log states it', () => {
    expect(renderTerminal(fail, plain)).toMatch(/school-district-14\.example .* 67%\n/);
    expect(renderTerminal(SAMPLES.weak, plain)).not.toContain('Verified');
  });
});

it('says what was left out, what is missing and what it rests on', () => {
  const text = renderTerminal(fail, plain);
  expect(text).toContain('520 reception rows (R)');
  expect(text).toContain('EmailLog-2026-11-22.csv.gz, line 1,042: the row has 11 fields, the header');
  expect(text).toContain('EmailLog-2026-11-22.csv.gz: 1,229 rows, dates read day first');
});
