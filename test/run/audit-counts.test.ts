import { Readable } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { auditLogs } from '../../src/run/audit-logs.ts';
import { assess } from '../../src/judge/assessment.ts';
import type { Policy } from '../../src/model/policy.ts';
import type { Report } from '../../src/model/report.ts';
import type { Window } from '../../src/model/window.ts';
import { type LogFields, logText } from '../support/log-text.ts';

// Hundreds of logs each.
jest.setTimeout(60_000);

const WINDOW: Window = { from: new Date('2026-11-02T00:00:00Z'), to: new Date('2026-11-05T00:00:00Z') };

/** Rows with every oddity the audit knows, drawn from so few values that some repeat each other. */
const row: fc.Arbitrary<LogFields | string> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      'Date/Time': fc.constantFrom(
        '2026-11-01 23:59',
        '2026-11-02T00:00:00Z',
        '2026-11-03 10:00',
        '2026-11-04 23:59:59',
        '2026-11-05T00:00:00Z',
        'soon',
        '',
      ),
      'Internal Message ID': fc.constantFrom('1', '2'),
      'Mail Event': fc.constantFrom('D', 'D', 'D', 'R', 'T', 'P', 'X', ''),
      Recipient: fc.constantFrom(
        'ann@acme.example',
        'Bob@ACME.example.',
        'ann@other.example',
        'ann@<script>.example',
        'warmup@na1.siterelay.mta.salesforce.com',
        'ann@acme.example;bob@other.example',
        'ann',
        '',
      ),
      TLS_Cipher: fc.constantFrom(
        'TLSv1.2:A',
        'TLSv1.3:B',
        'TLSv1:C',
        'SSLv3:D',
        ':',
        'None',
        '',
        'UNKNOWN',
        'TLSv1/SSLv3:E',
      ),
      TLS_Verified: fc.constantFrom('Verified', 'Unverified', ''),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom('too,few', ','.repeat(30), '   ') },
);

const files = fc.array(fc.array(row, { maxLength: 30 }), { minLength: 1, maxLength: 3 });

const policy: fc.Arbitrary<Policy> = fc.constantFrom(
  { minimum: 'TLSv1.2', maximum: null },
  { minimum: 'TLSv1.2', maximum: 'TLSv1.2' },
  { minimum: 'SSLv2', maximum: null },
);

async function reportOf(
  rows: readonly (readonly (LogFields | string)[])[],
  judgedBy: Policy,
  window: Window | undefined,
): Promise<Report> {
  const inputs = rows.map((part) => ({ stdin: Readable.from([logText(part)]) }));
  const audited = await auditLogs(inputs, {
    policy: judgedBy,
    window,
    dateOrder: 'auto',
    onBytes: () => undefined,
    unreadable: 'stop',
  });
  return assess({ ...audited, policy: judgedBy, window: { from: null, to: null }, gaps: [], notes: [] });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

describe('any logs', () => {
  it('give counts, domains and a verdict that agree with each other', async () => {
    await fc.assert(
      fc.asyncProperty(files, policy, fc.constantFrom(undefined, WINDOW), async (rows, judgedBy, window) => {
        const { counts, domains, verdict, reasons, sources, rejects } = await reportOf(rows, judgedBy, window);
        const { events } = counts;

        expect(counts.rows).toBe(sum(rows.map((part) => part.length)));
        expect(counts.rows).toBe(sum(sources.map((source) => source.rows)));
        expect(counts.rows).toBe(
          counts.rejected + counts.duplicates + counts.outsideWindow + sum(Object.values(events)),
        );
        expect(counts.deliveries).toBe(counts.compliant + counts.violations + counts.unrecognised);
        // A row naming two recipients gives two deliveries.
        expect(counts.internal + counts.warmup + counts.deliveries).toBeGreaterThanOrEqual(events.D);
        expect(counts.internal + counts.warmup + counts.deliveries).toBeLessThanOrEqual(2 * events.D);
        expect(rejects).toHaveLength(Math.min(100, counts.rejected));

        for (const name of ['deliveries', 'violations', 'unrecognised'] as const) {
          expect(sum(domains.map((domain) => domain[name]))).toBe(counts[name]);
        }
        for (const domain of domains) {
          expect(sum(Object.values(domain.protocols))).toBe(domain.deliveries);
          expect(domain.protocols.unrecognised ?? 0).toBe(domain.unrecognised);
          expect(domain.violations).toBeGreaterThanOrEqual(domain.protocols.plaintext ?? 0);
          expect(domain.firstSeen <= domain.lastSeen).toBe(true);
          expect(domain.status).toBe(
            domain.violations > 0 ? 'violating' : domain.unrecognised > 0 ? 'unrecognised' : 'compliant',
          );
        }

        const doubtful = counts.rejected + counts.unrecognised + events.other > 0 || counts.deliveries === 0;
        expect(verdict).toBe(counts.violations > 0 ? 'fail' : doubtful ? 'inconclusive' : 'pass');
        expect(reasons.length === 0).toBe(verdict === 'pass');
      }),
      { numRuns: 150 },
    );
  });

  it('audited twice at once count no delivery twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        const judgedBy: Policy = { minimum: 'TLSv1.2', maximum: null };
        const once = await reportOf([rows], judgedBy, undefined);
        const twice = await reportOf([rows, rows], judgedBy, undefined);
        expect(twice.domains).toEqual(once.domains);
        expect(twice.counts).toEqual({
          ...once.counts,
          rows: 2 * once.counts.rows,
          rejected: 2 * once.counts.rejected,
          duplicates: once.counts.duplicates + (once.counts.rows - once.counts.rejected),
        });
      }),
      { numRuns: 50 },
    );
  });
});
