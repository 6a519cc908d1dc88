import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DownloadOptions } from '../../src/acquire/session.ts';
import { AuditError } from '../../src/support/errors.ts';
import {
  collectLogs,
  contextWith,
  DATA,
  everythingOf,
  failureOf,
  granted,
  never,
  open,
  SECRETS,
  TOKEN,
  TOKEN_2,
  TOKEN_PATH,
} from './fixture.ts';
import { bytes, json, ScriptedServer, status } from './loopback-server.ts';

const PATH = '/sobjects/ContentVersion/068xx0000000001AAA/VersionData';
const GET = `GET ${DATA}${PATH}`;
const CONTENT = randomBytes(300_000);
const MD5 = createHash('md5').update(CONTENT).digest('hex');

let server: ScriptedServer;
let other: ScriptedServer;
let folder: string;
beforeEach(async () => {
  server = await ScriptedServer.start();
  other = await ScriptedServer.start();
  folder = await mkdtemp(join(tmpdir(), 'tls-audit-download-'));
  server.expect(TOKEN_PATH, granted(server));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await Promise.all([server.finish(), other.finish()]);
});

async function download(
  options: Partial<DownloadOptions> = {},
  settings: { timeoutMs?: number; logger?: ReturnType<typeof collectLogs> } = {},
) {
  const context = contextWith(settings.logger === undefined ? {} : { logger: settings.logger });
  const session = await open(server, { timeoutMs: settings.timeoutMs ?? 5000, context });
  return session.download(PATH, join(folder, 'log.csv'), { maxBytes: 1e9, signal: never, ...options });
}

async function expectWhole(): Promise<void> {
  expect(await readdir(folder)).toEqual(['log.csv']);
  expect(CONTENT.equals(await readFile(join(folder, 'log.csv')))).toBe(true);
}

async function expectRefused(promise: Promise<unknown>, words: string): Promise<Error> {
  const failure = await failureOf(promise);
  expect(failure).toBeInstanceOf(AuditError);
  expect(failure.message).toContain(words);
  expect(failure.remedy).toBeTruthy();
  for (const secret of SECRETS) expect(everythingOf(failure)).not.toContain(secret);
  expect(await readdir(folder)).toEqual([]);
  return failure;
}

const HTML = status(200, { 'content-type': 'text/html;charset=UTF-8' }, '<html>back soon</html>');

