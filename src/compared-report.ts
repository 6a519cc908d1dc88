import { adviceFrom, daysWithoutVerification, withDays } from './judge/advice.ts';
import { changesSince, reportedFindings } from './judge/changes.ts';
import { violationDays } from './judge/day-results.ts';
import { downgradesSince } from './judge/downgrades.ts';
import { lostDays, lostReason, withRecorded } from './judge/lost-evidence.ts';
import { dayProtocols, daySum, daySummaries } from './judge/range.ts';
import { unauditedNote } from './judge/unaudited.ts';
import type { Advice } from './model/advice.ts';
import type { DayResult, History } from './model/history.ts';
import type { DaySummary, Gap, Report, RunStamp } from './model/report.ts';
import { DAY_MS, type Window } from './model/window.ts';
import type { Audited, RunParts, RunRequest } from './pipeline.ts';

/** Nights that the report draws. */
const TREND_DAYS = 30;

/**
 * What is recorded of the window's days and the logs at hand no longer tell stays, except where whoever names days replaces
 * their results by complete ones.
 */
export function keepingEvidence(
  found: readonly DayResult[],
  { job, window, byHand = false }: RunRequest,
  { history, policy }: RunParts,
): { days: readonly DayResult[]; uncovered: readonly Gap[]; reason: string | undefined } {
  const recorded = [...history.dayDomains(job, window)];
  const kept = found.filter(({ complete }) => !(byHand && complete));
  const lost = lostDays(recorded, kept);
  const isLost = new Set(lost.map(({ day }) => day));
  return {
    days: found.map((day) => (isLost.has(day.day) ? withRecorded(day, recorded, policy) : day)),
    uncovered: lost.map(({ day }) => gapOf(day)),
    reason: lostReason(lost),
  };
}

export function withDoubt(report: Report, reason: string | undefined): Report {
  if (reason === undefined) return report;
  const verdict = report.verdict === 'pass' ? 'inconclusive' : report.verdict;
  return { ...report, verdict, reasons: [...report.reasons, reason] };
}

/** The report with what changed since the last audit, what was never audited, and what the last days came to. */
export function compared(
  { report, tally }: Audited,
  days: readonly DayResult[],
  { job, window }: RunRequest,
  run: RunStamp,
  parts: RunParts,
): Report {
  const { history } = parts;
  const before = history.openFindings(job, window.from);
  const reported = reportedFindings(history.latestRuns(job, 1)[0], window.from);
  const changes = changesSince(before, report.domains, (domain) => violationDays(tally, domain), reported);
  const downgrades = downgradesSince((domain) => history.protectionDays(job, domain, window.from), tally);
  const unaudited = unauditedNote(window, history.coveredDays(job, pastOf(window)), history.firstDay(job));
  return {
    ...report,
    notes: [...report.notes, ...(unaudited === undefined ? [] : [unaudited])],
    ...(before === undefined ? {} : { changes, downgrades }),
    // Requiring TLS is a setting for mail that Salesforce sends.
    ...(report.direction === 'outbound' ? { advice: adviceOn(job, window, days, parts) } : {}),
    days: nightsOn(job, window, days, history),
    run,
  };
}

/** From what is recorded before the window, and from the days of the window itself. */
function adviceOn(job: string, window: Window, days: readonly DayResult[], { history, adviceRule }: RunParts): Advice {
  const range = { from: new Date(window.to.getTime() - adviceRule.days * DAY_MS), to: window.to };
  const earlier = { from: range.from, to: window.from };
  const isLonger = earlier.from < earlier.to;
  const sums = withDays(isLonger ? history.domainSums(job, earlier) : [], days);
  const audited = days.length + (isLonger ? history.recordedDays(job, earlier).length : 0);
  const withoutVerification =
    daysWithoutVerification(days) + (isLonger ? history.daysWithoutVerification(job, earlier) : 0);
  return adviceFrom(sums, range, { audited, withoutVerification }, adviceRule);
}

/** The last nights, those of this run included. */
function nightsOn(job: string, window: Window, days: readonly DayResult[], history: History): DaySummary[] {
  const range = { from: new Date(window.to.getTime() - TREND_DAYS * DAY_MS), to: window.to };
  const own = new Set(days.map(({ day }) => day));
  const recorded = history.recordedDays(job, range).filter(({ day }) => !own.has(day));
  const protocols = new Map([
    ...history.dayProtocols(job, range),
    ...days.map((day) => [day.day, dayProtocols(day)] as const),
  ]);
  return daySummaries(range, [...recorded, ...days.map(daySum)], protocols);
}

function gapOf(day: string): Gap {
  const fromMs = Date.parse(day);
  return { from: new Date(fromMs).toISOString(), to: new Date(fromMs + DAY_MS).toISOString() };
}

function pastOf(window: Window): Window {
  return { from: new Date(0), to: window.from };
}
