import { type Report, type UnrecognisedValue, UNITS, sourceLabel } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { durationOf, momentText, periodText } from './dates.ts';
import { wordsOf } from './direction-words.ts';
import { nameText, prose } from './escape.ts';
import { DATE_ORDER_WORDS, EXCLUSION_WORDS, numberText } from './wording.ts';

// Where the rows went that were not judged, in words: every output tells it from these lists.

export interface Exclusion {
  readonly count: number;
  readonly what: string;
  readonly why: string;
}

/** What was read and deliberately left out; only what occurred. */
export function exclusionsOf({ counts }: Report): Exclusion[] {
  const counted = [
    [counts.internal, EXCLUSION_WORDS.internal],
    [counts.warmup, EXCLUSION_WORDS.warmup],
    [counts.events.R, EXCLUSION_WORDS.R],
    [counts.events.T, EXCLUSION_WORDS.T],
    [counts.events.P, EXCLUSION_WORDS.P],
    [counts.duplicates, EXCLUSION_WORDS.duplicates],
    [counts.outsideWindow, EXCLUSION_WORDS.outsideWindow],
  ] as const;
  return counted.flatMap(([count, { one, many, why }]) =>
    count === 0 ? [] : [{ count, what: count === 1 ? one : many, why }],
  );
}

export interface Shortfall {
  readonly what: string;
  /** Safe to show; at most as many as asked for. */
  readonly details: readonly string[];
  /** Details that are known to exist beyond those listed. */
  readonly more: number;
}

/** What is missing from the judgement, no reason longer than `maxLength`; empty when everything was there and understood. */
export function shortfallsOf(report: Report, maxDetails: number, maxLength: number): Shortfall[] {
  const { counts, failures, gaps, rejects } = report;
  const words = wordsOf(report);
  const shortfalls: Shortfall[] = [];
  if (failures.length > 0) {
    shortfalls.push({
      what: `${countOf(failures.length, 'log file')} could not be read`,
      details: failures.slice(0, maxDetails).map(({ source, reason, remedy }) => {
        const what = `${nameText(sourceLabel(source), 60)}: ${prose(reason, maxLength)}`;
        return remedy === undefined ? what : `${what}. ${prose(remedy, maxLength)}`;
      }),
      more: Math.max(0, failures.length - maxDetails),
    });
  }
  const stretches = (what: string, some: Report['gaps']): void => {
    if (some.length === 0) return;
    const { amount, unit } = durationOf(some);
    shortfalls.push({
      what: `${what} for ${countOf(amount, unit)}`,
      details: some.slice(0, maxDetails).map((gap) => periodText(gap, { year: true }) ?? 'an unknown time'),
      more: Math.max(0, some.length - maxDetails),
    });
  };
  stretches(
    'No data',
    gaps.filter(({ partial }) => partial !== true),
  );
  stretches(
    'Data is not complete',
    gaps.filter(({ partial }) => partial === true),
  );
  if (counts.rejected > 0) {
    const listed = rejects.slice(0, maxDetails);
    shortfalls.push({
      what: `${countOf(counts.rejected, 'row')} could not be read`,
      details: listed.map(
        ({ source, line, reason }) =>
          `${nameText(sourceLabel(source), 60)}, line ${numberText(line)}: ${prose(reason, maxLength)}`,
      ),
      more: Math.max(0, counts.rejected - listed.length),
    });
  }
  if (counts.unrecognised > 0) {
    shortfalls.push({
      what: words.unrecognised(counts.unrecognised),
      ...unknownValues(report, words.unrecognisedColumn, maxDetails),
    });
  }
  if (counts.events.other > 0) {
    shortfalls.push({
      what: `${countOf(counts.events.other, 'row')} with an unknown Mail Event`,
      ...unknownValues(report, 'Mail Event', maxDetails),
    });
  }
  if (counts.deliveries === 0) {
    shortfalls.push({
      what: counts.rows === 0 ? words.noRows : `No ${UNITS[report.direction].one} among ${words.rows(counts.rows)}`,
      details: [],
      more: 0,
    });
  }
  return shortfalls;
}

/** The values themselves: what they are has to be found out. */
function unknownValues(
  { unrecognisedValues }: Report,
  column: UnrecognisedValue['column'],
  maxDetails: number,
): Pick<Shortfall, 'details' | 'more'> {
  const known = unrecognisedValues.filter((unknown) => unknown.column === column);
  const listed = known.slice(0, maxDetails);
  return {
    details: listed.map(({ value, count }) =>
      value.trim() === '' ? `empty (${numberText(count)})` : `${prose(value, 80)} (${numberText(count)})`,
    ),
    more: known.length - listed.length,
  };
}

/** `1,204 rows, dates read day first`. */
export function sourceFacts(source: Report['sources'][number], report: Report): string {
  const rows = wordsOf(report).rows(source.rows);
  return source.dateOrder === 'unambiguous' ? rows : `${rows}, ${DATE_ORDER_WORDS[source.dateOrder]}`;
}

/** `tls-audit 0.1.0, job outbound-audit, run 41, started 2026-11-23 02:00 UTC`; undefined without a run. */
export function runText({ run }: Report, zone: string): string | undefined {
  if (run === undefined) return undefined;
  const started = `started ${momentText(run.startedAt, zone)}`;
  return `tls-audit ${prose(run.version, 30)}, job ${prose(run.job, 60)}, run ${prose(run.id, 60)}, ${started}`;
}
