import type { Report } from '../model/report.ts';
import {
  leftOutText,
  previewText,
  requiredOnlyLists,
  requiredOnlyText,
  restrictList,
  restrictText,
  verifyList,
  verifyPreviewText,
  verifyRestrictText,
  wildcardText,
} from './advice.ts';
import { wrap } from './layout.ts';

/** A longer list is broken over so many lines that it is no use on a screen. */
const MAX_ENTRIES = 10;

const WHERE_LISTS_ARE =
  'The lists to paste stand in the page (--format html) and in the JSON (--json: advice.restrictTo, advice.requiredVerify.restrictTo).';

/** What requiring TLS would have done, and the lists to paste as far as they are short. */
export function adviceLines(report: Report, width: number): string[] {
  const { advice } = report;
  if (advice === undefined || advice.required.deliveries === 0) return [];
  const told = (text: string | undefined, indent = '  '): string[] =>
    text === undefined || text === '' ? [] : wrap(text, width, indent);
  const listed = (text: string | undefined, list: string): string[] =>
    isShort(list)
      ? [...told(text), ...told(list, '    ')]
      : // Nothing follows the colon.
        told(text?.replace(/:$/, '.'));
  const [required, verified] = [restrictList(advice), verifyList(advice)];
  const isWhole = isShort(required) && isShort(verified);
  return [
    ...told(previewText(advice, report)),
    ...told(verifyPreviewText(advice, report)),
    ...listed(restrictText(advice), required),
    ...listed(verifyRestrictText(advice), verified),
    ...(isWhole ? told(requiredOnlyText(advice)) : requiredOnlyLines(report, width)),
    ...(isShort(required) ? told(wildcardText(advice)) : []),
    ...told(leftOutText(advice)),
    ...(isWhole ? [] : told(WHERE_LISTS_ARE)),
  ];
}

function isShort(list: string): boolean {
  return list.split(',').length <= MAX_ENTRIES;
}

/** With their names: few, where most of a long list is safe for both. */
function requiredOnlyLines({ advice }: Report, width: number): string[] {
  if (advice === undefined) return [];
  return requiredOnlyLists(advice).flatMap(({ why, names }) =>
    wrap(`Safe for Required only: ${why}${names.length === 0 ? '' : `: ${names.join(', ')}`}.`, width, '  '),
  );
}
