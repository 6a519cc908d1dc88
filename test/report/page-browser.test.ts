import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Report } from '../../src/model/report.ts';
import { renderHtml } from '../../src/report/html.ts';
import { describeWithChromium, LOOPBACK_ONLY } from '../support/chromium.ts';
import { domain, empty, fail, hostile, huge, report, SAMPLES } from './samples.ts';

// The page's own script in a real browser, from disk, under the page's own policy.

let folder: string;
let browser: Browser;

/** Opens the page from disk; what the browser complains about is collected. */
async function open(report: Report): Promise<{ page: Page; complaints: string[] }> {
  const path = join(folder, 'page.html');
  writeFileSync(path, renderHtml(report));
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(path).href) complaints.push(`requests ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(pathToFileURL(path).href);
  return { page, complaints };
}

async function visibleNames(page: Page): Promise<string[]> {
  return page.locator('#domains-table tbody tr:visible th').allTextContents();
}

describeWithChromium('the page in a browser', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tls-audit-page-'));
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-quic', LOOPBACK_ONLY],
    });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('finds domains by any of their words, and says how many', async () => {
    const { page, complaints } = await open(fail);
    await page.getByLabel('Search domains').fill('EXAMPLE violation');
    expect(await visibleNames(page)).toEqual([
      'mail.acme-industries.example',
      'old-insurance.example',
      'school-district-14.example',
      'partner.example',
    ]);
    expect(await page.locator('output').textContent()).toBe('4 of 45 found');
    await page.getByLabel('Search domains').fill('');
    expect(await visibleNames(page)).toHaveLength(45);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it.each(['münchen', 'MÜNCH', 'mu\u0308nchen.example', 'xn--mnchen'])('finds a domain by %s', async (words) => {
    const domains = [domain('other.example', { 'TLSv1.3': 1 }), domain('xn--mnchen-3ya.example', { 'TLSv1.3': 1 })];
    const { page, complaints } = await open(report({ domains }));
    await page.getByLabel('Search domains').fill(words);
    expect(await visibleNames(page)).toEqual(['xn--mnchen-3ya.example']);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('sorts by numbers as numbers and by names as names, both ways, and says which', async () => {
    const { page } = await open(fail);
    const head = page.locator('#domains-table thead th', { hasText: 'Deliveries' });
    await head.getByRole('button').click();
    expect((await visibleNames(page))[0]).toBe('partner.example');
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    await head.getByRole('button').press('Enter');
    expect((await visibleNames(page))[0]).toBe('old-insurance.example');
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    await page.locator('#domains-table thead th', { hasText: 'Domain' }).getByRole('button').click();
    const names = await visibleNames(page);
    expect(names).toEqual(names.toSorted());
    expect(await head.getAttribute('aria-sort')).toBeNull();
    await page.close();
  });

  it('hides its tools in print and shows every row', async () => {
    const { page } = await open(fail);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.tools').isVisible()).toBe(false);
    expect(await visibleNames(page)).toHaveLength(45);
    await page.close();
  });

  it('runs nothing that came from a log', async () => {
    const { page, complaints } = await open(hostile);
    await page.getByLabel('Search domains').fill('<img');
    expect(await visibleNames(page)).toEqual(['"><img src=x onerror=alert(1)>']);
    await page.locator('#domains-table thead th').first().getByRole('button').click();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('searches and sorts 10,000 domains, and lays out no more of them than somebody asks for', async () => {
    const { page, complaints } = await open(huge());
    const more = page.getByRole('button', { name: / more \(/ });
    expect(await visibleNames(page)).toHaveLength(500);
    expect(await more.textContent()).toBe('Show 500 more (500 of 10,000 shown)');
    await more.click();
    expect(await visibleNames(page)).toHaveLength(1000);
    await page.getByLabel('Search domains').fill('0999');
    expect(await page.locator('output').textContent()).toBe('11 of 10,000 found');
    expect(await visibleNames(page)).toHaveLength(11);
    expect(await more.isVisible()).toBe(false);
    await page.getByLabel('Search domains').fill('violation');
    expect(await page.locator('output').textContent()).toBe('3,000 of 10,000 found');
    await page.getByLabel('Search domains').fill('');
    await page.locator('#domains-table thead th').first().getByRole('button').click();
    const names = await visibleNames(page);
    expect(names).toHaveLength(500);
    expect(names[0]).toBe('00000.example');
    expect(names).toEqual(names.toSorted());
    await page.emulateMedia({ media: 'print' });
    expect(await visibleNames(page)).toHaveLength(10_000);
    expect(await more.isVisible()).toBe(false);
    expect(complaints).toEqual([]);
    await page.close();
  }, 60_000);

  it('searches servers and senders of received mail each by themselves', async () => {
    const { page, complaints } = await open(SAMPLES.inbound);
    const senders = page.locator('#senders-table tbody tr:visible th');
    const count = (await senders.all()).length;
    const [first = ''] = await senders.allTextContents();
    await page.getByLabel('Search server domains').fill('nothing like it');
    expect(await visibleNames(page)).toEqual([]);
    expect(await senders.all()).toHaveLength(count);
    await page.getByLabel('Search sender domains').fill(first);
    expect(await senders.allTextContents()).toContain(first);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it.each([
    ['one domain', report({ domains: [domain('only.example', { 'TLSv1.3': 1 })], days: (fail.days ?? []).slice(-1) })],
    ['none', empty],
  ])('is whole with %s', async (_, sample) => {
    const { page, complaints } = await open(sample);
    expect(await visibleNames(page)).toEqual(sample.domains.map(({ domain: name }) => name));
    // Nothing is drawn outside of its picture.
    const pictures = await page.evaluate(`[...document.querySelectorAll('svg')].map((svg) => {
      const frame = svg.getBoundingClientRect();
      return frame.width > 50 && [...svg.querySelectorAll('rect, text')].every((mark) => {
        const box = mark.getBoundingClientRect();
        return box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
      });
    })`);
    expect(pictures).toEqual(sample.days === undefined ? [] : [true, true]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('prints to paper, every page of it', async () => {
    const { page, complaints } = await open(fail);
    await page.getByLabel('Search domains').fill('nothing like it');
    await page.emulateMedia({ media: 'print' });
    // What is searched for on the screen is no reason to leave rows out on paper.
    expect(await visibleNames(page)).toHaveLength(45);
    const pdf = await page.pdf({ format: 'A4', landscape: true });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect((pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? []).length).toBeGreaterThan(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('is no wider than a phone, and neither are its tables', async () => {
    const { page } = await open(fail);
    await page.setViewportSize({ width: 320, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    const wider = await page.evaluate(`[...document.querySelectorAll('.scroll:has(table):not(details *)')]
      .filter((frame) => frame.scrollWidth > frame.clientWidth).map((frame) => frame.getAttribute('aria-label'))`);
    expect(wider).toEqual([]);
    const broken = await page.evaluate(
      `[...document.querySelectorAll('span.fixed')].map((moment) => moment.getClientRects().length)`,
    );
    expect(broken).toEqual([1, 1]);
    // A row that a search hides stays hidden where rows are no table rows.
    await page.getByLabel('Search domains').fill('acme');
    expect(await visibleNames(page)).toEqual(['mail.acme-industries.example']);
    await page.close();
  });

  it.each(Object.entries({ fail, hostile, excepted: SAMPLES.excepted, inbound: SAMPLES.inbound }))(
    'has no table wider than its frame on tablets and screens: %s',
    async (_, sample) => {
      const { page } = await open(sample);
      await page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })");
      for (const width of [641, 768, 1000, 1200, 1201, 1280, 1600]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        const wider = await page.evaluate(`[...document.querySelectorAll('.scroll:has(table)')]
          .filter((frame) => frame.scrollWidth > frame.clientWidth).map((frame) => frame.getAttribute('aria-label'))`);
        expect({ width, wider }).toEqual({ width, wider: [] });
      }
      await page.close();
    },
  );

  it.each([320, 1280])('shows the newest nights first, %d pixels wide', async (width) => {
    const days = Array.from({ length: 365 }, (_, index) => {
      const [night = fail.days![0]!] = fail.days!.slice(-1);
      return { ...night, day: new Date(Date.parse('2025-11-23') + index * 86_400_000).toISOString().slice(0, 10) };
    });
    for (const sample of [fail, { ...fail, days }]) {
      const { page } = await open(sample);
      await page.setViewportSize({ width, height: 800 });
      const newest = await page.evaluate(`[...document.querySelectorAll('.chart')].map((chart) => {
        const frame = chart.querySelector('.scroll').getBoundingClientRect();
        const marks = [...chart.querySelectorAll('rect')].map((mark) => mark.getBoundingClientRect());
        const last = Math.max(...marks.map(({ right }) => right));
        return last <= frame.right && last > frame.left + 20 && Math.max(...marks.map(({ width }) => width)) > 2;
      })`);
      expect(newest).toEqual([true, true]);
      const lefts: unknown = await page.evaluate(`[...document.querySelectorAll('.chart .scroll')].map((frame) => {
        frame.scrollTo(-100_000, 0);
        return frame.querySelector('svg').getBoundingClientRect().left - frame.getBoundingClientRect().left;
      })`);
      // The oldest nights can be reached.
      expect(lefts).toEqual([expect.any(Number), expect.any(Number)]);
      expect(Math.min(...(lefts as number[]))).toBeGreaterThanOrEqual(0);
      await page.close();
    }
  });

  it.each([320, 1280])(
    'keeps what stands below 10,000 domains within reach, %d pixels wide',
    async (width) => {
      const { page } = await open({
        ...huge(),
        advice: fail.advice!,
        failures: [],
        notes: [],
        rejects: [],
        exceptions: [],
      });
      await page.setViewportSize({ width, height: 800 });
      const table = page.locator('.scroll:has(#domains-table)');
      for (const frame of [table, page.locator('.scroll:has(.findings)')]) {
        expect((await frame.boundingBox())?.height).toBeLessThanOrEqual(800);
      }
      await page.emulateMedia({ media: 'print' });
      expect((await table.boundingBox())?.height).toBeGreaterThan(100_000);
      await page.close();
    },
    60_000,
  );
});
