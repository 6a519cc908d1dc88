import type { Clock, DigestMail } from '../../src/model/ports.ts';
import { AuditError } from '../../src/support/errors.ts';
import type { SmtpOptions } from '../../src/deliver/smtp-options.ts';

export const clock: Clock = { now: () => new Date('2026-11-23T05:30:00Z') };

export function sampleMail(changes: Partial<DigestMail> = {}): DigestMail {
  return {
    subject: 'FAIL: 3 domains got plaintext mail (Nov 22)',
    text: 'Three domains.\n.\n.hidden dot\nÜber the end.\n',
    html: '<!doctype html><p>Three domains &amp; more – Ü</p>',
    messageId: 'run-1234.outbound-audit@audit.example.com',
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    attachments: [
      { filename: 'violations.csv', contentType: 'text/csv; charset=utf-8', content: 'domain\r\nbücher.example\r\n' },
    ],
    ...changes,
  };
}

export function smtpOptions(port: number, changes: Partial<SmtpOptions> = {}): SmtpOptions {
  return {
    from: 'audit@example.com',
    to: ['admin@example.com', 'second.admin@other.example'],
    host: '127.0.0.1',
    port,
    security: 'starttls',
    minVersion: 'TLSv1.2',
    verifyCertificate: true,
    timeoutMs: 5000,
    timeLimitMs: 60_000,
    ...changes,
  };
}

/** The AuditError the promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<AuditError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AuditError) return error;
    throw error;
  }
  throw new Error('expected a failure, but it went well');
}
