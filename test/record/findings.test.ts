import { describe, expect, it } from '@jest/globals';
import type { OpenFinding } from '../../src/model/history.ts';
import { openHistory } from '../../src/record/history.ts';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { daysOf, domainOf, JOB, reportOf } from './fixtures.ts';

const FIRST_MS = Date.parse('2026-11-01T00:00:00Z');

/** What a character of a pattern says about the domain on that day. */
const SAYS: Readonly<Record<string, ReturnType<typeof domainOf> | undefined>> = {
  v: domainOf('acme.example', { deliveries: 4, violations: 1, unrecognised: 1 }),
  c: domainOf('acme.example', { deliveries: 3 }),
  u: domainOf('acme.example', { unrecognised: 2 }),
  m: domainOf('acme.example', { deliveries: 3, unrecognised: 2 }),
  0: domainOf('acme.example', { deliveries: 0 }),
};

/** One character a day from 1 November 2026 on; `.` is a day without mail to the domain, `-` a day never audited. */
function findingsAfter(pattern: string, before: string): OpenFinding[] | undefined {
  const history = openHistory(':memory:');
  try {
    for (const [index, says] of Array.from(pattern).entries()) {
      if (says === '-') continue;
      const from = new Date(FIRST_MS + index * DAY_MS).toISOString();
      const to = new Date(FIRST_MS + (index + 1) * DAY_MS).toISOString();
      const domain = SAYS[says];
      const domains = [domainOf('quiet.example', { deliveries: 1 }), ...(domain === undefined ? [] : [domain])];
      history.record({ report: reportOf({ id: `run-${index}`, from, to }), days: daysOf(from, to, domains) });
    }
    return history.openFindings(JOB, new Date(before));
  } finally {
    history.close();
  }
}

describe('openFindings', () => {
  it.each([
    ['a violation on the last day', 'ccv', '2026-11-04', '2026-11-03', 1],
    ['a series, from its first day', 'cvvv', '2026-11-05', '2026-11-02', 3],
    ['a series over days without mail', 'cv..v..', '2026-11-08', '2026-11-02', 2],
    ['a series over days that were never audited', 'cv--v', '2026-11-06', '2026-11-02', 2],
    ['a series over days with only unrecognised values', 'cvuvu', '2026-11-06', '2026-11-02', 2],
    ['a series over a day that lists the domain with no delivery', 'cv0v0', '2026-11-06', '2026-11-02', 2],
    ['the series after the last clean day', 'vvcvv', '2026-11-06', '2026-11-04', 2],
    ['a series from the first audited day', 'vv', '2026-11-03', '2026-11-01', 2],
    ['a series as it stood before a later clean day', 'vvc', '2026-11-03', '2026-11-01', 2],
    ['days that ended before the time, not the day that holds it', 'vvc', '2026-11-03T12:00:00Z', '2026-11-01', 2],
  ])('reports %s', (_name, pattern, before, since, nights) => {
    expect(findingsAfter(pattern, before)).toEqual([{ domain: 'acme.example', since, nights }]);
  });

  it.each([
    ['a domain that was compliant since', 'vvc', '2026-11-04'],
    ['a domain that was compliant since and then got no mail', 'vvc..', '2026-11-06'],
    ['a domain with a recognised compliant delivery beside unrecognised ones', 'vm', '2026-11-03'],
    ['a violation on the day itself', 'cv', '2026-11-02'],
    ['unrecognised values alone', 'uu', '2026-11-03'],
  ])('reports nothing for %s', (_name, pattern, before) => {
    expect(findingsAfter(pattern, before)).toEqual([]);
  });

  it('is undefined, not empty, where no day before was audited', () => {
    expect(findingsAfter('', '2026-11-02')).toBeUndefined();
    expect(findingsAfter('-v', '2026-11-02')).toBeUndefined();
    expect(findingsAfter('-v', '2026-11-03')).toEqual([{ domain: 'acme.example', since: '2026-11-02', nights: 1 }]);
  });

  it('keeps jobs apart', () => {
    const history = openHistory(':memory:');
    const [from, to] = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'];
    const days = daysOf(from, to, [domainOf('acme.example', { violations: 1 })]);
    history.record({ report: reportOf({ id: 'a', job: 'inbound-audit', from, to }), days });
    expect(history.openFindings(JOB, new Date(to))).toBeUndefined();
    history.record({ report: reportOf({ id: 'b', from, to }), days: daysOf(from, to) });
    expect(history.openFindings(JOB, new Date(to))).toEqual([]);
    history.close();
  });

  it('answers from 400 days of 500 domains at once, and right', () => {
    const history = openHistory(':memory:');
    const to = new Date(FIRST_MS + 400 * DAY_MS).toISOString();
    // Domain n violates every day but each n-th one (and never when n is even): clean on a day that n divides.
    const days = Array.from({ length: 400 }, (_, day) => ({
      day: utcDay(new Date(FIRST_MS + day * DAY_MS)),
      complete: true,
      domains: Array.from({ length: 500 }, (_unused, n) =>
        domainOf(`d${n}.example`, { deliveries: 9, violations: n % 2 === 1 && day % n !== 0 ? 2 : 0 }),
      ),
    }));
    history.record({ report: reportOf({ id: 'a', from: '2026-11-01T00:00:00.000Z', to }), days });

    const started = performance.now();
    const found = history.openFindings(JOB, new Date(to));
    const tookMs = performance.now() - started;

    const expected = Array.from({ length: 500 }, (_, n) => n)
      .filter((n) => n % 2 === 1 && 399 % n !== 0)
      .map((n) => ({
        domain: `d${n}.example`,
        since: utcDay(new Date(FIRST_MS + (Math.floor(399 / n) * n + 1) * DAY_MS)),
        nights: 399 - Math.floor(399 / n) * n,
      }))
      .sort((a, b) => (a.domain < b.domain ? -1 : 1));
    expect(found).toEqual(expected);
    // Measured 35 ms; the bound only catches a query whose cost grows with the square of the days.
    expect(tookMs).toBeLessThan(2_000);
    history.close();
  });
});
