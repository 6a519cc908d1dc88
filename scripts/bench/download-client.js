// One download through the built program, for scripts/bench-download.ts: the arguments are the server's URL, the path
// and the file to write.
import { generateKeyPairSync } from 'node:crypto';

const [, , loginUrl = '', path = '', destination = ''] = process.argv;
const built = new URL('../../dist/src/acquire/session.js', import.meta.url).href;
// Everything a run loads is in memory as well.
await import(new URL('../../dist/src/compose.js', import.meta.url).href);
const { openSession } = await import(built);

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const quiet = () => undefined;
const { signal } = new AbortController();
const session = await openSession(
  {
    loginUrl,
    auth: {
      type: 'jwt',
      clientId: 'bench',
      username: 'bench@example.com',
      privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      audience: loginUrl,
    },
    apiVersion: '65.0',
    timeoutMs: 60_000,
  },
  { clock: { now: () => new Date() }, logger: { debug: quiet, info: quiet, warn: quiet, error: quiet } },
  signal,
);
await session.download(path, destination, { maxBytes: 2 ** 40, signal });
await session.close();
