import type { Report } from '../model/report.ts';
import {
  leftOutLists,
  previewText,
  requiredOnlyLists,
  restrictList,
  restrictText,
  verifyList,
  verifyPreviewText,
  verifyRestrictText,
  wildcardText,
} from './advice.ts';
import { htmlText } from './escape.ts';
import { list } from './page-parts.ts';

/** What requiring TLS would have done, the list to paste, and what is not in it and why. */
export function adviceSection(report: Report): string {
  const { advice } = report;
  if (advice === undefined || advice.required.deliveries === 0) return '';
  const leftOut = leftOutLists(advice).map(namesOf);
  const requiredOnly = requiredOnlyLists(advice).map(namesOf);
  return [
    ...paragraphs(previewText(advice, report), verifyPreviewText(advice, report), restrictText(advice)),
    ...pasteable(restrictList(advice)),
    ...paragraphs(verifyRestrictText(advice)),
    ...pasteable(verifyList(advice)),
    ...(requiredOnly.length === 0 ? [] : [`<p>Safe for Required only:</p>${list(requiredOnly)}`]),
    ...[wildcardText(advice) ?? []].flat().map((text) => `<p class="wrap">${htmlText(text)}</p>`),
    ...(leftOut.length === 0 ? [] : [`<p>Left out of the list:</p>${list(leftOut)}`]),
  ].join('\n');
}

function paragraphs(...texts: readonly (string | undefined)[]): string[] {
  return texts.flatMap((text) => (text === undefined ? [] : [`<p>${htmlText(text)}</p>`]));
}

function pasteable(entries: string): string[] {
  return entries === '' ? [] : [`<p class="paste wrap"><code>${htmlText(entries)}</code></p>`];
}

function namesOf({ why, names }: ReturnType<typeof leftOutLists>[number]): string {
  return htmlText(names.length === 0 ? why : `${why}: ${names.join(', ')}`);
}
