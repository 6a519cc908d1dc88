// npm run bench:download [-- --megabytes N]: peak memory and time for the download of one large file, as a whole
// process, beside plain curl writing the same body to a file. All in one run, in turns; the ratio is what counts.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure, type Measurement } from './bench/measure.ts';

const ROUNDS = 3;
const PATH = '/sobjects/ContentVersion/068000000000001/VersionData';

const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '1024' } } });
const totalBytes = Number(values.megabytes) * 2 ** 20;
const block = randomBytes(2 ** 20);

async function sendBody(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': String(totalBytes) });
  for (let sent = 0; sent < totalBytes; sent += block.length) {
    if (!response.write(block.subarray(0, totalBytes - sent))) await once(response, 'drain');
  }
  response.end();
}

const server = createServer((request, response) => {
  request.resume();
  if (request.method === 'POST') {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: 'bench', instance_url: url, token_type: 'Bearer' }));
  } else {
    // A client that leaves early ends its own turn with an error.
    sendBody(response).catch(() => response.destroy());
  }
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const folder = mkdtempSync(join(tmpdir(), 'tls-audit-bench-'));
const file = join(folder, 'log.csv');
const client = fileURLToPath(new URL('bench/download-client.js', import.meta.url));

const contenders: readonly { readonly name: string; readonly command: readonly [string, ...string[]] }[] = [
  { name: 'tls-audit', command: [process.execPath, client, url, PATH, file] },
  {
    name: 'curl to a file',
    command: ['curl', '--silent', '--fail', '--output', file, `${url}/services/data/v65.0${PATH}`],
  },
];

try {
  console.log(`${(totalBytes / 2 ** 20).toFixed(0)} MiB over loopback, best of ${ROUNDS} rounds in turns`);
  const best = new Map<string, Measurement>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, command } of contenders) {
      const result = await measure(command);
      if (statSync(file).size !== totalBytes) throw new Error(`${name} wrote ${statSync(file).size} bytes`);
      rmSync(file);
      const before = best.get(name);
      best.set(name, {
        seconds: Math.min(result.seconds, before?.seconds ?? Infinity),
        // The worst of all rounds: memory has a limit, not a record.
        peakBytes: Math.max(result.peakBytes, before?.peakBytes ?? 0),
      });
    }
  }
  for (const [name, { seconds, peakBytes }] of best) {
    console.log(`${name.padEnd(16)} ${seconds.toFixed(2)} s  peak ${(peakBytes / 2 ** 20).toFixed(0)} MiB`);
  }
  const ratio = (best.get('tls-audit')?.seconds ?? NaN) / (best.get('curl to a file')?.seconds ?? NaN);
  console.log(`tls-audit takes ${ratio.toFixed(2)} times as long as curl`);
} finally {
  rmSync(folder, { recursive: true });
  server.closeAllConnections();
  server.close();
}
