import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Report } from '../../src/model/report.ts';
import { logText } from '../support/log-text.ts';
import { zipOf } from '../support/zip.ts';
import { makeFolder, runProgram, startProgram } from './program.ts';

const WEAK = { TLS_Cipher: 'TLSv1.1:AES128-SHA', Recipient: 'bob@weak.example' };
const PLAINTEXT = { TLS_Cipher: ':', Recipient: 'carl@plain.example' };
const MODERN = { TLS_Cipher: 'TLSv1.3:TLS_AES_256_GCM_SHA384', Recipient: 'dora@modern.example' };
const UNKNOWN = { TLS_Cipher: 'whatever', Recipient: 'emil@odd.example' };
const RECEPTION = { 'Mail Event': 'R', TLS_Cipher: ':' };
const HANDED_ON = { TLS_Cipher: 'None' };

const LOGS = {
  pass: logText([{}, MODERN, RECEPTION]),
  fail: logText([{}, MODERN, WEAK, PLAINTEXT, RECEPTION, HANDED_ON, UNKNOWN]),
  inconclusive: logText([{}, UNKNOWN]),
};

let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeAll(async () => {
  folder = await makeFolder();
  for (const [name, text] of Object.entries(LOGS)) await writeFile(join(folder.path, `${name}.csv`), text);
  await writeFile(join(folder.path, 'fail.csv.gz'), gzipSync(LOGS.fail));
  await writeFile(join(folder.path, 'fail.zip'), await zipOf({ 'fail.csv': LOGS.fail }));
});

afterAll(async () => {
  await folder[Symbol.asyncDispose]();
});

/** In the folder of the logs, with an empty environment. */
function scan(args: readonly string[], stdin?: string | Buffer) {
  return runProgram(['scan', ...args], { cwd: folder.path, ...(stdin === undefined ? {} : { stdin }) });
}

async function scanned(args: readonly string[], stdin?: string | Buffer): Promise<Report> {
  const ended = await scan([...args, '--json'], stdin);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(ended.stdout) as Report;
}

describe('scan --json', () => {
  it('prints the report of the log and nothing else, with no settings, home or path', async () => {
    const { code, stdout, stderr } = await scan(['fail.csv', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\{[^]*\}\n$/);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'tls-audit/report/1',
      verdict: 'fail',
      policy: { minimum: 'TLSv1.2', maximum: null },
      window: { from: '2026-11-03T00:00:00.000Z', to: '2026-11-04T00:00:00.000Z' },
      sources: [{ name: 'fail.csv', rows: 7 }],
      counts: {
        rows: 7,
        rejected: 0,
        duplicates: 0,
        outsideWindow: 0,
        events: { R: 1, D: 6, T: 0, P: 0, other: 0 },
        internal: 1,
        warmup: 0,
        deliveries: 5,
        compliant: 2,
        violations: 2,
        unrecognised: 1,
      },
      domains: [
        { domain: 'plain.example', status: 'violating', protocols: { plaintext: 1 } },
        { domain: 'weak.example', status: 'violating', protocols: { 'TLSv1.1': 1 } },
        { domain: 'odd.example', status: 'unrecognised', protocols: { unrecognised: 1 } },
        { domain: 'acme.example', status: 'compliant', protocols: { 'TLSv1.2': 1 } },
        { domain: 'modern.example', status: 'compliant', protocols: { 'TLSv1.3': 1 } },
      ],
    });
    expect(await readdir(folder.path)).toEqual(expect.not.arrayContaining(['data']));
  });

  it.each([
    ['.csv.gz', ['fail.csv.gz'], undefined],
    ['.zip', ['fail.zip'], undefined],
    ['standard input', ['-'], LOGS.fail],
    ['compressed standard input', ['-'], gzipSync(LOGS.fail)],
  ])('says the same of %s', async (_, names, stdin) => {
    const plain = await scanned(['fail.csv']);
    const { sources, ...rest } = await scanned(names, stdin);
    expect(rest).toEqual({ ...plain, sources: undefined });
    expect(sources).toMatchObject([{ rows: 7 }]);
  });

  it('expands a quoted glob by name and counts what stands in several files once', async () => {
    const { sources, counts } = await scanned(['{pass,fail}.csv*', 'inconclusive.csv']);
    expect(sources.map(({ name }) => name)).toEqual(['fail.csv', 'fail.csv.gz', 'pass.csv', 'inconclusive.csv']);
    expect(counts).toMatchObject({ rows: 7 + 7 + 3 + 2, duplicates: 7 + 2 + 1 });
  });

  it('says exactly the same twice', async () => {
    const [first, second] = [await scan(['fail.csv', '--json']), await scan(['fail.csv', '--json'])];
    expect(second).toEqual(first);
  });

  it.each([
    [['--minimum', 'TLSv1.2', '--maximum', 'TLS 1.2'], { compliant: 1, violations: 3 }],
    [['--minimum', 'TLS1_1'], { compliant: 3, violations: 1 }],
    [['--to', '2026-11-02'], { outsideWindow: 7, deliveries: 0 }],
    [['--from', '2026-11-03', '--to', '2026-11-03'], { outsideWindow: 0, deliveries: 5 }],
    [['--from', '2026-11-03T09:00:00Z', '--to', '2026-11-03T09:00:00.001Z'], { outsideWindow: 0, deliveries: 5 }],
    [['--from', '2026-11-02', '--to', '2026-11-03T09:00:00Z'], { outsideWindow: 7, deliveries: 0 }],
  ])('keeps to %s', async (options, counts) => {
    expect((await scanned(['fail.csv', ...options])).counts).toMatchObject(counts);
  });
});

