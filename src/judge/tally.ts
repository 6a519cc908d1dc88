import type { LogRow, Recipient } from '../model/log-row.ts';
import type { Policy } from '../model/policy.ts';
import type { Protocol, TlsVersion } from '../model/protocol.ts';
import { type Counts, type UnrecognisedValue, VALUE_COLUMNS } from '../model/report.ts';
import { DAY_MS, HOUR_MS, type Window } from '../model/window.ts';
import { withoutAddresses } from '../support/addresses.ts';
import { type Compliance, judgeProtocol } from './compliance.ts';
import { type DayTally, tlsUse } from './day-tally.ts';
import { DomainTally } from './domain-tally.ts';
import { isNullSuite } from './null-suite.ts';
import { readTlsValue } from './tls-value.ts';
import { isWarmUp } from './warm-up.ts';

/** What carried a delivery: read and judged once for each value, with the key it is counted under. */
interface UsedTls {
  readonly protocol: Protocol;
  readonly use: string;
  readonly judgement: Compliance;
}

/** A judged message, as it is added up. */
export interface TalliedMessage {
  readonly domain: string;
  readonly protocol: Protocol;
  /** Empty where none is known, or no protocol is. */
  readonly cipherSuite: string;
  /** Why the protocol is unrecognised; not looked at where it is not. */
  readonly problem: string;
}

type TallyCounts = Omit<Counts, 'rows' | 'rejected' | 'duplicates'>;

/** Distinct TLS_Cipher values are few; a log that has more than this is hostile and is read without the shortcut. */
const MAX_REMEMBERED_VALUES = 5000;

/** Distinct unknown values that are kept; the report shows the most frequent ones. */
const MAX_KEPT_VALUES = 1000;
const MAX_VALUE_CHARACTERS = 80;

/** Adds up judged rows. Memory grows with domains and days, never with rows. */
export class Tally {
  readonly #policy: Policy;
  readonly #window: Window | undefined;
  readonly #tlsValues = new Map<string, UsedTls | 'internal'>();
  readonly #byDay: boolean;
  #lastHour = NaN;
  #lastDay = 0;
  readonly counts: TallyCounts = {
    outsideWindow: 0,
    events: { R: 0, D: 0, T: 0, P: 0, other: 0 },
    internal: 0,
    warmup: 0,
    deliveries: 0,
    compliant: 0,
    violations: 0,
    unrecognised: 0,
  };
  readonly domains = new Map<string, DomainTally>();
  /** Values nobody here knows, with their count, by column. */
  readonly unrecognised: Readonly<Record<UnrecognisedValue['column'], Map<string, number>>> = {
    TLS_Cipher: new Map(),
    'Mail Event': new Map(),
    Headers: new Map(),
  };
  /** UTC days (counted from 1970-01-01) on which a row of any event lies in the window. */
  readonly days = new Set<number>();
  /** UTC days (counted likewise) with a row of an unknown Mail Event. */
  readonly daysWithOther = new Set<number>();
  /** UTC hours (counted from 1970-01-01) with such a row. */
  readonly hours = new Set<number>();
  /** Span of all rows, in the window or not; Infinity and -Infinity while there is none. */
  firstMs = Infinity;
  lastMs = -Infinity;

  /** @param byDay false where nobody asks for days: a domain then has one tally for all of them, which costs less. */
  constructor(policy: Policy, window: Window | undefined, byDay = true) {
    this.#byDay = byDay;
    this.#policy = policy;
    this.#window = window;
  }

