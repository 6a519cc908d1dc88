import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { outboundAudit } from '../../jobs/outbound-audit.ts';
import type { Job } from '../../src/job/job.ts';
import type { Report } from '../../src/model/report.ts';
import { DAY_MS } from '../../src/model/window.ts';
import { startMailServer, type TestMailServer } from '../deliver/mail-servers.ts';
import { type Nightly, openNightly } from './nightly.ts';
import type { LogFields } from '../support/log-text.ts';

const JOB = 'outbound-audit';
const LATE_AFTER_MS = 10 * 3_600_000;
const TEN = Array.from({ length: 10 }, (_, n) => ({ 'Internal Message ID': `${n}` }));

let nightly: Nightly;
let server: TestMailServer;
beforeEach(async () => {
  nightly = openNightly('2026-11-19T03:10:00Z', { TLS_AUDIT_MAIL_ENABLED: 'true' });
  server = await startMailServer({ disabledCommands: ['STARTTLS', 'AUTH'] });
  nightly.settings.mail.smtp.port = server.port;
});
afterEach(async () => {
  nightly[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

function night(day: string, rows: readonly LogFields[] = TEN): void {
  nightly.nowMs = Date.parse(day) + DAY_MS + 3 * 3_600_000 + 600_000;
  nightly.putLog(day, rows);
}

function putLate(day: string, rows: readonly LogFields[], name = 'part-2'): void {
  const late = rows.map((row, n) => ({ 'Date/Time': `${day}T13:00:00Z`, 'Internal Message ID': `late-${n}`, ...row }));
  nightly.putLog(day, late, LATE_AFTER_MS, name);
}

function windowOf(day: string) {
  return { from: new Date(day), to: new Date(Date.parse(day) + DAY_MS) };
}

function subjects(): string[] {
  return server.received
    .map(({ raw }) => /^Subject: (.+(?:\r\n .+)*)\r$/m.exec(raw.toString())?.[1] ?? '')
    .map((subject) => subject.replace(/\r\n /g, ' '));
}

function newestOf(day: string): Report | undefined {
  return nightly.read((history) => {
    const [recorded] = history.recordedDays(JOB, windowOf(day));
    return recorded === undefined ? undefined : history.findRun(recorded.runId)?.report;
  });
}

/** Nov 18 to Nov 20 pass; the night of Nov 21 is about to find what came late of Nov 20. */
async function threeNights(rows: readonly LogFields[] = TEN): Promise<void> {
  for (const day of ['2026-11-18', '2026-11-19', '2026-11-20']) {
    night(day, rows);
    await nightly.run();
  }
  night('2026-11-21');
}

describe('a day that is judged again because rows came late', () => {
  it('says so in the subject, and in the digest what it replaces, why, and what is different', async () => {
    await threeNights();
    putLate('2026-11-20', [{ TLS_Cipher: ':' }, {}]);
    const { others } = await nightly.run();
    expect(subjects()).toEqual(['FAIL, judged again: 1 domain partly lost TLS (Nov 20)']);
    const text = server.received[0]!.raw.toString();
    expect(text).toContain('Replaces the result of 2026-11-21 03:10 UTC (PASS, 10 deliveries): rows');
    const [before] = nightly.read((history) => history.runs.latest(JOB, 9).filter(({ supersededBy }) => supersededBy));
    expect(others).toMatchObject([
      {
        judgedBefore: [
          {
            ...{ id: before?.id, verdict: 'pass', days: ['2026-11-20'], deliveries: 10, violations: 0 },
            ...{ why: 'late', replaced: true, more: 2, moreViolations: 1, fewer: 0 },
            ...{ appeared: ['acme.example'], vanished: [] },
          },
        ],
      },
    ]);
    // It is what was recorded, and the hash is over it.
    expect(newestOf('2026-11-20')?.judgedBefore).toEqual(others[0]?.judgedBefore);
    expect(newestOf('2026-11-21')).not.toHaveProperty('judgedBefore');
    expect(nightly.read((history) => history.verify())).toMatchObject({ brokenAt: undefined, runs: 5 });
  });

  it.each(['on-problem', 'on-change'] as const)(
    'is no news under mail.when %s where verdict and domains are the same, and is where they are not',
    async (when) => {
      nightly.settings.mail.when = when;
      await threeNights();
      putLate('2026-11-20', [{ TLS_Cipher: ':' }]);
      await nightly.run();
      const told = subjects().length;
      expect(subjects().filter((subject) => subject.startsWith('FAIL, judged again'))).toHaveLength(1);
      // More of the same, and the newest night is as good as the one before it.
      night('2026-11-22');
      putLate('2026-11-20', [{ TLS_Cipher: ':' }, { TLS_Cipher: ':' }, {}]);
      expect((await nightly.run()).others).toMatchObject([{ verdict: 'fail', judgedBefore: [{ more: 2 }] }]);
      expect(subjects()).toHaveLength(told);
      // Another domain.
      night('2026-11-23');
      putLate('2026-11-21', [{ TLS_Cipher: ':', Recipient: 'bob@other.example' }], 'part-3');
      await nightly.run();
      expect(subjects().at(-1)).toContain('(Nov 21)');
      putLate('2026-11-22', [{ TLS_Cipher: ':' }], 'part-4');
      nightly.nowMs += DAY_MS;
      nightly.putLog('2026-11-24', TEN);
      await nightly.run();
      expect(subjects().filter((subject) => subject.startsWith('FAIL, judged again'))).toHaveLength(3);
    },
  );

  it('is mailed though it comes to the same, where nobody was sent the first result', async () => {
    night('2026-11-20', [{ TLS_Cipher: ':' }]);
    await nightly.run({ mail: false });
    night('2026-11-21');
    putLate('2026-11-20', [{ TLS_Cipher: ':' }]);
    await nightly.run();
    expect(subjects()).toEqual(['FAIL, judged again: 1 domain got plaintext mail (Nov 20)']);
  });

  it('gets one digest, which knows of no other, where the first was owed to everybody', async () => {
    night('2026-11-20', [{ TLS_Cipher: ':' }]);
    nightly.settings.mail.smtp.port = 1;
    await expect(nightly.run()).rejects.toThrow();
    nightly.settings.mail.smtp.port = server.port;
    const { report } = await nightly.run();
    expect(report.judgedBefore).toMatchObject([{ unmailed: true }]);
    expect(subjects()).toEqual(['FAIL: 1 domain got plaintext mail (Nov 20)']);
  });
});

describe('days that somebody names', () => {
  it('say what they replace, and why the newer result is another', async () => {
    await threeNights();
    await nightly.run();
    nightly.putLog('2026-11-20', [{ TLS_Cipher: ':' }]);
    const { digest, report } = await nightly.run({ explicit: windowOf('2026-11-20') });
    expect(digest.subject).toMatch(/^FAIL, judged again: /);
    expect(digest.text.replace(/\s+/g, ' ')).toContain(
      'Replaces the result of 2026-11-21 03:10 UTC (PASS, 10 deliveries): 1 delivery came to light since, 1 of them in ' +
        'violation; 10 deliveries fewer than then. - In violation now and not then: acme.example.',
    );
    expect(report.judgedBefore).toMatchObject([{ why: 'repeated', replaced: true, fewer: 10 }]);
  });

  it('say that the earlier result stays where they are not complete and tell of no more', async () => {
    await threeNights();
    const { digest, report } = await nightly.run({
      explicit: { from: new Date('2026-11-20T06:00:00Z'), to: new Date('2026-11-20T18:00:00Z') },
    });
    expect(report.judgedBefore).toMatchObject([{ replaced: false }]);
    expect(digest.text).toContain('stays');
    expect(newestOf('2026-11-20')?.window.from).toBe('2026-11-20T00:00:00.000Z');
  });

  it('name the day and the run where only some of them were judged before', async () => {
    await threeNights();
    const { digest, report } = await nightly.run({
      explicit: { from: new Date('2026-11-20'), to: new Date('2026-11-22') },
    });
    expect(digest.subject).toMatch(/^PASS: /);
    expect(digest.text.replace(/\s+/g, ' ')).toContain(
      'Replaces the result of 2026-11-21 03:10 UTC for Nov 20 (PASS, 10 deliveries): the same deliveries.',
    );
    expect(report.judgedBefore).toHaveLength(1);
  });
});

describe('the advice of the newest night', () => {
  const isReady = (report: Report | undefined) => report?.advice?.restrictTo;

  it('rests on the days that the same run judged again', async () => {
    await threeNights();
    putLate('2026-11-20', [{ TLS_Cipher: ':' }]);
    const { report, verdicts } = await nightly.run();
    expect(verdicts).toEqual(['fail', 'pass']);
    expect(isReady(report)).toEqual([]);
    expect(report.advice).toMatchObject({ days: 4, required: { deliveries: 41, bounced: 1 } });
    expect(report.days?.slice(-2)).toMatchObject([{ data: 'complete', violations: 1 }, { data: 'complete' }]);
    expect(newestOf('2026-11-21')?.advice).toEqual(report.advice);
    expect(report.notes.join(' ')).toContain('judged again at once');
  });

  it.each(['named days', 'a dry run'])('counts no late day as clean in %s, and says so', async (what) => {
    await threeNights();
    putLate('2026-11-20', [{ TLS_Cipher: ':', Recipient: 'bob@other.example' }]);
    const { report } = await nightly.run(what === 'a dry run' ? { dry: true } : { explicit: windowOf('2026-11-21') });
    // The other two days and this one are enough for the domain that nothing came late for.
    expect(isReady(report)).toEqual(['acme.example']);
    expect(report.advice).toMatchObject({ days: 3, required: { deliveries: 31, bounced: 1 } });
    expect(report.advice?.leftOut).toEqual([{ reason: 'violations', domains: 1, names: ['other.example'] }]);
    expect(report.days?.slice(-2)).toMatchObject([{ data: 'incomplete' }, { data: 'complete' }]);
    expect(report.notes.join(' ')).toContain('count as not covered, and as clean for no advice');
  });

  it('does not count it the night after either, as long as nobody judged it again', async () => {
    await threeNights();
    putLate('2026-11-20', [{ TLS_Cipher: ':' }]);
    await nightly.run({ explicit: windowOf('2026-11-21') });
    night('2026-11-22');
    const { report } = await nightly.run({ explicit: windowOf('2026-11-22') });
    expect(report.advice).toMatchObject({ days: 4, required: { deliveries: 40 } });
  });
});

describe('a late day that cannot be judged again', () => {
  const failing: Job = {
    ...outboundAudit,
    run: (request, parts, signal) =>
      request.rowsCameLate === true
        ? Promise.reject(new Error('the source is gone'))
        : outboundAudit.run(request, parts, signal),
  };

  it('loses no result of the newest night, fails the job, counts as clean for nobody, and is due the next night', async () => {
    await threeNights();
    putLate('2026-11-20', [{ TLS_Cipher: ':' }]);
    await expect(nightly.run({ job: failing })).rejects.toThrow('the source is gone');
    expect(nightly.log()).toContain('late days could not be judged again');
    const report = newestOf('2026-11-21');
    expect(report).toMatchObject({ verdict: 'pass', advice: { days: 3, restrictTo: [] } });
    expect(report?.notes.join(' ')).toContain('Until these days are judged again');
    expect(nightly.read((history) => [...history.coveredDays(JOB, windowOf('2026-11-20'))])).toEqual([]);
    night('2026-11-22');
    const { report: newest, others } = await nightly.run();
    expect(newest).toMatchObject({ verdict: 'pass', window: { from: '2026-11-22T00:00:00.000Z' } });
    const [next] = others;
    expect(next).toMatchObject({ verdict: 'fail', window: { from: '2026-11-20T00:00:00.000Z' } });
    expect(next?.judgedBefore?.[0]).toMatchObject({ why: 'late', days: ['2026-11-20'] });
  });
});

describe('what is resolved', () => {
  it('is told the night after, whatever was judged again in between', async () => {
    nightly.settings.jobs[JOB].firstRunDays = 3;
    nightly.putLog('2026-11-18', [{ TLS_Cipher: ':' }]);
    nightly.putLog('2026-11-19', TEN);
    night('2026-11-20');
    const first = await nightly.run();
    expect(first.report).toMatchObject({ verdict: 'fail', window: { from: '2026-11-18T00:00:00.000Z' } });
    night('2026-11-21', [{ Recipient: 'bob@other.example' }]);
    // The day before the window is judged again, by a run that knows nothing of the finding.
    putLate('2026-11-20', [{}]);
    const { report, others } = await nightly.run();
    expect(others).toMatchObject([{ window: { from: '2026-11-20T00:00:00.000Z' }, verdict: 'pass', changes: [] }]);
    expect(report.changes).toMatchObject([{ domain: 'acme.example', state: 'resolved', since: '2026-11-18' }]);
  });

  it('is told once, when late rows tell of a violation that later days ended', async () => {
    await threeNights();
    putLate('2026-11-19', [{ TLS_Cipher: ':' }]);
    const { report, others } = await nightly.run();
    expect(others[0]?.changes).toMatchObject([{ domain: 'acme.example', state: 'new' }]);
    expect(report.changes).toMatchObject([{ domain: 'acme.example', state: 'resolved', since: '2026-11-19' }]);
    night('2026-11-22');
    expect((await nightly.run()).report.changes).toEqual([]);
  });
});
