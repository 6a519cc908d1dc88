import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { troublesInFiles } from '../../src/record/trouble-file.ts';

const JOB = 'outbound-audit';
const SINCE = new Date('2026-11-22T05:30:00Z');
const LATER = new Date('2026-11-23T05:30:00Z');

let folder: string;
let first: string;
let second: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-audit-troubles-'));
  first = join(folder, 'data', 'history.db.troubles.json');
  second = join(folder, 'troubles.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('troubles in files', () => {
  it('are counted from one process to the next, and forgotten when they end', () => {
    mkdirSync(join(folder, 'data'));
    troublesInFiles([first, second]).failed(JOB, SINCE, 'the history is corrupt');
    troublesInFiles([first, second]).alerted(JOB, SINCE);
    troublesInFiles([first, second]).failed('inbound-audit', LATER, 'the same');
    const now = troublesInFiles([first, second]).failed(JOB, LATER, 'the disk is full');
    expect(now).toEqual({
      ...{ job: JOB, since: SINCE, failures: 2, reason: 'the disk is full', alerts: 1, alertedAt: SINCE },
    });
    expect(readdirSync(folder)).toEqual(['data']);
    expect(troublesInFiles([first, second]).succeeded(JOB)).toEqual(now);
    expect(troublesInFiles([first, second]).succeeded(JOB)).toBeUndefined();
    expect(troublesInFiles([first, second]).current()).toMatchObject([{ job: 'inbound-audit', failures: 1 }]);
    troublesInFiles([first, second]).succeeded('inbound-audit');
    expect(readdirSync(join(folder, 'data'))).toEqual([]);
  });

  it('are for this user only, and hold no address', () => {
    troublesInFiles([second]).failed(JOB, SINCE, 'the org knows no ann@example.com');
    expect(statSync(second).mode & 0o777).toBe(0o600);
    expect(readFileSync(second, 'utf8')).toContain('the org knows no [address]');
  });

  it('go to the next file where one cannot be written, and the newest count holds', () => {
    mkdirSync(join(folder, 'data'));
    troublesInFiles([first, second]).failed(JOB, SINCE, 'the history is corrupt');
    const old = readFileSync(first);
    rmSync(join(folder, 'data'), { recursive: true });
    troublesInFiles([second]).failed(JOB, SINCE, 'the history is corrupt');
    troublesInFiles([first, second]).failed(JOB, LATER, 'the disk is full');
    mkdirSync(join(folder, 'data'));
    writeFileSync(first, old);
    expect(troublesInFiles([first, second]).current()).toMatchObject([{ failures: 2, reason: 'the disk is full' }]);
    troublesInFiles([first, second]).succeeded(JOB);
    expect(troublesInFiles([first, second]).current()).toEqual([]);
  });

  it('stay in the process where no file can be written', () => {
    const troubles = troublesInFiles([first]);
    troubles.failed(JOB, SINCE, 'the disk is full');
    troubles.alerted(JOB, SINCE);
    expect(troubles.failed(JOB, LATER, 'the disk is full')).toMatchObject({ failures: 2, alerts: 1 });
    expect(troubles.succeeded(JOB)).toMatchObject({ failures: 2 });
    expect(troubles.current()).toEqual([]);
  });

  it.each(['', '{', '{}', '[{"job":"outbound-audit"}]', '[{"since":"yesterday"}]'])(
    'begin anew where the file is damaged: %s',
    (content) => {
      writeFileSync(second, content);
      expect(troublesInFiles([second]).failed(JOB, LATER, 'the disk is full')).toMatchObject({ failures: 1 });
      expect(troublesInFiles([second]).current()).toHaveLength(1);
    },
  );
});
