import { describe, expect, it } from '@jest/globals';
import type { Undelivered } from '../../src/model/outbox.ts';
import { renderDigest } from '../../src/report/digest.ts';
import { reportOf } from '../record/fixtures.ts';
import { huge } from './samples.ts';

const REPORT = reportOf({ id: 'r9', from: '2026-11-21T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z' });

function undelivered(changes: Partial<Undelivered> = {}): Undelivered {
  return {
    messageId: 'r1@audit.example',
    kind: 'digest',
    runId: 'r1',
    subject: 'FAIL: 3 domains got plaintext mail (Nov 19)',
    text: 'Three domains.\n',
    createdAt: new Date('2026-11-20T05:30:00Z'),
    why: 'late',
    domains: ['admins.example'],
    response: 'the connection was refused',
    ...changes,
  };
}

function digestOf(mails: readonly Undelivered[], attachViolations = true) {
  return renderDigest(REPORT, { messageIdDomain: 'audit.example', undelivered: mails, attachViolations });
}

describe('a digest that tells of mails that were not delivered', () => {
  it('names each in text and HTML, why, and attaches what it said', () => {
    const { text, html, attachments, subject } = digestOf([
      undelivered(),
      undelivered({ why: 'refused', domains: ['other.example'], response: '550 <b@other.example> unknown' }),
    ]);
    expect(subject).toMatch(/^PASS/);
    const flat = text.replaceAll(/\s+/g, ' ');
    expect(flat).toContain('EARLIER MAILS THAT COULD NOT BE DELIVERED (2 MAILS)');
    expect(flat).toContain('FAIL: 3 domains got plaintext mail (Nov 19) (2026-11-20 05:30 UTC)');
    expect(flat).toContain('too late, or not at all, for recipients at admins.example: the connection was refused');
    expect(flat).toContain('Refused for good for recipients at other.example: 550');
    expect(html).toContain('3 domains got plaintext mail (Nov 19)');
    for (const part of [text, html]) expect(part).not.toContain('b@other.example');
    expect(attachments).toEqual([
      {
        filename: 'undelivered-2026-11-20-1.txt',
        contentType: 'text/plain; charset=utf-8',
        content:
          'FAIL: 3 domains got plaintext mail (Nov 19)\nThe mail server said: the connection was refused\n\nThree domains.\n',
      },
      expect.objectContaining({ filename: 'undelivered-2026-11-20-2.txt' }),
    ]);
  });

  it('tells the beginning of a long answer and attaches all of it', () => {
    const response = `421 ${'the greylist says to come back later, '.repeat(12)}please`;
    const { text, attachments } = digestOf([undelivered({ response })]);
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(/(the|greylist|says|to|come|back|later)… -/);
    expect(attachments[0]?.content).toContain(`The mail server said: ${response}\n`);
  });

  it('attaches them also where violations are not to be attached, and lists at most 15', () => {
    const { attachments, text } = digestOf(
      Array.from({ length: 18 }, () => undelivered()),
      false,
    );
    expect(attachments).toHaveLength(15);
    expect(text).toContain('and 3 more');
  });

  it('stays below 100 kB whatever the servers said', () => {
    const response = '&<>"\''.repeat(500);
    const mails = Array.from({ length: 15 }, () => undelivered({ response, domains: Array<string>(9).fill(response) }));
    const { text, html, attachments } = renderDigest(huge(), { messageIdDomain: 'audit.example', undelivered: mails });
    expect(Buffer.byteLength(text) + Buffer.byteLength(html)).toBeLessThan(84_000);
    expect(text).toContain('EARLIER MAILS THAT COULD NOT BE DELIVERED (15 MAILS)');
    expect(attachments).toHaveLength(16);
  });

  it('is the same mail as ever where there are none', () => {
    expect(digestOf([])).toEqual(renderDigest(REPORT, { messageIdDomain: 'audit.example' }));
  });
});
