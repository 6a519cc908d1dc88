import type { MessageReport } from '../../model/message.ts';

/**
 * The pieces of one JSON array, in the order they are to be written: the whole of it never has to be held in memory.
 * Keys stand in the order of the contract (docs/check-message.md).
 */
export async function* jsonArray(reports: AsyncIterable<MessageReport>): AsyncGenerator<string> {
  let isFirst = true;
  for await (const report of reports) {
    yield `${isFirst ? '[' : ','}\n${indent(JSON.stringify(report, null, 2))}`;
    isFirst = false;
  }
  yield isFirst ? '[]\n' : '\n]\n';
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
