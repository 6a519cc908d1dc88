import { type DomainReport, type Report, type Verdict, sourceLabel } from '../model/report.ts';
import { exclusionsOf, runText, shortfallsOf, sourceFacts } from './account.ts';
import { leftOutText, previewText, restrictList, restrictText } from './advice.ts';
import { clockText, dayText, momentText, periodText } from './dates.ts';
import { domainTables, wordsOf } from './direction-words.ts';
import { domainText, nameText, prose } from './escape.ts';
import { type Trend, trendOf } from './digest-trend.ts';
import { coverageText, hashText } from './evidence.ts';
import { exceptionLines } from './exceptions.ts';
import {
  changeByDomain,
  changeSummary,
  downgraded,
  downgradeText,
  exceptedDomains,
  outcomeText,
  plaintextDomains,
  reasonSentences,
  reportMisfits,
  resolvedChanges,
  shareText,
  tagOf,
  unrecognisedDomains,
  violatingDomains,
} from './findings.ts';
import {
  BASELINE,
  deliveriesText,
  moreText,
  numberText,
  policyText,
  protocolParts,
  verifiedText,
  VERDICT_WORDS,
} from './wording.ts';

// What the digest says, before it is text or HTML: both are made from this one value, so they cannot differ.
// Every list is bounded and every string shortened, which bounds the size of the mail.

export interface DigestLimits {
  readonly domains: number;
  /** Of every other list of names. */
  readonly names: number;
  /** Of lists that explain: reasons aside, which are three. */
  readonly details: number;
}

const FULL: DigestLimits = { domains: 30, names: 10, details: 5 };
const MAX_REASONS = 3;
const MAX_LIST_CHARACTERS = 1_000;
const MAX_NAME_LENGTH = 64;

export interface DigestContent {
  readonly verdict: Verdict;
  readonly word: string;
  readonly period: string;
  readonly sentence: string;
  readonly furtherReasons: readonly string[];
  readonly facts: readonly Fact[];
  /** Undefined while there are too few nights. */
  readonly trend?: Trend | undefined;
  readonly sections: readonly DigestSection[];
  readonly footer: readonly string[];
}

interface Fact {
  readonly label: string;
  readonly value: string;
}

export type DigestSection = DomainSection | ListSection;

interface DomainSection {
  readonly kind: 'domains';
  readonly heading: string;
  /** What `share` counts, as the heading of its column. */
  readonly shareHeading: string;
  readonly rows: readonly DomainRow[];
  readonly more: string | undefined;
}

export interface DomainRow {
  readonly name: string;
  /** `2 of 3` deliveries. */
  readonly share: string;
  readonly protocols: string;
  readonly change: string | undefined;
  /** One message in violation, to be looked up in the log. */
  readonly sample?: string | undefined;
}

interface ListSection {
  readonly kind: 'list';
  readonly heading: string;
  readonly items: readonly ListItem[];
  readonly more: string | undefined;
}

export interface ListItem {
  readonly text: string;
  readonly details: readonly string[];
}

