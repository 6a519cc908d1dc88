import type { Report } from '../model/report.ts';
import { leftOutLists, previewText, restrictList, restrictText, wildcardText } from './advice.ts';
import { htmlText } from './escape.ts';
import { list } from './page-parts.ts';

/** What requiring TLS would have done, the list to paste, and what is not in it and why. */
export function adviceSection({ advice }: Report): string {
  if (advice === undefined || advice.required.deliveries === 0) return '';
  const entries = restrictList(advice);
  const leftOut = leftOutLists(advice).map(({ why, names }) =>
    htmlText(names.length === 0 ? why : `${why}: ${names.join(', ')}`),
  );
  return [
    `<p>${htmlText(previewText(advice))}</p>`,
    `<p>${htmlText(restrictText(advice))}</p>`,
    ...(entries === '' ? [] : [`<p class="paste wrap"><code>${htmlText(entries)}</code></p>`]),
    ...[wildcardText(advice) ?? []].flat().map((text) => `<p class="wrap">${htmlText(text)}</p>`),
    ...(leftOut.length === 0 ? [] : [`<p>Left out of the list:</p>${list(leftOut)}`]),
  ].join('\n');
}
