import type { HopReport, JudgedMessage, TlsReading } from '../../model/message.ts';
import type { Verdict } from '../../model/verdict.ts';
import { elide, visible } from '../../report/escape.ts';
import { wrap } from '../../report/layout.ts';

export interface TextOptions {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly width: number;
}

const LABELS: Readonly<Record<Verdict, string>> = { pass: 'PASS', fail: 'FAIL', inconclusive: 'INCONCLUSIVE' };
/** SGR codes: green, red, yellow; bold for the deciding hop, dim for the others. */
const COLORS: Readonly<Record<Verdict, number>> = { pass: 32, fail: 31, inconclusive: 33 };
const BOLD = 1;
const DIM = 2;

const MAX_HOPS = 50;
const MIN_WIDTH = 40;

/** One message for people: the verdict in one line, why, and every hop, the one that decides marked and the others dim. */
export function renderMessage({ report, summary }: JudgedMessage, options: TextOptions): string {
  const width = Math.max(MIN_WIDTH, options.width);
  const verdict = paint(LABELS[report.verdict], COLORS[report.verdict], options.color);
  const name = report.file === '-' ? 'standard input' : clean(report.file, 120);
  const lines = [`${verdict}  ${name}: ${clean(summary, 300)}`];
  for (const reason of report.reasons) lines.push(...wrap(clean(reason, 600), width, '  - '));
  const shown = shownHops(report.hops, report.hop);
  for (const hop of shown) {
    const decides = hop.index === report.hop;
    const text = `${decides ? '  > ' : '    '}hop ${hop.index}  `;
    for (const line of wrap(describeHop(hop), width, text))
      lines.push(paint(line, decides ? BOLD : DIM, options.color));
  }
  const hidden = report.hops.length - shown.length;
  if (hidden > 0) lines.push(paint(`    ... and ${hidden} more hops; --json lists them all`, DIM, options.color));
  return `${lines.join('\n')}\n`;
}

function shownHops(hops: readonly HopReport[], deciding: number | null): HopReport[] {
  return hops.filter(({ index }) => index < MAX_HOPS || index === deciding);
}

function describeHop(hop: HopReport): string {
  const from = hop.from === null ? '' : `from ${clean(hop.from, 80)} `;
  const by = hop.by === null ? '' : `by ${clean(hop.by, 80)} `;
  const with_ = hop.with === null ? '' : `with ${clean(hop.with, 80)} `;
  return `${from}${by}${with_}| ${describeReading(hop)}`;
}

function describeReading({ protocol, evidence, cipher }: TlsReading): string {
  if (evidence === 'unknown') return 'unknown';
  if (evidence === 'plaintext') return 'plaintext';
  const suite = cipher === null ? '' : ` ${clean(cipher, 80)}`;
  return `${protocol ?? 'TLS'}${suite} (${evidence === 'keyword' ? 'version not known' : evidence})`;
}

/** Headers hold whatever a sender put there: nothing of it reaches a terminal as a control character. */
function clean(text: string, maxChars: number): string {
  return elide(visible(text.replace(/\s+/g, ' ').trim()), maxChars);
}

function paint(text: string, code: number, color: boolean): string {
  return color ? `\u001b[${code}m${text}\u001b[0m` : text;
}
