import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Report } from '../../src/model/report.ts';
import { DAY_MS, utcDay } from '../../src/model/window.ts';
import { parseMail, wholeTextOf } from './mail-parts.ts';
import { type Ended, until } from './program.ts';
import { hasHistory, openStage, reportOf, type SettingsTree, type Stage } from './stage.ts';

const DAY = '2026-11-16';
const NEXT_DAY = '2026-11-17';
const ONE_DAY = ['--from', DAY, '--to', DAY] as const;

/** Everything personal in a message begins with this. */
const PERSON = 'private-person';

const TLS13 = ['true', 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'] as const;
const TLS12 = ['true', 'TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384'] as const;
const TLS10 = ['true', 'TLSv1', 'AES256-SHA'] as const;
const PLAINTEXT = ['false', 'None', 'None'] as const;

interface Message {
  /** Host that hands the message to Salesforce. */
  readonly server?: string;
  readonly sender?: string;
  /** X-SFDC-TLS-STATUS, -VERSION and -CIPHER; null where there are none. */
  readonly tls?: readonly [string, string, string] | null;
  /** Instead of all of the above. */
  readonly headers?: string | null;
  /** Put behind the headers. */
  readonly more?: string;
  readonly day?: string;
  readonly time?: string;
  readonly incoming?: boolean;
}

function headersOf({ server = 'mx1.acme.example', tls = TLS13, more = '' }: Message): string {
  const own =
    tls === null
      ? []
      : [`X-SFDC-TLS-STATUS: ${tls[0]}`, `X-SFDC-TLS-VERSION: ${tls[1]}`, `X-SFDC-TLS-CIPHER: ${tls[2]}`];
  return [
    ...own,
    `Received: from [192.0.2.10] ([192.0.2.10:4711] helo=${server})`,
    `\tby mx1-dfw.mta.salesforce.com (envelope-from <${PERSON}@acme.example>)`,
    '\t(ecelerity 4.2.38 r(Core:release/4.2)) with ESMTPS id 4A/1B-2C3D; Mon, 16 Nov 2026 03:00:00 +0000',
    `From: ${PERSON} <${PERSON}@acme.example>`,
    `To: ${PERSON}@support.example`,
    `Subject: ${PERSON}`,
    'X-SFDC-Original-RCPT: support@acme.example',
    more,
  ].join('\r\n');
}

function receive(stage: Stage, message: Message): void {
  const { day = DAY, time = '09:00:00', sender = 'acme.example', incoming = true } = message;
  const at = new Date(`${day}T${time}Z`);
  stage.org.addRecord('EmailMessage', {
    CreatedDate: at,
    MessageDate: at,
    Incoming: incoming,
    FromAddress: `${PERSON}@${sender}`,
    FromName: PERSON,
    ToAddress: `${PERSON}@support.example`,
    Subject: PERSON,
    TextBody: PERSON,
    HtmlBody: PERSON,
    Headers: message.headers === undefined ? headersOf(message) : message.headers,
  });
}

function run(stage: Stage, ...args: readonly string[]): Promise<Ended> {
  return stage.run(['inbound-audit', '--json', ...args]);
}

function deliveriesByDomain(domains: Report['domains'] | undefined) {
  return domains?.map(({ domain, deliveries, protocols }) => [domain, deliveries, protocols]);
}

describe('a day of received mail', () => {
  let stage: Stage;
  let ended: Ended;
  let report: Report;

  beforeAll(async () => {
    stage = await openStage();
    receive(stage, { server: 'mx1.relay.example', sender: 'one.example', tls: PLAINTEXT });
    receive(stage, { server: 'mx2.relay.example', sender: 'two.example', tls: PLAINTEXT });
    receive(stage, { server: 'mx2.relay.example', sender: 'two.example', tls: TLS12 });
    receive(stage, { server: 'mail.old.example', sender: 'old.example', tls: TLS10 });
    receive(stage, { server: 'mail-ot1-f52.google.example', sender: 'one.example' });
    receive(stage, { server: 'mail-ot1-f53.google.example', sender: 'three.example', time: '23:59:59' });
    // Forged by the sender, below what Salesforce wrote.
    receive(stage, { server: 'mail.forger.example', sender: 'forger.example', more: 'X-SFDC-TLS-STATUS: false' });
    receive(stage, {
      server: 'mail.forger.example',
      sender: 'forger.example',
      tls: PLAINTEXT,
      more: 'X-SFDC-TLS-STATUS: true\r\nX-SFDC-TLS-VERSION: TLSv1.3',
    });
    receive(stage, { server: 'mail.silent.example', sender: 'silent.example', tls: null });
    receive(stage, { server: 'mail.long.example', sender: 'long.example', more: `X-Pad: ${'a'.repeat(40_000)}` });
    receive(stage, { headers: null, sender: 'bare.example' });
    receive(stage, { headers: '', sender: 'bare.example' });
    // None of these belongs to the day's incoming mail.
    receive(stage, { tls: PLAINTEXT, sender: 'sent.example', incoming: false });
    receive(stage, { tls: PLAINTEXT, sender: 'earlier.example', day: '2026-11-15', time: '23:59:59' });
    receive(stage, { tls: PLAINTEXT, sender: 'later.example', day: NEXT_DAY, time: '00:00:00' });
    ended = await run(stage, ...ONE_DAY);
    report = reportOf(ended);
  });

  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
  });

  it('is judged by what Salesforce noted, everything else counted as unrecognised', () => {
    expect(report).toMatchObject({
      schema: 'tls-audit/report/1',
      direction: 'inbound',
      verdict: 'fail',
      reasons: [
        '3 messages from 2 domains were received in plaintext',
        '1 message from 1 domain came over TLS older than TLSv1.2 (TLSv1.0)',
        '5 messages from 4 domains do not tell what TLS was used',
      ],
      window: { from: '2026-11-16T00:00:00.000Z', to: '2026-11-17T00:00:00.000Z' },
      sources: [{ name: 'EmailMessage', rows: 12 }],
      counts: {
        rows: 12,
        rejected: 0,
        duplicates: 0,
        outsideWindow: 0,
        events: { R: 0, D: 12, T: 0, P: 0, other: 0 },
        deliveries: 12,
        compliant: 3,
        violations: 4,
        unrecognised: 5,
      },
      gaps: [],
      failures: [],
      run: { job: 'inbound-audit' },
    });
    expect(report.unrecognisedValues).toEqual([
      { column: 'Headers', value: 'no headers were kept', count: 2 },
      {
        column: 'Headers',
        value:
          'X-SFDC-TLS-STATUS stands there 2 times with different values: the first counts, but the sender may have forged one (duplicate)',
        count: 1,
      },
      { column: 'Headers', value: 'no X-SFDC-TLS header', count: 1 },
      { column: 'Headers', value: 'the headers are cut at 32,000 characters', count: 1 },
    ]);
  });

  it('is grouped by the server that handed it to Salesforce, and by sender', () => {
    expect(deliveriesByDomain(report.domains)).toEqual([
      ['relay.example', 3, { 'TLSv1.2': 1, plaintext: 2 }],
      ['forger.example', 2, { plaintext: 1, unrecognised: 1 }],
      ['old.example', 1, { 'TLSv1.0': 1 }],
      ['long.example', 1, { unrecognised: 1 }],
      ['silent.example', 1, { unrecognised: 1 }],
      ['unknown', 2, { unrecognised: 2 }],
      ['google.example', 2, { 'TLSv1.3': 2 }],
    ]);
    expect(deliveriesByDomain(report.senders)).toEqual([
      ['forger.example', 2, { plaintext: 1, unrecognised: 1 }],
      ['one.example', 2, { 'TLSv1.3': 1, plaintext: 1 }],
      ['two.example', 2, { 'TLSv1.2': 1, plaintext: 1 }],
      ['old.example', 1, { 'TLSv1.0': 1 }],
      ['bare.example', 2, { unrecognised: 2 }],
      ['long.example', 1, { unrecognised: 1 }],
      ['silent.example', 1, { unrecognised: 1 }],
      ['three.example', 1, { 'TLSv1.3': 1 }],
    ]);
  });

  it('says what to switch on for what is unrecognised', () => {
    expect(report.notes).toEqual([
      expect.stringMatching(/^2 messages without headers: switch on "Save Email Headers"/),
      expect.stringMatching(/^1 message with headers cut at 32,000 characters/),
      expect.stringMatching(/^1 message with headers, but no X-SFDC-TLS-STATUS/),
      expect.stringMatching(/^1 message with X-SFDC-TLS headers that contradict each other/),
    ]);
  });

  it('asks the org for headers only, and for nothing it does not have', () => {
    expect(stage.org.unexpected).toEqual([]);
    const asked = stage.org.requests.flatMap(({ soql }) => soql ?? []);
    expect(asked).toEqual([expect.stringMatching(/^SELECT Id, FromAddress, CreatedDate, Headers FROM EmailMessage /)]);
  });

  it('is mailed as received mail', () => {
    expect(stage.mailbox.messages).toHaveLength(1);
    const { headers, parts } = parseMail(stage.mailbox.messages[0]!.raw);
    expect(headers.get('subject')).toEqual(['FAIL: plaintext mail received from 2 domains']);
    for (const part of parts.slice(0, 2)) {
      expect(part.text).toContain('mail received by Salesforce');
      expect(part.text).toContain('Save Email Headers');
      expect(part.text).not.toMatch(/mail that Salesforce sent|Email Log/);
      for (const domain of ['relay.example', 'forger.example', 'two.example']) expect(part.text).toContain(domain);
    }
  });

  it('keeps people out of all output, the mail and the history', async () => {
    const mail = wholeTextOf(parseMail(stage.mailbox.messages[0]!.raw));
    const history = (await readFile(stage.historyPath)).toString('latin1');
    expect(history).toContain('relay.example');
    for (const text of [ended.stdout, ended.stderr, mail, history]) expect(text).not.toContain(PERSON);
  });

  it('is recorded under its own job, and shown again', async () => {
    expect(await stage.status()).toMatchObject([
      { id: report.run?.id, job: 'inbound-audit', verdict: 'fail', mailedAt: expect.stringMatching(/^\d{4}-/) },
    ]);
    const shown = await stage.start(['report', '--format', 'text']).ended;
    expect(shown.stdout).toMatch(/^FAIL {2}3 messages from 2 domains were received in plaintext\./);
    expect(shown.stdout).toContain('Sender domain');
  });

  it('is told of in a range and in letters to those who send', async () => {
    const report = async (...args: string[]) =>
      await stage.start(['report', '--job', 'inbound-audit', ...ONE_DAY, ...args]).ended;
    const range = reportOf(await report('--json'));
    expect(range).toMatchObject({ direction: 'inbound', verdict: 'fail' });
    expect(range.advice).toBeUndefined();
    for (const format of ['text', 'csv', 'html']) {
      expect((await report('--format', format)).stdout).toContain('relay.example');
    }
    const letter = await report('--letter', 'relay.example');
    expect(letter.stdout).toContain('To: postmaster@relay.example');
    expect(letter.stdout).toContain('2 of 3 messages from your');
    const nobody = await report('--letter', 'unknown');
    expect(nobody).toMatchObject({ code: 2, stdout: '' });
    expect(nobody.stderr).toContain('no postmaster to write to');
    expect(await report('--letter', 'google.example')).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('a run of inbound-audit', () => {
  it('reads every message across the pages, and passes only where all comply', async () => {
    await using stage = await openStage();
    const count = 403;
    for (let index = 0; index < count; index++) {
      const seconds = String(index % 60).padStart(2, '0');
      receive(stage, { server: `mx${index}.acme.example`, sender: `s${index % 7}.example`, time: `10:00:${seconds}` });
    }
    const ended = await run(stage, ...ONE_DAY, '--exit-code');
    expect(ended.code).toBe(0);
    const report = JSON.parse(ended.stdout) as Report;
    expect(report).toMatchObject({
      verdict: 'pass',
      reasons: [],
      notes: [],
      counts: { rows: count, compliant: count },
    });
    expect(deliveriesByDomain(report.domains)).toEqual([['acme.example', count, { 'TLSv1.3': count }]]);
    expect(report.senders).toHaveLength(7);
    expect(stage.org.requests.filter(({ path }) => path.includes('/query'))).toHaveLength(3);
  });

  it('is inconclusive, and no pass, without a message', async () => {
    await using stage = await openStage();
    const ended = await run(stage, ...ONE_DAY, '--exit-code');
    expect(ended.code).toBe(11);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['no message was judged'],
      notes: [expect.stringMatching(/Email-to-Case/)],
      gaps: [],
    });
    const mail = parseMail(stage.mailbox.messages[0]!.raw);
    expect(mail.headers.get('subject')).toEqual(['INCONCLUSIVE: no incoming mail']);
  });

  it('fails when the pages end early, and records nothing', async () => {
    await using stage = await openStage();
    for (let index = 0; index < 300; index++) receive(stage, {});
    stage.org.faults.add({
      match: (_method, path) => /\/query\/\w+-200$/.test(path),
      fault: { kind: 'status', status: 400, body: [{ errorCode: 'INVALID_QUERY_LOCATOR', message: 'expired' }] },
    });
    const ended = await run(stage, ...ONE_DAY);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/querying EmailMessage at .* failed with INVALID_QUERY_LOCATOR/);
    expect(stage.org.unusedFaults()).toEqual([]);
    expect(await stage.status()).toEqual([]);
    expect(stage.mailbox.messages).toEqual([]);
  });

  it('changes nothing when it is dry', async () => {
    await using stage = await openStage();
    receive(stage, { tls: PLAINTEXT });
    const ended = await run(stage, ...ONE_DAY, '--dry-run');
    expect(reportOf(ended)).toMatchObject({ verdict: 'fail', counts: { violations: 1 } });
    expect(ended.stderr).toContain('would send "FAIL: plaintext mail received from 1 domain"');
    expect(hasHistory(stage)).toBe(false);
    expect(stage.mailbox.messages).toEqual([]);
  });

  it('needs a sign-in also where log files come from a folder', async () => {
    await using stage = await openStage();
    receive(stage, {});
    await stage.configure({ source: { type: 'directory' } });
    expect(reportOf(await run(stage, ...ONE_DAY))).toMatchObject({ verdict: 'pass' });
    await stage.configure({ source: { type: 'directory' }, salesforce: { clientId: null } });
    const refused = await run(stage, ...ONE_DAY);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('salesforce.clientId: not set');
  });

  it('tells what is new, ongoing and resolved, day by day, apart from outbound', async () => {
    await using stage = await openStage();
    const third = '2026-11-18';
    receive(stage, { server: 'mx.a.example', tls: PLAINTEXT });
    receive(stage, { server: 'mx.b.example', tls: TLS10 });
    receive(stage, { server: 'mx.a.example', tls: PLAINTEXT, day: NEXT_DAY });
    receive(stage, { server: 'mx.b.example', day: NEXT_DAY });
    receive(stage, { server: 'mx.c.example', tls: PLAINTEXT, day: NEXT_DAY });
    receive(stage, { server: 'mx.a.example', headers: null, day: third });
    receive(stage, { server: 'mx.c.example', day: third });
    const changesOf = async (day: string) => reportOf(await run(stage, '--from', day, '--to', day)).changes;
    expect(await changesOf(DAY)).toBeUndefined();
    // The host names have two labels behind the first: `mx.a.example` is of `a.example`.
    expect(await changesOf(NEXT_DAY)).toEqual([
      { domain: 'a.example', state: 'ongoing', since: DAY, nights: 2 },
      { domain: 'c.example', state: 'new', since: NEXT_DAY, nights: 1 },
      { domain: 'b.example', state: 'resolved', since: DAY, nights: 1 },
    ]);
    // A message without headers says nothing: the finding of a.example stays open and is not listed.
    expect(await changesOf(third)).toEqual([{ domain: 'c.example', state: 'resolved', since: NEXT_DAY, nights: 1 }]);
    const outbound = await stage.run(['outbound-audit', '--json', ...ONE_DAY]);
    expect(reportOf(outbound).changes).toBeUndefined();
    expect((await stage.status()).map(({ job }) => job)).toEqual([
      'outbound-audit',
      'inbound-audit',
      'inbound-audit',
      'inbound-audit',
    ]);
  });

  it('names time that is not over yet as a gap', async () => {
    await using stage = await openStage();
    const today = utcDay(new Date());
    const tomorrow = utcDay(new Date(Date.now() + DAY_MS));
    receive(stage, { day: today, time: '00:00:00' });
    const report = reportOf(await run(stage, '--from', today, '--to', tomorrow));
    expect(report).toMatchObject({
      verdict: 'inconclusive',
      counts: { compliant: 1 },
      gaps: [{ to: `${utcDay(new Date(Date.parse(tomorrow) + DAY_MS))}T00:00:00.000Z` }],
    });
  });
});

describe('the worker', () => {
  const EVERY_SECOND: SettingsTree = {
    mail: { when: 'always' },
    jobs: { 'outbound-audit': { enabled: false }, 'inbound-audit': { enabled: true, schedule: '* * * * * *' } },
  };

  it('runs the job where it is enabled', async () => {
    await using stage = await openStage();
    await stage.configure(EVERY_SECOND);
    // Yesterday, and today for a test at midnight.
    for (const ago of [1, 0]) receive(stage, { day: utcDay(new Date(Date.now() - ago * DAY_MS)), time: '00:00:00' });
    await using worker = stage.start(['worker']);
    await until('a digest of received mail', () => stage.mailbox.messages.length > 0);
    worker.kill('SIGTERM');
    expect((await worker.ended).code).toBe(0);
    expect((await stage.status())[0]).toMatchObject({ job: 'inbound-audit' });
  });
});
