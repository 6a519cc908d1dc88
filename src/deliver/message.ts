import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import MimeNode from 'nodemailer/lib/mime-node';
import type { DigestMail } from '../model/ports.ts';
import { UsageError } from '../support/errors.ts';

/** Who a message is handed over from and to in SMTP: bare addresses, domains as A-labels, each recipient once. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** Reads the addresses of the settings, which may carry display names. Throws a UsageError when one is no address. */
export function envelopeOf(from: string, to: readonly string[]): Envelope {
  const sender = addressesOf(from);
  const recipients = to.flatMap(addressesOf);
  const unreadable = to.findIndex((entry) => addressesOf(entry).length !== 1);
  if (sender.length !== 1 || sender[0] === undefined) {
    throw new UsageError('The sender of the mail is not one mail address', {
      remedy: 'Write the sender as name@domain or Name <name@domain>.',
    });
  }
  if (to.length === 0 || unreadable !== -1) {
    throw new UsageError(
      to.length === 0
        ? 'The mail has no recipient'
        : `Recipient ${unreadable + 1} of ${to.length} of the mail is not one mail address`,
      { remedy: 'Write each recipient as an entry of its own: name@domain or Name <name@domain>.' },
    );
  }
  return { from: sender[0], to: [...new Set(recipients)] };
}

function addressesOf(text: string): string[] {
  // A line break in an address is an attempt to add a header or a command.
  if (/[\r\n]/.test(text)) return [];
  const { to } = new MimeNode('text/plain').setHeader('to', text).getEnvelope();
  return to.filter((address) => /^[^@\s<>]+@[^@\s<>]+$/.test(address));
}

/**
 * The whole message as RFC 5322 bytes. The same arguments give the same bytes: the multipart boundaries come from a hash
 * of the content, which also means that no content can hold its own boundary.
 */
export async function composeMessage(
  mail: DigestMail,
  settings: { readonly from: string; readonly to: readonly string[]; readonly date: Date },
): Promise<Buffer> {
  const composer = new MailComposer({
    from: settings.from,
    to: [...settings.to],
    subject: mail.subject,
    messageId: `<${mail.messageId}>`,
    date: settings.date,
    headers: { ...mail.headers },
    text: mail.text,
    html: mail.html,
    attachments: mail.attachments.map(({ filename, contentType, content }) => ({ filename, contentType, content })),
    baseBoundary: createHash('sha256').update(JSON.stringify(mail)).digest('hex').slice(0, 32),
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return await composer.compile().build();
}
