import { createHash } from 'node:crypto';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChainCheck } from '../../src/model/chain-check.ts';
import type { Report } from '../../src/model/report.ts';
import { parseMail } from './mail-parts.ts';
import { type Ended, runProgram } from './program.ts';
import { openStage, putIntoFolder, reportOf, type Stage, weekOfLogs } from './stage.ts';

// What an auditor does with a mail from the archive, a report and the history.

const DAYS = ['2025-11-17', '2025-11-18', '2025-11-19'] as const;

let stage: Stage;
let mailed: string[];

beforeAll(async () => {
  stage = await openStage();
  await stage.configure({ source: { type: 'directory' }, mail: { when: 'always' } });
  await putIntoFolder(stage.logFolder, weekOfLogs());
  for (const day of DAYS) reportOf(await stage.run(['--from', day, '--to', day, '--json']));
  mailed = stage.mailbox.messages.map(({ raw }) => hashIn(parseMail(raw).parts[0]?.text ?? ''));
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

/** The hash that the digest names, however its lines are broken. */
function hashIn(text: string): string {
  return /Recorded as SHA-256\s+([0-9a-f]{64})/.exec(text)?.[1] ?? '';
}

function program(...args: string[]): Promise<Ended> {
  return runProgram([...args, '--config', 'tls-audit.yaml'], { cwd: stage.folder, env: stage.env });
}

/** Verifies a copy of the history after the change. */
async function verifyChanged(change: (database: DatabaseSync) => void, ...args: string[]): Promise<Ended> {
  const path = join(stage.folder, 'copy.db');
  await copyFile(stage.historyPath, path);
  const database = new DatabaseSync(path);
  change(database);
  database.close();
  return await runProgram(['history', 'verify', '--config', 'tls-audit.yaml', ...args], {
    cwd: stage.folder,
    env: { ...stage.env, TLS_AUDIT_HISTORY_PATH: path },
  });
}

const sha256 = (...parts: string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** As docs/report.md describes it. */
function hashOf(report: Report): string {
  const { evidence, ...others } = report;
  const recorded = { ...others, program: undefined };
  const { run, window, verdict } = recorded;
  const [from, to] = [window.from ?? '', window.to ?? ''];
  const content = sha256(
    run?.id ?? '',
    run?.job ?? '',
    from,
    to,
    run?.startedAt ?? '',
    verdict,
    JSON.stringify(recorded),
    evidence?.[0]?.days ?? '',
  );
  return sha256(evidence?.[0]?.previous ?? '?', to, content);
}

describe('the evidence', () => {
  it('is the same in the digest, in the report and in the history, and the report proves it by itself', async () => {
    expect(mailed).toHaveLength(DAYS.length);
    expect(new Set(mailed).size).toBe(DAYS.length);
    const runs = (await stage.status()).toReversed();
    const reports = await Promise.all(
      runs.map(async ({ id }) => reportOf(await program('report', '--run', id, '--json'))),
    );
    expect(reports.map(({ evidence }) => evidence?.[0]?.hash)).toEqual(mailed);
    expect(reports.map(({ evidence }) => evidence?.[0]?.previous)).toEqual(['', ...mailed.slice(0, -1)]);
    expect(reports.map(hashOf)).toEqual(mailed);
    const changed = { ...reports[0]!, counts: { ...reports[0]!.counts, violations: 0 } };
    expect(hashOf(changed)).not.toBe(mailed[0]);
    const { stdout } = await program('history', 'verify', '--json');
    expect(JSON.parse(stdout) as ChainCheck).toMatchObject({ runs: 3, head: mailed.at(-1), unknown: [] });
  });

  it('goes with the protocols of every night so far, so that their share over time shows in a single report', async () => {
    const newest = reportOf(await program('report', '--json'));
    const told = (newest.days ?? []).filter(({ data }) => data !== 'none');
    expect(told.map(({ day }) => day)).toEqual(DAYS);
    for (const { protocols = {}, deliveries } of told) {
      expect(Object.values(protocols).reduce((sum, count) => sum + count, 0)).toBe(deliveries);
      expect(deliveries).toBeGreaterThan(0);
    }
    const { stdout } = await program('report', '--format', 'html');
    expect(stdout).toContain('Protocol share over time');
  });

  it('stands in a report over a range, in every form for people too', async () => {
    const range = ['report', '--from', DAYS[0], '--to', DAYS[2]];
    const report = reportOf(await program(...range, '--json'));
    expect(report.evidence?.map(({ hash }) => hash)).toEqual(mailed);
    expect(report.program).toMatch(/^tls-audit \d/);
    for (const format of ['text', 'html']) {
      const { stdout } = await program(...range, '--format', format);
      for (const hash of [...mailed, ...report.sources.map((source) => source.sha256)]) expect(stdout).toContain(hash);
      expect(stdout).toContain('all 3 days rest on data');
    }
  });

  it('takes every hash of the mail archive, and the newest as head', async () => {
    const ended = await program('history', 'verify', '--hash', ...mailed);
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('3 runs as recorded') });
    expect(await program('history', 'verify', '--head', mailed.at(-1) ?? '')).toMatchObject({ code: 0 });
    expect(await program('history', 'verify', '--head', mailed[0] ?? '')).toMatchObject({ code: 1, stdout: '' });
    expect(await program('history', 'verify', '--hash', 'f'.repeat(64))).toMatchObject({ code: 1, stdout: '' });
    expect(await program('history', 'verify', '--hash', 'beef')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('history verify', () => {
  it('names the run of a tampered copy', async () => {
    const id = (await stage.status()).at(-2)?.id ?? '?';
    const ended = await verifyChanged((database) =>
      database
        .prepare(`UPDATE runs SET report_json = replace(report_json, '"violations":', '"violations": ') WHERE id = ?`)
        .run(id),
    );
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(`broken at run ${id}`);
  });

  it('names the days that were changed or removed, on which reports over a range rest', async () => {
    const ended = await verifyChanged((database) => {
      database.exec(`UPDATE day_domains SET violations = 0, plaintext = 0 WHERE day = '${DAYS[0]}'`);
      database.exec(`DELETE FROM day_results WHERE day = '${DAYS[1]}'`);
    });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(
      `2 days in ${join(stage.folder, 'copy.db')} are not as recorded: ` +
        `outbound-audit ${DAYS[0]} (changed), ${DAYS[1]} (removed)`,
    );
    const removed = await verifyChanged((database) =>
      database.exec(`DELETE FROM day_results WHERE day = '${DAYS[2]}'`),
    );
    expect(removed).toMatchObject({ code: 1, stderr: expect.stringContaining(`1 day in`) });
  });

  it('says how many days it proves, and how many nothing proves', async () => {
    expect((await verifyChanged(() => undefined)).stdout).toContain('3 days as recorded.\n');
    const ended = await verifyChanged((database) => database.exec('UPDATE runs SET hash = NULL, days_json = NULL'));
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain(
      '0 days as recorded. 3 days were recorded before days were hashed: nothing proves them.',
    );
  });

  it('passes an unchanged copy, and one whose runs were all removed at the end only until a mail is brought', async () => {
    expect(await verifyChanged(() => undefined)).toMatchObject({ code: 0 });
    const removeNewest = (database: DatabaseSync) => {
      database.exec('PRAGMA foreign_keys = OFF');
      for (const table of ['outbox_recipients', 'outbox']) database.exec(`DELETE FROM ${table}`);
      for (const table of ['day_domains', 'hours', 'day_results'])
        database.exec(`DELETE FROM ${table} WHERE day = '${DAYS[2]}'`);
      database.exec('DELETE FROM runs WHERE sequence = 3');
    };
    expect(await verifyChanged(removeNewest)).toMatchObject({ code: 0 });
    const ended = await verifyChanged(removeNewest, '--hash', ...mailed);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(mailed[2]);
    expect(ended.stderr).not.toContain(mailed[1]);
  });
});
