import type { RecordedRun } from '../model/history.ts';
import type { Change, Downgrade, Report } from '../model/report.ts';
import { DAY_MS } from '../model/window.ts';

type Findings = Pick<Report, 'changes' | 'downgrades' | 'restored'>;

/**
 * The findings of a run, those that earlier runs about days of its window told of marked as no news: days that stay
 * incomplete are audited night after night. What such a run listed counts as told where its digest was accepted, or where
 * it was no news then either.
 * @param isMailed false where nothing is mailed at all: then whatever was recorded is told
 */
export function withoutTold(
  { changes, downgrades, restored }: Required<Findings>,
  runs: readonly RecordedRun[],
  isMailed: boolean,
): Required<Findings> {
  const lost = new Set<string>();
  const open = new Set<string>();
  const resolved = new Set<string>();
  const whole = new Set<string>();
  for (const { report, mailedAt } of runs) {
    const isTold = mailedAt !== null || !isMailed;
    for (const loss of report.downgrades ?? []) if (isTold || loss.told === true) lost.add(lossKey(loss));
    for (const end of report.restored ?? []) {
      // That some is protected again is told nobody.
      if (end.now === 'all' && (isTold || end.told === true)) whole.add(lossKey(end));
    }
    for (const change of report.changes ?? []) {
      if (change.state === 'resolved' && (isTold || change.told === true)) resolved.add(endKey(change));
      if (change.state === 'ongoing' || (change.state === 'new' && isTold)) open.add(change.domain);
    }
    // A first run compares with nothing: it tells of all it finds.
    if (report.changes !== undefined || !isTold) continue;
    for (const { domain, status } of report.domains) if (status === 'violating') open.add(domain);
  }
  return {
    changes: changes.map((change) => {
      if (change.state === 'new' && open.has(change.domain)) return { ...change, state: 'ongoing' };
      return change.state === 'resolved' && resolved.has(endKey(change)) ? { ...change, told: true } : change;
    }),
    downgrades: downgrades.map((loss) => (lost.has(lossKey(loss)) ? { ...loss, told: true } : loss)),
    restored: restored.map((end) => (whole.has(lossKey(end)) ? { ...end, told: true } : end)),
  };
}

/** Whether two reports about the same days say the same of them. */
export function saysTheSame(one: Report, other: Report): boolean {
  return told(one) === told(other);
}

function told({ verdict, reasons, counts, domains, gaps, failures }: Report): string {
  const { rejected, deliveries, violations, unrecognised, events } = counts;
  const numbers = { rejected, deliveries, violations, unrecognised, other: events.other };
  const violating = domains.filter(({ status }) => status === 'violating').map(({ domain }) => domain);
  return JSON.stringify([verdict, reasons, numbers, violating.sort(), gaps, failures]);
}

/** Whether two reports say the same of a day (`YYYY-MM-DD`) that both are about, the one perhaps among more days. */
export function saysTheSameOf(day: string, one: Report, other: Report): boolean {
  const [told, others] = [toldOf(day, one), toldOf(day, other)];
  return told !== undefined && told === others;
}

/** Undefined where the report has no figures of the day. */
function toldOf(day: string, { days = [], gaps, counts, failures }: Report): string | undefined {
  const figures = days.find((one) => one.day === day);
  if (figures === undefined) return undefined;
  const { data, deliveries, violations, plaintext, unrecognised } = figures;
  const from = new Date(day).toISOString();
  const to = new Date(Date.parse(day) + DAY_MS).toISOString();
  const ofDay = gaps
    .filter((gap) => gap.from < to && from < gap.to)
    .map((gap) => ({ ...gap, from: gap.from < from ? from : gap.from, to: gap.to > to ? to : gap.to }));
  // Of the others nobody knows of which day they are.
  const ofThis = failures.filter(({ period }) => period === undefined || (period.from < to && from < period.to));
  const ofNoDay = [counts.rejected, counts.events.other];
  return JSON.stringify([data, deliveries, violations, plaintext, unrecognised, ofDay, ofThis, ofNoDay]);
}

export function lossKey({ domain, kind, since }: Pick<Downgrade, 'domain' | 'kind' | 'since'>): string {
  return JSON.stringify([domain, kind, since]);
}

function endKey({ domain, since }: Change): string {
  return JSON.stringify([domain, since]);
}
