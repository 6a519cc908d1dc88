import { describe, expect, it } from '@jest/globals';
import { renderDigest } from '../../src/report/digest.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { composeMessage } from '../../src/deliver/message.ts';
import { expectGolden } from './golden.ts';
import { htmlMistakes } from './html-check.ts';
import { JUDGED_BEFORE, domain, fail, hostile, huge, report, SAMPLES } from './samples.ts';

const context = { messageIdDomain: 'audit.example.com' };
const samples = Object.entries(SAMPLES);

/** The words of an HTML mail as a reader sees them, one blank between them. */
function wordsOfHtml(html: string): string {
  const body = html.slice(html.indexOf('<body'));
  return body
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, ' ')
    .trim();
}

function namesAndNumbers(words: string): string[] {
  return [...words.matchAll(/[\w-]+(?:\.[\w-]+)*\.example|\d[\d,]*/g)].map(([match]) => match).sort();
}

describe('the digest', () => {
  it.each(samples)('%s: text and HTML are as agreed', (name, sample) => {
    const digest = renderDigest(sample, context);
    expectGolden(`digest-${name}.txt`, `${digest.subject}\n\n${digest.text}`);
    expectGolden(`digest-${name}.html`, digest.html);
  });

  it.each(samples)('%s: HTML passes the checker', async (_, sample) => {
    expect(await htmlMistakes(renderDigest(sample, context).html, 'mail')).toEqual([]);
  });

  it.each(samples.filter(([name]) => name !== 'hostile'))(
    '%s: text and HTML name the same domains and numbers',
    (_, sample) => {
      const { text, html } = renderDigest(sample, context);
      const inText = namesAndNumbers(text);
      expect(inText.length).toBeGreaterThan(5);
      expect(namesAndNumbers(wordsOfHtml(html))).toEqual(inText);
    },
  );

  it('names every violating domain with its count, protocols and change, worst first', () => {
    const { text } = renderDigest(fail, context);
    const acme = text.indexOf('mail.acme-industries.example (6 of 7 deliveries in plaintext since Nov 22,');
    const insurance = text.indexOf(
      'old-insurance.example (since Nov 18, 4 nights)\n    in violation 2 of 2: 2 plaintext',
    );
    expect(acme).toBeGreaterThan(0);
    expect(insurance).toBeGreaterThan(acme);
    expect(text).toContain('customer-007.example: was in violation from Nov 12, 9 nights');
    expect(text).not.toContain('customer-008.example');
  });

  it('puts what lost its protection above everything else, and tells it once', () => {
    const { text } = renderDigest(fail, context);
    const order = ['DOWNGRADES: LOST TLS (1)', 'DOMAINS NEWLY IN VIOLATION (1)', 'OTHER DOMAINS IN VIOLATION (2)'];
    const places = order.map((heading) => text.indexOf(heading));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const name of ['mail.acme-industries.example', 'school-district-14.example']) {
      expect(text.split(name)).toHaveLength(2);
    }
  });

  it('draws the last nights without an image, and says in a sentence what they show', () => {
    const { text, html } = renderDigest(fail, context);
    const sentence = '30 nights: 2 with violations, at most 13 a night, 2 in doubt, 3 without data.';
    expect(text.replace(/\s+/g, ' ')).toContain(sentence);
    expect(wordsOfHtml(html)).toContain(sentence);
    expect(text).toContain('Oct 24 [....   .....?....?.......#...#] Nov 22');
    expect(renderDigest(SAMPLES.weak, context).text).not.toContain('without data');
  });

  it('calls a run without an earlier one a baseline', () => {
    expect(renderDigest(SAMPLES.weak, context).text).toContain('a baseline');
    expect(renderDigest(fail, context).text).not.toContain('baseline');
  });

  it('announces at once which exception ends within the week, and who answers for it', () => {
    const { text, html } = renderDigest(SAMPLES.excepted, context);
    for (const shown of [text.replace(/\s+/g, ' '), wordsOfHtml(html)]) {
      expect(shown).toContain('The exception for old-insurance.example ends after Nov 27 (Jo Bell, integration team).');
    }
    expect(text).not.toContain('The exception for y.example');
  });

  it('names the hash that the run is recorded under', () => {
    const { text, html } = renderDigest(fail, context);
    const hash = fail.evidence?.[0]?.hash ?? '?';
    for (const shown of [text, html]) expect(shown).toContain(hash);
  });

  it('keeps the lines of the text short', () => {
    for (const [, sample] of samples) {
      for (const line of renderDigest(sample, context).text.split('\n')) expect(line.length).toBeLessThanOrEqual(76);
    }
  });

  it('fetches nothing', () => {
    for (const [, sample] of samples) {
      expect(renderDigest(sample, context).html).not.toMatch(
        /<(img|svg|link|script|iframe|object)\b|<[^>]*\b(src|href)=|url\(|@import|data:/i,
      );
    }
  });

  it('attaches the violating and unrecognised domains, and nothing when there is none', () => {
    const [attachment, ...others] = renderDigest(fail, context).attachments;
    expect(others).toEqual([]);
    expect(attachment?.filename).toBe('tls-audit-violations-2026-11-22.csv');
    expect(attachment?.contentType).toBe('text/csv; charset=utf-8');
    const domains = attachment?.content
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.split(',')[0]);
    expect(domains).toEqual([
      'mail.acme-industries.example',
      'old-insurance.example',
      'school-district-14.example',
      'partner.example',
      'odd-gateway.example',
    ]);
    expect(renderDigest(SAMPLES.pass, context).attachments).toEqual([]);
  });
});

