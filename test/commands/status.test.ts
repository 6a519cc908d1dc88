import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { DAY_MS, startOfUtcDay, utcDay } from '../../src/model/window.ts';
import { openHistory } from '../../src/record/history.ts';
import { packageRoot } from '../../src/support/package-info.ts';
import { type Nightly, openNightly } from '../nights/nightly.ts';

const JOB = 'outbound-audit';
const CLI = join(packageRoot, 'src', 'cli.ts');
const TODAY_MS = startOfUtcDay(Date.now());

let nightly: Nightly;
beforeEach(() => {
  nightly = openNightly(new Date(TODAY_MS - 4 * DAY_MS).toISOString());
  const settings = {
    source: { type: 'directory', directory: { path: join(nightly.folder, 'logs') } },
    history: { path: nightly.historyPath },
    mail: { enabled: false },
    jobs: { [JOB]: { schedule: '30 2 * * *', timezone: 'Europe/Berlin' } },
  };
  writeFileSync(join(nightly.folder, 'tls-audit.yaml'), stringify(settings));
});
afterEach(() => nightly[Symbol.dispose]());

function tlsAudit(...args: string[]) {
  const all = [CLI, ...args, '--config', join(nightly.folder, 'tls-audit.yaml')];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8', env: {} });
  expect({ args, status }).toEqual({ args, status: 0 });
  return { stdout, stderr };
}

function dayAgo(days: number) {
  const from = new Date(TODAY_MS - days * DAY_MS);
  return { day: utcDay(from), window: { from, to: new Date(from.getTime() + DAY_MS) } };
}

describe('tls-audit status', () => {
  it('shows runs, what has no data, what fails, what is owed and the next runs', async () => {
    const { day, window } = dayAgo(5);
    nightly.putLog(day);
    await nightly.run({ explicit: window });
    const history = openHistory(nightly.historyPath);
    const mail = { subject: 'FAIL: m', text: '', html: '', messageId: 'm@x', headers: {}, attachments: [] };
    history.outbox.put({ mail, kind: 'digest', job: JOB, at: new Date(), recipients: ['admin@example.com'] });
    history.troubles.failed(JOB, new Date(), 'the org said no');
    history.close();

    const { stdout } = tlsAudit('status');
    expect(stdout).toMatch(new RegExp(`^fail +${day} to ${day}  ${JOB}`));
    expect(stdout).toContain(`Failing\n  ${JOB}: 1 failure since`);
    expect(stdout).toMatch(
      new RegExp(`Without data \\(gap: has to be fetched.*\\)\n(  .*\n)*  gap   ${dayAgo(4).day} 00:00 UTC to`),
    );
    expect(stdout).toMatch(
      /Mail owed or refused\n {2}\d{4}-\d\d-\d\d \d\d:\d\d UTC FAIL: m: 1 recipient owed, 0 refused/,
    );
    const [, next = ''] =
      /Next runs of the worker\n  outbound-audit: (.+) \(schedule in Europe\/Berlin\)/.exec(stdout) ?? [];
    const times = next.split(', ').map((time) => time.slice(11));
    expect(times).toHaveLength(3);
    // 02:30 in Berlin, in winter, in summer and on the day the clocks are put forward.
    for (const time of times) expect(['01:30 UTC', '00:30 UTC', '01:00 UTC']).toContain(time);
    expect(stdout).toMatch(/weekly-summary: .+ \(schedule in UTC\)/);
  });
});

describe('a range that is run again', () => {
  it.each([
    [[], 'mail owed'],
    [['admin@example.com'], 'mail refused'],
  ])('tells a digest that is owed from one that was refused: %j', async (refusing, expected) => {
    const { day, window } = dayAgo(5);
    nightly.putLog(day);
    const { report } = await nightly.run({ explicit: window });
    const messageId = `${report.run?.id ?? ''}.m@example.com`;
    const mail = { subject: 'FAIL', text: '', html: '', messageId, headers: {}, attachments: [] };
    const [at, wanted] = [new Date(), ['admin@example.com']];
    const history = openHistory(nightly.historyPath);
    history.outbox.put({ mail, kind: 'digest', job: JOB, at, recipients: wanted });
    const refused = refusing.map((recipient) => ({ recipient, response: '550 no', permanent: true }));
    history.outbox.record(messageId, { accepted: [], refused, wanted, failure: null, at, nextTryAt: at });
    history.close();
    expect(tlsAudit('status').stdout.split('\n')[0]).toMatch(new RegExp(`  ${expected}$`));
  });

  it('is a revision: the reported figures stay readable, as reported and as now known', async () => {
    const { day, window } = dayAgo(5);
    nightly.putLog(day, [{ TLS_Cipher: ':' }]);
    const first = (await nightly.run({ explicit: window })).report.run!.id;
    nightly.putLog(day, [{ TLS_Cipher: ':' }, { TLS_Cipher: ':', Recipient: 'bob@late.example' }]);
    const second = (await nightly.run({ explicit: window })).report.run!.id;

    expect(tlsAudit('status').stdout).toContain(`superseded by ${second}`);
    const reported = tlsAudit('report', '--run', first, '--format', 'text');
    expect(reported.stdout).toContain('1 delivery to 1 domain was sent in plaintext.');
    expect(reported.stderr).toContain(`as reported. As now known: tls-audit report --run ${second}`);
    const known = tlsAudit('report', '--run', second, '--format', 'text');
    expect(known.stdout).toContain('2 deliveries to 2 domains were sent in plaintext.');
    expect(known.stderr).toBe('');
  });
});
