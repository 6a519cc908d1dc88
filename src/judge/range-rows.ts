import type { Counts, Reject, Report, SourceSummary } from '../model/report.ts';

// What the rows of several runs come to together. Runs that read the same file tell of the same rows: adding them up would
// count a file of a week, read by the runs of five nights, five times.

/** Reports list so many rejects at most. */
const MAX_REJECTS = 100;

type RowCounts = Pick<Counts, 'rejected' | 'duplicates' | 'outsideWindow' | 'events' | 'internal' | 'warmup'>;

export interface RangeRows {
  /** Each file once. */
  readonly sources: readonly SourceSummary[];
  readonly rejects: readonly Reject[];
  readonly counts: RowCounts;
  /** The runs whose rows do not all stand in those of another run. */
  readonly telling: readonly Report[];
  /** Whether two runs audited the same time, so that some rows count for both. */
  readonly overlapping: boolean;
}

/** `reports` are those of the runs behind a range of days, oldest first. */
export function rangeRows(reports: readonly Report[]): RangeRows {
  const sources = filesOf(reports);
  const telling = reports.filter((report, index) => !reports.some((other, at) => isInside(report, index, other, at)));
  const whole = reports.filter((report, index) => !reports.some((other, at) => readsLess(report, index, other, at)));
  const { rejects, rejected } = rejectsOf(reports, whole);
  const sum = (value: (counts: Report['counts']) => number): number => sumOf(telling, ({ counts }) => value(counts));
  const events = {
    R: sum((counts) => counts.events.R),
    D: sum((counts) => counts.events.D),
    T: sum((counts) => counts.events.T),
    P: sum((counts) => counts.events.P),
    other: sum((counts) => counts.events.other),
  };
  // A row is a duplicate or outside the window where it is nothing else; which of both is known by run only.
  const inWindows = events.R + events.D + events.T + events.P + events.other;
  const rest = Math.max(0, sumOf(sources, ({ rows }) => rows) - rejected - inWindows);
  const duplicates = Math.min(
    rest,
    sumOf(whole, ({ counts }) => counts.duplicates),
  );
  return {
    sources,
    rejects,
    counts: {
      rejected,
      duplicates,
      outsideWindow: rest - duplicates,
      events,
      internal: sum((counts) => counts.internal),
      warmup: sum((counts) => counts.warmup),
    },
    telling,
    overlapping: telling.some((report, index) => telling.slice(index + 1).some((other) => overlap(report, other))),
  };
}

/** Known by its bytes and named as it was last. An archive is several sources with the same bytes: they stay together. */
function filesOf(reports: readonly Report[]): SourceSummary[] {
  const files = new Map<string, SourceSummary[]>();
  for (const report of reports) {
    for (const [sha256, sources] of Map.groupBy(report.sources, (source) => source.sha256)) {
      if (sources.length >= (files.get(sha256)?.length ?? 0)) files.set(sha256, sources);
    }
  }
  return [...files.values()].flat();
}

/** Each row once that the reports list; what they count beyond their lists is taken from those that read the most. */
function rejectsOf(reports: readonly Report[], whole: readonly Report[]): { rejects: Reject[]; rejected: number } {
  const known = new Map<string, Reject>();
  for (const report of reports) {
    const bytesOf = Map.groupBy(report.sources, ({ name }) => name);
    const seen = new Map<string, number>();
    for (const reject of report.rejects) {
      const bytes =
        bytesOf
          .get(reject.source)
          ?.map(({ sha256 }) => sha256)
          .toSorted() ?? [];
      const key = JSON.stringify([reject.source, bytes, reject.line, reject.reason]);
      // Two versions of a file have the same name, and may have the same mistake in the same place.
      const nth = seen.get(key) ?? 0;
      seen.set(key, nth + 1);
      known.set(`${key} ${nth}`, reject);
    }
  }
  const unlisted = sumOf(whole, ({ counts, rejects }) => Math.max(0, counts.rejected - rejects.length));
  const most = Math.max(0, ...reports.map(({ counts }) => counts.rejected));
  return { rejects: [...known.values()].slice(0, MAX_REJECTS), rejected: Math.max(known.size + unlisted, most) };
}

/** Whether all that a report counts is counted by the other too. */
function isInside(report: Report, index: number, other: Report, at: number): boolean {
  return index !== at && tellsAll(other, report) && (index < at || !tellsAll(report, other));
}

/** A newer version of the program may know, or doubt, what an older one did not: then neither tells all of the other. */
function tellsAll(report: Report, of: Report): boolean {
  const [own, others] = [countsOf(report), countsOf(of)];
  return readsAsMuch(report, of) && within(of, report) && others.every((count, place) => count <= (own[place] ?? 0));
}

/** Whether the other read all its files and more, or the same ones later. */
function readsLess(report: Report, index: number, other: Report, at: number): boolean {
  if (index === at || !readsAsMuch(other, report)) return false;
  return !readsAsMuch(report, other) || index < at;
}

function readsAsMuch(report: Report, other: Report): boolean {
  const read = new Set(report.sources.map(({ sha256 }) => sha256));
  return other.sources.every(({ sha256 }) => read.has(sha256));
}

function within({ window }: Report, { window: around }: Report): boolean {
  return (around.from ?? '') <= (window.from ?? '') && (window.to ?? '') <= (around.to ?? '');
}

function overlap({ window: a }: Report, { window: b }: Report): boolean {
  return (a.from ?? '') < (b.to ?? '') && (b.from ?? '') < (a.to ?? '');
}

function countsOf({ counts }: Report): number[] {
  const { events, internal, warmup, deliveries, unrecognised } = counts;
  return [events.R, events.D, events.T, events.P, events.other, internal, warmup, deliveries, unrecognised];
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
