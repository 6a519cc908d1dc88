import { adviceFrom, daysWithoutVerification, withDays } from '../judge/advice.ts';
import { changesSince, reportedFindings } from '../judge/changes.ts';
import { violationDays } from '../judge/day-results.ts';
import { protectionChanges, type ProtectionPast } from '../judge/downgrades.ts';
import { judgedBefore } from '../judge/judged-before.ts';
import { lostDays, lostReason, withLost, withRecorded } from '../judge/lost-evidence.ts';
import { dayProtocols, daySum, daySummaries } from '../judge/range.ts';
import { withoutTold } from '../judge/told.ts';
import { unauditedDays, unauditedNote } from '../judge/unaudited.ts';
import type { LateDays } from './late-days.ts';
import type { Advice } from '../model/advice.ts';
import type { DayResult, History, RecordedRun } from '../model/history.ts';
import { isJudgedAgain, type JudgedBefore } from '../model/judged-before.ts';
import type { DaySummary, Gap, Report, RunStamp } from '../model/report.ts';
import { DAY_MS, utcDay, type Window } from '../model/window.ts';
import type { Audited, RunParts, RunRequest } from './run.ts';
import { runsOf } from './told-before.ts';

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
    reason: lostReason(lost, byHand),
  };
}

/** The report of a run that found less than is recorded: no pass, and the days it found less of are not complete. */
export function withDoubt(
  report: Report,
  { uncovered, reason }: { readonly uncovered: readonly Gap[]; readonly reason: string | undefined },
  window: Window,
): Report {
  if (reason === undefined) return report;
  const verdict = report.verdict === 'pass' ? 'inconclusive' : report.verdict;
  const gaps = withLost(report.gaps, uncovered, window);
  return { ...report, verdict, reasons: [...report.reasons, reason], gaps };
}

/** The report with what changed since the last audit, what was never audited, and what the last days came to. */
export function compared(
  { report, tally }: Audited,
  { days, found }: { readonly days: readonly DayResult[]; readonly found: readonly DayResult[] },
  late: LateDays,
  request: RunRequest,
  run: RunStamp,
  parts: RunParts,
): Report {
  const { job, window, reachDays } = request;
  const { history } = parts;
  const before = history.openFindings(job, window.from);
  const reported = reportedFindings(history.runsUpTo(job, window.from));
  const unaudited = unauditedDaysBefore(request, history);
  const again = judgedBeforeBy(days, found, request, parts);
  const earlier = runsOf(again, history);
  const findings = withoutTold(
    {
      changes: changesSince(before, report.domains, (domain) => violationDays(tally, domain), reported),
      ...protectionChanges(protectionPast(job, window, history), tally),
    },
    earlier,
    parts.mailer !== undefined,
  );
  return {
    ...report,
    notes: [
      ...report.notes,
      ...[late.note ?? [], unauditedNote(unaudited, new Date(run.startedAt), reachDays) ?? []].flat(),
    ],
    ...(unaudited.length === 0 ? {} : { unauditedBefore: unaudited.length }),
    ...(again === undefined ? {} : { judgedBefore: again }),
    ...(before === undefined && isBaseline(window, again, earlier) ? {} : findings),
    // Requiring TLS is a setting for mail that Salesforce sends.
    ...(report.direction === 'outbound' ? { advice: adviceOn(job, window, days, late, parts) } : {}),
    days: nightsOn(job, window, days, late, history),
    run,
  };
}

function unauditedDaysBefore({ job, window, reachDays }: RunRequest, history: History): string[] {
  const past = { from: new Date(0), to: window.from };
  return unauditedDays({
    ...{ window, reachDays, firstDay: history.firstDay(job) },
    covered: history.coveredDays(job, past),
    audited: history.auditedDays(job, past),
  });
}

/**
 * Of a window that no day comes before: whether there is nothing to compare with, neither a run about some of its days
 * nor one about all of them that could compare.
 */
