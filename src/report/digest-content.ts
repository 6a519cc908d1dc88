import type { Report } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { runText } from './account.ts';
import { changeSummary } from './changes.ts';
import { clockText, periodText } from './dates.ts';
import { domainSections } from './digest-domains.ts';
import { listSections, missingSection } from './digest-lists.ts';
import type { DigestContent, DigestFrame, DigestLimits, DigestSection } from './digest-shape.ts';
import { trendOf } from './digest-trend.ts';
import { wordsOf } from './direction-words.ts';
import { coverageText, hashText } from './evidence.ts';
import { endedSentences, endingSentences } from './exceptions.ts';
import { outcomeText, reasonSentences } from './findings.ts';
import { isToldAgain, judgedBeforeSentences, verdictWord } from './judged-again.ts';
import { BASELINE, deliveriesText, moreText, policyText } from './wording.ts';

const FULL: DigestLimits = { domains: 30, names: 10, details: 5, characters: 1000 };

/** The next ones are for reports whose digest would be too large: words go before domains. */
export const DIGEST_LIMITS: readonly DigestLimits[] = [
  FULL,
  { ...FULL, characters: 200 },
  { domains: 12, names: 5, details: 3, characters: 200 },
  { domains: 5, names: 2, details: 2, characters: 200 },
];
const MAX_REASONS = 3;

/** `more` are sections about something else than the report itself. */
export function digestContent(
  report: Report,
  frame: DigestFrame,
  more: readonly DigestSection[],
  limits: DigestLimits,
): DigestContent {
  const { zone } = frame;
  const [sentence = '', ...reasons] = reasonSentences(report, limits.characters);
  const furtherReasons = reasons.slice(0, MAX_REASONS);
  if (reasons.length > MAX_REASONS) furtherReasons.push(`${moreText(reasons.length - MAX_REASONS, 'see below')}.`);
  return {
    verdict: report.verdict,
    word: verdictWord(report),
    period: utcPeriod(report),
    sentence,
    furtherReasons: [
      ...furtherReasons,
      ...endedSentences(report, MAX_REASONS),
      ...lostDaysSentence(report),
      // What is wrong stands before what was said of it earlier.
      ...judgedBeforeSentences(report, zone),
      changesText(report),
      ...endingSentences(report, MAX_REASONS),
    ],
    facts: [
      { label: 'Judged', value: deliveriesText(report) },
      { label: 'Outcome', value: outcomeText(report) },
      { label: 'Policy', value: policyText(report.policy) },
      { label: 'Coverage', value: coverageText(report) },
    ],
    trend: trendOf(report),
    wrong: [...domainSections(report, frame, limits), missingSection(report, limits)].filter(saysSomething),
    sections: [...listSections(report, limits), ...more].filter(saysSomething),
    footer: [
      wordsOf(report).origin,
      ...[runText(report, zone) ?? []].flat(),
      ...proofLines(report),
      ...(zone === 'UTC' ? [] : [clockText(zone)]),
    ],
  };
}

function saysSomething(section: DigestSection): boolean {
  return section.kind === 'domains' ? section.rows.length > 0 || section.more !== undefined : section.items.length > 0;
}

function changesText(report: Report): string {
  const changes = changeSummary(report);
  if (changes === undefined) return isToldAgain(report) ? 'No earlier day to compare with.' : BASELINE;
  return `${isToldAgain(report) ? 'Against what was told before' : 'Since last time'}: ${changes}.`;
}

/** Those of no run any more: the subject of a pass says so, and the notes say which. */
function lostDaysSentence({ unauditedBefore = 0 }: Report): string[] {
  if (unauditedBefore === 0) return [];
  return [`${countOf(unauditedBefore, 'earlier day')} without complete data: see the notes.`];
}

/** Names the hash of the recorded result: whoever keeps the mail can prove by it what was recorded. */
function proofLines({ evidence = [] }: Report): string[] {
  const newest = evidence.at(-1);
  if (newest === undefined || newest.hash === null) return [];
  return [
    `Recorded as ${hashText(newest)}`,
    'To prove that it still is: tls-audit history verify --hash, with these 64 digits.',
  ];
}

function utcPeriod(report: Report): string {
  const period = periodText(report.window, { year: true });
  return period === undefined ? 'no dated rows' : `${period} (UTC)`;
}
