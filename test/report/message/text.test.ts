import { describe, expect, it } from '@jest/globals';
import type { HopReport, JudgedMessage, MessageReport } from '../../../src/model/message.ts';
import { jsonArray } from '../../../src/report/message/json.ts';
import { renderMessage } from '../../../src/report/message/text.ts';

const PLAIN = { color: false, width: 100 };

function hop(index: number, part: Partial<HopReport> = {}): HopReport {
  const base = {
    from: 'a.example',
    by: 'b.example',
    with: 'ESMTP',
    protocol: null,
    evidence: 'unknown',
    cipher: null,
  } as const;
  return { index, ...base, ...part };
}

function judged(part: Partial<MessageReport> = {}, summary = 'TLSv1.3 at mx.example.com, stated'): JudgedMessage {
  const report: MessageReport = {
    schema: 'tls-audit/message/1',
    file: 'a.eml',
    messageId: null,
    direction: 'outbound',
    hop: 1,
    protocol: 'TLSv1.3',
    evidence: 'stated',
    cipher: null,
    verdict: 'pass',
    reasons: [],
    hops: [hop(0), hop(1, { with: 'ESMTPS', protocol: 'TLSv1.3', evidence: 'stated', cipher: 'A-B' })],
    ...part,
  };
  return { report, summary };
}

describe('a message for people', () => {
  it('is one line, then the reasons, then the hops with the deciding one marked', () => {
    const text = renderMessage(
      judged({ verdict: 'fail', reasons: ['TLSv1.3 is newer than TLSv1.2, the maximum of the policy'] }),
      PLAIN,
    );
    expect(text).toBe(
      [
        'FAIL  a.eml: TLSv1.3 at mx.example.com, stated',
        '  - TLSv1.3 is newer than TLSv1.2, the maximum of the policy',
        '    hop 0  from a.example by b.example with ESMTP | unknown',
        '  > hop 1  from a.example by b.example with ESMTPS | TLSv1.3 A-B (stated)',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['pass', 'PASS'],
    ['inconclusive', 'INCONCLUSIVE'],
  ] as const)('%s is said in a word', (verdict, label) => {
    expect(renderMessage(judged({ verdict }), PLAIN)).toMatch(new RegExp(`^${label} {2}a\\.eml`));
  });

  it('says of every hop what was read from it', () => {
    const hops = [
      hop(0, { protocol: 'plaintext', evidence: 'plaintext' }),
      hop(1, { evidence: 'keyword' }),
      hop(2, { evidence: 'keyword', cipher: 'AES256-SHA' }),
      hop(3, { protocol: 'TLSv1.2', evidence: 'inferred', cipher: 'A-B' }),
      hop(4, { from: null, by: null, with: null }),
    ];
    const lines = renderMessage(judged({ hop: null, hops }), PLAIN)
      .split('\n')
      .slice(1, -1);
    expect(lines.map((line) => line.split('| ')[1])).toEqual([
      'plaintext',
      'TLS (version not known)',
      'TLS AES256-SHA (version not known)',
      'TLSv1.2 A-B (inferred)',
      'unknown',
    ]);
    expect(lines[4]).toBe('    hop 4  | unknown');
  });

  it('dims the hops that do not decide, and only on request', () => {
    const colored = renderMessage(judged(), { color: true, width: 100 });
    expect(colored).toContain('\u001b[32mPASS\u001b[0m');
    expect(colored).toContain('\u001b[2m    hop 0');
    expect(colored).toContain('\u001b[1m  > hop 1');
    expect(renderMessage(judged(), PLAIN)).not.toContain('\u001b');
  });

  it('keeps to the width of the terminal', () => {
    const reasons = ['a reason that goes on and on '.repeat(10)];
    const hops = [hop(0, { from: 'a'.repeat(200), by: 'b'.repeat(200), cipher: 'C-'.repeat(70), evidence: 'keyword' })];
    const lines = renderMessage(judged({ reasons, hops, hop: 0 }), { color: false, width: 60 })
      .split('\n')
      .slice(1);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it('writes out what a sender hid in a header', () => {
    const evil = 'a\u001b[2J\u0007\u202eb\r\nPASS';
    const text = renderMessage(
      judged(
        {
          file: evil,
          reasons: [evil],
          hops: [hop(0, { from: evil, by: evil, with: evil, cipher: evil, evidence: 'keyword' })],
        },
        evil,
      ),
      PLAIN,
    );
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).toContain('a\\u{1b}[2J');
    expect(text.split('\n').filter((line) => line.startsWith('PASS'))).toHaveLength(1);
  });

  it('shows the first hops of very many, and the deciding one', () => {
    const hops = Array.from({ length: 10_000 }, (_, index) => hop(index));
    const text = renderMessage(judged({ hops, hop: 9000 }), PLAIN);
    expect(text.split('\n')).toHaveLength(1 + 51 + 1 + 1);
    expect(text).toContain('  > hop 9000');
    expect(text).toContain('... and 9949 more hops');
  });
});

describe('messages as JSON', () => {
  async function json(reports: MessageReport[]): Promise<string> {
    async function* each() {
      for (const report of reports) yield await Promise.resolve(report);
    }
    return (await Array.fromAsync(jsonArray(each()))).join('');
  }

  it.each([0, 1, 3])('are one array of %d', async (count) => {
    const reports = Array.from({ length: count }, () => judged({ file: 'a\n"b"' }).report);
    const text = await json(reports);
    expect(JSON.parse(text)).toEqual(reports);
    expect(text.endsWith('\n')).toBe(true);
  });
});
