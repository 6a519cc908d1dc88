import type { Undelivered } from '../model/outbox.ts';
import type { DigestMail } from '../model/ports.ts';
import { countOf } from '../support/plural.ts';
import { momentText } from './dates.ts';
import type { DigestLimits, DigestSection } from './digest-shape.ts';
import { MAX_PROSE, nameText, prose } from './escape.ts';
import { moreText } from './wording.ts';

// Mails that did not reach everybody, told of in the next digest: their text is attached, so that nothing is lost.

const MAX_LISTED = 15;
const MAX_DOMAINS = 5;

export function undeliveredSections(
  undelivered: readonly Undelivered[],
  zone: string,
  limits: DigestLimits,
): DigestSection[] {
  if (undelivered.length === 0) return [];
  const listed = Math.min(MAX_LISTED, Math.ceil(limits.domains / 2));
  const hidden = undelivered.length - listed;
  return [
    {
      kind: 'list',
      heading: `Earlier mails that could not be delivered (${countOf(undelivered.length, 'mail')})`,
      items: undelivered.slice(0, listed).map((mail, index) => ({
        text: `${prose(mail.subject, 120)} (${momentText(mail.createdAt.toISOString(), zone)})`,
        details: detailsOf(mail, index),
      })),
      more: hidden > 0 ? moreText(hidden, 'tls-audit status lists every run') : undefined,
    },
  ];
}

export function undeliveredAttachments(undelivered: readonly Undelivered[]): DigestMail['attachments'] {
  return undelivered.slice(0, MAX_LISTED).map((mail, index) => ({
    filename: fileNameOf(mail, index),
    contentType: 'text/plain; charset=utf-8',
    content: `${mail.subject}${answerText(mail)}\n\n${mail.text}`,
  }));
}

/** In full: the mail itself has room for its beginning. */
function answerText({ response }: Undelivered): string {
  return response === null ? '' : `\nThe mail server said: ${prose(response, MAX_PROSE)}`;
}

function detailsOf(mail: Undelivered, index: number): string[] {
  const domains = mail.domains.slice(0, MAX_DOMAINS).map((domain) => nameText(domain, 64));
  const others = mail.domains.length - MAX_DOMAINS;
  const where = [...domains, ...(others > 0 ? [moreText(others, '')] : [])].join(', ');
  const what =
    mail.why === 'refused'
      ? `Refused for good for recipients at ${where}`
      : `The mail server took it too late, or not at all, for recipients at ${where}`;
  return [
    mail.response === null ? `${what}.` : `${what}: ${prose(mail.response, 200)}`,
    `What it said is attached: ${fileNameOf(mail, index)}`,
  ];
}

function fileNameOf(mail: Undelivered, index: number): string {
  return `undelivered-${mail.createdAt.toISOString().slice(0, 10)}-${index + 1}.txt`;
}
