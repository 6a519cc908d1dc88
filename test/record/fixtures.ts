import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DayDomain, DayResult } from '../../src/model/history.ts';
import type { Report } from '../../src/model/report.ts';
import type { Verdict } from '../../src/model/verdict.ts';
import { utcDaysOf } from '../../src/model/window.ts';
import { AuditError } from '../../src/support/errors.ts';

export const JOB = 'outbound-audit' as const;

export function reportOf(facts: {
  id: string;
  from: string | null;
  to: string | null;
  job?: string;
  startedAt?: string;
  verdict?: Verdict;
}): Report {
  const { id, from, to, job = JOB, startedAt = '2026-11-22T02:00:00.000Z', verdict = 'pass' } = facts;
  return {
    schema: 'tls-audit/report/1',
    direction: 'outbound',
    verdict,
    reasons: verdict === 'pass' ? [] : ['1 delivery to 1 domain was sent in plaintext'],
    policy: { minimum: 'TLSv1.2', maximum: null },
    window: { from, to },
    sources: [],
    counts: {
      rows: 1,
      rejected: 0,
      duplicates: 0,
      outsideWindow: 0,
      events: { R: 0, D: 1, T: 0, P: 0, other: 0 },
      internal: 0,
      warmup: 0,
      deliveries: 1,
      compliant: 1,
      violations: 0,
      unrecognised: 0,
    },
    domains: [],
    rejects: [],
    unrecognisedValues: [],
    gaps: [],
    failures: [],
    notes: [],
    run: { id, job, startedAt, version: '0.1.0' },
  };
}

/** Complete results for every day of the window, each with the domains given. */
export function daysOf(from: string, to: string, domains: readonly DayDomain[] = []): DayResult[] {
  const window = { from: new Date(from), to: new Date(to) };
  return utcDaysOf(window).map((day) => ({ day, complete: true, domains }));
}

export function domainOf(
  domain: string,
  counts: { deliveries?: number; violations?: number; unrecognised?: number } = {},
): DayDomain {
  const { violations = 0, unrecognised = 0, deliveries = violations + unrecognised } = counts;
  return { domain, deliveries, violations, plaintext: violations, unrecognised };
}

/** Any user may enter it, so that a test can look at it as another user. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'tls-audit-record-'));
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The AuditError the work must throw. */
export function failureOf(work: () => unknown): AuditError {
  try {
    work();
  } catch (error) {
    if (error instanceof AuditError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
