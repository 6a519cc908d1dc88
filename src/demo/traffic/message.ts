import { INTERNATIONAL_DOMAIN } from './partners.ts';
import type { LogRow, RowKind } from './log-row.ts';
import { logTime } from './log-row.ts';
import type { Randomness } from './randomness.ts';

/** What the rows of one message share. */
export interface Message {
  readonly day: string;
  readonly minute: number;
  readonly internalId: string;
  readonly sender: string;
  readonly bytes: number;
  readonly userId: string;
  readonly messageId: string;
}

interface RowDetails {
  readonly kind: RowKind;
  readonly event: 'R' | 'D' | 'T' | 'P';
  readonly recipient: string;
  readonly remoteHost: string;
  readonly minute?: number;
  readonly retries?: number;
  readonly queueSeconds?: number;
  readonly stage?: string;
  readonly tlsCipher?: string;
  readonly tlsVerified?: string;
}

const SENDERS = [
  'service@org.example',
  'invoices@org.example',
  'news@org.example',
  'noreply@apps.org.example',
] as const;

const USER_IDS = ['0055g000009Abc1', '0055g000009Abc2', '0055g00000DefG3', '0055g00000HijK4'] as const;

const FIRST_NAMES = ['anna', 'ben', 'carla', 'deniz', 'emre', 'fatima', 'george', 'hana', 'ivo', 'jo', 'kim'] as const;
const LAST_NAMES = ['abel', 'bauer', 'costa', 'dubois', 'evans', 'fischer', 'garcia', 'hughes', 'ito'] as const;
const ROLES = ['info', 'office', 'orders', 'support', 'accounts'] as const;

export function createMessage(random: Randomness, day: string, minute: number): Message {
  const sender = random.pick(SENDERS);
  const bounce = `${sender.replace('@', '=')}__${random.alphanumeric(18).toLowerCase()}@org.bnc.salesforce.com`;
  return {
    day,
    minute,
    internalId: `${random.integer(10, 59)}/${random.hex(2)}-${random.integer(10_000, 99_999)}-${random.hex(8)}`,
    sender: random.chance(0.5) ? bounce : sender,
    bytes: random.integer(2_100, 180_000),
    userId: random.pick(USER_IDS),
    messageId: `<${random.alphanumeric(16)}.${random.integer(10_000_000, 99_999_999)}@apps.org.example>`,
  };
}

export function createRecipient(random: Randomness, domain: string): string {
  const mailbox = random.chance(0.8) ? `${random.pick(FIRST_NAMES)}.${random.pick(LAST_NAMES)}` : random.pick(ROLES);
  if (domain === INTERNATIONAL_DOMAIN.unicode) {
    return `${mailbox}@${random.chance(0.5) ? INTERNATIONAL_DOMAIN.ascii : domain}`;
  }
  // People type domains in capitals; the log keeps what they typed.
  return `${mailbox}@${random.chance(0.02) ? domain.toUpperCase() : domain}`;
}

/** A host of the address blocks for documentation (RFC 5737), the same for a domain on every day. */
export function mailHost(domain: string): string {
  const sum = [...Buffer.from(domain)].reduce((total, byte) => (total * 31 + byte) % 762, 7);
  const block = ['192.0.2', '198.51.100', '203.0.113'][Math.floor(sum / 254)] ?? '192.0.2';
  return `${block}.${(sum % 254) + 1}`;
}

/** A host inside Salesforce. */
export function internalHost(random: Randomness): string {
  return `10.${random.integer(10, 250)}.${random.integer(0, 255)}.${random.integer(1, 254)}`;
}

export function createRow(message: Message, details: RowDetails): LogRow {
  const minute = details.minute ?? message.minute;
  return {
    kind: details.kind,
    minute,
    fields: [
      logTime(message.day, minute),
      message.internalId,
      details.event,
      details.recipient,
      message.sender,
      details.remoteHost,
      String(message.bytes),
      message.userId,
      message.messageId,
      String(details.retries ?? 0),
      String(details.queueSeconds ?? 0),
      details.stage ?? '',
      details.event === 'D' ? details.remoteHost : '',
      details.tlsCipher ?? '',
      details.tlsVerified ?? '',
    ],
  };
}
