import type { DigestMail } from '../model/ports.ts';
import type { Trouble } from '../model/trouble.ts';
import type { Window } from '../model/window.ts';
import { countOf } from '../support/plural.ts';
import { momentText, periodText } from './dates.ts';
import type { DigestContent } from './digest-shape.ts';
import { digestHtml } from './digest-html.ts';
import { digestText } from './digest-text.ts';
import { headerText, headerToken, prose } from './escape.ts';

/** What surrounds every mail of the program. */
export interface MailFrame {
  readonly messageIdDomain: string;
  readonly version: string;
  /** IANA name of the zone of times. */
  readonly zone: string;
}

/**
 * The mail to the admins when a job failed. `left` is what it was to audit and does not rest on complete data,
 * oldest first; undefined where nobody knows, and for a chore, which leaves nothing without data.
 */
export function renderAlert(
  trouble: Trouble,
  facts: {
    readonly at: Date;
    readonly isChore: boolean;
    readonly remedy: string | undefined;
    readonly left: readonly Window[] | undefined;
  },
  frame: MailFrame,
): DigestMail {
  const { isChore, left } = facts;
  const since = momentText(trouble.since.toISOString(), frame.zone);
  const subject = headerText(
    trouble.failures === 1
      ? `FAILED: ${trouble.job} could not run`
      : `FAILED: ${trouble.job} could not run (${countOf(trouble.failures, 'time')} since ${since})`,
  );
  const content: DigestContent = {
    verdict: 'fail',
    word: 'FAILED',
    period: momentText(facts.at.toISOString(), frame.zone),
    sentence: `The job ${prose(trouble.job, 60)} could not do its work${leftSentence(left)}`,
    furtherReasons: [prose(trouble.reason, 1000)],
    wrong: [],
    facts: [
      { label: 'Since', value: since },
      { label: 'Failures', value: countOf(trouble.failures, 'time') },
      ...(isChore || left?.length === 0 ? [] : [{ label: 'Without complete data', value: leftText(left) }]),
    ],
    sections: [
      {
        kind: 'list',
        heading: 'What to do',
        items: [
          { text: prose(facts.remedy ?? "Look into the program's log.", 1000), details: [] },
          {
            text:
              (isChore
                ? 'When the cause is gone, the next run does its work. '
                : 'When the cause is gone, the next run fills in what is missing, as far back as the settings and Salesforce allow. ') +
              `To try at once: tls-audit run ${prose(trouble.job, 60)}`,
            details: [],
          },
        ],
        more: undefined,
      },
    ],
    footer: footerOf(
      trouble.job,
      frame,
      'Further alerts follow at growing intervals, and one mail when it works again.',
    ),
  };
  return mailOf(content, subject, `failed-${trouble.failures}-${idOf(trouble.since)}.${trouble.job}`, frame);
}

/** The one mail when a job that was told of works again. */
export function renderRecovery(
  trouble: Trouble,
  { at, isChore }: { readonly at: Date; readonly isChore: boolean },
  frame: MailFrame,
): DigestMail {
  const since = momentText(trouble.since.toISOString(), frame.zone);
  const subject = headerText(`RECOVERED: ${trouble.job} runs again (failed since ${since})`);
  const content: DigestContent = {
    verdict: 'pass',
    word: 'RECOVERED',
    period: momentText(at.toISOString(), frame.zone),
    sentence: `The job ${prose(trouble.job, 60)} runs again.${isChore ? '' : ' What it found stands in its own digest.'}`,
    furtherReasons: [`The last failure was: ${prose(trouble.reason, 1000)}`],
    wrong: [],
    facts: [
      { label: 'Failed since', value: since },
      { label: 'Failures', value: countOf(trouble.failures, 'time') },
    ],
    sections: [],
    footer: footerOf(trouble.job, frame, 'tls-audit status shows which days have no data.'),
  };
  return mailOf(content, subject, `recovered-${idOf(trouble.since)}.${trouble.job}`, frame);
}

export function mailOf(content: DigestContent, subject: string, id: string, frame: MailFrame): DigestMail {
  const domain = headerToken(frame.messageIdDomain);
  return {
    subject,
    text: digestText(content),
    html: digestHtml(content, subject),
    messageId: `${headerToken(id)}.tls-audit@${domain}`,
    headers: {
      // RFC 3834, and what Exchange listens to: no machine may answer.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'List-Id': `tls-audit <tls-audit.${domain}>`,
    },
    attachments: [],
  };
}

function leftSentence(left: readonly Window[] | undefined): string {
  if (left === undefined) return '.';
  if (left.length === 0) return '. The history has complete data of every day that was due.';
  return ': days are left without complete data.';
}

function leftText(left: readonly Window[] | undefined): string {
  if (left === undefined) return 'not known';
  const stretches = left.map((window) => periodText(isoOf(window), { year: true }) ?? 'an unknown time');
  return `${stretches.join('; ')} (UTC)`;
}

function footerOf(job: string, { version }: MailFrame, line: string): string[] {
  return [line, `tls-audit ${prose(version, 30)}, job ${prose(job, 60)}`];
}

function idOf(since: Date): string {
  return since.toISOString().replaceAll(/\D/g, '');
}

function isoOf({ from, to }: Window): { from: string; to: string } {
  return { from: from.toISOString(), to: to.toISOString() };
}
