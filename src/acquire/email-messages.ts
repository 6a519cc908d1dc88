import { z } from 'zod';
import type { MessageSource, ReceivedMessage } from '../model/ports.ts';
import type { Window } from '../model/window.ts';
import { normaliseDomain } from '../support/addresses.ts';
import type { LazySession } from './lazy-session.ts';
import { salesforceId, salesforceTime } from './record-shape.ts';
import type { Session } from './session.ts';
import { soqlDateTime } from './soql.ts';

/** The fewest that Salesforce lets one ask for: headers hold up to 32,000 characters, so a page is at most 7 MB. */
const MESSAGES_PER_PAGE = 200;

const messageSchema = z.object({
  Id: salesforceId,
  // The address itself ends here: the schema gives its domain and nothing else.
  FromAddress: z
    .string()
    .nullable()
    .transform((address) => (address === null ? null : domainOf(address))),
  CreatedDate: salesforceTime,
  Headers: z.string().nullable(),
});

/**
 * Messages that Salesforce received and kept as EmailMessage, mostly by Email-to-Case. Bodies, subjects and recipients
 * are never asked for.
 */
export function createMessageSource(session: LazySession): MessageSource {
  async function* pages(window: Window, signal: AbortSignal): AsyncGenerator<ReceivedMessage[], void, undefined> {
    const org = await session.signedIn(signal);
    for await (const page of org.pages(messagesSoql(window), messageSchema, signal, MESSAGES_PER_PAGE)) {
      yield page.map(({ Id, CreatedDate, FromAddress, Headers }) => ({
        id: Id,
        receivedAt: CreatedDate,
        senderDomain: FromAddress,
        headers: Headers,
      }));
    }
  }

  return {
    description: 'incoming messages that Salesforce kept as EmailMessage',
    pages,
    close: () => session.close(),
  };
}

/**
 * Asks for one message with every field that a run reads.
 * @throws AuditError where the user may not read them
 */
export async function probeMessages(org: Session, signal: AbortSignal): Promise<void> {
  await org.query(`${SELECT_INCOMING} LIMIT 1`, messageSchema, signal);
}

const SELECT_INCOMING = 'SELECT Id, FromAddress, CreatedDate, Headers FROM EmailMessage WHERE Incoming = true';

/** Literals are cut to the second, so the end of the window is rounded up: a row too many is seen, one too few is not. */
function messagesSoql(window: Window): string {
  const to = new Date(Math.ceil(window.to.getTime() / 1000) * 1000);
  return (
    `${SELECT_INCOMING} ` +
    `AND CreatedDate >= ${soqlDateTime(window.from)} AND CreatedDate < ${soqlDateTime(to)} ORDER BY CreatedDate, Id`
  );
}

/** Anyone can write anything as a sender: what is no domain name is none. */
function domainOf(address: string): string | null {
  const at = address.lastIndexOf('@');
  const domain = at < 0 ? '' : normaliseDomain(address.slice(at + 1).replace(/>\s*$/, ''));
  return domain.length <= 253 && /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/.test(domain) ? domain : null;
}
