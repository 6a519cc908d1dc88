import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHeartbeat } from '../../src/deliver/heartbeat.ts';
import { UndeliveredError } from '../../src/deliver/owed-mail.ts';
import { JobBusyError, JobServedError } from '../../src/run/job-lock.ts';
import type { Chore, Job } from '../../src/job/job.ts';
import type { History } from '../../src/model/history.ts';
import type { DigestMail, Mailer } from '../../src/model/ports.ts';
import type { RunOutcome } from '../../src/run/run.ts';
import { openHistory } from '../../src/record/history.ts';
import { troublesInFiles } from '../../src/record/trouble-file.ts';
import { AuditError } from '../../src/support/errors.ts';
import { newOwner } from '../../src/support/owner.ts';
import { doUnattended, runUnattended, type UnattendedParts } from '../../src/job/unattended-run.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const JOB = { name: 'outbound-audit' } as Job;
const CHORE = { name: 'history-pruning' } as Chore;
const DONE = { report: { verdict: 'fail' } } as RunOutcome;
const HOUR_MS = 3_600_000;
const NEVER = new AbortController().signal;
const LEFT = [
  { from: new Date('2026-11-02T00:00:00Z'), to: new Date('2026-11-03T00:00:00Z') },
  { from: new Date('2026-11-20T00:00:00Z'), to: new Date('2026-11-22T00:00:00Z') },
];

let history: History;
let sent: DigestMail[];
let pings: string[];
let nowMs: number;
beforeEach(() => {
  history = openHistory(':memory:');
  sent = [];
  pings = [];
  nowMs = Date.parse('2026-11-22T05:30:00Z');
});
afterEach(() => history.close());

const mailer: Mailer = {
  recipients: ['admin@example.com'],
  send: (mail) => {
    sent.push(mail);
    return Promise.resolve({ accepted: ['admin@example.com'], rejected: [] });
  },
  compose: () => Promise.resolve(Buffer.from('')),
  close: () => undefined,
};

function parts(changes: { history?: undefined } = {}): UnattendedParts {
  const clock = { now: () => new Date(nowMs) };
  const logger = quietLogger();
  const mail = { clock, logger, history, mailer, owner: newOwner(), tooOldAfterMs: 48 * HOUR_MS, version: '0.1.0' };
  return {
    clock,
    logger,
    heartbeat: { ping: (event) => Promise.resolve(void pings.push(event)) },
    openMail: () => ({
      ...mail,
      messageIdDomain: 'example.com',
      zone: 'UTC',
      keepDays: 400,
      audits: [JOB.name],
      chores: [CHORE.name],
      ...changes,
      [Symbol.dispose]: () => undefined,
    }),
    memory: troublesInFiles([]),
    leftBy: () => LEFT,
  };
}

async function night(run: () => Promise<RunOutcome>, own = parts(), signal = NEVER): Promise<unknown> {
  return await runUnattended(JOB, own, signal, run).catch((error: unknown) => error);
}

function failing(message = 'the org said no'): () => Promise<RunOutcome> {
  return () => Promise.reject(new AuditError(message, { remedy: 'Ask the org.' }));
}

function subjects(): string[] {
  return sent.map(({ subject }) => subject);
}

