import type { RecordedRun } from '../model/history.ts';
import { isJudgedAgain, type JudgedBefore } from '../model/judged-before.ts';
import type { Downgrade, ExceptionUse, Report } from '../model/report.ts';
import type { Verdict } from '../model/verdict.ts';
import { utcDaysOf } from '../model/window.ts';
import { lossKey } from './told.ts';

/** When a digest is mailed; what is not mailed is recorded all the same. */
export type MailWhen = 'always' | 'on-change' | 'on-problem';

/** What was told of before. */
export interface Told {
  /** The report of the run before; undefined on a first run. */
  readonly before: Report | undefined;
  /** The runs that said something of the window's days already; where that is all of them, they stand for the run before. */
  readonly sameDays: readonly RecordedRun[];
  /** Whether a digest about the same days said the same, and none since said anything else. */
  readonly isRepeated?: boolean;
  /** Whether the window is the last that its night audits: the others are days that are made up for. */
  readonly isLast?: boolean;
  /** Whether days lie right before the window that nobody ever looked at, nor will: they are out of reach. */
  readonly isAfterLostDays?: boolean;
}

/**
 * Whether the digest of a run is to be mailed. A verdict of pass hides a lost certificate, a loss that an exception covers,
 * an exception that is about to expire, and days before the window that are lost for good: each of them is mailed once
 * whatever the verdict. Days that are judged again because rows came late, and come to the same verdict and the same domains in
 * violation, are no news; nor are days that lack data night after night, as long as what there is to say of them stays the same.
 */
export function deservesMail(when: MailWhen, report: Report, whatWasTold: Told): boolean {
  const { before, sameDays, isRepeated = false, isLast = true, isAfterLostDays = false } = whatWasTold;
  if (isAfterLostDays) return true;
  const isAgain = isJudgedAgain(report);
  const told = isAgain ? sameDays.map((run) => run.report) : before === undefined ? [] : [before];
  switch (when) {
    case 'always':
      return isLast || !isRepeated || hasNews(report, told);
    case 'on-problem':
      return (report.verdict !== 'pass' && !isRepeated && !isKnown(report, sameDays)) || hasNews(report, told);
    case 'on-change':
      return (isAgain ? !isRepeated && isChanged(report) : isOther(report, before)) || hasNews(report, told);
  }
}

function isOther(report: Report, before: Report | undefined): boolean {
  return (
    before?.verdict !== report.verdict ||
    (report.changes ?? []).some(({ state, told }) => state !== 'ongoing' && told !== true)
  );
}

/** Whether these days were told of otherwise than they are now. */
function isChanged({ verdict, judgedBefore = [] }: Report): boolean {
  if (judgedBefore.some(({ appeared, vanished }) => appeared.length + vanished.length > 0)) return true;
  const worst = Math.max(...judgedBefore.map(rankThen));
  return judgedBefore.some(isOfMoreDays) ? RANK[verdict] > worst : RANK[verdict] !== worst;
}

const RANK: Readonly<Record<Verdict, number>> = { pass: 0, inconclusive: 1, fail: 2 };

/** Where the earlier run was about more days than these, the verdict fail may be that of the others. */
function rankThen(entry: JudgedBefore): number {
  const isOfOthers = entry.verdict === 'fail' && entry.violations === 0 && isOfMoreDays(entry);
  return RANK[isOfOthers ? 'pass' : entry.verdict];
}

function isOfMoreDays({ window, days }: JudgedBefore): boolean {
  return days.length < utcDaysOf({ from: new Date(window.from), to: new Date(window.to) }).length;
}

/** Whoever asks for days again gets an answer; and what nobody got is told now. */
function isKnown(report: Report, sameDays: readonly RecordedRun[]): boolean {
  return (
    isJudgedAgain(report) &&
    (report.judgedBefore ?? []).every(({ why }) => why === 'late') &&
    sameDays.every(({ mailedAt }) => mailedAt !== null) &&
    !isChanged(report)
  );
}

/**
 * What earlier runs did not tell of: a downgrade that is the first to be told of here, a certificate that holds again, or an
 * exception that began to expire or has expired. A downgrade that shows again after a day without mail is none.
 */
function hasNews(
  { downgrades = [], restored = [], exceptions = [], window }: Report,
  earlier: readonly Report[],
): boolean {
  const told = new Set(
    earlier.flatMap((report) => [
      ...(report.downgrades ?? []).map(lossKey),
      ...(report.exceptions ?? []).map(stateKey),
    ]),
  );
  const ending = exceptions.filter(({ state }) => state !== 'valid');
  const firstDay = window.from?.slice(0, 10) ?? '';
  const isNews = (loss: Downgrade): boolean =>
    loss.told !== true && (loss.toldFrom ?? loss.since) >= firstDay && !told.has(lossKey(loss));
  return (
    downgrades.some(isNews) ||
    // While a violation lasts, nights that fail tell of it; of a certificate only its first night does. Some of it is no end.
    restored.some((end) => end.kind === 'unverified' && end.now === 'all' && end.told !== true) ||
    ending.some((use) => !told.has(stateKey(use)))
  );
}

function stateKey({ domain, expires, state }: ExceptionUse): string {
  return JSON.stringify([domain, expires, state]);
}
