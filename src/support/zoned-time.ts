const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of the zone show at the instant, as if it were UTC (epoch milliseconds, whole seconds). */
export function wallTimeAt(instantMs: number, zone: string): number {
  let format = formats.get(zone);
  if (format === undefined) {
    const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...numeric, second: 'numeric' });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/**
 * The instant at which the clocks of the zone show the time: the first one where they show it twice, and where they
 * never show it, because they are put forward, the moment at which they are.
 */
export function instantOf(wallMs: number, zone: string): number {
  const [before, after] = [offsetAt(wallMs - DAY_MS, zone), offsetAt(wallMs + DAY_MS, zone)];
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (offsetAt(wallMs - offset, zone) === offset) return wallMs - offset;
  }
  let [low, high] = [wallMs - DAY_MS - before, wallMs + DAY_MS - after];
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (offsetAt(middle, zone) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** How far the clocks of the zone are ahead of UTC. */
function offsetAt(instantMs: number, zone: string): number {
  return wallTimeAt(instantMs, zone) - Math.floor(instantMs / 1000) * 1000;
}