describe('a job that fails', () => {
  it('is told of at once: what failed, since when, what has no data, what to do', async () => {
    expect(await night(failing())).toBeInstanceOf(AuditError);
    expect(subjects()).toEqual(['FAILED: outbound-audit could not run']);
    const text = sent[0]!.text.replaceAll(/\s+/g, ' ');
    for (const said of [
      'the org said no',
      'Ask the org.',
      '2026-11-22 05:30 UTC',
      'Nov 2, 2026; Nov 20 to Nov 21, 2026 (UTC)',
    ]) {
      expect(text).toContain(said);
    }
    expect(sent[0]!.html).toContain('the org said no');
    expect(sent[0]!.headers['Auto-Submitted']).toBe('auto-generated');
  });

  it('is told of at growing intervals, and once when it works again', async () => {
    const told: number[] = [];
    for (let nights = 0; nights < 30; nights++) {
      const before = sent.length;
      await night(failing());
      if (sent.length > before) told.push(nights);
      nowMs += 24 * HOUR_MS;
    }
    expect(told).toEqual([0, 1, 2, 3, 5, 9, 16, 23]);
    expect(subjects()[2]).toBe('FAILED: outbound-audit could not run (3 times since 2026-11-22 05:30 UTC)');
    expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(told.length);
    await night(() => Promise.resolve(DONE));
    expect(subjects().at(-1)).toBe('RECOVERED: outbound-audit runs again (failed since 2026-11-22 05:30 UTC)');
    const count = sent.length;
    await night(() => Promise.resolve(DONE));
    expect(sent).toHaveLength(count);
    await night(failing());
    expect(subjects().at(-1)).toBe('FAILED: outbound-audit could not run');
  });

  it('every ten minutes is not told of every ten minutes', async () => {
    for (let times = 0; times < 6 * 24; times++) {
      await night(failing());
      nowMs += 10 * 60_000;
    }
    expect(sent.length).toBeLessThanOrEqual(4);
  });

  it('is told of also where the history cannot be opened, and no more often', async () => {
    const own = parts({ history: undefined });
    await night(failing('the disk is full'), own);
    await night(failing('the disk is full'), own);
    expect(subjects()).toEqual(['FAILED: outbound-audit could not run']);
  });

  it('is told of no more often by processes that are started each time, and once when the history is back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tls-audit-troubles-'));
    // Nothing outlives a process but the file.
    const started = (changes: { history?: undefined } = {}) => ({
      ...parts(changes),
      memory: troublesInFiles([join(folder, 'troubles.json')]),
    });
    try {
      for (let times = 0; times < 4; times++) {
        await night(failing('the history is corrupt'), started({ history: undefined }));
        nowMs += 15 * 60_000;
      }
      expect(subjects()).toEqual(['FAILED: outbound-audit could not run']);
      await night(() => Promise.resolve(DONE), started());
      await night(() => Promise.resolve(DONE), started());
      expect(subjects().slice(1)).toEqual(['RECOVERED: outbound-audit runs again (failed since 2026-11-22 05:30 UTC)']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('only because its digest did not go out, has worked: no mail about mail, but the watchdog hears of it', async () => {
    await night(failing());
    await night(() => Promise.reject(new UndeliveredError('the connection was refused')));
    expect(subjects()).toEqual(['FAILED: outbound-audit could not run', expect.stringMatching(/^RECOVERED/)]);
    expect(pings).toEqual(['start', 'fail', 'start', 'fail']);
  });

  it('only because another process has done its work, has not failed, and the watchdog does not wait for it', async () => {
    await night(() => Promise.reject(new JobServedError('run r1 has done it')));
    expect([pings, sent, history.troubles.current()]).toEqual([['start', 'success'], [], []]);
  });

  it('because somebody stopped it, or somebody else runs it, has not failed', async () => {
    const stop = new AbortController();
    stop.abort();
    await night(failing('stopped by SIGTERM'), parts(), stop.signal);
    await night(() => Promise.reject(new JobBusyError('process 7 runs it')));
    expect(sent).toEqual([]);
    expect(history.troubles.current()).toEqual([]);
    expect(pings).toEqual(['start', 'start']);
  });
});

describe('a chore that fails', () => {
  const prune = (work: () => Promise<string>, signal = NEVER) =>
    doUnattended(CHORE, parts(), signal, work).catch((error: unknown) => error);

  it('is told of like a job, without days that would have no data, and the watchdog hears nothing', async () => {
    for (let times = 0; times < 3; times++) {
      expect(await prune(() => Promise.reject(new AuditError('the disk said no')))).toBeInstanceOf(AuditError);
    }
    expect(history.troubles.current()).toMatchObject([{ job: 'history-pruning', failures: 3, alerts: 1 }]);
    expect(await prune(() => Promise.resolve('done'))).toBe('done');
    expect(subjects()).toEqual([
      'FAILED: history-pruning could not run',
      'RECOVERED: history-pruning runs again (failed since 2026-11-22 05:30 UTC)',
    ]);
    const text = sent[0]!.text.replaceAll(/\s+/g, ' ');
    expect(text).toContain('the disk said no');
    expect(text).toContain('To try at once: tls-audit run history-pruning');
    expect(text).not.toMatch(/without complete data|days are left|not known/i);
    expect(sent[1]!.text).not.toContain('digest');
    expect([pings, history.troubles.current()]).toEqual([[], []]);
  });

  it('only because its mail did not go out, or somebody stopped it, is not told of', async () => {
    await prune(() => Promise.reject(new UndeliveredError('the connection was refused')));
    const stop = new AbortController();
    stop.abort();
    await prune(() => Promise.reject(new Error('stopped by SIGTERM')), stop.signal);
    expect([sent, history.troubles.current()]).toEqual([[], []]);
  });
});

describe('the heartbeat', () => {
  it('pings start, success and failure, and never shows its URL when it cannot', async () => {
    const heard: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        heard.push(`${String(request.method)} ${String(request.url)} ${body}`);
        response.writeHead(heard.length === 4 ? 500 : 200).end('OK');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/s3cret`;
    const logger = quietLogger();
    const heartbeat = createHeartbeat(url, 2000, logger);
    await heartbeat.ping('start');
    await heartbeat.ping('success', 'pass');
    await heartbeat.ping('fail', 'the org said no');
    expect(heard).toEqual([
      'POST /ping/s3cret/start ',
      'POST /ping/s3cret pass',
      'POST /ping/s3cret/fail the org said no',
    ]);
    expect(logger.lines).toEqual([]);
    await heartbeat.ping('success');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await heartbeat.ping('success');
    expect(logger.lines.map(({ message }) => message)).toEqual([
      'the heartbeat was not accepted',
      'the heartbeat could not be sent',
    ]);
    expect(JSON.stringify(logger.lines)).not.toContain('s3cret');
    await createHeartbeat(undefined, 100, logger).ping('start');
    expect(logger.lines).toHaveLength(2);
  });
});
