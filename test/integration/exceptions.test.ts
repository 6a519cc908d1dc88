import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Report } from '../../src/model/report.ts';
import { logText } from '../support/log-text.ts';
import { makeFolder, runProgram } from './program.ts';

const ENTRY = { domain: 'plain.example', reason: 'they move in January', owner: 'Jo' };

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeAll(async () => {
  folder = await makeFolder();
  await writeFile(join(folder.path, 'log.csv'), logText([{}, { TLS_Cipher: ':', Recipient: 'carl@plain.example' }]));
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

async function scanWith(exceptions: readonly object[], options: readonly string[] = []) {
  await writeFile(join(folder.path, 'accepted.yaml'), JSON.stringify({ exceptions }));
  return runProgram(['scan', 'log.csv', '--exceptions', 'accepted.yaml', ...options], { cwd: folder.path });
}

describe('scan --exceptions', () => {
  it('takes the finding out of the verdict and keeps it in the report', async () => {
    const { code, stdout } = await scanWith([{ ...ENTRY, expires: '2026-11-30' }], ['--json', '--exit-code']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout) as Report).toMatchObject({
      verdict: 'pass',
      counts: { violations: 1 },
      domains: [{ domain: 'plain.example', status: 'violating', excepted: 1 }, { domain: 'acme.example' }],
      exceptions: [{ domain: 'plain.example', state: 'valid', deliveries: 1 }],
    });
  });

  it.each(['json', 'html', 'text', 'csv'])('shows no address of an owner: %s', async (format) => {
    const entry = { ...ENTRY, owner: 'jo.bell@acme.example', expires: '2026-11-30' };
    const { stdout } = await scanWith([entry], ['--format', format]);
    expect(stdout).toContain('plain.example');
    expect(stdout).not.toContain('jo.bell');
  });

  it('takes one without an expiry as expired', async () => {
    expect(await scanWith([ENTRY], ['--exit-code'])).toMatchObject({
      code: 10,
      stdout: expect.stringContaining('plain.example: expired, because its expiry cannot be read'),
    });
  });

  it('refuses a file with mistakes, all at once', async () => {
    const ended = await scanWith([{ domain: 'plain' }, { ...ENTRY, owner: '' }]);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    for (const named of ['entry 1.domain', 'entry 1.reason', 'entry 1.owner', 'entry 2.owner']) {
      expect(ended.stderr).toContain(named);
    }
  });
});
