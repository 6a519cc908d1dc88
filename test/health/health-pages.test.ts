import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config/loading.ts';
import type { HealthStatus } from '../../src/health/health.ts';
import { healthPages } from '../../src/health/health-pages.ts';
import type { NewMail } from '../../src/model/outbox.ts';
import { openHistory } from '../../src/record/history.ts';
import { daysOf, JOB, reportOf, temporaryFolder } from '../record/fixtures.ts';
import { type Family, parseExposition } from '../support/exposition.ts';

const FROM = '2026-11-21T00:00:00.000Z';
const DAY_MS = 86_400_000;
const TO = '2026-11-22T00:00:00.000Z';

/** When the worker says it runs next. */
let nextRunAt: string | null = null;
let folder: ReturnType<typeof temporaryFolder>;
let path: string;
let nowMs: number;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'history.db');
  nowMs = Date.parse('2026-11-22T05:40:00Z');
  nextRunAt = null;
});
afterEach(() => folder.remove());

function pages() {
  return healthPages(loadSettings({ env: { TLS_AUDIT_HISTORY_PATH: path } }), { now: () => new Date(nowMs) });
}

function status(): HealthStatus {
  const job = { name: JOB, running: false, nextRunAt, lastFinishedAt: null, lastOutcome: null };
  return { status: 'ok', version: '0.1.0', startedAt: FROM, jobs: [job], chores: [] };
}

function reasons(own: ReturnType<typeof pages>): string[] {
  const { status: code, body } = own['/readyz']!(status());
  const { ready, reasons: found } = JSON.parse(body) as { ready: boolean; reasons: string[] };
  expect([code, ready]).toEqual(found.length === 0 ? [200, true] : [503, false]);
  return found;
}

function record(covered: boolean): void {
  const history = openHistory(path);
  const hours = Array.from({ length: 24 }, (_, hour) => ({
    hour: new Date(Date.parse(FROM) + hour * 3_600_000).toISOString(),
    covered: covered || hour < 20,
    source: null,
  }));
  const report = {
    ...reportOf({ id: 'r1', from: FROM, to: TO, verdict: 'fail', startedAt: '2026-11-22T05:30:00.000Z' }),
  };
  const domain = {
    domain: 'secret-partner.example',
    status: 'violating',
    deliveries: 3,
    violations: 1,
    unrecognised: 0,
  } as const;
  const more = {
    protocols: { 'TLSv1.2': 2, plaintext: 1 },
    ciphers: {},
    verified: 0,
    unverified: 0,
    firstSeen: FROM,
    lastSeen: FROM,
  };
  const mail: NewMail = {
    mail: { subject: 's', text: '', html: '', messageId: 'r1@x', headers: {}, attachments: [] },
    kind: 'digest',
    ...{ job: JOB, at: new Date('2026-11-22T05:31:00Z'), recipients: ['admin@example.com'] },
  };
  history.record({
    ...{ report: { ...report, domains: [{ ...domain, ...more }] }, days: daysOf(FROM, TO), hours, mail: () => mail },
    at: new Date('2026-11-22T05:30:40Z'),
  });
  history.close();
}

/** A run that failed after so long, and before it one that was killed. */
function failedRun(id: string, tookMs: number): void {
  const history = openHistory(path);
  const [window, startedAt] = [{ from: new Date(FROM), to: new Date(TO) }, new Date('2026-11-22T04:00:00.123Z')];
  const owner = { id, place: 'here', pid: 7 };
  if (id === 'f1') {
    history.runs.begin({ id: 'killed', job: JOB, window, startedAt });
    history.locks.acquire(`job:${JOB}`, owner, startedAt);
    history.locks.release(`job:${JOB}`, owner);
  }
  history.runs.begin({ id, job: JOB, window, startedAt });
  history.runs.end(id, 'failed', { at: new Date(startedAt.getTime() + tookMs), reason: 'the org said no' });
  history.close();
}

function parsed(): Map<string, Family> {
  return parseExposition(pages()['/metrics']!(status()).body);
}

