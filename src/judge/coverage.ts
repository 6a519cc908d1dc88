import type { Gap } from '../model/report.ts';
import { DAY_MS, HOUR_MS, startOfUtcDay, type Window } from '../model/window.ts';

/** From how many hours without any row on a stretch counts as missing, and the hours that have rows. */
export interface Quiet {
  readonly hoursWithRows: ReadonlySet<number>;
  readonly quietHours: number;
}

/**
 * Stretches of the window that rest on no data: whole UTC days without a row of any event, stretches that were quiet
 * for too long, and what of a day comes after the file that tells of it was made: no file can tell of mail sent later.
 * @param knownUntil for each UTC day (counted from 1970-01-01), epoch milliseconds
 * @param periods what the log files tell of, where their source states it: whatever lies outside is a gap as well.
 */
export function gapsOf(
  window: Window,
  daysWithRows: ReadonlySet<number>,
  knownUntil: ReadonlyMap<number, number>,
  periods?: readonly Window[],
  quiet?: Quiet,
): Gap[] {
  const stretches = daysWithoutData(window, daysWithRows, knownUntil);
  if (periods !== undefined) stretches.push(...timeOutside(periods, window));
  if (quiet !== undefined) stretches.push(...quietStretches(quiet, window));
  return joined(stretches).map(({ fromMs, toMs }) => ({
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
  }));
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

function daysWithoutData(
  window: Window,
  daysWithRows: ReadonlySet<number>,
  knownUntil: ReadonlyMap<number, number>,
): Stretch[] {
  const stretches: Stretch[] = [];
  const endMs = window.to.getTime();
  for (let dayMs = startOfUtcDay(window.from.getTime()); dayMs < endMs; dayMs += DAY_MS) {
    const dayFromMs = Math.max(dayMs, window.from.getTime());
    const toMs = Math.min(dayMs + DAY_MS, endMs);
    const day = dayMs / DAY_MS;
    const knownUntilMs = daysWithRows.has(day) ? (knownUntil.get(day) ?? dayFromMs) : dayFromMs;
    const fromMs = Math.max(dayFromMs, knownUntilMs);
    if (fromMs < toMs) stretches.push({ fromMs, toMs });
  }
  return stretches;
}

function timeOutside(periods: readonly Window[], window: Window): Stretch[] {
  const stretches: Stretch[] = [];
  const endMs = window.to.getTime();
  let toldUntilMs = window.from.getTime();
  for (const { from, to } of periods.toSorted((a, b) => a.from.getTime() - b.from.getTime())) {
    const fromMs = Math.min(from.getTime(), endMs);
    if (fromMs > toldUntilMs) stretches.push({ fromMs: toldUntilMs, toMs: fromMs });
    toldUntilMs = Math.max(toldUntilMs, to.getTime());
  }
  if (toldUntilMs < endMs) stretches.push({ fromMs: toldUntilMs, toMs: endMs });
  return stretches;
}

function quietStretches({ hoursWithRows, quietHours }: Quiet, window: Window): Stretch[] {
  const hours = [...hoursWithRows].sort((a, b) => a - b);
  const begins = [window.from.getTime(), ...hours.map((hour) => (hour + 1) * HOUR_MS)];
  const ends = [...hours.map((hour) => hour * HOUR_MS), window.to.getTime()];
  return begins
    .map((fromMs, position) => ({ fromMs, toMs: ends[position] ?? fromMs }))
    .filter(({ fromMs, toMs }) => toMs - fromMs >= quietHours * HOUR_MS);
}

/** Stretches that overlap or touch are one. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const stretch of stretches.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = result.at(-1);
    if (last === undefined || last.toMs < stretch.fromMs) result.push(stretch);
    else result[result.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, stretch.toMs) };
  }
  return result;
}

/** The stretch of the window that comes after the time up to which everything is known. */
export function gapAfter(window: Window, knownUntil: Date): Gap[] {
  const fromMs = Math.max(window.from.getTime(), knownUntil.getTime());
  if (fromMs >= window.to.getTime()) return [];
  return [{ from: new Date(fromMs).toISOString(), to: window.to.toISOString() }];
}
