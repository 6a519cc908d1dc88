import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { backupDatabase, exportDatabase, verifyDatabase } from '../../src/record/care.ts';
import { openHistory } from '../../src/record/history.ts';
import { daysOf, domainOf, failureOf, JOB, reportOf, temporaryFolder } from './fixtures.ts';

const FROM = '2026-11-21T00:00:00.000Z';
const TO = '2026-11-22T00:00:00.000Z';

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder.path, 'history.db');
});
afterEach(() => folder.remove());

function record(id: string): void {
  const history = openHistory(path);
  history.record({
    report: reportOf({ id, from: FROM, to: TO }),
    days: daysOf(FROM, TO, [domainOf('acme.example', { deliveries: 2 })]),
  });
  history.close();
}

describe('a backup', () => {
  it('is a whole copy, made while the history is open, readable by its owner only', async () => {
    record('r1');
    const writer = openHistory(path);
    const target = join(folder.path, 'backup.db');
    writeFileSync(target, 'an older backup');
    await backupDatabase(path, target);
    writer.close();
    expect((statSync(target).mode & 0o777).toString(8)).toBe('600');
    const copy = openHistory(target, { readOnly: true });
    expect(copy.findRun('r1')?.report).toEqual(reportOf({ id: 'r1', from: FROM, to: TO }));
    copy.close();
    expect(readdirSync(folder.path).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('into a folder that is not there is refused', async () => {
    record('r1');
    await expect(backupDatabase(path, join(folder.path, 'nowhere', 'b.db'))).rejects.toThrow('does not exist');
  });
});

it('an export tells every row, a line each, after what it is', () => {
  record('r1');
  const lines = exportDatabase(path)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines[0]).toMatchObject({ schema: 'tls-audit/history/1' });
  expect(lines.slice(1).map(({ table }) => table)).toEqual(['runs', 'run_records', 'day_results', 'day_domains']);
  expect(lines.at(-1)).toMatchObject({ job: JOB, domain: 'acme.example', deliveries: 2 });
});

it('a check tells a sound file from a damaged one', () => {
  record('r1');
  expect(verifyDatabase(path)).toMatch(/^schema \d+, 1 result, 1 day$/);
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xff, 4096, 4096 + 3000));
  expect(failureOf(() => verifyDatabase(path)).message).toContain('damaged');
  expect(existsSync(path)).toBe(true);
});
