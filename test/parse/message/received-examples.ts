import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A Received header as such servers write it, and what has to be read from it. */
export interface ReceivedExample {
  /** Name of the form in TLS_FORMS; `none` where no form may find anything. */
  readonly form: string;
  readonly what: string;
  /** Folded, without the name. */
  readonly header: string;
  readonly tls: readonly (string | null)[];
  readonly server: readonly (string | null)[];
}

export const RECEIVED_EXAMPLES: readonly ReceivedExample[] = readFileSync(
  join(import.meta.dirname, 'received-examples.txt'),
  'utf8',
)
  .split('\n\n')
  .slice(1)
  .map(readExample);

function readExample(paragraph: string): ReceivedExample {
  const match = /^# (.+)\nform: (.+)\ntls: (.+)\nserver: (.+)\nReceived: ([^]+)$/.exec(paragraph.trimEnd());
  if (match === null) throw new Error(`not an example: ${paragraph}`);
  const [, what = '', form = '', tls = '', server = '', header = ''] = match;
  return { what, form, tls: listOf(tls), server: listOf(server), header };
}

function listOf(text: string): (string | null)[] {
  return text.split(' | ').map((value) => (value === '-' ? null : value));
}
