/** A time as Salesforce shows it to a user with the locale en_US: `11/17/2026, 12:00 AM`, with a narrow space. */
export function showUserTime(time: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
  }).format(time);
}

/** The time such a user typed; undefined for anything else. Of an hour that passes twice it takes the later one. */
export function readUserTime(text: string, timeZone: string): Date | undefined {
  const [, month, day, year, hour, minute, half] =
    /^(\d{1,2})\/(\d{1,2})\/(\d{4}),?\s+(\d{1,2}):(\d{2})\s?([AP]M)$/i.exec(text.trim()) ?? [];
  if (half === undefined) return undefined;
  const hours = (Number(hour) % 12) + (half.toUpperCase() === 'PM' ? 12 : 0);
  const wantedMs = Date.UTC(Number(year), Number(month) - 1, Number(day), hours, Number(minute));
  // The zone's offset is known only for an instant: the second guess has the right one.
  let guessMs = wantedMs;
  for (let round = 0; round < 2; round++) guessMs += wantedMs - shownMs(guessMs, timeZone);
  return new Date(guessMs);
}

/** The wall clock of the zone, read as if it were UTC. */
function shownMs(timeMs: number, timeZone: string): number {
  const wall = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(timeMs);
  return Date.parse(`${wall.replace(' ', 'T')}:00Z`);
}
