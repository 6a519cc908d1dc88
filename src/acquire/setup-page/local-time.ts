const MINUTE_MS = 60_000;

/** Steps small enough for every offset there is: some zones are a quarter of an hour off. */
const STEP_MS = 15 * MINUTE_MS;

/** How far clocks are set back: an hour nearly everywhere, half an hour on Lord Howe Island. */
const SET_BACK_MS = [30 * MINUTE_MS, 60 * MINUTE_MS];

const TOKEN = /yyyy|MM|M|dd|d|HH|H|hh|h|mm|a|'([^']*)'/g;

/** How a page of Salesforce writes a time: in the user's zone, to the minute. */
export interface PageClock {
  /** IANA name. */
  readonly timeZone: string;
  /** `M/d/yyyy h:mm a`; what stands between apostrophes stays as it is. */
  readonly format: string;
}

/** The time as the page writes it. */
export function pageTime(time: Date, { timeZone, format }: PageClock): string {
  const parts = new Map(
    wallClock(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)] as const),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? Number.NaN;
  const hour = part('hour');
  const values: Readonly<Record<string, string>> = {
    yyyy: String(part('year')),
    ...numberForms('M', part('month')),
    ...numberForms('d', part('day')),
    ...numberForms('H', hour),
    ...numberForms('h', hour % 12 === 0 ? 12 : hour % 12),
    mm: padded(part('minute')),
    a: hour < 12 ? 'AM' : 'PM',
  };
  return format.replaceAll(TOKEN, (token, literal: string | undefined) => literal ?? values[token] ?? token);
}

/**
 * The nearest time at or before (`-1`), or at or after (`1`), that the page's clock shows only once: when clocks are
 * set back an hour passes twice, and which of the two the page would take is unknown.
 */
export function unambiguous(time: Date, direction: -1 | 1, clock: PageClock): Date {
  let candidate = time;
  while (isAmbiguous(candidate, clock)) candidate = new Date(candidate.getTime() + direction * STEP_MS);
  return candidate;
}

function isAmbiguous(time: Date, clock: PageClock): boolean {
  const shown = pageTime(time, clock);
  return SET_BACK_MS.some(
    (ms) =>
      pageTime(new Date(time.getTime() - ms), clock) === shown ||
      pageTime(new Date(time.getTime() + ms), clock) === shown,
  );
}

const wallClocks = new Map<string, Intl.DateTimeFormat>();

/** Making one is a hundred times dearer than using it. */
function wallClock(timeZone: string): Intl.DateTimeFormat {
  const known = wallClocks.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  wallClocks.set(timeZone, made);
  return made;
}

function numberForms(letter: string, value: number): Record<string, string> {
  return { [letter]: String(value), [letter.repeat(2)]: padded(value) };
}

function padded(value: number): string {
  return String(value).padStart(2, '0');
}
