import {
  type Hop,
  type MessageHeaders,
  SNAPSHOT_HEADERS,
  type SnapshotHeader,
  type SnapshotHeaderName,
} from '../../model/message.ts';
import { type HeaderSection, HeaderSections } from './header-fields.ts';
import { readReceived } from './received.ts';
import { linesOf } from './text-lines.ts';

/**
 * The headers of every message in a file: one raw message, a mailbox (mbox), or headers pasted from a mail client.
 * Bodies are skipped. A file without any header gives one message that says so.
 * @param readToEnd take the rest of the input although nothing more of it counts, as a pipe's writer expects
 */
export async function* readMessages(
  chunks: AsyncIterable<Uint8Array>,
  readToEnd = false,
): AsyncGenerator<MessageHeaders> {
  const sections = new HeaderSections();
  for await (const lines of linesOf(chunks)) {
    for (const line of lines) {
      const ended = sections.take(line);
      if (ended !== undefined) yield readSection(ended);
      if (sections.isDone) break;
    }
    if (sections.isDone && !readToEnd) break;
  }
  yield readSection(sections.end());
}

/** The headers of one message from text that holds nothing else, such as `EmailMessage.Headers`. */
export function readHeaders(text: string): MessageHeaders {
  const sections = new HeaderSections();
  for (const line of text.split(/\r*\n|\r/)) {
    sections.take(line);
    if (sections.isDone) break;
  }
  return readSection(sections.end());
}

function readSection({ fields, cut }: HeaderSection): MessageHeaders {
  const hops: Hop[] = [];
  const snapshot: SnapshotHeader[] = [];
  let messageId: string | null = null;
  let belowIronPort = false;
  for (const { name, value } of fields) {
    if (name === 'received') {
      hops.push(readReceived(value, hops.length, { belowIronPort }));
      belowIronPort = false;
    } else if (/^(?:x-)?ironport-/.test(name)) belowIronPort = true;
    else if (name === 'message-id') messageId ??= value;
    else if (isSnapshotHeader(name)) snapshot.push({ name, value, hopsAbove: hops.length });
  }
  return { messageId, hops, snapshot, found: fields.length > 0, cut };
}

function isSnapshotHeader(name: string): name is SnapshotHeaderName {
  return SNAPSHOT_HEADERS.some((known) => known === name);
}
