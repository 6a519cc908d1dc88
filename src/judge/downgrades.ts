import type { ProtectionDay } from '../model/history.ts';
import type { Downgrade, Restored } from '../model/report.ts';
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

/** What is recorded of the days before those that are judged. */
export interface ProtectionPast {
  /** A domain's days, oldest first. */
  readonly daysOf: (domain: string) => Iterable<ProtectionDay>;
  /** Domains of which some mail was not protected on one of these days. */
  readonly exposed: ReadonlySet<string>;
  /**
   * The first day (`YYYY-MM-DD`) that was compared with anything: a loss that began before it is told of from here on.
   * Undefined where that is not known, or every day was.
   */
  readonly comparedFrom?: string | undefined;
}

/**
 * Domains whose mail lost a protection it had: all of it was protected for some days in a row, and some is not since (told
 * until all of it is again for as many days); or some of it was, and since then none, for some days or deliveries. And
 * those that have it again. A day that says nothing about it (no mail, only unrecognised values) changes nothing. Lost TLS
 * first, the newest loss first.
 */
export function protectionChanges(
  past: ProtectionPast,
  tally: Pick<Tally, 'domains'>,
): { downgrades: Downgrade[]; restored: Restored[] } {
  const downgrades: Downgrade[] = [];
  const restored: Restored[] = [];
  for (const [domain, { days }] of tally.domains) {
    const kinds = (Object.keys(KINDS) as Downgrade['kind'][]).filter(
      (kind) => past.exposed.has(domain) || days.values().some((day) => KINDS[kind].exposed(day) > 0),
    );
    if (kinds.length === 0) continue;
    const before = [...past.daysOf(domain)];
    const ordered = [...days]
      .sort(([a], [b]) => a - b)
      .map(([number, day]) => ({ ...day, day: utcDay(new Date(number * DAY_MS)) }));
    for (const kind of kinds) {
      const { shown, ended } = lossesIn(kind, before, ordered, past.comparedFrom);
      if (shown !== undefined) downgrades.push({ domain, kind, ...shown });
      if (ended !== undefined) restored.push({ domain, kind, ...ended });
    }
  }
  return { downgrades: downgrades.sort(newestFirst), restored: restored.sort(newestFirst) };
}

function newestFirst(a: Downgrade | Restored, b: Downgrade | Restored): number {
  return (
    KIND_RANK[a.kind] - KIND_RANK[b.kind] ||
    (a.since === b.since ? 0 : a.since < b.since ? 1 : -1) ||
    (a.domain < b.domain ? -1 : 1)
  );
}

type Loss = Omit<Downgrade, 'domain' | 'kind'>;

type Ended = Omit<Restored, 'domain' | 'kind'>;

/** The newest loss that shows on a day of the window, and the one that ended in it for good. */
function lossesIn(
  kind: Downgrade['kind'],
  past: readonly ProtectionDay[],
  window: readonly ProtectionDay[],
  comparedFrom = '',
): { shown: Loss | undefined; ended: Ended | undefined } {
  const { steadyDays, safe, exposed } = KINDS[kind];
  const course = new Course(steadyDays);
  let shown: Loss | undefined;
  let ended: Ended | undefined;
  /** The first end of the newest loss, where only some is protected again: the whole of it is still to come. */
  let partly: Ended | undefined;
  let lastedUntil = '';
  const days = [...past, ...window];
  for (const [index, day] of days.entries()) {
    const before = course.loss();
    course.add(day.day, safe(day), exposed(day));
    const open = course.loss();
    const isInWindow = index >= past.length;
    if (isInWindow && exposed(day) > 0) shown = open ?? shown;
    let end: Ended | undefined;
    if (open !== undefined) ended = partly = undefined;
    else if (before !== undefined) {
      end = { since: before.since, on: day.day, now: course.isSteady() ? 'all' : 'some' };
      lastedUntil = day.day;
    } else if (partly !== undefined && course.isSteady()) end = { ...partly, on: day.day, now: 'all' };
    if (end === undefined) continue;
    partly = end.now === 'some' ? end : undefined;
    if (isInWindow) ended = end;
  }
  // The first day on which somebody could be told of what began before anything was compared.
  const compared = days.find((day) => day.day >= comparedFrom && exposed(day) > 0)?.day ?? '';
  const wasTold = ended === undefined || ended.since >= comparedFrom || (compared !== '' && compared < lastedUntil);
  if (shown !== undefined && shown.since < comparedFrom && compared > (shown.toldFrom ?? shown.since)) {
    shown = { ...shown, toldFrom: compared };
  }
  return { shown, ended: wasTold ? ended : undefined };
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

  /** A day that tells nothing changes nothing. */
  add(day: string, safe: number, exposed: number): void {
    if (safe + exposed === 0) return;
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

  /** Whether all mail of the newest days was protected, for as many as it takes. */
  isSteady(): boolean {
    return this.#run >= this.#steadyDays;
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