describe('download', () => {
  it('writes the whole file, readable by this user only', async () => {
    server.expect(GET, bytes(CONTENT));
    const spooled = await download({ expectedBytes: CONTENT.length, expectedMd5: MD5.toUpperCase() });
    expect(spooled).toEqual({ bytes: CONTENT.length, md5: MD5 });
    await expectWhole();
    expect((await stat(join(folder, 'log.csv'))).mode & 0o777).toBe(0o600);
    expect(server.received[1]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('does not write into a part that an earlier run left', async () => {
    await writeFile(join(folder, 'log.csv.part'), 'left', { mode: 0o644 });
    server.expect(GET, bytes(CONTENT));
    await download();
    expect((await stat(join(folder, 'log.csv'))).mode & 0o777).toBe(0o600);
    await expectWhole();
  });

  it('takes a chunked answer', async () => {
    server.expect(GET, (response) => {
      response.writeHead(200);
      response.write(CONTENT.subarray(0, 1000));
      response.end(CONTENT.subarray(1000));
    });
    await download();
    await expectWhole();
  });

  it('understands a gzip-encoded answer, whose Content-Length is not that of the file', async () => {
    server.expect(GET, bytes(gzipSync(CONTENT), { 'content-encoding': 'gzip' }));
    await download({ expectedBytes: CONTENT.length, expectedMd5: MD5 });
    await expectWhole();
    expect(server.received[1]?.headers['accept-encoding']).toBe('identity');
  });

  it('takes an empty file', async () => {
    server.expect(GET, status(204));
    expect((await download({ expectedBytes: 0 })).bytes).toBe(0);
  });

  it.each<[string, Parameters<ScriptedServer['expect']>[1]]>([
    ['500', status(500)],
    ['503 with a page', status(503, { 'content-type': 'text/html' }, '<html>maintenance</html>')],
    ['429', status(429, { 'retry-after': '0' })],
    ['a reset', (response) => response.destroy()],
    [
      'a cut body of known length',
      (response) => {
        response.writeHead(200, { 'content-length': String(CONTENT.length) });
        response.write(CONTENT.subarray(0, 100_000), () => response.destroy());
      },
    ],
    [
      'a cut chunked body',
      (response) => {
        response.writeHead(200);
        response.write(CONTENT.subarray(0, 100_000), () => response.destroy());
      },
    ],
    ['a shorter file', bytes(CONTENT.subarray(0, 1000))],
    ['a longer file', (response) => response.writeHead(200).end(Buffer.concat([CONTENT, CONTENT]))],
    ['a damaged file', bytes(Buffer.concat([CONTENT.subarray(1), Buffer.from([CONTENT[0]! ^ 1])]))],
    ['a truncated gzip', bytes(gzipSync(CONTENT).subarray(0, 200_000), { 'content-encoding': 'gzip' })],
    ['bytes that are no gzip', bytes(CONTENT, { 'content-encoding': 'gzip' })],
  ])('tries again after %s', async (_name, fault) => {
    server.expect(GET, fault).expect(GET, bytes(CONTENT));
    const logger = collectLogs();
    await download({ expectedBytes: CONTENT.length, expectedMd5: MD5 }, { logger });
    await expectWhole();
    expect(logger.lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('trying again') }]);
  });

  it('tries again after a stall, before and within the body', async () => {
    server.expect(GET, () => undefined);
    server.expect(GET, (response) => void response.writeHead(200, { 'content-length': '300000' }).write('x'));
    server.expect(GET, bytes(CONTENT));
    await download({}, { timeoutMs: 100 });
    await expectWhole();
  });

  it('does not take a slow body for a stalled one', async () => {
    server.expect(GET, (response) => {
      response.writeHead(200, { 'content-length': String(CONTENT.length) });
      const parts = Array.from({ length: 6 }, (_, index) => CONTENT.subarray(index * 50_000, (index + 1) * 50_000));
      const timer = setInterval(() => {
        response.write(parts.shift());
        if (parts.length === 0) response.end(() => clearInterval(timer));
      }, 40);
    });
    await download({}, { timeoutMs: 150 });
    await expectWhole();
  });

  it('renews an expired token once', async () => {
    server.expect(GET, json(401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]));
    server.expect(TOKEN_PATH, granted(server, TOKEN_2)).expect(GET, bytes(CONTENT));
    await download();
    expect(server.received.at(-1)?.headers.authorization).toBe(`Bearer ${TOKEN_2}`);
    await expectWhole();
  });

  it('ends when the new token is refused as well', async () => {
    const expired = json(401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]);
    server.expect(GET, expired).expect(TOKEN_PATH, granted(server, TOKEN_2)).expect(GET, expired);
    await expectRefused(download(), 'INVALID_SESSION_ID');
  });

  it.each<[string, Parameters<ScriptedServer['expect']>[1], string]>([
    ['404', json(404, [{ errorCode: 'NOT_FOUND', message: 'Requested object is not found' }]), 'NOT_FOUND'],
    ['403', json(403, [{ errorCode: 'INSUFFICIENT_ACCESS', message: 'no access' }]), 'INSUFFICIENT_ACCESS'],
    [
      'no API requests left',
      json(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'x' }]),
      'REQUEST_LIMIT_EXCEEDED',
    ],
    ['half a file', status(206, { 'content-length': '4' }, 'half'), 'HTTP_206'],
    ['a redirect to nowhere', status(302), 'BAD_REDIRECT'],
    ['a redirect to http', status(302, { location: 'http://files.example/x' }), 'expected https'],
  ])('does not try again after %s', async (_name, answer, words) => {
    server.expect(GET, answer);
    await expectRefused(download(), words);
  });

  it('tries again after HTML instead of a file, which may be a page that asks for patience', async () => {
    server.expect(GET, HTML).expect(GET, bytes(CONTENT));
    await download();
    await expectWhole();
  });

  it('takes HTML for no file, however often it comes', async () => {
    for (let time = 0; time < 3; time++) server.expect(GET, HTML);
    await expectRefused(download(), 'HTML_INSTEAD_OF_FILE');
  });

  it('does not trust a body whose length nothing states', async () => {
    server.expect(GET, (response) => {
      response.socket?.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf a file?');
    });
    await expectRefused(download(), 'LENGTH_UNKNOWN');
  });

  it('gives up after the last try and leaves nothing', async () => {
    for (let time = 0; time < 3; time++) server.expect(GET, bytes('wrong'));
    await expectRefused(download({ expectedMd5: MD5 }), 'WRONG_CHECKSUM');
  });

  it('gives up when the total time is over', async () => {
    server.expect(GET, () => undefined);
    await expectRefused(download({ totalMs: 60 }), 'TIMED_OUT');
  });

  it('says then what the try before ended with', async () => {
    server.expect(GET, status(503)).expect(GET, () => undefined);
    await expectRefused(download({ totalMs: 2000 }), 'within 2000 ms in all; the try before ended with HTTP_503');
  });

  it('says of an encoded answer that is cut every time that it did not arrive whole', async () => {
    const cut = bytes(gzipSync(CONTENT).subarray(0, 200_000), { 'content-encoding': 'gzip' });
    for (let time = 0; time < 3; time++) server.expect(GET, cut);
    const failure = await failureOf(download());
    expect(failure.message).toMatch(/Z_BUF_ERROR \("the encoded answer is cut or damaged"\).* did not arrive whole/);
    expect(failure.remedy).toMatch(/^Run again/);
  });

  it('does not wait longer than the total time allows', async () => {
    server.expect(GET, status(503, { 'retry-after': '3600' }));
    await expectRefused(download(), 'HTTP_503');
  });

  it.each<[string, Parameters<ScriptedServer['expect']>[1]]>([
    ['says', bytes(CONTENT)],
    ['has', (response) => response.writeHead(200).end(CONTENT)],
  ])('refuses a file that %s it is larger than allowed', async (_name, answer) => {
    server.expect(GET, answer);
    const failure = await expectRefused(download({ maxBytes: 1000 }), 'source.maxFileBytes allows 1000');
    expect(failure.message).toContain(PATH);
  });

  it('follows a redirect within the org with the token', async () => {
    server.expect(GET, status(302, { location: '/moved' })).expect('GET /moved', bytes(CONTENT));
    await download();
    expect(server.received.at(-1)?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    await expectWhole();
  });

  it('follows a redirect to another origin without the token', async () => {
    server.expect(GET, status(302, { location: `${other.url}/signed?key=1` }));
    other.expect('GET /signed', bytes(CONTENT));
    await download();
    expect(other.received[0]?.headers.authorization).toBeUndefined();
    await expectWhole();
  });

  it('does not renew the token for the sake of another origin, nor speak of the session', async () => {
    server.expect(GET, status(302, { location: `${other.url}/signed` }));
    other.expect('GET /signed', status(401));
    const { message } = await expectRefused(download(), 'REDIRECT_REFUSED');
    expect(message).toContain(`${new URL(other.url).host}, where the download leads to, answered 401`);
    expect(message).not.toContain('session');
  });

  it('tries again where another origin is down', async () => {
    server.expect(GET, status(302, { location: `${other.url}/signed` }));
    other.expect('GET /signed', status(503));
    server.expect(GET, status(302, { location: `${other.url}/signed` }));
    other.expect('GET /signed', bytes(CONTENT));
    await download();
    await expectWhole();
  });

  it('follows no circle', async () => {
    for (let time = 0; time < 6; time++) server.expect(GET, status(302, { location: DATA + PATH }));
    await expectRefused(download(), 'TOO_MANY_REDIRECTS');
  });

  it('stops in the middle of the body when its signal aborts', async () => {
    const controller = new AbortController();
    server.expect(GET, (response) => {
      response.writeHead(200, { 'content-length': '300000' });
      response.write(CONTENT.subarray(0, 100_000), () => controller.abort(new Error('stop')));
    });
    expect((await failureOf(download({ signal: controller.signal }))).message).toBe('stop');
    expect(await readdir(folder)).toEqual([]);
  });

  it('names the folder it cannot write to', async () => {
    server.expect(GET, bytes(CONTENT));
    const session = await open(server);
    const failure = await failureOf(
      session.download(PATH, join(folder, 'gone', 'log.csv'), { maxBytes: 1e9, signal: never }),
    );
    expect(failure).toBeInstanceOf(AuditError);
    expect(failure.message).toContain('ENOENT');
    expect(failure.remedy).toContain('spool.path');
  });
});
