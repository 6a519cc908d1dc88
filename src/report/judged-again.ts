import { isJudgedAgain, type JudgedBefore } from '../model/judged-before.ts';
import { type Report, UNITS } from '../model/report.ts';
import type { Verdict } from '../model/verdict.ts';
import { DAY_MS, utcDaysOf } from '../model/window.ts';
import { countOf } from '../support/plural.ts';
import { minuteText, periodText } from './dates.ts';
import { domainText } from './escape.ts';
import { moreText, numberText, VERDICT_WORDS } from './wording.ts';

const MAX_NAMES = 5;

/** `FAIL`; `FAIL, judged again` where somebody may know another result of these days. */
export function verdictWord(report: Report): string {
  return isToldAgain(report) ? `${VERDICT_WORDS[report.verdict]}, judged again` : VERDICT_WORDS[report.verdict];
}

/** What the changes of a run are measured against. */
export function isToldAgain(report: Report): boolean {
  return isJudgedAgain(report) && (report.judgedBefore ?? []).some(({ unmailed }) => unmailed !== true);
}

/**
 * Which result this one takes the place of, why, and what is different:
 * `Replaces the result of 2026-11-22 03:10 UTC (PASS, 1,204 deliveries): rows came late; 3 deliveries came to light since, 1 of
 * them in violation.` None where nothing was judged before.
 */
export function judgedBeforeSentences(report: Report, zone: string): string[] {
  const { judgedBefore = [] } = report;
  const [first] = judgedBefore;
  if (first === undefined) return [];
  const subject = judgedBefore.length === 1 ? oneText(first, report, zone) : manyText(judgedBefore, report, zone);
  const reasons = WHY.flatMap(({ why, text, still }) => {
    const entries = judgedBefore.filter((entry) => entry.why === why);
    return entries.length === 0 ? [] : [entries.every((entry) => lacksData(entry, report)) ? still : text];
  });
  return [
    `${subject}: ${[...reasons, outcomeOf(judgedBefore, report)].join('; ')}.`,
    ...namesText('In violation now and not then', namesOf(judgedBefore, 'appeared')),
    ...namesText('In violation then and not now', namesOf(judgedBefore, 'vanished')),
  ];
}

const WHY = [
  { why: 'late', text: 'rows came late', still: 'rows came late' },
  { why: 'incomplete', text: 'data was missing then', still: 'data is missing as it was then' },
] as const satisfies { why: JudgedBefore['why']; text: string; still: string }[];

function lacksData({ days }: JudgedBefore, { gaps }: Report): boolean {
  return gaps.some((gap) => days.some((day) => gap.from < utcDayEnd(day) && day < gap.to));
}

function utcDayEnd(day: string): string {
  return new Date(Date.parse(day) + DAY_MS).toISOString();
}

function oneText(entry: JudgedBefore, report: Report, zone: string): string {
  const { startedAt, verdict, window, days, deliveries, replaced, unmailed } = entry;
  const isWider = days.length < utcDaysOf({ from: new Date(window.from), to: new Date(window.to) }).length;
  const then = [
    VERDICT_WORDS[verdict] + (isWider ? ` for ${periodText(window) ?? ''}` : ''),
    deliveriesOf(deliveries, report) + (isWider ? ` on ${daysText(days)}` : ''),
    ...(unmailed === true ? ['not yet mailed'] : []),
  ].join(', ');
  const part = isJudgedAgain(report) ? '' : ` for ${daysText(days)}`;
  return replaced
    ? `Replaces the result of ${timeText(startedAt, zone)}${part} (${then})`
    : `The result of ${timeText(startedAt, zone)}${part} (${then}) stays recorded, because this one is not complete`;
}

function manyText(entries: readonly JudgedBefore[], report: Report, zone: string): string {
  const verdicts = (['fail', 'inconclusive', 'pass'] as const satisfies Verdict[]).flatMap((verdict) => {
    const count = entries.filter((entry) => entry.verdict === verdict).length;
    return count === 0 ? [] : [`${numberText(count)} ${VERDICT_WORDS[verdict]}`];
  });
  const deliveries = entries.reduce((sum, entry) => sum + entry.deliveries, 0);
  const part = isJudgedAgain(report) ? '' : ` for ${daysText(entries.flatMap(({ days }) => days))}`;
  const since = entries[0] === undefined ? '' : timeText(entries[0].startedAt, zone);
  const stay = entries.filter(({ replaced }) => !replaced).length;
  return (
    `Replaces the results of ${countOf(entries.length, 'run')} since ${since}${part} (${verdicts.join(', ')}; ` +
    `${deliveriesOf(deliveries, report)})${stay === 0 ? '' : `, except ${numberText(stay)}, which this one is not complete enough for`}`
  );
}

/** Brackets follow: UTC stands beside times of the zone everywhere else. */
function timeText(time: string, zone: string): string {
  return `${minuteText(time, zone)} ${zone}`;
}

function outcomeOf(entries: readonly JudgedBefore[], report: Report): string {
  const sum = (field: 'more' | 'moreViolations' | 'fewer') => entries.reduce((all, entry) => all + entry[field], 0);
  const [more, violations, fewer] = [sum('more'), sum('moreViolations'), sum('fewer')];
  const isKept = entries.some((entry) => entry.replaced && entry.fewer > 0 && lacksData(entry, report));
  const inViolation = `${violations === 0 ? 'none' : numberText(violations)} of them in violation`;
  const parts = [
    ...(more > 0 ? [`${deliveriesOf(more, report)} came to light since, ${inViolation}`] : []),
    ...(fewer > 0 ? [`${deliveriesOf(fewer, report)} fewer than then${isKept ? ', which stay recorded' : ''}`] : []),
  ];
  return parts.length === 0 ? `the same ${UNITS[report.direction].many}` : parts.join('; ');
}

function deliveriesOf(count: number, { direction }: Report): string {
  return countOf(count, UNITS[direction].one, UNITS[direction].many);
}

/** `Nov 20`, `Nov 20 to Nov 21`: the first and the last of them. */
function daysText(days: readonly string[]): string {
  const sorted = days.toSorted();
  const to = new Date(Date.parse(sorted.at(-1) ?? '') + DAY_MS).toISOString();
  return periodText({ from: sorted[0] ?? null, to }) ?? '';
}

function namesOf(entries: readonly JudgedBefore[], field: 'appeared' | 'vanished'): string[] {
  return [...new Set(entries.flatMap((entry) => entry[field]))].sort();
}

function namesText(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, MAX_NAMES).map((name) => domainText(name, 64));
  if (names.length > shown.length) shown.push(moreText(names.length - shown.length, ''));
  return [`${what}: ${shown.join(', ')}.`];
}
