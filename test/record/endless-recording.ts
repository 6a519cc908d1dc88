// Started by crash.test.ts, which kills it: records run after run, each of 3 days and 200 domains, and says so.
import { writeSync } from 'node:fs';
import { openHistory } from '../../src/record/history.ts';
import { DAY_MS } from '../../src/model/window.ts';
import { daysOf, domainOf, reportOf } from './fixtures.ts';

const [path = '', prefix = ''] = process.argv.slice(2);
const history = openHistory(path);
writeSync(1, 'open\n');

for (let number = 0; ; number += 1) {
  const id = `${prefix}-${number}`;
  // Windows overlap and return: every run replaces days of others, every tenth one supersedes a run.
  const fromMs = Date.parse('2026-01-01T00:00:00Z') + (number % 10) * DAY_MS;
  const [from, to] = [new Date(fromMs).toISOString(), new Date(fromMs + 3 * DAY_MS).toISOString()];
  const domains = Array.from({ length: 200 }, (_, n) => domainOf(`d${n}.example`, { deliveries: number + 1 }));
  history.record({ report: reportOf({ id, from, to }), days: daysOf(from, to, domains) });
  writeSync(1, `${id}\n`);
}