function isBaseline(
  window: Window,
  again: readonly JudgedBefore[] | undefined,
  earlier: readonly RecordedRun[],
): boolean {
  const bounds = { from: window.from.toISOString(), to: window.to.toISOString() };
  if (again === undefined) return true;
  return (
    isJudgedAgain({ window: bounds, judgedBefore: again }) &&
    earlier.every(({ report }) => report.changes === undefined)
  );
}

function protectionPast(job: string, { from }: Window, history: History): ProtectionPast {
  return {
    daysOf: (domain) => history.protectionDays(job, domain, from),
    exposed: history.exposedDomains(job, from),
    comparedFrom: comparedFrom(job, from, history),
  };
}

/** The first day after those of first runs, which compare with nothing; undefined where no day is recorded. */
function comparedFrom(job: string, before: Date, history: History): string | undefined {
  let day = history.firstDay(job);
  while (day !== undefined && day < utcDay(before)) {
    const run = history.runBefore(job, new Date(Date.parse(day) + DAY_MS));
    const next = run === undefined || run.report.changes !== undefined ? day : utcDay(run.window.to);
    if (next <= day) break;
    day = next;
  }
  return day;
}

/** What earlier runs said of the days of the window. */
function judgedBeforeBy(
  days: readonly DayResult[],
  found: readonly DayResult[],
  { job, window, rowsCameLate = false }: RunRequest,
  { history, policy, mailer }: RunParts,
): JudgedBefore[] | undefined {
  const recorded = history.recordedDays(job, window);
  if (recorded.length === 0) return undefined;
  const owed = history.outbox.owed();
  const isUnmailed = ({ id }: RecordedRun) =>
    mailer !== undefined &&
    owed.some((mail) => mail.runId === id && mailer.recipients.every((address) => mail.isOwedTo(address)));
  return judgedBefore({
    ...{
      window,
      recorded,
      recordedDomains: history.dayDomains(job, window),
      found,
      days,
      policy,
      rowsCameLate,
      isUnmailed,
    },
    runOf: (id) => history.findRun(id),
  });
}

/** From what is recorded before the window, and from the days of the window itself. What is late is evidence of no good. */
function adviceOn(
  job: string,
  window: Window,
  days: readonly DayResult[],
  { left }: LateDays,
  { history, adviceRule }: RunParts,
): Advice {
  const range = { from: new Date(window.to.getTime() - adviceRule.days * DAY_MS), to: window.to };
  const earlier = { from: range.from, to: window.from };
  const isLonger = earlier.from < earlier.to;
  const late = left.map(({ day }) => day);
  const news = left
    .filter(({ day }) => Date.parse(day) >= range.from.getTime())
    .map((rows) => ({ day: rows.day, complete: false, domains: rows.news }));
  const sums = withDays(isLonger ? history.domainSums(job, earlier, late) : [], [...news, ...days]);
  const recorded = isLonger ? history.recordedDays(job, earlier) : [];
  const whole = recorded.filter(({ day, complete, late: isLate }) => complete && !isLate && !late.includes(day));
  const audited = whole.length + days.filter(({ complete }) => complete).length;
  const withoutVerification =
    daysWithoutVerification(days) + (isLonger ? history.daysWithoutVerification(job, earlier) : 0);
  return adviceFrom(sums, range, { audited, withoutVerification }, adviceRule);
}

/** The last nights, those of this run included; days before the first that was ever audited are none of them. */
function nightsOn(
  job: string,
  window: Window,
  days: readonly DayResult[],
  { left }: LateDays,
  history: History,
): DaySummary[] {
  const firstMs = Math.min(window.from.getTime(), Date.parse(history.firstDay(job) ?? window.from.toISOString()));
  const range = { from: new Date(Math.max(window.to.getTime() - TREND_DAYS * DAY_MS, firstMs)), to: window.to };
  const own = new Set(days.map(({ day }) => day));
  const late = new Set(left.map(({ day }) => day));
  const recorded = history
    .recordedDays(job, range)
    .filter(({ day }) => !own.has(day))
    .map((day) => (late.has(day.day) ? { ...day, complete: false } : day));
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
