import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkMessage, type CheckOptions } from '../../src/commands/check-message.ts';
import { checkSnapshot } from '../../src/commands/check-snapshot.ts';

const GOOD = message('(version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 bits=128/128)');
const WEAK = message('(version=TLS1 cipher=AES128-SHA bits=128/128)');
const VAGUE = message('', 'ESMTPS');
const SNAPSHOT = 'X-SFDC-TLS-STATUS: true\nX-SFDC-TLS-VERSION: TLSv1.2\nX-SFDC-TLS-CIPHER: A-B\n\nbody\n';

function message(tls: string, keyword = 'ESMTPS'): string {
  const hop = `from smtp01.mta.salesforce.com (smtp01.mta.salesforce.com. [192.0.2.1])\r\n by mx.google.com with ${keyword} id 1\r\n ${tls}; Mon, 2 Nov 2026 10:00:00 +0000`;
  return `Received: ${hop}\r\nMessage-ID: <1@example.com>\r\n\r\nbody\r\n`;
}

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-message-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function save(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  return path;
}

async function run(
  paths: string[],
  options: Partial<CheckOptions> = {},
  { command = checkMessage, stdin = '' }: { command?: typeof checkMessage; stdin?: string } = {},
) {
  const { streams, printed } = capture(stdin);
  const code = await command(paths, { json: false, exitCode: false, color: false, width: 80, ...options }, streams);
  return { code, text: printed() };
}

function capture(stdin = '') {
  const pieces: string[] = [];
  const stdout = new Writable({
    write(piece: Buffer, _encoding, done) {
      pieces.push(piece.toString());
      done();
    },
  });
  const streams = { stdin: Readable.from([Buffer.from(stdin)]), stdout, stderr: new Writable() };
  return { streams, printed: () => pieces.join('') };
}

async function reports(paths: string[], options: Partial<CheckOptions> = {}, extra: Parameters<typeof run>[2] = {}) {
  const { text } = await run(paths, { json: true, ...options }, extra);
  return JSON.parse(text) as { file: string; verdict: string; protocol: string | null; direction: string }[];
}

