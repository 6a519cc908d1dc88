import { describe, expect, it } from '@jest/globals';
import { composeMessage, envelopeOf } from '../../src/deliver/message.ts';
import type { DigestMail } from '../../src/model/ports.ts';
import { clock, sampleMail } from './sample-mail.ts';

const settings = { from: 'TLS audit <audit@example.com>', to: ['admin@example.com'], date: clock.now() };

async function compose(changes: Partial<DigestMail> = {}): Promise<string> {
  return (await composeMessage(sampleMail(changes), settings)).toString('latin1');
}

function headersOf(message: string): string[] {
  const [head = ''] = message.split('\r\n\r\n');
  return head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
}

describe('composeMessage', () => {
  it('writes the headers of the mail', async () => {
    const message = await compose();
    expect(headersOf(message)).toEqual(
      expect.arrayContaining([
        'From: TLS audit <audit@example.com>',
        'To: admin@example.com',
        'Subject: FAIL: 3 domains got plaintext mail (Nov 22)',
        'Message-ID: <run-1234.outbound-audit@audit.example.com>',
        'Date: Mon, 23 Nov 2026 05:30:00 +0000',
        'Auto-Submitted: auto-generated',
        'X-Auto-Response-Suppress: All',
        'MIME-Version: 1.0',
      ]),
    );
  });

  it('carries text and HTML as alternatives, and the attachment', async () => {
    const message = await compose();
    expect(message).toMatch(/Content-Type: multipart\/mixed/);
    expect(message).toMatch(/Content-Type: multipart\/alternative/);
    expect(message.indexOf('Content-Type: text/plain; charset=utf-8')).toBeGreaterThan(0);
    expect(message.indexOf('Content-Type: text/html; charset=utf-8')).toBeGreaterThan(message.indexOf('text/plain'));
    expect(message).toContain('Content-Disposition: attachment; filename=violations.csv');
    const attachment = /filename=violations\.csv\r\n\r\n([A-Za-z0-9+/=\r\n]+?)\r\n--/.exec(message)?.[1] ?? '';
    expect(Buffer.from(attachment, 'base64').toString('utf8')).toBe('domain\r\nbücher.example\r\n');
  });

  it('is seven-bit text in lines of at most 998 bytes, ended by CRLF', async () => {
    const message = await compose({ text: 'ü'.repeat(5000), html: `<p>${'x'.repeat(5000)}</p>` });
    expect(message.replaceAll('\r\n', '')).toMatch(/^[\t\x20-\x7e]*$/);
    expect(Math.max(...message.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });

  it('gives the same bytes for the same mail, and other boundaries for another', async () => {
    const boundary = (message: string) => /boundary="([^"]+)"/.exec(message)?.[1];
    const message = await compose();
    expect(await compose()).toBe(message);
    expect(boundary(message)).toBeDefined();
    expect(boundary(await compose({ text: 'other' }))).not.toBe(boundary(message));
  });

  it.each<[string, Partial<DigestMail>]>([
    ['subject', { subject: 'FAIL\r\nBcc: thief@evil.example\r\n\r\nbody' }],
    ['subject with a lone CR', { subject: 'FAIL\rBcc: thief@evil.example' }],
    ['subject with a lone LF', { subject: 'FAIL\nBcc: thief@evil.example' }],
    ['subject with a Unicode line separator', { subject: 'FAIL\u2028Bcc: thief@evil.example' }],
    ['Message-ID', { messageId: 'a@example.com>\r\nBcc: thief@evil.example' }],
    ['header', { headers: { 'X-Note': 'a\r\nBcc: thief@evil.example' } }],
    ['header name', { headers: { 'X-Note: a\r\nBcc': 'thief@evil.example' } }],
    [
      'attachment name',
      { attachments: [{ filename: 'a"\r\nBcc: thief@evil.example', contentType: 'text/csv', content: '' }] },
    ],
  ])('adds no header from a line break in the %s', async (_name, changes) => {
    const lines = (await compose(changes)).split(/\r\n|\r|\n/);
    expect(lines.filter((line) => /^bcc\s*:/i.test(line))).toEqual([]);
  });

  it('reads no file for an attachment', async () => {
    const attachment = { filename: 'a.txt', contentType: 'text/plain', content: '', path: '/etc/passwd' };
    expect(await compose({ attachments: [attachment] })).not.toContain(
      Buffer.from('root:').toString('base64').slice(0, 6),
    );
  });
});

describe('envelopeOf', () => {
  it('takes the bare addresses, each once, with domains as A-labels', () => {
    expect(
      envelopeOf('TLS audit <audit@example.com>', ['Ann <ann@bücher.example>', 'bob@example.com', 'bob@example.com']),
    ).toEqual({ from: 'audit@example.com', to: ['ann@xn--bcher-kva.example', 'bob@example.com'] });
  });
});