/** Runs, seconds and timed runs by outcome, where there were any. */
function runFigures(families: Map<string, Family>): Record<string, readonly (number | undefined)[]> {
  const found = ['pass', 'fail', 'inconclusive', 'failed', 'abandoned'].map((outcome) => {
    const labels = `{job="${JOB}",outcome="${outcome}"}`;
    const duration = families.get('tls_audit_run_duration_seconds')?.samples;
    return [
      outcome,
      [
        families.get('tls_audit_runs_total')?.samples.get(`tls_audit_runs_total${labels}`),
        duration?.get(`tls_audit_run_duration_seconds_sum${labels}`),
        duration?.get(`tls_audit_run_duration_seconds_count${labels}`),
      ],
    ] as const;
  });
  return Object.fromEntries(found.filter(([, [runs]]) => runs !== 0));
}

describe('/readyz', () => {
  it('is ready before the first run is due, and no longer when it never came', () => {
    const own = pages();
    expect(reasons(own)).toEqual([]);
    nowMs += 40 * 3_600_000;
    expect(reasons(own)).toEqual(['outbound-audit has had no result for 40 hours']);
  });

  it('is ready after a run that found violations: the audit works', () => {
    record(true);
    expect(reasons(pages())).toEqual([]);
  });

  it('is not ready with a gap, mail that does not move, or a job that fails', () => {
    record(false);
    const own = pages();
    expect(reasons(own)).toEqual([]);
    nowMs += 30 * 3_600_000;
    expect(reasons(own)).toEqual(['no data for 4 hours', '1 mail owed for more than 4 hours']);
    const history = openHistory(path);
    history.troubles.failed(JOB, new Date(nowMs), 'no');
    history.close();
    expect(reasons(own)).toContain('outbound-audit has failed 1 time in a row');
  });

  it('is not ready with a chore that fails, and does not wait for a disabled job', () => {
    record(true);
    const history = openHistory(path);
    history.troubles.failed('history-pruning', new Date(nowMs), 'no');
    history.troubles.failed('inbound-audit', new Date(nowMs), 'no');
    history.close();
    expect(reasons(pages())).toEqual(['history-pruning has failed 1 time in a row']);
    const failures = parsed().get('tls_audit_consecutive_failures')?.samples ?? new Map<string, number>();
    expect(Object.fromEntries(failures)).toEqual({
      'tls_audit_consecutive_failures{job="outbound-audit"}': 0,
      'tls_audit_consecutive_failures{job="weekly-summary"}': 0,
      'tls_audit_consecutive_failures{job="history-pruning"}': 1,
    });
  });
});

it('/readyz waits over a weekend for a job of workdays, and notices the Monday that has none', () => {
  const env = { TLS_AUDIT_HISTORY_PATH: path, TLS_AUDIT_JOBS_OUTBOUND_AUDIT_SCHEDULE: '30 5 * * 1-5' };
  nowMs = Date.parse('2026-11-20T05:00:00Z');
  const own = healthPages(loadSettings({ env }), { now: () => new Date(nowMs) });
  for (const [at, found] of [
    ['2026-11-21T23:00:00Z', []],
    ['2026-11-23T05:00:00Z', []],
    ['2026-11-23T05:40:00Z', []],
    ['2026-11-24T12:00:00Z', ['outbound-audit has had no result for 103 hours']],
  ] as const) {
    nowMs = Date.parse(at);
    expect(reasons(own)).toEqual(found);
  }
});

it('/readyz does not miss the data of a day that the schedule has not asked for yet', () => {
  record(true);
  const env = { TLS_AUDIT_HISTORY_PATH: path, TLS_AUDIT_JOBS_OUTBOUND_AUDIT_SCHEDULE: '30 13 * * *' };
  const own = healthPages(loadSettings({ env }), { now: () => new Date(nowMs) });
  for (const [at, found] of [
    ['2026-11-23T13:20:00Z', []],
    ['2026-11-23T15:20:00Z', []],
    ['2026-11-23T15:40:00Z', ['no data for 4 hours']],
  ] as const) {
    nowMs = Date.parse(at);
    expect(reasons(own).filter((reason) => reason.startsWith('no data'))).toEqual(found);
  }
});

describe('/readyz of a worker that was started under a clock that was ahead', () => {
  it('counts from when the clock was put right, and not from the wrong time or a run it bears', () => {
    record(true);
    nowMs -= 300 * DAY_MS;
    const own = pages();
    expect(reasons(own)).toEqual([]);
    nowMs += 40 * 3_600_000;
    expect(reasons(own)).toEqual(['outbound-audit has had no result for 40 hours']);
  });

  it('takes its start for now when the clock is put right', () => {
    const own = pages();
    nowMs -= 300 * DAY_MS;
    expect(reasons(own)).toEqual([]);
    nowMs += 40 * 3_600_000;
    expect(reasons(own)).toEqual(['outbound-audit has had no result for 40 hours']);
  });

  it('is not ready while the next run is further away than the schedule allows', () => {
    record(true);
    const own = pages();
    nextRunAt = '2026-11-24T05:30:00.000Z';
    expect(reasons(own)).toEqual([]);
    nextRunAt = '2027-11-23T05:30:00.000Z';
    expect(reasons(own)).toEqual([
      'outbound-audit is planned for 2027-11-23T05:30:00.000Z only: was the clock set back?',
    ]);
  });
});

