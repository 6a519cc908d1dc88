import { isJudgedAgain } from '../model/judged-before.ts';
import { type Report, UNITS } from '../model/report.ts';
import { DAY_MS } from '../model/window.ts';
import { countOf } from '../support/plural.ts';
import { durationOf, periodText } from './dates.ts';
import { wordsOf } from './direction-words.ts';
import { headerText } from './escape.ts';
import { endedLatelyCount } from './exceptions.ts';
import { exceptedDomains, isExcepted } from './findings.ts';
import { verdictWord } from './judged-again.ts';
import { newLosses } from './losses.ts';
import { exceptedLossText, exceptedText, failureText, lossCountText } from './news.ts';
import { newlyRestored } from './resolved.ts';
import { policyText } from './wording.ts';

/**
 * The verdict and the number that matters: `FAIL: 3 domains got plaintext mail`. Holds nothing from a log. The same findings
 * give the same subject night after night, but for the night in which they are news: Gmail groups by subject. So the day of a usual night stands in the first line of the mail
 * and not here, and neither does a number that every night changes (docs/decisions/0012).
 */
export function subjectOf(report: Report): string {
  const period = isUsualNight(report) ? undefined : periodText(report.window);
  const statement = statementOf(report, period);
  const told = period === undefined || statement.endsWith(period);
  return headerText(`${verdictWord(report)}: ${statement}${told ? '' : ` (${period})`}`);
}

/** One day that was not judged before. */
function isUsualNight(report: Report): boolean {
  const { from, to } = report.window;
  return from !== null && to !== null && Date.parse(to) - Date.parse(from) === DAY_MS && !isJudgedAgain(report);
}

function statementOf(report: Report, period: string | undefined): string {
  switch (report.verdict) {
    case 'pass':
      return (
        unverifiedText(report) +
        verifiedText(report) +
        endedText(report) +
        endingText(report) +
        lostDaysText(report) +
        success(report)
      );
    case 'fail':
      return unverifiedText(report) + endedText(report) + failureText(report);
    case 'inconclusive':
      return unverifiedText(report) + endedText(report) + exceptedDoubtText(report) + doubt(report, period);
  }
}

function success(report: Report): string {
  const { mail } = wordsOf(report);
  const which = exceptedDomains(report).length === 0 ? `all ${mail}` : `${exceptedText(report)}, all other ${mail}`;
  return `${which} protected by ${policyText(report.policy)}`;
}

/** Certificates lost since the last mail stand before everything else; lost TLS is worse, and told with what got plaintext. */
function unverifiedText(report: Report): string {
  const unverified = newLosses(report, 'unverified');
  if (unverified.length === 0 || newLosses(report, 'plaintext').some(({ domain }) => !isExcepted(domain))) return '';
  const domains = countOf(unverified.length, 'domain');
  return `${lossCountText(domains, unverified, 'no longer verified', 'partly unverified')}; `;
}

/** Why a mail comes although all is well: of a lost certificate nothing was told since its first night. */
function verifiedText(report: Report): string {
  const verified = newlyRestored(report).filter(({ kind }) => kind === 'unverified').length;
  return verified === 0 ? '' : `${countOf(verified, 'domain')} verified again; `;
}

/** Why something fails that was accepted before: told in the subject once, below it while its findings last. */
function endedText(report: Report): string {
  const ended = endedLatelyCount(report);
  return ended === 0 ? '' : `${countOf(ended, 'exception')} ended; `;
}

/** Why a mail comes although all is well: an exception needs somebody before it ends. */
function endingText({ exceptions = [] }: Report): string {
  const expiring = exceptions.filter(({ state }) => state === 'expiring').length;
  return expiring === 0 ? '' : `${countOf(expiring, 'exception')} ${expiring === 1 ? 'expires' : 'expire'} soon; `;
}

/** A pass says nothing of days before it, which wait for their logs or which nobody can look at any more. */
function lostDaysText({ unauditedBefore = 0 }: Report): string {
  return unauditedBefore === 0 ? '' : `${countOf(unauditedBefore, 'earlier day')} without complete data; `;
}

function exceptedDoubtText(report: Report): string {
  const lost = exceptedLossText(report);
  return lost === undefined ? '' : `${lost}; `;
}

/** The doubt that weighs most: what was not looked at, before what was not understood. */
function doubt(report: Report, period: string | undefined): string {
  const { counts, failures, gaps } = report;
  if (failures.length > 0) return `${countOf(failures.length, 'log file')} could not be read`;
  const inWindow = counts.rows - counts.outsideWindow;
  const words = wordsOf(report);
  const { many } = UNITS[report.direction];
  if (inWindow === 0) return words.noRowsIn(period);
  if (gaps.length > 0) {
    const none = gaps.filter(({ partial }) => partial !== true);
    return none.length > 0
      ? `no data${gapText(none, report, period)}`
      : `data not complete${gapText(gaps, report, period)}`;
  }
  const unrecognised = report.domains.filter((domain) => domain.unrecognised > 0).length;
  if (unrecognised > 0) return `${countOf(unrecognised, 'domain')} with unrecognised TLS`;
  if (counts.rejected > 0) return 'rows could not be read';
  if (counts.events.other > 0) return 'rows with an unknown mail event';
  if (counts.deliveries === 0) return `no ${many} to judge`;
  return 'rows may be missing';
}

/** ` for 1 of 7 days, Nov 18`, ` for 3 of 7 days`, ` for 6 hours`; of the whole period ` for Nov 16 to Nov 22`, or nothing where that is not named. */
function gapText(gaps: Report['gaps'], { window }: Report, period: string | undefined): string {
  const [missing, whole] = [durationOf(gaps), durationOf([window])];
  if (missing.unit !== 'day') return ` for ${countOf(missing.amount, 'hour')}`;
  const isPart = whole.unit !== 'day' || missing.amount < whole.amount;
  if (isPart) {
    const [only] = gaps.length === 1 ? gaps.map((gap) => periodText(gap)) : [];
    const days =
      whole.unit === 'day' ? `${missing.amount} of ${countOf(whole.amount, 'day')}` : countOf(missing.amount, 'day');
    return ` for ${days}${only === undefined ? '' : `, ${only}`}`;
  }
  return period === undefined ? '' : ` for ${period}`;
}
