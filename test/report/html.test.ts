import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { renderHtml } from '../../src/report/html.ts';
import { DARK_COLORS, LIGHT_COLORS } from '../../src/report/palette.ts';
import { expectGolden } from './golden.ts';
import { htmlMistakes } from './html-check.ts';
import { domain, fail, huge, report, SAMPLES } from './samples.ts';

const samples = Object.entries(SAMPLES);

it.each(samples)('%s: the page is as agreed', (name, sample) => {
  expectGolden(`page-${name}.html`, renderHtml(sample));
});

it.each(samples)('%s: the page passes the checker', async (_, sample) => {
  expect(await htmlMistakes(renderHtml(sample), 'page')).toEqual([]);
});

it('needs nothing else: no request, and its policy admits only its own style and script', () => {
  const html = renderHtml(fail);
  expect(html).not.toMatch(/<(link|img|iframe|object)\b|\bsrc=|url\(|@import|style="/i);
  for (const [, target] of html.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#/);
  const style = /<style>([^]*?)<\/style>/.exec(html)?.[1] ?? '';
  const script = /<script>([^]*?)<\/script>/.exec(html)?.[1] ?? '';
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval|fetch|XMLHttp|import\(/);
  const [styleHash, scriptHash] = [style, script].map((text) => createHash('sha256').update(text).digest('base64'));
  expect(html).toContain(
    `content="default-src 'none'; style-src 'sha256-${styleHash ?? ''}'; script-src 'sha256-${scriptHash ?? ''}'; base-uri 'none'; form-action 'none'"`,
  );
});

it('has a row for one domain', () => {
  const html = renderHtml(report({ domains: [domain('only.example', { 'TLSv1.3': 1 })] }));
  expect(html).toContain('The 1 delivery to 1 domain was protected by TLS 1.2 or better.');
  expect(html).toContain('Domains, worst first (1)');
  expect(html.match(/<th scope="row">only\.example<\/th>/g)).toHaveLength(1);
});

it('has a row for each of 10,000 domains', () => {
  const html = renderHtml(huge());
  const rows = html.slice(html.indexOf('<table id="domains-table"')).split('</table>')[0] ?? '';
  expect(rows.match(/<th scope="row">\d{5}\.example<\/th>/g)).toHaveLength(10_000);
  expect(html).toContain('Domains, worst first (10,000)');
});

it('shows the evidence: SHA-256 of every source, how dates were read, policy, run', () => {
  const html = renderHtml(fail);
  for (const { sha256, name } of fail.sources) {
    expect(html).toContain(sha256);
    expect(html).toContain(name);
  }
  expect(html).toContain('dates read day first');
  expect(html).toContain('<strong>TLS 1.2 or better</strong>');
  expect(html).toContain('tls-audit 0.1.0, job outbound-audit, run 41, started 2026-11-23 02:00 UTC');
});

it.each([
  ['light', LIGHT_COLORS],
  ['dark', DARK_COLORS],
])('%s: every text colour has a contrast of at least 4.5:1 with page and card', (_, colors) => {
  for (const text of [colors.text, colors.muted, colors.pass, colors.fail, colors.inconclusive]) {
    for (const ground of [colors.page, colors.card]) expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5);
  }
});

it('lists the worst of thousands of findings, and says where the others stand', () => {
  const html = renderHtml(huge());
  const [table = '', after = ''] = (/<h2 id="findings">[^]*/.exec(html)?.[0] ?? '').split('</table>', 2);
  expect(table.match(/<tr>/g)).toHaveLength(201);
  expect(table).toContain('00199.example');
  expect(after).toContain('and 9,800 more (see the table of domains; the report as JSON lists all)');
  expect(html).toContain("setAttribute('aria-live', 'polite')");
});

/** Contrast ratio by WCAG 2.2. */
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
