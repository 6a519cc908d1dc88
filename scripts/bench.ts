// npm run bench [-- --large]: how fast `scan` is and how much memory it takes, as a whole process, beside a bare
// csv-parse loop over the same file and Python's csv module. All in one run, in turns; the ratios are what counts.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeBenchLog } from './bench/log-generator.ts';
import { measure, type Measurement } from './bench/measure.ts';

const ROUNDS = 3;
const SEED = 20261122;
const root = fileURLToPath(new URL('..', import.meta.url));
const large = process.argv.includes('--large');

interface Contender {
  readonly name: string;
  readonly command: (file: string) => readonly [string, ...string[]];
}

const contenders: readonly Contender[] = [
  { name: 'tls-audit scan', command: (file) => [process.execPath, `${root}dist/src/cli.js`, 'scan', '--json', file] },
  { name: 'bare csv-parse', command: (file) => [process.execPath, `${root}scripts/bench/bare-loop.ts`, file] },
  { name: 'Python csv', command: (file) => ['python3', `${root}scripts/bench/count.py`, file] },
];

async function compare(file: string, rows: number): Promise<ReadonlyMap<string, Measurement>> {
  const bytes = statSync(file).size;
  console.log(
    `\n${rows.toLocaleString('en-US')} rows, ${(bytes / 1e6).toFixed(0)} MB, best of ${ROUNDS} rounds in turns`,
  );
  const best = new Map<string, Measurement>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, command } of contenders) {
      if (name === 'Python csv' && spawnSync('python3', ['--version']).status !== 0) continue;
      const seen = await measure(command(file));
      const before = best.get(name);
      best.set(name, {
        seconds: Math.min(seen.seconds, before?.seconds ?? Infinity),
        peakBytes: Math.max(seen.peakBytes, before?.peakBytes ?? 0),
      });
    }
  }
  const yardstick = best.get('bare csv-parse')?.seconds ?? NaN;
  console.log('                     seconds       rows/s     MB/s   peak MB   time beside bare csv-parse');
  for (const [name, { seconds, peakBytes }] of best) {
    console.log(
      name.padEnd(18),
      seconds.toFixed(2).padStart(9),
      Math.round(rows / seconds)
        .toLocaleString('en-US')
        .padStart(12),
      (bytes / 1e6 / seconds).toFixed(1).padStart(8),
      (peakBytes / 2 ** 20).toFixed(0).padStart(9),
      `${(seconds / yardstick).toFixed(2)} x`.padStart(10),
    );
  }
  return best;
}

const folder = mkdtempSync(join(tmpdir(), 'tls-audit-bench-'));
try {
  const peaks: { rows: number; bytes: number }[] = [];
  for (const rows of large ? [500_000, 5_000_000] : [500_000]) {
    const file = join(folder, `${rows}.csv`);
    await writeBenchLog(file, rows, SEED);
    const best = await compare(file, rows);
    peaks.push({ rows, bytes: best.get('tls-audit scan')?.peakBytes ?? 0 });
    rmSync(file);
  }
  const [small, big] = peaks;
  if (small !== undefined && big !== undefined) {
    const perRow = (big.bytes - small.bytes) / (big.rows - small.rows);
    console.log(
      `\nscan's peak memory grows by ${perRow.toFixed(1)} bytes a row beyond ${small.rows.toLocaleString('en-US')} rows`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
