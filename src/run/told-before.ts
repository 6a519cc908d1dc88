import type { Told } from '../judge/mail-policy.ts';
import { saysTheSame, saysTheSameOf } from '../judge/told.ts';
import type { History, RecordedRun } from '../model/history.ts';
import { isJudgedAgain, type JudgedBefore } from '../model/judged-before.ts';
import type { Report } from '../model/report.ts';
import { DAY_MS, utcDaysOf, type Window } from '../model/window.ts';
import type { RunRequest } from './run.ts';

/** More than a job makes while a day without data stays due. */
const RUNS_LOOKED_AT = 500;

/** What was told before of what the report is about: the run that the day before its last day rests on, and those of its days. */
export function toldBefore(report: Report, request: RunRequest, history: History): Told {
  const { job, window, byHand = false } = request;
  return {
    before: history.runBefore(job, new Date(window.to.getTime() - 1))?.report,
    sameDays: runsOf(report.judgedBefore, history),
    // Whoever asks for days again gets an answer.
    isRepeated: !byHand && isJudgedAgain(report) && isRepeated(report, request, history),
    isLast: request.ahead.length === 0,
    isAfterLostDays: !byHand && !isJudgedAgain(report) && isAfterLostDays(request, history),
  };
}

/** What is due is audited oldest first: days before it that are not recorded are further back than logs can be had. */
function isAfterLostDays({ job, window: { from } }: RunRequest, history: History): boolean {
  const firstDay = history.firstDay(job);
  if (firstDay === undefined || Date.parse(firstDay) >= from.getTime()) return false;
  return history.recordedDays(job, { from: new Date(from.getTime() - DAY_MS), to: from }).length === 0;
}

/** The recorded runs of entries of `judgedBefore`. */
export function runsOf(entries: readonly JudgedBefore[] = [], history: History): RecordedRun[] {
  return entries.flatMap(({ id }) => history.findRun(id) ?? []);
}

/**
 * Night after night: whether the runs over every day of the window said the same, back to one whose digest was accepted. Days
 * that lack data are judged together in other windows as days beside them come to lack data or are made good.
 */
function isRepeated(report: Report, { job, window }: RunRequest, history: History): boolean {
  const records = history.runs.latest(job, RUNS_LOOKED_AT).filter(({ end }) => end !== null);
  const runs = new Map<string, RecordedRun | undefined>();
  const runOf = (id: string): RecordedRun | undefined => {
    if (!runs.has(id)) runs.set(id, history.findRun(id));
    return runs.get(id);
  };
  const isDifferent = report.judgedBefore?.some(({ appeared, vanished }) => appeared.length + vanished.length > 0);
  return utcDaysOf(window).every((day) => {
    for (const record of records) {
      const run = holdsDay(record.window, day) ? runOf(record.id) : undefined;
      if (run === undefined) continue;
      const isTheSame = isSame(record.window, window)
        ? saysTheSame(run.report, report)
        : isDifferent !== true && saysTheSameOf(day, run.report, report);
      if (!isTheSame) return false;
      if (run.mailedAt !== null) return true;
    }
    return false;
  });
}

function holdsDay({ from, to }: Window, day: string): boolean {
  const startMs = Date.parse(day);
  return from.getTime() < startMs + DAY_MS && startMs < to.getTime();
}

function isSame(one: Window, other: Window): boolean {
  return one.from.getTime() === other.from.getTime() && one.to.getTime() === other.to.getTime();
}