/** `more` are sections about something else than the report itself. */
export function digestContent(
  report: Report,
  zone: string,
  more: readonly DigestSection[] = [],
  limits: DigestLimits = FULL,
): DigestContent {
  const [sentence = '', ...reasons] = reasonSentences(report);
  const furtherReasons = reasons.slice(0, MAX_REASONS);
  if (reasons.length > MAX_REASONS) furtherReasons.push(`${moreText(reasons.length - MAX_REASONS, 'see below')}.`);
  return {
    verdict: report.verdict,
    word: VERDICT_WORDS[report.verdict],
    period: utcPeriod(report),
    sentence,
    furtherReasons,
    facts: [
      { label: 'Judged', value: deliveriesText(report) },
      { label: 'Outcome', value: outcomeText(report) },
      { label: 'Policy', value: policyText(report.policy) },
      { label: 'Coverage', value: coverageText(report) },
      { label: 'Since last time', value: changeSummary(report) ?? BASELINE },
    ],
    trend: trendOf(report),
    sections: [...domainSections(report, zone, limits), ...listSections(report, limits), ...more].filter((section) =>
      section.kind === 'domains' ? section.rows.length > 0 || section.more !== undefined : section.items.length > 0,
    ),
    footer: [
      wordsOf(report).origin,
      ...[runText(report, zone) ?? []].flat(),
      ...proofLines(report),
      ...(zone === 'UTC' ? [] : [clockText(zone)]),
    ],
  };
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

function domainSections(report: Report, zone: string, limits: DigestLimits): DomainSection[] {
  const violating = violatingDomains(report);
  const unrecognised = unrecognisedDomains(report);
  const lost = downgraded(report, 'plaintext');
  const unverified = downgraded(report, 'unverified');
  const isLost = new Set(lost.map(({ domain }) => domain.domain));
  const others = violating.filter(({ domain }) => !isLost.has(domain));
  // One budget for all lists: what was lost comes first, then what is known to be wrong.
  const shownLost = lost.slice(0, limits.domains);
  const shownUnverified = unverified.slice(0, limits.names);
  const shown = others.slice(0, limits.domains - shownLost.length);
  const shownUnrecognised = unrecognised.slice(0, limits.domains - shownLost.length - shown.length);
  const excepted = exceptedDomains(report).filter(({ domain }) => !isLost.has(domain));
  const shownExcepted = excepted.slice(0, limits.names);
  const changes = changeByDomain(report);
  const title = wordsOf(report).domains;
  const row = (domain: DomainReport, count: number): DomainRow => ({
    name: domainText(domain.domain, MAX_NAME_LENGTH),
    share: shareText(count, domain.deliveries),
    protocols: protocolsOf(domain),
    change: tagOf(domain, changes.get(domain.domain), report),
    sample: sampleText(domain, zone),
  });
  return [
    {
      kind: 'domains',
      heading: `Downgrades: had TLS, now plaintext (${numberText(lost.length)})`,
      shareHeading: 'In violation',
      rows: shownLost.map(({ domain, downgrade }) => ({
        ...row(domain, domain.violations),
        change: downgradeText(downgrade, report, domain),
      })),
      more: attachedMore(lost.length - shownLost.length),
    },
    {
      kind: 'domains',
      heading: `Downgrades: were verified, now unverified (${numberText(unverified.length)})`,
      shareHeading: 'Unverified',
      rows: shownUnverified.map(({ domain, downgrade }) => ({
        ...row(domain, domain.unverified),
        change: downgradeText(downgrade, report, domain),
      })),
      more:
        unverified.length > shownUnverified.length
          ? moreText(unverified.length - shownUnverified.length, '')
          : undefined,
    },
    {
      kind: 'domains',
      heading: `${lost.length > 0 ? `Other ${title.toLowerCase()}` : title} in violation (${numberText(others.length)})`,
      shareHeading: 'In violation',
      rows: shown.map((domain) => row(domain, domain.violations)),
      more: attachedMore(others.length - shown.length),
    },
    {
      kind: 'domains',
      heading: `In violation, under an exception (${numberText(excepted.length)})`,
      shareHeading: 'In violation',
      rows: shownExcepted.map((domain) => row(domain, domain.violations)),
      more: attachedMore(excepted.length - shownExcepted.length),
    },
    {
      kind: 'domains',
      heading: `${title} with unrecognised TLS (${numberText(unrecognised.length)})`,
      shareHeading: 'Unrecognised',
      rows: shownUnrecognised.map((domain) => row(domain, domain.unrecognised)),
      more: attachedMore(unrecognised.length - shownUnrecognised.length),
    },
    ...senderSections(report, limits),
  ];
}

/** Whose mail it was: servers hand over the mail of many senders. */
function senderSections(report: Report, limits: DigestLimits): DomainSection[] {
  const [, ...others] = domainTables(report);
  return others.map(({ title, domains }) => {
    const violating = domains.filter(({ status }) => status === 'violating');
    const shown = violating.slice(0, limits.names);
    const hidden = violating.length - shown.length;
    return {
      kind: 'domains',
      heading: `${title} in violation (${numberText(violating.length)})`,
      shareHeading: 'In violation',
      rows: shown.map((domain) => ({
        name: domainText(domain.domain, MAX_NAME_LENGTH),
        share: shareText(domain.violations, domain.deliveries),
        protocols: protocolsOf(domain),
        change: undefined,
      })),
      more: hidden > 0 ? moreText(hidden, '') : undefined,
    };
  });
}

function protocolsOf(domain: DomainReport): string {
  const verified = verifiedText(domain);
  return [...protocolParts(domain.protocols), ...(verified === undefined ? [] : [`${verified} verified`])].join(', ');
}

/** `e.g. message 16/A4-20983-88E21E84, 2026-11-22 09:00 UTC` */
function sampleText({ samples: [first] = [] }: DomainReport, zone: string): string | undefined {
  if (first === undefined) return undefined;
  const id = domainText(first.internalMessageId, 40);
  return `e.g. message ${id}, ${momentText(first.at, zone)}`;
}

function attachedMore(hidden: number): string | undefined {
  return hidden > 0 ? `${moreText(hidden, '')}, see the attachment` : undefined;
}

function listSections(report: Report, limits: DigestLimits): ListSection[] {
  const resolved = resolvedChanges(report);
  const hiddenResolved = resolved.length - limits.names;
  const hiddenNotes = report.notes.length - limits.details;
  const exceptions = exceptionLines(report);
  const hiddenExceptions = exceptions.length - limits.names;
  const hiddenSources = report.sources.length - limits.details;
  return [
    {
      kind: 'list',
      heading: `Resolved since last time (${numberText(resolved.length)})`,
      items: resolved
        .slice(0, limits.names)
        .map(({ domain, since }) =>
          item(`${domainText(domain, MAX_NAME_LENGTH)}, in violation since ${dayText(since, report.window.from)}`),
        ),
      more: hiddenResolved > 0 ? moreText(hiddenResolved, '') : undefined,
    },
    {
      kind: 'list',
      heading: `Exceptions (${numberText(exceptions.length)})`,
      items: exceptions.slice(0, limits.names).map(({ text, details }) => item(text, details)),
      more: hiddenExceptions > 0 ? `${moreText(hiddenExceptions, '')}, see the report page` : undefined,
    },
    { kind: 'list', heading: 'What to do', items: remediesFor(report).map((text) => item(text)), more: undefined },
    { kind: 'list', heading: 'If TLS were required', items: adviceItems(report), more: undefined },
    {
      kind: 'list',
      heading: 'What is missing',
      items: shortfallsOf(report, limits.details).map(({ what, details, more }) =>
        item(what, more > 0 && details.length > 0 ? [...details, moreText(more, '')] : details),
      ),
      more: undefined,
    },
    {
      kind: 'list',
      heading: 'What was left out, and why',
      items: exclusionsOf(report).map(({ count, what, why }) => item(`${numberText(count)} ${what}: ${why}`)),
      more: undefined,
    },
    {
      kind: 'list',
      heading: 'Notes',
      items: report.notes.slice(0, limits.details).map((note) => item(prose(note, 200))),
      more: hiddenNotes > 0 ? moreText(hiddenNotes, '') : undefined,
    },
    {
      kind: 'list',
      heading: wordsOf(report).sources(report.sources.length),
      items: report.sources
        .slice(0, limits.details)
        .map((source) =>
          item(`${nameText(sourceLabel(source.name), MAX_NAME_LENGTH)}: ${sourceFacts(source, report)}`),
        ),
      more: hiddenSources > 0 ? moreText(hiddenSources, '') : undefined,
    },
  ];
}

/** The list itself only where a mail can hold it. */
function adviceItems({ advice }: Report): ListItem[] {
  if (advice === undefined || advice.required.deliveries === 0) return [];
  const list = restrictList(advice);
  const details = list.length > MAX_LIST_CHARACTERS ? ['tls-audit report prints the list'] : list === '' ? [] : [list];
  return [item(previewText(advice)), item(restrictText(advice), [...details, ...[leftOutText(advice) ?? []].flat()])];
}

function item(text: string, details: readonly string[] = []): ListItem {
  return { text, details };
}

/** The remedies that fit what was found, most important first. */
function remediesFor(report: Report): string[] {
  const { counts } = report;
  const { remedies } = wordsOf(report);
  const sides = reportMisfits(report);
  const plaintext = plaintextDomains(report).length > 0;
  const isDataMissing = report.gaps.length > 0 || counts.rows - counts.outsideWindow === 0;
  return [
    ...(plaintext || sides.below ? remedies.violation : []),
    ...(sides.above ? remedies.tooNew : []),
    ...(report.failures.length > 0 ? remedies.failure : []),
    ...(isDataMissing ? remedies.gap : []),
    ...(counts.rejected > 0 ? remedies.rejected : []),
    ...(counts.unrecognised > 0 ? remedies.unrecognised : []),
  ];
}
