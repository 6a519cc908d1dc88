import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeDigestFiles } from '../../src/deliver/digest-files.ts';
import { failureOf, sampleMail } from './sample-mail.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'digest-files-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const raw = Buffer.from('Subject: x\r\n\r\nraw\r\n');

describe('writeDigestFiles', () => {
  it('writes both files under the name of the message, for the owner only', async () => {
    const target = join(folder, 'made', 'here');
    const { eml, html } = await writeDigestFiles(target, sampleMail(), raw);
    expect(eml).toBe(join(target, 'run-1234.outbound-audit@audit.example.com.eml'));
    expect(await readFile(eml)).toEqual(raw);
    expect(await readFile(html, 'utf8')).toBe(sampleMail().html);
    expect((await stat(eml)).mode & 0o777).toBe(0o600);
    expect((await stat(html)).mode & 0o777).toBe(0o600);
  });

  it('replaces its own files and leaves nothing else behind', async () => {
    const first = await writeDigestFiles(folder, sampleMail(), raw);
    await writeFile(first.eml, 'old', { mode: 0o644 });
    const second = await writeDigestFiles(folder, sampleMail(), raw);
    expect(second).toEqual(first);
    expect(await readFile(second.eml)).toEqual(raw);
    expect((await readdir(folder)).sort()).toEqual([basename(first.eml), basename(first.html)].sort());
  });

  it.each([
    '../../etc/x@example.com',
    '/abs@example.com',
    '..',
    '',
    '.hidden@example.com',
    'a\0b@example.com',
    'ü',
    'x'.repeat(400),
  ])('keeps a Message-ID inside the folder: %j', async (messageId) => {
    const { eml, html } = await writeDigestFiles(folder, sampleMail({ messageId }), raw);
    expect([dirname(eml), dirname(html)]).toEqual([folder, folder]);
    expect(basename(eml)).toMatch(/^[A-Za-z0-9@_][A-Za-z0-9@._-]{0,130}\.eml$/);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('keeps two messages apart that differ only in characters a path cannot hold', async () => {
    const one = await writeDigestFiles(folder, sampleMail({ messageId: 'a/b@example.com' }), raw);
    const two = await writeDigestFiles(folder, sampleMail({ messageId: 'a:b@example.com' }), raw);
    expect(one.eml).not.toBe(two.eml);
  });

  it('names the folder it cannot write to', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const error = await failureOf(writeDigestFiles(join(file, 'below'), sampleMail(), raw));
    expect(error.message).toContain(join(file, 'below'));
    expect(error.remedy).toContain('folder');
  });
});
