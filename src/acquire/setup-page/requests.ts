import { DAY_MS, startOfUtcDay, type Window } from '../../model/window.ts';
import { AuditError } from '../../support/errors.ts';
import { pageTime, unambiguous, type PageClock } from './local-time.ts';
import { comparable } from './text.ts';

const MINUTE_MS = 60_000;

/** More requests over the same window are not made within an hour of polling. */
const MAX_SHIFT_MINUTES = 60;

/** One log to request, with both ends as the page writes them. */
export interface LogRequest extends Window {
  readonly startText: string;
  readonly endText: string;
}

export interface RequestLimits {
  readonly maxDaysPerRequest: number;
  readonly maxDaysBack: number;
}

/**
 * Splits the window into requests, oldest first. What lies further back than Salesforce hands out is left out by whole
 * UTC days, so that no day looks audited of which only a part was; it then is a gap. A request begins up to an hour
 * earlier than it has to where the page already lists one of the same times: its row could not be told from the other.
 * @param taken `requestKey` of the rows the page lists already
 * @throws AuditError where nothing of the window can be requested
 */
export function planRequests(
  window: Window,
  now: Date,
  { limits, clock, taken }: { limits: RequestLimits; clock: PageClock; taken: ReadonlySet<string> },
): LogRequest[] {
  const { from, to } = reachable(window, now, limits, clock);
  for (let minutes = 0; minutes <= MAX_SHIFT_MINUTES; minutes++) {
    const requests = split({ from: new Date(from.getTime() - minutes * MINUTE_MS), to }, limits, clock);
    if (!requests.some(({ startText, endText }) => taken.has(requestKey(startText, endText)))) return requests;
  }
  throw new AuditError(
    `planning requests for Email Logs of ${range(window)}: the page already lists requests over all of these times`,
    { remedy: 'Delete old requests on the page Setup > Email Log Files.' },
  );
}

/** What tells the row of a request from others. */
export function requestKey(startText: string, endText: string): string {
  return `${comparable(startText)} - ${comparable(endText)}`;
}

export function range({ from, to }: Window): string {
  return `${from.toISOString().slice(0, 16)}Z to ${to.toISOString().slice(0, 16)}Z`;
}

function reachable(window: Window, now: Date, { maxDaysBack }: RequestLimits, clock: PageClock): Window {
  const nowMs = floorMinute(now.getTime());
  const oldestMs = startOfUtcDay(nowMs - maxDaysBack * DAY_MS) + DAY_MS;
  const fromMs = window.from.getTime() < nowMs - maxDaysBack * DAY_MS ? oldestMs : floorMinute(window.from.getTime());
  const toMs = Math.min(-floorMinute(-window.to.getTime()), nowMs);
  if (fromMs >= toMs) {
    throw new AuditError(
      `planning requests for Email Logs of ${range(window)}: Salesforce hands out the last ${maxDaysBack} days, and none of the future`,
      { remedy: 'Ask for a later window; older logs can only be read where somebody kept them.' },
    );
  }
  const to = unambiguous(new Date(toMs), 1, clock);
  return { from: unambiguous(new Date(fromMs), -1, clock), to: to.getTime() > nowMs ? new Date(toMs) : to };
}

/** Pieces of nearly one length; at an hour that the page's clock shows twice they overlap. */
function split({ from, to }: Window, { maxDaysPerRequest }: RequestLimits, clock: PageClock): LogRequest[] {
  const spanMs = to.getTime() - from.getTime();
  const count = Math.ceil(spanMs / (maxDaysPerRequest * DAY_MS));
  const bounds = Array.from({ length: count + 1 }, (_, index) =>
    index === count ? to : new Date(from.getTime() + floorMinute((spanMs * index) / count)),
  );
  return bounds.slice(1).map((end, index) => {
    const start = bounds[index] ?? from;
    const piece = {
      from: index === 0 ? start : unambiguous(start, -1, clock),
      to: index === count - 1 ? end : unambiguous(end, 1, clock),
    };
    return { ...piece, startText: pageTime(piece.from, clock), endText: pageTime(piece.to, clock) };
  });
}

function floorMinute(ms: number): number {
  return Math.floor(ms / MINUTE_MS) * MINUTE_MS;
}
