import type { Gap } from '../model/report.ts';
import { DAY_MS, startOfUtcDay, type Window } from '../model/window.ts';

/**
 * Stretches of the window that rest on no data: whole UTC days without a row of any event, and what comes after the
 * newest log file was made, because no file can tell of mail sent later.
 */
export function gapsOf(window: Window, daysWithRows: ReadonlySet<number>, newestFile: Date | undefined): Gap[] {
  const coveredUntilMs = newestFile?.getTime() ?? -Infinity;
  const gaps: { fromMs: number; toMs: number }[] = [];
  const endMs = window.to.getTime();
  for (let dayMs = startOfUtcDay(window.from.getTime()); dayMs < endMs; dayMs += DAY_MS) {
    const dayFromMs = Math.max(dayMs, window.from.getTime());
    const toMs = Math.min(dayMs + DAY_MS, endMs);
    const fromMs = daysWithRows.has(dayMs / DAY_MS) ? Math.max(dayFromMs, coveredUntilMs) : dayFromMs;
    if (fromMs >= toMs) continue;
    const last = gaps.at(-1);
    if (last?.toMs === fromMs) last.toMs = toMs;
    else gaps.push({ fromMs, toMs });
  }
  return gaps.map(({ fromMs, toMs }) => ({
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
  }));
}

/** The stretch of the window that comes after the time up to which everything is known. */
export function gapAfter(window: Window, knownUntil: Date): Gap[] {
  const fromMs = Math.max(window.from.getTime(), knownUntil.getTime());
  if (fromMs >= window.to.getTime()) return [];
  return [{ from: new Date(fromMs).toISOString(), to: window.to.toISOString() }];
}
