import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Report } from '../../src/model/report.ts';
import { type Ended, runProgram } from './program.ts';
import { FIRST_DAY, openStage, putIntoFolder, reportOf, type Stage, WINDOW, weekOfLogs } from './stage.ts';

let stage: Stage;
let week: Report;

beforeAll(async () => {
  stage = await openStage();
  await stage.configure({ source: { type: 'directory' } });
  await putIntoFolder(stage.logFolder, weekOfLogs());
  week = reportOf(await stage.run([...WINDOW, '--no-mail', '--json']));
});

afterAll(async () => {
  await stage[Symbol.asyncDispose]();
});

function report(args: readonly string[]): Promise<Ended> {
  return runProgram(['report', '--config', 'tls-audit.yaml', ...args], { cwd: stage.folder, env: stage.env });
}

describe('report --from --to', () => {
  it('comes to what the run over the same days came to', async () => {
    const range = reportOf(await report([...WINDOW, '--json']));
    expect(range.domains).toEqual(week.domains);
    expect(range.counts).toEqual(week.counts);
    expect(range.verdict).toBe(week.verdict);
    expect(range.days?.map(({ data }) => data)).toEqual(Array.from({ length: 7 }, () => 'complete'));
  });

  it.each(['text', 'csv', 'html'])('is shown as %s', async (format) => {
    const ended = await report(['--from', FIRST_DAY, '--to', FIRST_DAY, '--format', format, '--exit-code']);
    expect([0, 10, 11]).toContain(ended.code);
    expect(ended.stderr).toBe('');
    expect(ended.stdout).toContain(week.domains[0]?.domain.split('.')[0] ?? '?');
  });

  it('shows times in the zone of the settings, by its name, and refuses one that there is not', async () => {
    const zoned = (timezone: string) =>
      runProgram(['report', '--config', 'tls-audit.yaml'], {
        cwd: stage.folder,
        env: { ...stage.env, TLS_AUDIT_REPORT_TIMEZONE: timezone },
      });
    const { code, stdout } = await zoned('Asia/Kolkata');
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/started \d{4}-\d\d-\d\d \d\d:\d\d Asia\/Kolkata \(.*UTC\)/);
    expect(stdout).toContain('Nov 17 to Nov 23, 2025 (UTC)');
    expect(await zoned('Mars/Olympus')).toMatchObject({ code: 2, stdout: '' });
  });

  it('refuses what contradicts itself', async () => {
    expect(await report(['--run', 'x', '--from', FIRST_DAY])).toMatchObject({ code: 2, stdout: '' });
    expect(await report(['--letter', 'x.example', '--json'])).toMatchObject({ code: 2, stdout: '' });
    expect(await report(['--job', 'nobody', '--from', FIRST_DAY])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('report --letter', () => {
  it('writes to the postmaster of a domain in violation', async () => {
    const [worst] = week.domains;
    const { code, stdout } = await report(['--letter', `${worst?.domain ?? ''}.`, ...WINDOW]);
    expect(code).toBe(0);
    expect(stdout).toContain(`To: postmaster@${worst?.domain ?? ''}`);
    expect(stdout).toContain(`${worst?.violations ?? 0} of ${worst?.deliveries ?? 0} deliver`);
  });

  it('says so where there is nothing to write about', async () => {
    const clean = week.domains.find(({ status }) => status === 'compliant');
    const ended = await report(['--letter', clean?.domain ?? '', ...WINDOW]);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('no violation');
  });

  it('takes a domain as people write it, and tells days as everywhere', async () => {
    const ended = await report(['--letter', ' München.Example. ', ...WINDOW]);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr.replace(/\s+/g, ' ')).toContain('no violation of "xn--mnchen-3ya.example"');
    expect(ended.stderr.replace(/\s+/g, ' ')).toContain('by outbound-audit for Nov 17 to Nov 23, 2025 (UTC)');
    expect(await report(['--letter', '', ...WINDOW])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--letter names no domain'),
    });
    const withoutHistory = { ...stage.env, TLS_AUDIT_HISTORY_PATH: 'none.db' };
    expect(await runProgram(['report', '--letter', '.'], { cwd: stage.folder, env: withoutHistory })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--letter names no domain'),
    });
  });
});
