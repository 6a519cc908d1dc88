import type { OpenFinding, Totals } from '../model/history.ts';
import type { OutboxLine } from '../model/outbox.ts';
import type { DigestMail } from '../model/ports.ts';
import type { Verdict } from '../model/verdict.ts';
import type { RunRecord } from '../model/run-record.ts';
import type { Trouble } from '../model/trouble.ts';
import { utcDaysOf, type Window } from '../model/window.ts';
import { countOf } from '../support/plural.ts';
import { mailOf, type MailFrame } from './alert.ts';
import { momentText, periodText } from './dates.ts';
import type { DigestContent, ListItem } from './digest-shape.ts';
import { domainText, headerText, prose } from './escape.ts';
import { moreText, numberText } from './wording.ts';

const MAX_LISTED = 20;

/** What the week came to for one audit. */
interface AuditWeek {
  readonly job: string;
  readonly totals: Totals;
  readonly totalsBefore: Totals;
  /** `YYYY-MM-DD`. */
  readonly coveredDays: ReadonlySet<string>;
  readonly runs: readonly RunRecord[];
  readonly findings: readonly OpenFinding[];
}

export interface SummaryFacts {
  readonly week: Window;
  /** Every audit that is enabled. */
  readonly audits: readonly AuditWeek[];
  readonly owed: readonly OutboxLine[];
  readonly troubles: readonly Trouble[];
}

/** What stands before the figures of an audit where the mail tells of several. */
const NAMES: Readonly<Record<string, string>> = { 'outbound-audit': 'Mail sent', 'inbound-audit': 'Mail received' };

/** The mail that proves, once a week, that somebody still looks; a week nobody looked at is the first thing it says. */
export function renderSummary(facts: SummaryFacts, frame: MailFrame): DigestMail {
  const { week, audits } = facts;
  const period = { from: week.from.toISOString(), to: week.to.toISOString() };
  const days = utcDaysOf(week);
  const parts = audits.map((audit) => partOf(audit, days, audits.length > 1 ? NAMES[audit.job] : undefined));
  const headline = parts.map(({ headline }) => headline).join('; ');
  const subject = headerText(`WEEK: ${parts.map(({ inShort }) => inShort).join('; ')} (${periodText(period) ?? ''})`);
  const content: DigestContent = {
    verdict: VERDICTS.find((verdict) => parts.some((part) => part.verdict === verdict)) ?? 'inconclusive',
    word: 'WEEK',
    period: `${periodText(period, { year: true }) ?? ''} (UTC)`,
    sentence: `${headline}.`,
    furtherReasons: parts.flatMap(({ withoutData }) => withoutData),
    wrong: [],
    facts: parts.flatMap((part) => part.facts),
    sections: [
      listOf(
        'Jobs that fail',
        facts.troubles.map(
          ({ job, since, failures, reason }) =>
            `${job}: ${countOf(failures, 'failure')} since ${momentText(since.toISOString(), frame.zone)}: ${prose(reason, 500)}`,
        ),
      ),
      ...parts.map(({ findings }) => findings),
      listOf(
        'Mails not delivered',
        facts.owed.map(
          ({ subject: owed, createdAt, tries }) =>
            `${prose(owed, 120)} (${momentText(createdAt.toISOString(), frame.zone)}, ${countOf(tries, 'try', 'tries')})`,
        ),
      ),
    ].filter(({ items }) => items.length > 0),
    footer: [
      'This mail comes every week, also when all is well. If it stays away, look after tls-audit.',
      `tls-audit ${prose(frame.version, 30)}, job weekly-summary`,
    ],
  };
  return mailOf(content, subject, `${week.to.toISOString().slice(0, 10)}.weekly-summary`, frame);
}

/** Worst first. */
const VERDICTS: readonly Verdict[] = ['fail', 'inconclusive', 'pass'];

/** `name` tells one audit from the others; undefined where there is one only. */
function partOf(audit: AuditWeek, days: readonly string[], name: string | undefined) {
  const { totals, totalsBefore } = audit;
  const missing = days.filter((day) => !audit.coveredDays.has(day));
  const covered = `${days.length - missing.length} of ${countOf(days.length, 'day')} covered`;
  const figures = headlineOf(totals, missing.length === days.length);
  const named = (text: string) => (name === undefined ? text : `${name}: ${lowered(text)}`);
  return {
    verdict: verdictOf(totals, missing.length),
    inShort: named(`${figures}, ${covered}`),
    headline: named(`${figures}; ${covered}`),
    withoutData: missing.length === 0 ? [] : [`${named('Without complete data')}: ${missing.join(', ')}.`],
    facts: [
      {
        label: named('Deliveries'),
        value: `${countOf(totals.deliveries, 'delivery', 'deliveries')} (the week before: ${numberText(totalsBefore.deliveries)})`,
      },
      {
        label: named('Violations'),
        value: `${numberText(totals.violations)}, of them ${numberText(totals.plaintext)} in plaintext (the week before: ${numberText(totalsBefore.violations)})`,
      },
      {
        label: named('Domains'),
        value: `${countOf(totals.violating, 'domain')} in violation (the week before: ${totalsBefore.violating})`,
      },
      { label: named('Runs'), value: runsText(audit.runs) },
    ],
    findings: listOf(
      named('Open findings'),
      audit.findings.map(({ domain, since }) => `${domainText(domain, 64)}, in violation since ${since}`),
    ),
  };
}

function lowered(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

function verdictOf(totals: Totals, missing: number): Verdict {
  if (totals.violations > 0) return 'fail';
  return missing > 0 || totals.unrecognised > 0 || totals.deliveries === 0 ? 'inconclusive' : 'pass';
}

function headlineOf(totals: Totals, nothingCovered: boolean): string {
  if (nothingCovered && totals.deliveries === 0) return 'Nothing was audited';
  return `${countOf(totals.violations, 'violation')} in ${countOf(totals.deliveries, 'delivery', 'deliveries')}`;
}

function runsText(runs: readonly RunRecord[]): string {
  if (runs.length === 0) return 'none: nobody looked';
  const counts = new Map<string, number>();
  for (const { end } of runs) counts.set(end ?? 'under way', (counts.get(end ?? 'under way') ?? 0) + 1);
  return [...counts].map(([end, count]) => `${numberText(count)} ${end}`).join(', ');
}

function listOf(
  heading: string,
  texts: readonly string[],
): { kind: 'list'; heading: string; items: ListItem[]; more: string | undefined } {
  const hidden = texts.length - MAX_LISTED;
  return {
    kind: 'list',
    heading: `${heading} (${numberText(texts.length)})`,
    items: texts.slice(0, MAX_LISTED).map((text) => ({ text, details: [] })),
    more: hidden > 0 ? moreText(hidden, '') : undefined,
  };
}
