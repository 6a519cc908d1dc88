import { expect, it } from '@jest/globals';
import { renderDigest } from '../../src/report/digest.ts';
import { renderHtml } from '../../src/report/html.ts';
import { openNightly } from './nightly.ts';

it('an address in the name of a log file is neither recorded nor mailed nor logged', async () => {
  using nightly = openNightly('2026-11-23T03:10:00Z');
  nightly.putLog('2026-11-22', [{ 'Date/Time': '2026-11-22T09:00:00Z' }], 600_000, 'bob@secret.example 2026-11-22');
  nightly.putLog('2026-11-22', ['no header'], 600_000, 'ann@secret.example');
  await nightly.run();
  const [recorded] = nightly.read((history) => history.latestRuns('outbound-audit', 1));
  if (recorded === undefined) throw new Error('nothing was recorded');
  const { report } = recorded;
  expect(report.sources.map(({ name }) => name)).toEqual([
    '[address]@secret.example.csv',
    '[address]@secret.example 2026-11-22.csv',
  ]);
  expect(report.rejects.map(({ source }) => source)).toEqual(['[address]@secret.example.csv']);
  const { text, html } = renderDigest(report, { messageIdDomain: 'audit.example' });
  for (const shown of [JSON.stringify(report), text, html, renderHtml(report), nightly.log()]) {
    expect(shown).toContain('secret.example');
    expect(shown).not.toMatch(/\b(bob|ann)\b/);
  }
});
