import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { jest } from '@jest/globals';
import { jobs } from '../../jobs/index.ts';
import type { JobOutcome } from '../../src/job/audit-windows.ts';
import { loadSettings } from '../../src/config/loading.ts';
import type { Settings } from '../../src/config/schema.ts';
import type { History } from '../../src/model/history.ts';
import { DAY_MS } from '../../src/model/window.ts';
import { openHistory } from '../../src/record/history.ts';
import { type JobRequest, runJob } from '../../src/job/run-job.ts';
import { type LogFields, logText } from '../support/log-text.ts';

// Whole runs with real files and servers: a busy machine takes its time over them.
jest.setTimeout(60_000);

const NEVER = new AbortController().signal;

/** The real parts of a nightly run, in this process, with a clock of the test's own. */
export interface Nightly extends Disposable {
  readonly folder: string;
  readonly historyPath: string;
  /** Epoch milliseconds; the test sets it. */
  nowMs: number;
  settings: Settings;
  run(changes?: Partial<JobRequest>, signal?: AbortSignal): Promise<JobOutcome>;
  /** What the program logged so far. */
  log(): string;
  read<T>(question: (history: History) => T): T;
  /** A log of the day in the folder of logs, as if it had been put there so long after the day's end. */
  putLog(day: string, rows?: readonly (LogFields | string)[], afterMs?: number, name?: string): void;
}

export function openNightly(now: string, env: Readonly<Record<string, string>> = {}): Nightly {
  const folder = mkdtempSync(join(tmpdir(), 'tls-audit-nightly-'));
  const logs = join(folder, 'logs');
  mkdirSync(logs);
  mkdirSync(join(folder, 'tmp'));
  const historyPath = join(folder, 'history.db');
  const stderr = new PassThrough();
  const lines: string[] = [];
  stderr.on('data', (chunk: Buffer) => lines.push(chunk.toString()));
  const nightly: Nightly = {
    folder,
    historyPath,
    nowMs: Date.parse(now),
    settings: loadSettings({
      env: {
        TLS_AUDIT_SOURCE_TYPE: 'directory',
        TLS_AUDIT_SOURCE_DIRECTORY_PATH: logs,
        TLS_AUDIT_HISTORY_PATH: historyPath,
        TLS_AUDIT_SPOOL_PATH: join(folder, 'tmp'),
        TLS_AUDIT_MAIL_ENABLED: 'false',
        TLS_AUDIT_MAIL_FROM: 'audit@example.com',
        TLS_AUDIT_MAIL_TO: 'admin@example.com',
        TLS_AUDIT_MAIL_SMTP_HOST: '127.0.0.1',
        TLS_AUDIT_MAIL_SMTP_SECURITY: 'none',
        TLS_AUDIT_HEALTH_PORT: '',
        ...env,
      },
    }),
    async run(changes = {}, signal = NEVER) {
      const clock = { now: () => new Date(nightly.nowMs) };
      const [job = jobs[0]!] = jobs;
      const request = {
        job,
        settings: nightly.settings,
        explicit: undefined,
        dry: false,
        mail: true,
        clock,
        ...changes,
      };
      return await runJob(request, { stderr: stderr as unknown as NodeJS.WriteStream }, signal);
    },
    log: () => lines.join(''),
    read(question) {
      const history = openHistory(historyPath, { readOnly: true });
      try {
        return question(history);
      } finally {
        history.close();
      }
    },
    putLog(day, rows = [{ TLS_Cipher: ':' }], afterMs = 600_000, name = day) {
      const path = join(logs, `${name}.csv`);
      writeFileSync(
        path,
        logText(rows.map((row) => (typeof row === 'string' ? row : { 'Date/Time': `${day}T12:00:00Z`, ...row }))),
      );
      const madeAt = new Date(Date.parse(day) + DAY_MS + afterMs);
      utimesSync(path, madeAt, madeAt);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
  return nightly;
}
