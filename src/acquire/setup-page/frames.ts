import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame, Locator, Page } from 'playwright-core';
import type { Role } from './options.ts';
import { labelPattern } from './text.ts';

const LOOK_EVERY_MS = 100;

/** A machine under load looks as often, however long that takes. */
const FEWEST_LOOKS = 6;

/** Something on the page, and how it was found. */
export interface Found {
  readonly locator: Locator;
  readonly label: string;
  readonly frame: Frame;
}

/** Elements of any of the roles, in the order of the document; `label` asks for those of that accessible name. */
export function byRoles(scope: Frame | Locator, roles: readonly Role[], label?: string): Locator {
  const name = label === undefined ? {} : { name: labelPattern(label) };
  return roles
    .map((role) => scope.getByRole(role, name))
    .reduce((all, one) => all.or(one))
    .filter({ visible: true });
}

/**
 * Looks again and again, in every frame there is at that moment, until something is found; undefined when the time is
 * over and it looked a few times. Frames come late and go while they are looked at.
 */
export async function lookFor<T>(
  page: Page,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  look: (frame: Frame) => Promise<T | undefined>,
): Promise<T | undefined> {
  const endsAt = performance.now() + options.timeoutMs;
  for (let looks = 1; ; looks++) {
    for (const frame of page.frames()) {
      options.signal.throwIfAborted();
      const found = await lookInto(frame, page, look);
      if (found !== undefined) return found;
    }
    if (looks >= FEWEST_LOOKS && performance.now() > endsAt) return undefined;
    await sleep(LOOK_EVERY_MS, undefined, { signal: options.signal });
  }
}

async function lookInto<T>(
  frame: Frame,
  page: Page,
  look: (frame: Frame) => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await look(frame);
  } catch (error) {
    // A frame that went or changed while it was looked at; it is looked at again.
    if (page.isClosed()) throw error;
    return undefined;
  }
}

/** The first element of the roles that is named by one of the labels; earlier labels go first. */
export async function findByName(
  frame: Frame,
  roles: readonly Role[],
  labels: readonly string[],
): Promise<Found | undefined> {
  for (const label of labels) {
    const locator = byRoles(frame, roles, label).first();
    if ((await locator.count()) > 0) return { locator, label, frame };
  }
  return undefined;
}

/** The input that one of the labels belongs to. */
export async function findField(frame: Frame, labels: readonly string[]): Promise<Found | undefined> {
  for (const label of labels) {
    const locator = frame
      .getByLabel(labelPattern(label))
      .and(frame.locator('input, textarea, [role=textbox], [role=combobox]'))
      .filter({ visible: true })
      .first();
    if ((await locator.count()) > 0) return { locator, label, frame };
  }
  return undefined;
}

/** Where a frame stands, without the query: that may hold more than a place. */
export function placeOf(frame: Frame): string {
  const url = URL.canParse(frame.url()) ? new URL(frame.url()) : undefined;
  if (url === undefined || !url.protocol.startsWith('http')) return 'an empty frame';
  return frame.parentFrame() === null ? `${url.host}${url.pathname}` : `the frame ${url.host}${url.pathname}`;
}
