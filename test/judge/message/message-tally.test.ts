import { describe, expect, it } from '@jest/globals';
import { assess } from '../../../src/judge/assessment.ts';
import { MessageTally } from '../../../src/judge/message/message-tally.ts';
import { DEFAULT_POLICY } from '../../../src/model/policy.ts';
import { readKeptHeaders } from '../../../src/parse/message/kept-headers.ts';
import { windowOf } from '../rows.ts';

const DAY = windowOf('2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z');
const GOOD = 'X-SFDC-TLS-STATUS: true\nX-SFDC-TLS-VERSION: TLSv1.3\nX-SFDC-TLS-CIPHER: TLS_AES_256_GCM_SHA384\n';
const CLEAR = 'X-SFDC-TLS-STATUS: false\n';

interface Message {
  readonly tls?: string | null;
  readonly server?: string;
  readonly sender?: string | null;
  readonly time?: string;
}

function tallyOf(messages: readonly Message[]): MessageTally {
  const tally = new MessageTally(DEFAULT_POLICY, DAY);
  for (const { tls = GOOD, server = 'mail.acme.example', sender = 'acme.example', time } of messages) {
    const received = `Received: from ${server} (${server} [192.0.2.1]) by mx.salesforce.com with SMTP id 1; x\n`;
    const kept = readKeptHeaders(tls === null ? null : tls + received);
    tally.add({ senderDomain: sender, kept }, Date.parse(time ?? '2026-11-22T03:00:00Z'));
  }
  return tally;
}

function assessed(messages: readonly Message[]) {
  const tally = tallyOf(messages);
  return assess({
    direction: 'inbound',
    policy: DEFAULT_POLICY,
    window: { from: DAY.from.toISOString(), to: DAY.to.toISOString() },
    tally: tally.servers,
    senders: tally.senders,
    sources: [{ name: 'EmailMessage', sha256: '00', rows: messages.length, dateOrder: 'unambiguous' }],
    rejected: 0,
    duplicates: 0,
    rejects: [],
    gaps: [],
    failures: [],
    notes: tally.notes(),
  });
}

describe('the report on received messages', () => {
  it('counts those whose TLS headers stand where a sender can have written them', () => {
    const tally = new MessageTally(DEFAULT_POLICY, DAY);
    const received = 'Received: from x.example (x.example [192.0.2.1]) by mx.acme.example with SMTP id 1; x\n';
    for (const headers of [received + GOOD, GOOD + received, received + CLEAR]) {
      const kept = readKeptHeaders(headers);
      tally.add({ senderDomain: 'acme.example', kept }, Date.parse('2026-11-22T03:00:00Z'));
    }
    expect(tally.notes()).toEqual([
      expect.stringMatching(/^2 messages with X-SFDC-TLS headers below a Received header/),
    ]);
  });

  it('groups them by server and by sender, and holds the sums of every report', () => {
    const report = assessed([
      { tls: CLEAR, server: 'mx1.relay.example', sender: 'acme.example' },
      { tls: CLEAR, server: 'mx2.relay.example', sender: 'other.example' },
      { server: 'mx2.relay.example', sender: 'other.example' },
      {},
      { tls: null, sender: null },
      { time: '2026-11-23T00:00:00Z' },
    ]);
    expect(report).toMatchObject({
      direction: 'inbound',
      verdict: 'fail',
      reasons: [
        '2 messages from 1 domain were received in plaintext',
        '1 message from 1 domain does not tell what TLS was used',
      ],
      counts: {
        rows: 6,
        rejected: 0,
        duplicates: 0,
        outsideWindow: 1,
        events: { R: 0, D: 5, T: 0, P: 0, other: 0 },
        internal: 0,
        warmup: 0,
        deliveries: 5,
        compliant: 2,
        violations: 2,
        unrecognised: 1,
      },
      unrecognisedValues: [{ column: 'Headers', value: 'no headers were kept', count: 1 }],
    });
    expect(report.domains.map(({ domain, deliveries, violations }) => [domain, deliveries, violations])).toEqual([
      ['relay.example', 3, 2],
      ['unknown', 1, 0],
      ['acme.example', 1, 0],
    ]);
    expect(report.senders?.map(({ domain, deliveries, violations }) => [domain, deliveries, violations])).toEqual([
      ['acme.example', 2, 1],
      ['other.example', 2, 1],
      ['unknown', 1, 0],
    ]);
  });

  it('passes only where every message is known to comply', () => {
    expect(assessed([{}, {}])).toMatchObject({ verdict: 'pass', reasons: [], notes: [] });
    expect(assessed([{}, { tls: null }])).toMatchObject({ verdict: 'inconclusive' });
    expect(assessed([{ tls: null }, { tls: '' }])).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['2 messages from 2 domains do not tell what TLS was used'],
      counts: { unrecognised: 2, violations: 0 },
    });
  });

  it('is inconclusive without a message, and says how messages come to be kept', () => {
    expect(assessed([])).toMatchObject({
      verdict: 'inconclusive',
      reasons: ['no message was judged'],
      notes: [expect.stringMatching(/Email-to-Case/)],
    });
  });

  it('names weak TLS as such', () => {
    const tls = 'X-SFDC-TLS-STATUS: true\nX-SFDC-TLS-VERSION: TLSv1\n';
    expect(assessed([{ tls }]).reasons).toEqual(['1 message from 1 domain came over TLS older than TLSv1.2 (TLSv1.0)']);
  });
});

describe('the notes', () => {
  it('say for each kind of doubt what to do, in sentences that the digest does not shorten', () => {
    const notes = tallyOf([
      { tls: null },
      { tls: null },
      { tls: `${GOOD}X-Pad: ${'a'.repeat(32_000)}\n` },
      { tls: '' },
      { tls: `${GOOD}X-SFDC-TLS-STATUS: false\n` },
      {},
    ]).notes();
    expect(notes).toEqual([
      expect.stringMatching(/^2 messages without headers: switch on "Save Email Headers" .* Setup > Email-to-Case/),
      expect.stringMatching(/^1 message with headers cut at 32,000 characters/),
      expect.stringMatching(/^1 message with headers, but no X-SFDC-TLS-STATUS/),
      expect.stringMatching(/^1 message with X-SFDC-TLS headers that contradict/),
    ]);
    for (const note of [...notes, ...tallyOf([]).notes()]) expect(note.length).toBeLessThanOrEqual(200);
  });

  it('count no message outside the window', () => {
    expect(tallyOf([{}, { tls: null, time: '2026-11-23T00:00:00Z' }]).notes()).toEqual([]);
  });
});
