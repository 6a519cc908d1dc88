import { type Report, sourceLabel } from '../model/report.ts';
import { exclusionsOf, shortfallsOf, sourceFacts } from './account.ts';
import {
  leftOutText,
  previewText,
  requiredOnlyText,
  restrictList,
  restrictText,
  verifyList,
  verifyPreviewText,
  verifyRestrictText,
} from './advice.ts';
import { type DigestLimits, type ListItem, type ListSection, MAX_NAME_LENGTH } from './digest-shape.ts';
import { wordsOf } from './direction-words.ts';
import { domainText, nameText, prose } from './escape.ts';
import { exceptionLines } from './exceptions.ts';
import { isToldAgain } from './judged-again.ts';
import { generalRemedies } from './remedies.ts';
import { resolvedOf } from './resolved.ts';
import { HEADINGS, moreText, numberText } from './wording.ts';

const MAX_LIST_CHARACTERS = 1_000;

export function missingSection(report: Report, limits: DigestLimits): ListSection {
  return {
    kind: 'list',
    heading: HEADINGS.missing,
    items: shortfallsOf(report, limits.details, limits.characters).map(({ what, details, more }) =>
      item(what, more > 0 && details.length > 0 ? [...details, moreText(more, '')] : details),
    ),
    more: undefined,
  };
}

/** What stands below the findings: what to do, and what the result rests on. */
export function listSections(report: Report, limits: DigestLimits): ListSection[] {
  const resolved = resolvedOf(report);
  const hiddenResolved = resolved.length - limits.names;
  const hiddenNotes = report.notes.length - limits.details;
  const exceptions = exceptionLines(report, false, limits.characters);
  const hiddenExceptions = exceptions.length - limits.names;
  const hiddenSources = report.sources.length - limits.details;
  return [
    {
      kind: 'list',
      heading: `${isToldAgain(report) ? HEADINGS.resolvedAgain : HEADINGS.resolved} (${numberText(resolved.length)})`,
      items: resolved
        .slice(0, limits.names)
        .map(({ domain, text }) => item(`${domainText(domain, MAX_NAME_LENGTH)}: ${text}`)),
      more: hiddenResolved > 0 ? moreText(hiddenResolved, '') : undefined,
    },
    {
      kind: 'list',
      heading: `${HEADINGS.exceptions} (${numberText(exceptions.length)})`,
      items: exceptions.slice(0, limits.names).map(({ text, details }) => item(text, details)),
      more: hiddenExceptions > 0 ? `${moreText(hiddenExceptions, '')}, see the report page` : undefined,
    },
    {
      kind: 'list',
      heading: HEADINGS.remedies,
      items: generalRemedies(report).map((text) => item(text)),
      more: undefined,
    },
    { kind: 'list', heading: HEADINGS.advice, items: adviceItems(report), more: undefined },
    {
      kind: 'list',
      heading: HEADINGS.excluded,
      items: exclusionsOf(report).map(({ count, what, why }) => item(`${numberText(count)} ${what}: ${why}`)),
      more: undefined,
    },
    {
      kind: 'list',
      heading: HEADINGS.notes,
      items: report.notes.slice(0, limits.details).map((note) => item(prose(note, limits.characters))),
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

function adviceItems(report: Report): ListItem[] {
  const { advice } = report;
  if (advice === undefined || advice.required.deliveries === 0) return [];
  const [verifyPreview, verifyRestrict] = [verifyPreviewText(advice, report), verifyRestrictText(advice)];
  return [
    item(previewText(advice, report)),
    ...(verifyPreview === undefined ? [] : [item(verifyPreview)]),
    item(restrictText(advice), [...mailed(restrictList(advice)), ...[leftOutText(advice) ?? []].flat()]),
    ...(verifyRestrict === undefined
      ? []
      : [item(verifyRestrict, [...mailed(verifyList(advice)), ...[requiredOnlyText(advice) ?? []].flat()])]),
  ];
}

/** The list itself only where a mail can hold it. */
function mailed(list: string): string[] {
  return list.length > MAX_LIST_CHARACTERS
    ? ['the list to paste: tls-audit report --format html']
    : list === ''
      ? []
      : [list];
}

function item(text: string, details: readonly string[] = []): ListItem {
  return { text, details };
}
