import type { Report, RunEvidence } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { runText } from './account.ts';
import { durationOf, periodText } from './dates.ts';
import { prose } from './escape.ts';
import { numberText } from './wording.ts';

// What a report rests on, so that somebody who trusts nobody can check it: versions, coverage, recorded runs.

/** `tls-audit 0.1.0`, each version that judged; undefined where nothing recorded it. */
export function judgedByText({ run, evidence = [] }: Report): string | undefined {
  const stamps = evidence.length > 0 ? evidence : run === undefined ? [] : [run];
  const versions = [...new Set(stamps.map(({ version }) => prose(version, 30)))];
  return versions.length === 0 ? undefined : `tls-audit ${versions.join(', ')}`;
}

/** `all 7 days rest on data`, `22 of 24 hours rest on data; none for Nov 22 03:00 to 05:00`; a scan cannot know. */
export function coverageText(report: Report): string {
  const { gaps, failures, run, days } = report;
  if (run === undefined && days === undefined) return 'not known: a scan cannot tell which hours its files cover';
  const unread =
    failures.length === 0 ? '' : `; ${countOf(failures.length, 'source')} that may hold more could not be read`;
  return coveredText(report) + (gaps.length === 0 ? '' : missingText(gaps)) + unread;
}

function coveredText({ window, gaps, direction }: Report): string {
  const [whole, missing] = [durationOf([window]), durationOf(gaps)];
  const isAsked = direction === 'inbound';
  if (gaps.length === 0)
    return whole.amount === 1
      ? `the whole ${whole.unit} ${isAsked ? 'was read' : 'rests on data'}`
      : `all ${countOf(whole.amount, whole.unit)} ${isAsked ? 'were read' : 'rest on data'}`;
  const inDays = whole.unit === 'day' && missing.unit === 'day';
  const [all, without] = inDays ? [whole.amount, missing.amount] : [hoursOf(whole), hoursOf(missing)];
  return `${numberText(all - without)} of ${countOf(all, inDays ? 'day' : 'hour')} rest on ${gaps.some(isPartial) ? 'complete data' : 'data'}`;
}

function isPartial({ partial }: Report['gaps'][number]): boolean {
  return partial === true;
}

function missingText(gaps: Report['gaps']): string {
  const named = (what: string, some: Report['gaps']): string => {
    const [first, ...others] = some;
    const text = first === undefined ? undefined : periodText(first);
    return text === undefined ? '' : `; ${what} for ${text}${others.length > 0 ? ' and other times' : ''}`;
  };
  return (
    named(
      'none',
      gaps.filter((gap) => !isPartial(gap)),
    ) + named('some', gaps.filter(isPartial))
  );
}

function hoursOf({ amount, unit }: ReturnType<typeof durationOf>): number {
  return unit === 'day' ? amount * 24 : amount;
}

/** What proves one recorded run: `SHA-256 9f86...`. */
export function hashText({ hash }: RunEvidence): string {
  return hash === null ? 'recorded before there were hashes' : `SHA-256 ${prose(hash, 64)}`;
}

/** A line for each recorded run the report rests on, the newest first: who judged when, and the hash. */
export function evidenceLines(report: Report, zone: string): { readonly run: string; readonly hash: string }[] {
  return (report.evidence ?? []).toReversed().map((run) => ({
    run: runText({ ...report, run }, zone) ?? '',
    hash: hashText(run),
  }));
}