describe('the head of the digest', () => {
  it('says what is wrong before what was said of it earlier', () => {
    const again = { ...fail, judgedBefore: [JUDGED_BEFORE] };
    const { text } = renderDigest(again, context);
    const places = [...fail.reasons.slice(1, 2), 'Replaces the result', 'Against what was told before'].map((words) =>
      text.replace(/\s+/g, ' ').indexOf(words.slice(0, 20)),
    );
    expect(places.filter((place) => place < 0)).toEqual([]);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('names days that nobody can audit any more', () => {
    const { text } = renderDigest({ ...fail, unauditedBefore: 21 }, context);
    expect(text.slice(0, text.indexOf('DOWNGRADES'))).toContain('21 earlier days without complete data');
  });
});

describe('the headers of the digest', () => {
  it('say that a machine wrote it', () => {
    expect(renderDigest(fail, context).headers).toMatchObject({
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'List-Id': 'tls-audit <tls-audit.audit.example.com>',
    });
  });

  it('keep mails about the same findings of a job in one conversation', () => {
    const threadOf = (sample: typeof fail): string => {
      const { headers } = renderDigest(sample, context);
      expect(headers['In-Reply-To']).toBe(headers['References']);
      return headers['References'] ?? '';
    };
    const { run } = fail;
    if (run === undefined) throw new Error('the sample has a run');
    const [worst, ...others] = fail.domains;
    const indexOf = (sample: typeof fail) => renderDigest(sample, context).headers['Thread-Index'] ?? '';
    expect(Buffer.from(indexOf(fail), 'base64')).toHaveLength(22);
    expect(indexOf({ ...fail, domains: [...fail.domains].reverse() })).toBe(indexOf(fail));
    expect(indexOf({ ...fail, domains: fail.domains.slice(1) })).not.toBe(indexOf(fail));
    expect(threadOf(fail)).toMatch(/^<findings\.[0-9a-f]{32}\.tls-audit@audit\.example\.com>$/);
    const nextNight = { ...fail, run: { ...run, id: '42' }, domains: [...others, worst!], reasons: [] };
    expect(threadOf(nextNight)).toBe(threadOf(fail));
    expect(threadOf({ ...fail, domains: others })).not.toBe(threadOf(fail));
    expect(threadOf({ ...fail, run: { ...run, job: 'inbound-audit' } })).not.toBe(threadOf(fail));
  });

  it('give the same Message-ID to the same run and another one to another run', () => {
    const { run } = fail;
    if (run === undefined) throw new Error('the sample has a run');
    const { messageId } = renderDigest(fail, context);
    expect(messageId).toBe('41.outbound-audit.tls-audit@audit.example.com');
    expect(renderDigest({ ...fail, reasons: ['worded anew'] }, context).messageId).toBe(messageId);
    expect(renderDigest({ ...fail, run: { ...run, id: '42' } }, context).messageId).not.toBe(messageId);
    expect(renderDigest({ ...fail, run: { ...run, job: 'inbound-audit' } }, context).messageId).not.toBe(messageId);
  });

  it('hold nothing that could start another header', () => {
    const digest = renderDigest(hostile, { messageIdDomain: 'x.example\r\nBcc: y@example.com' });
    expect(digest.messageId).toMatch(/^[A-Za-z0-9.-]+@[A-Za-z0-9.-]+$/);
    expect(digest.headers['References']).toMatch(/^<[A-Za-z0-9.-]+@[A-Za-z0-9.-]+>$/);
    for (const value of [digest.subject, ...Object.values(digest.headers)]) expect(value).toMatch(/^[\x20-\x7e]+$/);
  });
});

describe('long notes and reasons', () => {
  const words = Array.from({ length: 70 }, (_, index) => `word${index}`).join(' ');
  const sample = report({
    verdict: 'inconclusive',
    domains: [domain('a.example', { 'TLSv1.2': 1 })],
    reasons: [`a.csv could not be read: ${words}`],
    failures: [{ source: 'a.csv', reason: words }],
    notes: [`Note: ${words}.`],
  });

  it('stand whole in the mail, on the screen and on the page', () => {
    const { text, html } = renderDigest(sample, context);
    const screen = renderTerminal(sample, { color: false, width: 80 });
    for (const output of [text, html, screen, renderHtml(sample)]) {
      const flat = output.replace(/\s+/g, ' ');
      expect(flat.split(words)).toHaveLength(4);
      expect(flat).not.toContain('…');
    }
  });

  it('end after a word where the mail would be too large, before any domain is left out', () => {
    const notes = Array.from({ length: 40 }, (_, index) => `${index}: ${'<&> '.repeat(249)}LAST`);
    const domains = Array.from({ length: 30 }, (_, index) => domain(`d${index}.example`, { plaintext: 1 }));
    const { text, html } = renderDigest(
      {
        ...sample,
        verdict: 'fail',
        domains,
        reasons: notes,
        failures: notes.map((reason) => ({ source: 'a', reason })),
        notes,
      },
      context,
    );
    expect(Buffer.byteLength(text) + Buffer.byteLength(html)).toBeLessThan(84_000);
    expect(text).toContain('<&>…');
    expect(text).not.toContain('LAST');
    expect(text).toContain('d29.example');
  });
});

describe('the size of the digest', () => {
  it.each([
    ['short names', undefined],
    ['long names of markup', (index: number) => `${'<&>"\''.repeat(60)}${index}.example`],
    ['long names of control characters', (index: number) => `${'\u0000\u202e'.repeat(60)}${index}.example`],
  ])('stays below 100 kB, text and HTML together, with 10,000 domains: %s', (_, name) => {
    const { html, text } = renderDigest(huge(name), context);
    expect(Buffer.byteLength(html) + Buffer.byteLength(text)).toBeLessThan(100_000);
  });

  it.each([
    ['short names', undefined],
    ['long names of markup', (index: number) => `${'<&>"\''.repeat(60)}${index}.example`],
  ])('stays below 100 kB as it is sent, headers and encoding included: %s', async (_, name) => {
    const digest = renderDigest({ ...huge(name), days: fail.days ?? [] }, context);
    const settings = { from: 'a@example.com', to: ['b@example.com'], date: new Date(0) };
    expect(digest.attachments).not.toEqual([]);
    const message = await composeMessage({ ...digest, attachments: [] }, settings);
    expect(message.length).toBeLessThan(100_000);
  });

  it.each([
    ['accented letters', 'é'],
    ['Japanese', '漢'],
    ['emoji', '🔒'],
    ['punctuation', '&='],
  ])('stays below 100 kB as it is sent, whatever exceptions and notes are written in: %s', async (_, character) => {
    const domains = Array.from({ length: 30 }, (_entry, index) => domain(`d${index}.example`, { plaintext: 1 }));
    const settings = { from: 'a@example.com', to: ['b@example.com'], date: new Date(0) };
    for (let length = 100; length <= 1000; length += 100) {
      const words = character.repeat(length);
      const exceptions = domains.map((_entry, index) => ({
        ...{ domain: `e${index}.example`, reason: words, owner: words, deliveries: 1, domains: 1 },
        ...{ expires: '2026-11-24', state: index % 3 === 0 ? ('expired' as const) : ('expiring' as const) },
      }));
      const sample = report({ verdict: 'fail', domains, exceptions, notes: [words, words] });
      const digest = renderDigest({ ...sample, days: fail.days ?? [] }, context);
      const message = await composeMessage({ ...digest, attachments: [] }, settings);
      expect(message.length).toBeLessThan(100_000);
    }
  });

  it('is capped at 30 domains and says how many more are attached', () => {
    const domains = Array.from({ length: 71 }, (_, index) => domain(`d${index}.example`, { plaintext: 1 }));
    const sample = report({ verdict: 'fail', reasons: ['71 deliveries'], domains });
    const { text, html, attachments } = renderDigest(sample, context);
    for (const shown of [text, html]) {
      expect(shown).toContain('d29.example');
      expect(shown).not.toContain('d30.example');
      expect(shown).toContain('and 41 more, see the attachment');
    }
    expect(attachments[0]?.content).toContain('d70.example');
  });
});