describe('scan for people', () => {
  it('says the verdict first and the worst domains before the others', async () => {
    const { code, stdout, stderr } = await scan(['fail.csv']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^FAIL/);
    const [plain, weak, modern] = ['plain.example', 'weak.example', 'modern.example'].map((name) =>
      stdout.indexOf(name),
    );
    expect(plain).toBeGreaterThan(0);
    expect(weak).toBeGreaterThan(plain!);
    expect(modern).toBeGreaterThan(weak!);
    expect(stdout).not.toMatch(/@|\u001B/);
  });

  it.each([
    ['csv', /^"?domain/i],
    ['html', /^<!doctype html>/i],
  ])('as %s', async (format, start) => {
    const { code, stdout, stderr } = await scan(['fail.csv', '--format', format]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(start);
    expect(stdout).toContain('plain.example');
  });
});

describe('--output', () => {
  it('holds the whole result in place of what was there, for whom it was readable before', async () => {
    const place = join(folder.path, 'results');
    await mkdir(place);
    const file = join(place, 'report.json');
    await writeFile(file, 'old\n'.repeat(10_000), { mode: 0o600 });
    expect(await scan(['fail.csv', '--json', '--output', file])).toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
    });
    expect(await readFile(file, 'utf8')).toBe((await scan(['fail.csv', '--json'])).stdout);
    expect((await stat(file)).mode & 0o077).toBe(0);
    expect(await readdir(place)).toEqual(['report.json']);
  });

  it('is left as it was when the scan fails', async () => {
    const file = join(folder.path, 'kept.json');
    await writeFile(file, 'kept');
    expect(await scan(['missing.csv', '--output', file])).toMatchObject({ code: 1 });
    expect(await readFile(file, 'utf8')).toBe('kept');
  });

  it('in a folder that is not there is a mistake', async () => {
    const ended = await scan(['fail.csv', '--output', 'nowhere/report.txt']);
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('nowhere/report.txt') });
    expect(existsSync(join(folder.path, 'nowhere'))).toBe(false);
  });
});

