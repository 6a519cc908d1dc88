import type { DayDomain, DayFigures, DayResult, RecordedDay } from '../model/history.ts';
import type { DaySummary, Gap, Report } from '../model/report.ts';
import { DAY_MS, utcDay, utcDaysOf, type Window } from '../model/window.ts';
import { countOf } from '../support/plural.ts';
import type { AssessmentFacts } from './assessment.ts';
import { type DayTally, mergeDay, newDayTally, protocolOf } from './day-tally.ts';
import { DomainTally, MAX_SAMPLES } from './domain-tally.ts';
import { rangeRows, type RangeRows } from './range-rows.ts';
import type { Tally } from './tally.ts';

/** What is recorded about a range of days. */
export interface RecordedRange {
  readonly window: Window;
  readonly days: readonly RecordedDay[];
  readonly domains: Iterable<DayDomain & { readonly day: string }>;
  /** The reports of the runs behind the days, each once, oldest first. */
  readonly reports: readonly Report[];
}

export type RangeTally = Pick<Tally, 'counts' | 'domains' | 'unrecognised'>;

/** Everything the recorded days came to, as if one run had audited them; what an earlier run never wrote is said. */
export function rangeFacts(range: RecordedRange): Omit<AssessmentFacts, 'policy' | 'window' | 'exceptions'> & {
  readonly tally: RangeTally;
  readonly days: readonly DaySummary[];
} {
  const { window, reports } = range;
  const { domains, protocols, withoutDetails } = domainTallies(range.domains);
  addSamples(domains, window, reports);
  const { sources, rejects, counts: rows, telling, overlapping } = rangeRows(reports);
  const tally: RangeTally = { counts: countsOf(rows, domains), domains, unrecognised: unrecognisedOf(telling) };
  const policies = new Set(reports.map(({ policy }) => JSON.stringify(policy)));
  const isWider = telling.some(({ window: { from, to } }) => !isWithin(from, to, window));
  return {
    tally,
    sources,
    rejected: rows.rejected,
    duplicates: rows.duplicates,
    rejects,
    gaps: gapsIn(window, range.days),
    failures: [],
    days: daySummaries(window, range.days, protocols),
    notes: [
      `From the history: ${countOf(range.days.length, 'recorded day')} of ${countOf(utcDaysOf(window).length, 'day')}, ` +
        `${countOf(reports.length, 'run')}. What was judged is counted by day. Each source counts once, however many of the ` +
        'runs read it, and so does each of its rows.',
      ...(isWider
        ? ['A run that also audited other days counts whole where rows were left out or could not be read.']
        : []),
      ...(overlapping
        ? ['Runs over the same time read different sources: rows that were left out count for each of them.']
        : []),
      ...(policies.size > 1 ? ['The runs judged by different policies; each day counts as it was judged.'] : []),
      ...(withoutDetails > 0
        ? [`${countOf(withoutDetails, 'delivery', 'deliveries')} were recorded before protocols were kept by day.`]
        : []),
      ...new Set(reports.flatMap(({ notes }) => notes)),
    ],
  };
}

function domainTallies(rows: RecordedRange['domains']) {
  const domains = new Map<string, DomainTally>();
  const protocols = new Map<string, Map<string, number>>();
  let withoutDetails = 0;
  for (const row of rows) {
    const day = dayTallyOf(row);
    if (row.details === undefined) withoutDetails += row.deliveries - row.plaintext - row.unrecognised;
    const domain = domains.get(row.domain) ?? new DomainTally();
    domains.set(row.domain, domain);
    mergeDay(domain.day(Date.parse(row.day) / DAY_MS), day);
    const ofDay = protocols.get(row.day) ?? new Map<string, number>();
    protocols.set(row.day, ofDay);
    for (const [use, count] of day.tls) add(ofDay, protocolOf(use), count);
  }
  return { domains, protocols, withoutDetails };
}

/** The newest, in order of time: what can still be looked up. A delivery that several runs judged is one. */
function addSamples(domains: ReadonlyMap<string, DomainTally>, { from, to }: Window, reports: readonly Report[]): void {
  const known = reports
    .flatMap((report) => report.domains)
    .flatMap(({ domain, samples = [] }) =>
      samples.map(({ internalMessageId: id, at, protocol }) => ({ domain, id, timeMs: Date.parse(at), protocol })),
    )
    .filter(({ timeMs }) => from.getTime() <= timeMs && timeMs < to.getTime());
  const once = new Map(known.map((sample) => [JSON.stringify([sample.domain, sample.id, sample.timeMs]), sample]));
  for (const [domain, samples] of Map.groupBy(once.values(), (sample) => sample.domain)) {
    const newest = samples.toSorted((a, b) => a.timeMs - b.timeMs).slice(-MAX_SAMPLES);
    for (const { id, timeMs, protocol } of newest) domains.get(domain)?.addSample(id, timeMs, protocol);
  }
}

