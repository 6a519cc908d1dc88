import { createHash } from 'node:crypto';
import type { DigestMail } from '../model/ports.ts';
import type { Undelivered } from '../model/outbox.ts';
import type { Report } from '../model/report.ts';
import { renderViolationsCsv } from './csv.ts';
import { periodSlug } from './dates.ts';
import { DIGEST_LIMITS, digestContent } from './digest-content.ts';
import type { DigestFrame } from './digest-shape.ts';
import { digestHtml } from './digest-html.ts';
import { digestText } from './digest-text.ts';
import { wordsOf } from './direction-words.ts';
import { headerText, headerToken } from './escape.ts';
import { violatingDomains } from './findings.ts';
import { sentBytes } from './sent-size.ts';
import { subjectOf } from './subject.ts';
import { undeliveredAttachments, undeliveredSections } from './undelivered.ts';

/** As it is sent; what is left of 100 kB is for the headers and for what servers add. */
const MAX_SENT_BYTES = 94_000;

/**
 * The mail about one run. The same report always gives the same mail and the same Message-ID, so that a repeated
 * attempt to send it can be recognised. `messageIdDomain` is the right-hand side of the Message-ID.
 */
export function renderDigest(
  report: Report,
  context: {
    readonly messageIdDomain: string;
    /** IANA name of the zone of times; UTC where left out. */
    readonly zone?: string;
    /** Earlier mails that did not reach everybody: this one tells of them. */
    readonly undelivered?: readonly Undelivered[];
    /** True where left out. */
    readonly attachViolations?: boolean;
  },
): DigestMail {
  const { undelivered = [], attachViolations = true, zone = 'UTC' } = context;
  const domain = headerToken(context.messageIdDomain);
  const subject = subjectOf(report);
  return {
    subject,
    ...bodiesOf(report, subject, undelivered, { zone, isAttached: attachViolations }),
    messageId: `${messageIdOf(report)}@${domain}`,
    headers: {
      // RFC 3834: no answering machine may answer this mail; the second one is what Exchange listens to.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      ...threadHeaders(report, domain),
      'List-Id': `tls-audit <tls-audit.${domain}>`,
    },
    attachments: [...(attachViolations ? attachmentsOf(report) : []), ...undeliveredAttachments(undelivered)],
  };
}

/**
 * Mails of a job about the same findings stand in one conversation: they refer to one message that was never sent,
 * whose id follows from the job and the names of the domains in violation.
 */
function threadHeaders(report: Report, domain: string): Record<string, string> {
  const findings = violatingDomains(report).map(({ domain: name }) => name);
  const job = report.run?.job ?? '';
  const key = JSON.stringify([job, ...findings.sort()]);
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 32);
  const root = `<findings.${hash}.tls-audit@${domain}>`;
  return { 'In-Reply-To': root, References: root, ...outlookThread(job, hash) };
}

/**
 * Outlook goes by headers of its own: a topic, and an index of one reserved byte, five of a time and sixteen of an id
 * ([MS-OXOMSG] 2.2.1.3). The time is left at nothing, so that the same findings always give the same index.
 */
function outlookThread(job: string, hash: string): Record<string, string> {
  const index = Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0]), Buffer.from(hash, 'hex')]);
  return { 'Thread-Topic': headerText(`tls-audit ${job}`), 'Thread-Index': index.toString('base64') };
}

/** Gmail shows about the first 100 kB of a mail: where it would be larger, less is shown. */
function bodiesOf(
  report: Report,
  subject: string,
  undelivered: readonly Undelivered[],
  frame: DigestFrame,
): { text: string; html: string } {
  let bodies = { text: '', html: '' };
  for (const limits of DIGEST_LIMITS) {
    const content = digestContent(report, frame, undeliveredSections(undelivered, frame.zone, limits), limits);
    bodies = { text: digestText(content), html: digestHtml(content, subject) };
    if (sentBytes(bodies.text) + sentBytes(bodies.html) < MAX_SENT_BYTES) break;
  }
  return bodies;
}

function messageIdOf(report: Report): string {
  const { run } = report;
  if (run !== undefined) return `${headerToken(run.id)}.${headerToken(run.job)}.tls-audit`;
  return `${createHash('sha256').update(JSON.stringify(report)).digest('hex').slice(0, 32)}.tls-audit`;
}

function attachmentsOf(report: Report): DigestMail['attachments'] {
  if (report.domains.every(({ status }) => status === 'compliant')) return [];
  const period = periodSlug(report.window);
  return [
    {
      filename: `${wordsOf(report).attachmentPrefix}${period === undefined ? '' : `-${period}`}.csv`,
      contentType: 'text/csv; charset=utf-8',
      content: renderViolationsCsv(report),
    },
  ];
}