describe('check-message', () => {
  it('prints one whole JSON document, and then fails, where a file between others cannot be read', async () => {
    const [first, last] = [await save('a.eml', GOOD), await save('z.eml', WEAK)];
    // Not even root can open the socket of a server as a file.
    const socket = join(folder, 'socket');
    const server = createServer().listen(socket);
    await once(server, 'listening');
    const options = { json: true, exitCode: true, color: false, width: 80 };
    const { streams, printed } = capture();
    await expect(checkMessage([first, socket, last], options, streams)).rejects.toThrow(
      `${socket}: the message cannot be read`,
    );
    await expect(checkMessage([socket, socket], options, capture().streams)).rejects.toThrow(
      `2 files could not be read:\n  ${socket}`,
    );
    server.close();
    await once(server, 'close');
    expect(JSON.parse(printed())).toMatchObject([{ file: first }, { file: last }]);
  });

  it('says in a line what TLS a message used', async () => {
    const path = await save('a.eml', GOOD);
    const { code, text } = await run([path]);
    expect(code).toBe(0);
    expect(text.split('\n')[0]).toBe(
      `PASS  ${path}: TLSv1.3 with TLS_AES_128_GCM_SHA256 at mx.google.com (Google), stated`,
    );
  });

  it.each([
    [checkMessage, GOOD],
    [checkSnapshot, SNAPSHOT],
  ])('calls standard input by its name for people, and - in JSON', async (command, stdin) => {
    expect((await run(['-'], {}, { command, stdin })).text).toMatch(/^PASS  standard input: /);
    expect(await reports(['-'], {}, { command, stdin })).toMatchObject([{ file: '-' }]);
  });

  it('reads files, folders in folders, mailboxes and standard input, in order', async () => {
    const weak = await save('weak.eml', WEAK);
    await save('box/b/2.eml', WEAK);
    await save('box/a.mbox', `From a Mon Nov  2 10:00:00 2026\n${GOOD}\nFrom a Mon Nov  2 10:00:00 2026\n${VAGUE}`);
    await save('box/.hidden', WEAK);
    await symlink(weak, join(folder, 'box/c.eml'));
    const found = await reports(['-', join(folder, 'box'), weak], {}, { stdin: GOOD });
    expect(found.map(({ file, verdict }) => [file.replace(folder, ''), verdict])).toEqual([
      ['-', 'pass'],
      ['/box/a.mbox', 'pass'],
      ['/box/a.mbox', 'inconclusive'],
      ['/box/b/2.eml', 'fail'],
      ['/box/c.eml', 'fail'],
      ['/weak.eml', 'fail'],
    ]);
  });

  it.each([
    [[GOOD], 0],
    [[GOOD, VAGUE], 11],
    [[VAGUE, WEAK, GOOD], 10],
    [[''], 11],
  ])('ends with the worst verdict on request', async (texts, expected) => {
    const paths = await Promise.all(texts.map((text, index) => save(`${index}.eml`, text)));
    expect((await run(paths, { exitCode: true })).code).toBe(expected);
    expect((await run(paths, { exitCode: true, json: true })).code).toBe(expected);
    expect((await run(paths)).code).toBe(0);
  });

  it('judges by the versions given', async () => {
    const path = await save('a.eml', GOOD);
    expect(await reports([path], { maximum: 'TLS1.2' })).toMatchObject([{ verdict: 'fail' }]);
    expect(await reports([await save('b.eml', WEAK)], { minimum: 'TLSv1' })).toMatchObject([{ verdict: 'pass' }]);
  });

  it.each<[Partial<CheckOptions>, RegExp]>([
    [{ minimum: 'TLSv9' }, /--minimum "TLSv9" is not a TLS version/],
    [{ maximum: '' }, /--maximum "" is not a TLS version/],
    [{ minimum: 'TLSv1.3', maximum: 'TLSv1.2' }, /nothing could comply/],
  ])('refuses the options %j', async (options, error) => {
    await expect(run([await save('a.eml', GOOD)], options)).rejects.toThrow(error);
  });

  it('reads what there is beside names that lead to no message, and then fails', async () => {
    const path = await save('a.eml', GOOD);
    await mkdir(join(folder, 'empty'));
    await symlink(join(folder, 'gone'), join(folder, 'link.eml'));
    const options = { json: true, exitCode: true, color: false, width: 80 };
    for (const name of ['missing.eml', 'empty', 'link.eml']) {
      const { streams, printed } = capture();
      await expect(checkMessage([join(folder, name), path], options, streams)).rejects.toThrow(name);
      expect(JSON.parse(printed())).toMatchObject([{ file: path }]);
    }
    const { streams, printed } = capture();
    await expect(checkMessage([folder], options, streams)).rejects.toThrow('link.eml: the message cannot be read');
    expect(JSON.parse(printed())).toHaveLength(1);
  });

  it('refuses names that lead to no message, before anything is printed', async () => {
    await mkdir(join(folder, 'empty'));
    const { streams, printed } = capture();
    const options = { json: true, exitCode: true, color: false, width: 80 };
    const missing = join(folder, 'missing.eml');
    await expect(checkMessage([missing], options, streams)).rejects.toMatchObject({ exitCode: 1 });
    await expect(checkMessage([missing, folder], options, streams)).rejects.toThrow(/2 files could not be read/);
    expect(printed()).toBe('');
    await expect(run([join(folder, 'empty')])).rejects.toMatchObject({ exitCode: 2 });
    await expect(run(['-', '-'])).rejects.toThrow(/only once/);
    await expect(run([])).rejects.toThrow(/no message was named/);
  });

  it('names a file that cannot be read', async () => {
    const failing = new Readable({
      read() {
        this.destroy(new Error('gone'));
      },
    });
    const options = { json: false, exitCode: false, color: false, width: 80 };
    const streams = { stdin: failing, stdout: new Writable(), stderr: new Writable() };
    await expect(checkMessage(['-'], options, streams)).rejects.toThrow(
      /standard input: the message cannot be read: gone/,
    );
  });
});

describe('check-snapshot', () => {
  it("judges by Salesforce's own headers", async () => {
    const path = await save('snapshot.txt', SNAPSHOT);
    expect(await reports([path], {}, { command: checkSnapshot })).toMatchObject([
      { file: path, verdict: 'pass', protocol: 'TLSv1.2', direction: 'inbound' },
    ]);
    expect((await run([path], { minimum: 'TLSv1.3', exitCode: true }, { command: checkSnapshot })).code).toBe(10);
    expect((await run([path], {}, { command: checkSnapshot })).text.split('\n')[0]).toBe(
      `PASS  ${path}: TLSv1.2 with A-B at Salesforce, stated in X-SFDC-TLS-VERSION`,
    );
  });
});