function dayTallyOf({ day, details, ...counts }: DayDomain & { readonly day: string }): DayTally {
  const { deliveries, violations, plaintext, unrecognised } = counts;
  const known = { ...newDayTally(), deliveries, violations, plaintext, unrecognised };
  if (details !== undefined) {
    const { tls, firstSeen, lastSeen, ...verification } = details;
    const times = { firstMs: Date.parse(firstSeen), lastMs: Date.parse(lastSeen) };
    return { ...known, ...verification, ...times, tls: new Map(Object.entries(tls)) };
  }
  const startMs = Date.parse(day);
  const tls = Object.entries({ plaintext, unrecognised }).filter(([, count]) => count > 0);
  return { ...known, firstMs: startMs, lastMs: startMs, tls: new Map(tls) };
}

function countsOf(
  { outsideWindow, events, internal, warmup }: RangeRows['counts'],
  domains: ReadonlyMap<string, DomainTally>,
): RangeTally['counts'] {
  const total = (field: 'deliveries' | 'violations' | 'unrecognised'): number =>
    [...domains.values()].reduce((sum, domain) => sum + domain[field], 0);
  const [deliveries, violations, unrecognised] = [total('deliveries'), total('violations'), total('unrecognised')];
  return {
    outsideWindow,
    events,
    internal,
    warmup,
    deliveries,
    compliant: deliveries - violations - unrecognised,
    violations,
    unrecognised,
  };
}

function unrecognisedOf(reports: readonly Report[]): RangeTally['unrecognised'] {
  const unrecognised = {
    TLS_Cipher: new Map<string, number>(),
    'Mail Event': new Map<string, number>(),
    Headers: new Map<string, number>(),
  };
  for (const { column, value, count } of reports.flatMap(({ unrecognisedValues }) => unrecognisedValues)) {
    add(unrecognised[column], value, count);
  }
  return unrecognised;
}

function isWithin(from: string | null, to: string | null, window: Window): boolean {
  return window.from.toISOString() <= (from ?? '') && (to ?? '') <= window.to.toISOString();
}

/** Days that are not recorded, or that rest on incomplete data: partly there is some, where deliveries of the day were judged. */
function gapsIn(window: Window, days: readonly RecordedDay[]): Gap[] {
  const recorded = new Map(days.map((day) => [day.day, day]));
  const gaps: { from: string; to: string; partial?: true }[] = [];
  for (const day of utcDaysOf(window)) {
    const { complete = false, deliveries = 0 } = recorded.get(day) ?? {};
    if (complete) continue;
    const isPartial = deliveries > 0;
    const from = new Date(Date.parse(day)).toISOString();
    const to = new Date(Date.parse(day) + DAY_MS).toISOString();
    const last = gaps.at(-1);
    if (last?.to === from && (last.partial === true) === isPartial) last.to = to;
    else gaps.push({ from, to, ...(isPartial ? { partial: true } : {}) });
  }
  return gaps;
}

/** Every day of the window; a day without a record has no data. */
export function daySummaries(
  window: Window,
  days: readonly DayFigures[],
  protocols: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map(),
): DaySummary[] {
  const recorded = new Map(days.map((day) => [day.day, day]));
  return utcDaysOf(window).map((day) => {
    const record = recorded.get(day);
    const { deliveries = 0, violations = 0, plaintext = 0, unrecognised = 0 } = record ?? {};
    const used = protocols.get(day);
    return {
      day,
      data: record === undefined ? 'none' : record.complete ? 'complete' : 'incomplete',
      deliveries,
      violations,
      plaintext,
      unrecognised,
      ...(used === undefined ? {} : { protocols: Object.fromEntries(used) }),
    };
  });
}

/** What a day's domains come to together. */
export function daySum(day: { day: string; complete: boolean; domains: readonly DayDomain[] }): DayFigures {
  const total = (field: 'deliveries' | 'violations' | 'plaintext' | 'unrecognised'): number =>
    day.domains.reduce((sum, domain) => sum + domain[field], 0);
  return {
    day: day.day,
    complete: day.complete,
    deliveries: total('deliveries'),
    violations: total('violations'),
    plaintext: total('plaintext'),
    unrecognised: total('unrecognised'),
  };
}

/** A day's deliveries by protocol. */
export function dayProtocols({ domains }: Pick<DayResult, 'domains'>): Map<string, number> {
  const protocols = new Map<string, number>();
  for (const [use, count] of domains.flatMap(({ details }) => Object.entries(details?.tls ?? {}))) {
    add(protocols, protocolOf(use), count);
  }
  return protocols;
}

/** Whole UTC days around the window: the history keeps days. */
export function wholeDays(window: Window): Window {
  const first = utcDay(window.from);
  const last = utcDay(new Date(window.to.getTime() - 1));
  return { from: new Date(Date.parse(first)), to: new Date(Date.parse(last) + DAY_MS) };
}

function add<K>(counts: Map<K, number>, key: K, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
