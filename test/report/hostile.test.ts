import { describe, expect, it } from '@jest/globals';
import { renderCsv, renderViolationsCsv } from '../../src/report/csv.ts';
import { renderDigest } from '../../src/report/digest.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { hostile, HOSTILE_DOMAINS } from './samples.ts';

const digest = renderDigest(hostile, { messageIdDomain: 'audit.example.com' });
const outputs = {
  'digest subject': digest.subject,
  'digest text': digest.text,
  'digest HTML': digest.html,
  'digest attachment': digest.attachments[0]?.content ?? '',
  page: renderHtml(hostile),
  'plain terminal': renderTerminal(hostile, { color: false, width: 80 }),
  CSV: renderCsv(hostile),
  'violations CSV': renderViolationsCsv(hostile),
  JSON: renderJson(hostile),
};

describe.each(Object.entries(outputs))('%s', (_, output) => {
  it('holds no control, bidi or zero-width character', () => {
    expect(output.length).toBeGreaterThan(0);
    expect(output.replace(/\r?\n/g, '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  });
});

// JSON is the record itself: what is in a report stays in it.
it.each(Object.entries(outputs).filter(([kind]) => kind !== 'JSON'))('%s holds no address of a person', (_, output) => {
  expect(output).not.toMatch(/bob@|carol smith|dave@|erin@|victim@/);
});

describe.each([
  ['digest', digest.html],
  ['page', outputs.page],
])('HTML of the %s', (_, html) => {
  it('holds no element or attribute that came from a log', () => {
    const body = html.slice(html.indexOf('<body'));
    const elements = new Set([...body.matchAll(/<([a-z0-9]+)/gi)].map(([, name]) => name));
    for (const name of ['script', 'img', 'svg', 'i', 'u', 'b', 's']) expect(elements).not.toContain(name);
    expect(html).not.toMatch(/<[^>]*\bon\w+=/i);
    expect(html).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
  });

  it('names every domain', () => {
    const known = HOSTILE_DOMAINS.filter((name) => /^[\w+=.-]+$/.test(name) && name.length < 60);
    expect(known.length).toBeGreaterThan(1);
    for (const name of known) expect(html).toContain(name);
  });
});

describe('the coloured terminal', () => {
  it('holds no escape code but the colours of this program', () => {
    const colored = renderTerminal(hostile, { color: true, width: 100 });
    expect(colored).toContain('\u001b[31m');
    const rest = colored.replace(/\u001b\[(?:0|1|2|31|32|33|1;3[123])m/g, '').replaceAll('\n', '');
    expect(rest).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(rest).toContain('red\\u{1b}[31m\\u{9b}2Jscreen.example');
  });
});
