import type { Report } from '../model/report.ts';

/** What JSON leaves as it is but a terminal may act on: DEL, C1 controls, bidi and other format characters. */
const UNSAFE_ON_A_TERMINAL = /[\u007f-\u009f\u2028\u2029]|\p{Cf}/gu;

/** One JSON document with a trailing newline; parsing it gives exactly the report. */
export function renderJson(report: Report): string {
  const json = JSON.stringify(report, null, 2).replace(UNSAFE_ON_A_TERMINAL, (character) =>
    Array.from({ length: character.length }, (_, index) => escaped(character.charCodeAt(index))).join(''),
  );
  return `${json}\n`;
}

function escaped(codeUnit: number): string {
  return `\\u${codeUnit.toString(16).padStart(4, '0')}`;
}
