import type { ProtectionDay } from '../model/history.ts';
import type { Downgrade } from '../model/report.ts';
import { DAY_MS, utcDay } from '../model/window.ts';
import type { Tally } from './tally.ts';

/**
 * What protects mail, and after how many days in a row with all mail protected a domain is one whose mail is. Some of a
 * domain's mail servers may have a certificate that holds and others not: which of them a day's few mails meet is chance.
 */
const KINDS = {
  plaintext: {
    steadyDays: 1,
    safe: ({ deliveries, unrecognised, plaintext }: Protection) => deliveries - unrecognised - plaintext,
    exposed: ({ plaintext }: Protection) => plaintext,
  },
  unverified: {
    steadyDays: 3,
    safe: ({ verifiedTls }: Protection) => verifiedTls,
    exposed: ({ unverifiedTls }: Protection) => unverifiedTls,
  },
} as const;

/** How long nothing has to be protected, in days with mail or in deliveries, to be no chance. */
const BARE_DAYS = 3;
const BARE_DELIVERIES = 10;

const KIND_RANK = { plaintext: 0, unverified: 1 } as const;

type Protection = Omit<ProtectionDay, 'day'>;

/**
 * Domains whose mail lost a protection it had: all of it was protected for some days in a row, and some is not since (told
 * until all of it is again for as many days); or some of it was, and since then none, for some days or deliveries. A day
 * that says nothing about it (no mail, only unrecognised values) changes nothing. Lost TLS first, the newest loss first.
 * @param pastOf the days before those of the tally, oldest first
 */
export function downgradesSince(
  pastOf: (domain: string) => Iterable<ProtectionDay>,
  tally: Pick<Tally, 'domains'>,
): Downgrade[] {
  const downgrades: Downgrade[] = [];
  for (const [domain, { days }] of tally.domains) {
    const kinds = (Object.keys(KINDS) as Downgrade['kind'][]).filter((kind) =>
      days.values().some((day) => KINDS[kind].exposed(day) > 0),
    );
    if (kinds.length === 0) continue;
    const past = [...pastOf(domain)];
    const ordered = [...days]
      .sort(([a], [b]) => a - b)
      .map(([number, day]) => ({ ...day, day: utcDay(new Date(number * DAY_MS)) }));
    for (const kind of kinds) {
      const loss = lossOf(kind, past, ordered);
      if (loss !== undefined) downgrades.push({ domain, kind, ...loss });
    }
  }
  return downgrades.sort(
    (a, b) =>
      KIND_RANK[a.kind] - KIND_RANK[b.kind] ||
      (a.since === b.since ? 0 : a.since < b.since ? 1 : -1) ||
      (a.domain < b.domain ? -1 : 1),
  );
}

type Loss = Omit<Downgrade, 'domain' | 'kind'>;

/** The newest loss that shows on a day of the window. */
function lossOf(
  kind: Downgrade['kind'],
  past: readonly ProtectionDay[],
  window: readonly ProtectionDay[],
): Loss | undefined {
  const course = new Course(KINDS[kind].steadyDays);
  let shown: Loss | undefined;
  const add = (one: ProtectionDay): boolean => {
    const [safe, exposed] = [KINDS[kind].safe(one), KINDS[kind].exposed(one)];
    if (safe + exposed > 0) course.add(one.day, safe, exposed);
    return exposed > 0;
  };
  for (const one of past) add(one);
  for (const one of window) if (add(one)) shown = course.loss() ?? shown;
  return shown;
}

interface Stretch {
  readonly since: string;
  readonly days: number;
  readonly exposed: number;
  readonly deliveries: number;
}

/** How the protection of a domain's mail went, day by day. */
class Course {
  readonly #steadyDays: number;
  /** Days in a row, up to the newest, on which all mail was protected. */
  #run = 0;
  /** The last of so many days in a row; and what came after it, from the first day on which some was not protected. */
  #steadyUntil: string | undefined;
  #some: Stretch | undefined;
  /** The newest day on which any mail was protected; and what came after it. */
  #last: { readonly day: string; readonly before: 'all' | 'some' } | undefined;
  #none: Stretch | undefined;
  #noneToldFrom: string | undefined;

  constructor(steadyDays: number) {
    this.#steadyDays = steadyDays;
  }

  add(day: string, safe: number, exposed: number): void {
    this.#run = exposed === 0 ? this.#run + 1 : 0;
    if (this.#run >= this.#steadyDays) {
      this.#steadyUntil = day;
      this.#some = undefined;
    }
    if (this.#some !== undefined || (exposed > 0 && this.#steadyUntil !== undefined)) {
      this.#some = extended(this.#some, day, safe, exposed);
    }
    if (safe > 0) {
      this.#last = { day, before: exposed === 0 ? 'all' : 'some' };
      this.#none = undefined;
      this.#noneToldFrom = undefined;
    } else if (this.#last !== undefined) {
      this.#none = extended(this.#none, day, safe, exposed);
      if (this.#none.days >= BARE_DAYS || this.#none.deliveries >= BARE_DELIVERIES) this.#noneToldFrom ??= day;
    }
  }

  /** What is lost as of the newest day: what is wholly lost after it was lost in part is a loss of its own. */
  loss(): Loss | undefined {
    const [some, none, toldFrom] = [this.#some, this.#none, this.#noneToldFrom];
    const isNewer = none !== undefined && (some === undefined || none.since > some.since);
    if (isNewer && toldFrom !== undefined && this.#last !== undefined) {
      const { day: until, before } = this.#last;
      return { until, before, ...toldOf(none), ...(toldFrom > none.since ? { toldFrom } : {}) };
    }
    if (some === undefined || this.#steadyUntil === undefined) return undefined;
    return { until: this.#steadyUntil, before: 'all', ...toldOf(some) };
  }
}

function extended(stretch: Stretch | undefined, day: string, safe: number, exposed: number): Stretch {
  const { since = day, days = 0, exposed: before = 0, deliveries = 0 } = stretch ?? {};
  return { since, days: days + 1, exposed: before + exposed, deliveries: deliveries + safe + exposed };
}

function toldOf({ since, exposed, deliveries }: Stretch): Pick<Loss, 'since' | 'exposed'> {
  return { since, exposed: { deliveries: exposed, of: deliveries } };
}