describe('--exit-code', () => {
  it.each([
    ['pass', 0],
    ['fail', 10],
    ['inconclusive', 11],
  ])('%s is %i, and 0 without the option', async (verdict, code) => {
    expect(await scan([`${verdict}.csv`, '--exit-code'])).toMatchObject({ code, stderr: '' });
    expect(await scan([`${verdict}.csv`])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('wrong usage', () => {
  it.each([
    ['an unknown option', ['scan', 'fail.csv', '--minimun', 'TLSv1.2'], '--minimun'],
    ['no file', ['scan'], 'file'],
    ['a day that does not exist', ['scan', 'fail.csv', '--from', '2026-02-30'], '2026-02-30'],
    ['a date nobody can read', ['scan', 'fail.csv', '--to', 'yesterday'], 'yesterday'],
    ['an empty window', ['scan', 'fail.csv', '--from', '2026-11-04', '--to', '2026-11-03'], '2026-11-04'],
    ['a minimum above the maximum', ['scan', 'fail.csv', '--minimum', 'TLSv1.3', '--maximum', 'TLSv1.2'], 'TLSv1.3'],
    ['an unknown version', ['scan', 'fail.csv', '--minimum', 'TLSv9'], 'TLSv9'],
    ['an unknown format', ['scan', 'fail.csv', '--format', 'pdf'], 'pdf'],
    ['two formats', ['scan', 'fail.csv', '--json', '--format', 'csv'], '--json'],
    ['an unknown date order', ['scan', 'fail.csv', '--date-order', 'ymd'], 'ymd'],
    ['standard input twice', ['scan', '-', '-'], 'standard input'],
    ['an unknown command', ['scam', 'fail.csv'], 'scam'],
  ])('%s ends with 2 and says what is wrong', async (_, args, named) => {
    const ended = await runProgram(args, { cwd: folder.path });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(named);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect(ended.stderr).not.toContain('\u001b');
  });
});

describe('a file that is refused', () => {
  const columns = ['Date/Time', 'Mail Event', 'Recipient', 'Sender'];
  it.each([
    ['without the needed columns', 'columns.csv', logText([{}], { columns }), 'TLS_Cipher'],
    ['that is empty', 'empty.csv', '', 'empty'],
    ['that is a cut archive', 'cut.csv.gz', gzipSync(LOGS.fail).subarray(0, -20), 'cut.csv.gz'],
    ['that is no archive', 'no.zip', 'not a zip', 'no.zip'],
    ['whose dates have two readings', 'dates.csv', logText([{ 'Date/Time': '3/06/2026 13:37' }]), '--date-order'],
  ])('%s ends with 1, prints no result and says why', async (_, name, content, named) => {
    await writeFile(join(folder.path, name), content);
    const ended = await scan([name, '--json']);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(named);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  it('refuses the whole scan, as its rows would be missing', async () => {
    await writeFile(join(folder.path, 'refused.csv'), logText([{}], { columns }));
    expect(await scan(['fail.csv', 'refused.csv', '--json'])).toMatchObject({ code: 1, stdout: '' });
  });
});

it('a reader that closes early (| head) is no failure', async () => {
  const rows = Array.from({ length: 8000 }, (_, number) => ({ Recipient: `ann@domain-${number}.example` }));
  await writeFile(join(folder.path, 'many.csv'), logText(rows));
  await using program = startProgram(['scan', 'many.csv', '--json'], { cwd: folder.path });
  program.closeStdoutEarly();
  expect(await program.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
});

it.each([['--version'], ['--help'], ['help']])('%s prints to standard output and ends with 0', async (option) => {
  const { code, stdout, stderr } = await runProgram([option], { cwd: folder.path });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toBe('');
});

describe('files that are not there', () => {
  it.each([
    ['a missing file', ['scan', 'fail.csv', 'missing.csv'], 'missing.csv'],
    ['a glob that fits nothing', ['scan', 'missing-*.csv'], 'missing-*.csv'],
    ['a name with control characters', ['scan', '\u001b[31mmissing.csv'], '\\u{1b}[31mmissing.csv'],
    ['a message with such a name', ['check-message', '\u001b[31mmissing.eml'], '\\u{1b}[31mmissing.eml'],
  ])('%s ends with 1 and says which', async (_, args, named) => {
    const ended = await runProgram(args, { cwd: folder.path });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(named);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
    expect(ended.stderr).not.toContain('\u001b');
  });
});
