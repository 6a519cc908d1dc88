import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OFFENDERS } from '../../src/demo/traffic/partners.ts';
import { parseMail } from './mail-parts.ts';
import { type Ended, makeFolder, runProgram } from './program.ts';

let temporary: Awaited<ReturnType<typeof makeFolder>>;
let folder: string;
let nights: readonly [Ended, Ended];

beforeAll(async () => {
  temporary = await makeFolder();
  folder = join(temporary.path, 'demo');
  const night = () => runProgram(['demo', '--folder', folder], { cwd: temporary.path });
  nights = [await night(), await night()];
});

afterAll(async () => {
  await temporary[Symbol.asyncDispose]();
});

describe('the demo', () => {
  it('ends well, night after night, with a verdict and without a warning', () => {
    for (const ended of nights) expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    for (const { stdout } of nights) expect(stdout).toMatch(/^FAIL {2}/m);
    expect(nights[0].stdout).toContain('Night 1,');
    expect(nights[1].stdout).toContain('Night 2,');
  });

  it('begins with a baseline', () => {
    expect(nights[0].stdout).toMatch(/Nothing earlier to compare with: a baseline/);
    expect(nights[0].stdout).not.toMatch(/\bresolved\b.*since the last audit/);
  });

  it('tells in the second night what is new, ongoing and resolved', () => {
    const { stdout } = nights[1];
    expect(stdout).toContain('1 new, 2 ongoing, 1 resolved since the last audit');
    expect(stdout).toMatch(new RegExp(`${OFFENDERS.begins}.*\\n\\s+new`));
    expect(stdout).toMatch(new RegExp(`${OFFENDERS.ongoing}.*\\n\\s+since `));
    expect(stdout).toMatch(new RegExp(`Resolved since last time\\n\\s+- ${OFFENDERS.stops}`));
  });

  it('says where its files are, and they are there, for nobody else to read', async () => {
    const written = ['night-1.eml', 'night-1.html', 'night-1-report.html', 'night-2.eml', 'night-2.html'];
    expect(await readdir(folder)).toEqual(expect.arrayContaining([...written, 'night-2-report.html', 'history.db']));
    for (const [index, { stdout }] of nights.entries()) {
      for (const name of [`night-${index + 1}.eml`, `night-${index + 1}.html`, 'history.db']) {
        expect(stdout).toContain(join('demo', name));
      }
    }
    expect((await stat(join(folder, 'history.db'))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readdir(temporary.path)).toEqual(['demo']);
  });

  it.each([
    [1, /^FAIL: 2 domains got plaintext mail \(/, [OFFENDERS.ongoing, OFFENDERS.stops, OFFENDERS.weak]],
    [
      2,
      /^FAIL: 2 domains got plaintext mail, 1 of them lost TLS$/,
      [OFFENDERS.ongoing, OFFENDERS.begins, OFFENDERS.weak],
    ],
  ])('keeps the mail of night %i as it arrived', async (number, subject, offenders) => {
    const { headers, parts } = parseMail(await readFile(join(folder, `night-${number}.eml`)));
    expect(headers.get('subject')).toEqual([expect.stringMatching(subject)]);
    expect(parts.map(({ type }) => type)).toEqual(['text/plain', 'text/html', 'text/csv']);
    for (const { text } of parts) for (const offender of offenders) expect(text).toContain(offender);
    const html = await readFile(join(folder, `night-${number}.html`), 'utf8');
    expect(parts[1]?.text.replaceAll('\r\n', '\n').trimEnd()).toBe(html.trimEnd());
  });

  it('keeps a history that status and report read', async () => {
    const options = { cwd: temporary.path, env: { TLS_AUDIT_HISTORY_PATH: join(folder, 'history.db') } };
    const { stdout } = await runProgram(['status', '--json'], options);
    const runs = JSON.parse(stdout) as unknown[];
    expect(runs).toHaveLength(2);
    for (const run of runs) expect(run).toMatchObject({ verdict: 'fail', mailedAt: expect.stringMatching(/^\d{4}-/) });
    expect(await runProgram(['report', '--format', 'html'], options)).toMatchObject({
      code: 0,
      stdout: await readFile(join(folder, 'night-2-report.html'), 'utf8'),
    });
  });
});

/** The newest of these days of any year that is past, so that certificates made on it are still valid. */
function latest(monthAndDay: string): string {
  const year = new Date().getUTCFullYear();
  const days = [year, year - 1].map((candidate) => `${candidate}-${monthAndDay}`);
  return days.find((day) => Date.parse(day) < Date.now()) ?? '';
}

/** Shifts the clock of the program; `data:` because no file of the product does such a thing. */
function clockAt(day: string): string {
  const source = `
    const shiftMs = ${Date.parse(`${day}T10:00:00Z`)} - Date.now();
    const RealDate = Date;
    globalThis.Date = class Date extends RealDate {
      constructor(...parts) { if (parts.length === 0) super(RealDate.now() + shiftMs); else super(...parts); }
      static now() { return RealDate.now() + shiftMs; }
    };`;
  return `--import=data:text/javascript,${encodeURIComponent(source)}`;
}

// The week before holds 2/03: believable as 2 March and, a month earlier, as 3 February.
it('the demo reads all its files on every day of a year', async () => {
  await using place = await makeFolder();
  const day = latest('03-09');
  const ended = await runProgram(['demo', '--folder', 'demo'], { cwd: place.path, nodeOptions: [clockAt(day)] });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toContain(`Night 1, ${day},`);
  expect(ended.stdout).not.toMatch(/log files? could not be read/);
});