  add(row: LogRow, timeMs: number): void {
    if (!this.#takes(timeMs)) return;
    this.counts.events[row.event]++;
    if (row.event === 'other') {
      keepValue(this.unrecognised['Mail Event'], cut(row.eventText));
      this.daysWithOther.add(Math.floor(timeMs / DAY_MS));
    }
    // TLS_Cipher means nothing on R, T and P rows (Salesforce article 000383894).
    if (row.event !== 'D') return;
    const used = this.#readTlsValue(row.tlsCipher);
    for (const recipient of row.recipients) this.#addRecipient(recipient, used, row, timeMs);
  }

  /** Adds a message that Salesforce received; it counts as a D row. False where it lies outside the window. */
  addMessage(message: TalliedMessage, timeMs: number): boolean {
    if (!this.#takes(timeMs)) return false;
    this.counts.events.D++;
    const { domain, protocol, cipherSuite } = message;
    this.#addDelivery(domain, this.#usedTls(protocol, cipherSuite), timeMs, '');
    if (protocol === 'unrecognised') keepValue(this.unrecognised.Headers, message.problem);
    return true;
  }

  /** Adds what another tally of the same policy and window holds. */
  merge(other: Tally): void {
    this.firstMs = Math.min(this.firstMs, other.firstMs);
    this.lastMs = Math.max(this.lastMs, other.lastMs);
    for (const day of other.days) this.days.add(day);
    for (const hour of other.hours) this.hours.add(hour);
    for (const day of other.daysWithOther) this.daysWithOther.add(day);
    const { events, ...counts } = other.counts;
    for (const event of Object.keys(events) as (keyof typeof events)[]) this.counts.events[event] += events[event];
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) this.counts[name] += counts[name];
    for (const [domain, tally] of other.domains) this.#domain(domain).merge(tally);
    for (const column of VALUE_COLUMNS) {
      for (const [value, count] of other.unrecognised[column]) keepValue(this.unrecognised[column], value, count);
    }
  }

  clone(): Tally {
    const copy = new Tally(this.#policy, this.#window, this.#byDay);
    copy.merge(this);
    return copy;
  }

  /** Notes the time; false where it lies outside the window. */
  #takes(timeMs: number): boolean {
    if (timeMs < this.firstMs) this.firstMs = timeMs;
    if (timeMs > this.lastMs) this.lastMs = timeMs;
    const window = this.#window;
    if (window !== undefined && (timeMs < window.from.getTime() || timeMs >= window.to.getTime())) {
      this.counts.outsideWindow++;
      return false;
    }
    // Rows of a log stand in order of time, so most lie in the hour of the row before.
    const hour = Math.floor(timeMs / HOUR_MS);
    if (hour !== this.#lastHour) {
      this.#lastHour = hour;
      this.hours.add(hour);
      const day = Math.floor(timeMs / DAY_MS);
      this.days.add(day);
      if (this.#byDay) this.#lastDay = day;
    }
    return true;
  }

  #addRecipient(recipient: Recipient, used: UsedTls | 'internal', row: LogRow, timeMs: number): void {
    if (isWarmUp(recipient)) {
      this.counts.warmup++;
      return;
    }
    if (used === 'internal') {
      this.counts.internal++;
      return;
    }
    const day = this.#addDelivery(recipient.domain, used, timeMs, row.internalId);
    if (used.protocol === 'unrecognised') keepValue(this.unrecognised.TLS_Cipher, cut(row.tlsCipher));
    // Without TLS there is no certificate, whatever stands there.
    const isTls = used.protocol !== 'plaintext' && used.protocol !== 'unrecognised';
    if (isWord(row.tlsVerified, 'Verified')) {
      day.verified++;
      if (isTls) day.verifiedTls++;
    } else if (isWord(row.tlsVerified, 'Unverified')) {
      day.unverified++;
      if (isTls) day.unverifiedTls++;
    }
  }

  /** Counts a delivery at a time that `#takes` has just noted. */
  #addDelivery(name: string, { protocol, use, judgement }: UsedTls, timeMs: number, internalId: string): DayTally {
    const domain = this.#domain(name);
    const day = domain.day(this.#lastDay);
    this.counts.deliveries++;
    day.deliveries++;
    increment(day.tls, use);
    if (protocol === 'plaintext') day.plaintext++;
    switch (judgement) {
      case 'compliant':
        this.counts.compliant++;
        break;
      case 'violation':
        this.counts.violations++;
        day.violations++;
        domain.addSample(internalId, timeMs, protocol);
        break;
      case 'unrecognised':
        this.counts.unrecognised++;
        day.unrecognised++;
        break;
    }
    if (timeMs < day.firstMs) day.firstMs = timeMs;
    if (timeMs > day.lastMs) day.lastMs = timeMs;
    return day;
  }

  #domain(name: string): DomainTally {
    let tally = this.domains.get(name);
    if (tally === undefined) {
      tally = new DomainTally();
      this.domains.set(name, tally);
    }
    return tally;
  }

  #readTlsValue(text: string): UsedTls | 'internal' {
    let used = this.#tlsValues.get(text);
    if (used === undefined) {
      const value = readTlsValue(text);
      if (value.kind === 'internal') used = 'internal';
      else if (value.kind === 'tls') used = this.#usedSuite(value.version, value.cipherSuite);
      else used = this.#usedTls(value.kind, '');
      if (this.#tlsValues.size < MAX_REMEMBERED_VALUES) this.#tlsValues.set(text, used);
    }
    return used;
  }

  /** No version makes mail compliant that its suite did not encrypt. */
  #usedSuite(version: TlsVersion, cipherSuite: string): UsedTls {
    const used = this.#usedTls(version, cipherSuite);
    const isDoubtful = used.judgement === 'compliant' && isNullSuite(cipherSuite);
    return isDoubtful ? this.#usedTls('unrecognised', '') : used;
  }

  #usedTls(protocol: Protocol, cipherSuite: string): UsedTls {
    return {
      protocol,
      use: tlsUse(protocol, withoutAddresses(cipherSuite)),
      judgement: judgeProtocol(protocol, this.#policy),
    };
  }
}

/** What a log holds in place of a value can be of any length. */
function cut(text: string): string {
  return withoutAddresses(text).slice(0, MAX_VALUE_CHARACTERS);
}

function keepValue(values: Map<string, number>, text: string, by = 1): void {
  const value = withoutAddresses(text);
  if (values.has(value) || values.size < MAX_KEPT_VALUES) increment(values, value, by);
}

function increment<K>(counts: Map<K, number>, key: K, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** Whether the text is the word, whatever its case and the space around it. */
function isWord(text: string, word: string): boolean {
  return text === word || (text.length >= word.length && text.trim().toLowerCase() === word.toLowerCase());
}
