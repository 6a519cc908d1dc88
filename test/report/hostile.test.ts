import { describe, expect, it } from '@jest/globals';
import { renderAlert, renderRecovery } from '../../src/report/alert.ts';
import { renderCsv, renderViolationsCsv } from '../../src/report/csv.ts';
import { renderDigest } from '../../src/report/digest.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import type { Report } from '../../src/model/report.ts';
import { hostile, HOSTILE_DOMAINS } from './samples.ts';

const digest = renderDigest(hostile, { messageIdDomain: 'audit.example.com' });
const TROUBLE = {
  job: '<b>job</b>\u001b[2J',
  since: new Date('2026-11-22T02:00:00Z'),
  failures: 2,
  reason:
    '550 <bob@example.com> "carol smith"@example.org\r\nBcc: victim@example.com\u001b[2J\u202e<script>alert(1)</script>',
  alerts: 0,
  alertedAt: null,
};
const FRAME = { messageIdDomain: 'x.example\r\nBcc: y@example.com', version: '<0.1>', zone: 'UTC' };
const at = new Date('2026-11-23T02:00:00Z');
const alert = renderAlert(TROUBLE, { at, isChore: false, remedy: TROUBLE.reason, left: undefined }, FRAME);
const recovery = renderRecovery(TROUBLE, { at, isChore: false }, FRAME);
const ranged = { ...hostile, run: undefined } as unknown as Report;

it.each(Object.entries({ digest, alert, recovery }))('%s: no header can start another one', (_, mail) => {
  for (const value of [mail.subject, mail.messageId, ...Object.values(mail.headers)]) {
    expect(value).toMatch(/^[\x20-\x7e]+$/);
  }
  for (const { filename } of mail.attachments) expect(filename).toMatch(/^[a-z0-9.-]+$/);
});

const outputs = {
  'alert text': alert.text,
  'alert HTML': alert.html,
  'recovery text': recovery.text,
  'recovery HTML': recovery.html,
  'page of a range': renderHtml(ranged),
  'page in a zone': renderHtml(hostile, 'Asia/Kolkata'),
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
