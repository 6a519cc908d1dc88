import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { DATA, granted, jwtAuth, TOKEN_PATH } from './fixture.ts';
import { json, ScriptedServer } from './loopback-server.ts';

const SESSION = pathToFileURL(join(import.meta.dirname, '../../src/acquire/session.ts')).href;
const ZOD = import.meta.resolve('zod');

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.finish());

it('leaves nothing that keeps the process alive, and jsforce prints nothing whatever the environment says', async () => {
  server.expect(TOKEN_PATH, granted(server));
  server.expect(
    `GET ${DATA}/query`,
    json(200, { totalSize: 0, done: true, records: [] }, { connection: 'keep-alive' }),
  );
  server.expect(`GET ${DATA}/query`, json(400, [{ errorCode: 'MALFORMED_QUERY', message: 'wrong' }]));
  const options = { loginUrl: server.url, auth: jwtAuth, apiVersion: '65.0', timeoutMs: 60_000 };
  const program = `
    const { openSession } = await import(${JSON.stringify(SESSION)});
    const { z } = await import(${JSON.stringify(ZOD)});
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    const signal = new AbortController().signal;
    const context = { clock: { now: () => new Date() }, logger: quiet };
    const session = await openSession(${JSON.stringify(options)}, context, signal);
    await session.query('SELECT Id FROM Account', z.object({}), signal);
    await session.query('SELECT Id FROM', z.object({}), signal).catch((error) => console.log(error.name));
    await session.close();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, JSFORCE_LOG_LEVEL: 'DEBUG', NODE_OPTIONS: '' },
    timeout: 20_000,
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, printed }).toEqual({ code: 0, printed: 'AuditError\n' });
});
