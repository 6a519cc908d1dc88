import { isJudgedAgain } from '../model/judged-before.ts';
import type { Report } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { newLosses } from './losses.ts';
import { newlyRestored } from './resolved.ts';
import { numberText } from './wording.ts';

/** `1 downgrade, 1 new, 2 ongoing, 1 resolved`; undefined where there is no history. */
export function changeSummary(report: Report): string | undefined {
  if (report.changes === undefined) return undefined;
  const states = (['new', 'ongoing', 'resolved'] as const).flatMap((state) => {
    const changes = report.changes?.filter((change) => change.state === state && change.told !== true).length ?? 0;
    const count = changes + (state === 'resolved' ? newlyRestored(report).length : 0);
    return count === 0 ? [] : [`${numberText(count)} ${state}`];
  });
  const downgrades = newLosses(report, 'plaintext').length + newLosses(report, 'unverified').length;
  if (downgrades > 0) states.unshift(countOf(downgrades, 'downgrade'));
  return states.length === 0 ? 'no change' : states.join(', ');
}

/** What `changeSummary` is about: a run is compared with what earlier ones told, a range of days tells of itself. */
export function changePeriod(report: Report): string {
  if (report.run === undefined) return 'within these days';
  return isJudgedAgain(report) ? 'against what was told before' : 'since the last audit';
}
