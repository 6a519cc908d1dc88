import type { Recipient } from '../model/log-row.ts';
import { normaliseDomain } from '../support/addresses.ts';

/**
 * Splits a Recipient field into its addresses: one as far as documented, several where `;` or `,` stands between
 * them outside quotes. Undefined where any of them has no mailbox or no domain, or where there is none.
 */
export function readRecipients(field: string): Recipient[] | undefined {
  const recipients: Recipient[] = [];
  for (const part of splitAddresses(field)) {
    const recipient = readAddress(part);
    if (recipient === undefined) return undefined;
    recipients.push(recipient);
  }
  return recipients.length > 0 ? recipients : undefined;
}

/** Why `readRecipients` could not read the field; without the field, which may hold a person's address. */
export function recipientProblem(field: string): string {
  if (field.trim() === '') return 'is empty';
  if (field.includes('\uFFFD')) return 'holds bytes that are no UTF-8 text';
  if (!field.includes('@')) return 'has no @';
  return 'is not an e-mail address';
}

function splitAddresses(field: string): string[] {
  if (!/[;,"]/.test(field)) return [field];
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let position = 0; position < field.length; position++) {
    const character = field[position];
    if (quoted && character === '\\') position++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && (character === ';' || character === ',')) {
      parts.push(field.slice(start, position));
      start = position + 1;
    }
  }
  parts.push(field.slice(start));
  return parts.filter((part) => part.trim() !== '');
}

function readAddress(text: string): Recipient | undefined {
  const address = insideAngles(text.trim());
  const at = address.lastIndexOf('@');
  if (at < 1) return undefined;
  const mailbox = address.slice(0, at).toLowerCase();
  // A second @ outside quotes means two addresses or none: taking the last would lose a recipient.
  if (mailbox.includes('@') && !mailbox.endsWith('"')) return undefined;
  const domain = normaliseDomain(address.slice(at + 1));
  // U+FFFD stands where bytes were no valid text: which domain it was cannot be known.
  if (domain === '' || /[\s"\uFFFD]/.test(domain)) return undefined;
  return { mailbox, domain };
}

function insideAngles(address: string): string {
  if (!address.endsWith('>')) return address;
  const inner = address.slice(address.lastIndexOf('<') + 1, -1);
  return inner.includes('@') ? inner.trim() : address;
}