describe('/metrics', () => {
  it('is Prometheus text, and tells nothing of people or domains', () => {
    record(false);
    const { status: code, type, body } = pages()['/metrics']!(status());
    expect([code, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect([...parseExposition(body).keys()].filter((name) => !name.startsWith('tls_audit_'))).toEqual([]);
    for (const line of [
      'tls_audit_last_run_duration_seconds{job="outbound-audit"} 40',
      'tls_audit_last_result_deliveries{job="outbound-audit",protocol="plaintext"} 1',
      'tls_audit_runs_total{job="outbound-audit",outcome="fail"} 1',
      'tls_audit_runs_total{job="outbound-audit",outcome="abandoned"} 0',
      'tls_audit_coverage_hours{job="outbound-audit",state="late"} 4',
      'tls_audit_coverage_hours{job="outbound-audit",state="covered"} 20',
      'tls_audit_coverage_age_seconds{job="outbound-audit"} 34800',
      'tls_audit_outbox_mails 1',
    ]) {
      expect(body.split('\n')).toContain(line);
    }
    expect(body).not.toMatch(/secret-partner|@/);
  });

  it('counts every run by how it ended, and what runs took, also those that pruning forgot', () => {
    record(true);
    failedRun('f1', 1500);
    failedRun('f2', 250);
    const before = parsed();
    expect(before.get('tls_audit_runs_total')?.type).toBe('counter');
    expect(before.get('tls_audit_run_duration_seconds')?.type).toBe('summary');
    expect(runFigures(before)).toEqual({ fail: [1, 40, 1], failed: [2, 1.75, 2], abandoned: [1, 0, 0] });

    const history = openHistory(path);
    const at = new Date('2026-11-23T00:00:00Z');
    history.prune({ results: at, mails: at });
    // Its digest is owed still.
    expect(history.runs.latest(JOB, 9).map(({ end }) => end)).toEqual(['fail']);
    expect(runFigures(parsed())).toEqual(runFigures(before));
    const accepted = ['admin@example.com'];
    history.outbox.record('r1@x', { accepted, refused: [], wanted: accepted, failure: null, at, nextTryAt: at });
    history.prune({ results: at, mails: at });
    expect(history.runs.latest(JOB, 9)).toEqual([]);
    history.close();
    expect(runFigures(parsed())).toEqual(runFigures(before));

    failedRun('f3', 100);
    expect(runFigures(parsed())).toEqual({ fail: [1, 40, 1], failed: [3, 1.85, 3], abandoned: [1, 0, 0] });
  });

  it('answers also before the first run, and makes no history by it', () => {
    expect(pages()['/metrics']!(status()).body).toContain('tls_audit_outbox_mails 0');
    expect(() => openHistory(path, { readOnly: true })).toThrow('there is no such file');
  });
});

it('tells of every enabled audit, each metric under one heading', () => {
  record(true);
  const env = { TLS_AUDIT_HISTORY_PATH: path, TLS_AUDIT_JOBS_INBOUND_AUDIT_ENABLED: 'true' };
  const own = healthPages(loadSettings({ env }), { now: () => new Date(nowMs) });
  const families = parseExposition(own['/metrics']!(status()).body);
  expect([...(families.get('tls_audit_consecutive_failures')?.samples ?? [])]).toEqual(
    [JOB, 'inbound-audit', 'weekly-summary', 'history-pruning'].map((job) => [
      `tls_audit_consecutive_failures{job="${job}"}`,
      0,
    ]),
  );
  expect(families.get('tls_audit_runs_total')?.samples.size).toBe(10);
  nowMs += 30 * 3_600_000;
  expect(reasons(own)).toEqual(['1 mail owed for more than 4 hours']);
  nowMs += 24 * 3_600_000;
  expect(reasons(own)).toContain('inbound-audit has had no result for 54 hours');
});
