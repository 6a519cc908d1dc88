import type { LogRow, Recipient } from '../model/log-row.ts';
import type { Policy } from '../model/policy.ts';
import type { Protocol } from '../model/protocol.ts';
import { type Counts, type UnrecognisedValue, VALUE_COLUMNS } from '../model/report.ts';
import { DAY_MS, HOUR_MS, type Window } from '../model/window.ts';
import { withoutAddresses } from '../support/addresses.ts';
import { judgeProtocol } from './compliance.ts';
import { type DayTally, mergeDay, newDayTally, tlsUse } from './day-tally.ts';
import { readTlsValue, type TlsValue } from './tls-value.ts';
import { isWarmUp } from './warm-up.ts';

/** What the deliveries to one domain came to. Times are epoch milliseconds. */
export interface DomainTally {
  deliveries: number;
  violations: number;
  unrecognised: number;
  verified: number;
  unverified: number;
  firstMs: number;
  lastMs: number;
  readonly protocols: Map<Protocol, number>;
  readonly ciphers: Map<string, number>;
  /** By UTC day, counted from 1970-01-01. */
  readonly days: Map<number, DayTally>;
}

/** A TLS value with the key it is counted under. */
interface ReadValue {
  readonly value: TlsValue;
  readonly use: string;
}

/** What carried a delivery, with the key it is counted under. */
interface UsedTls {
  readonly protocol: Protocol;
  readonly cipherSuite: string;
  readonly use: string;
}

/** Where a delivery was counted. */
interface DeliveryTallies {
  readonly domain: DomainTally;
  readonly day: DayTally;
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
  readonly #tlsValues = new Map<string, ReadValue>();
  readonly #byDay: boolean;
  #lastHour = NaN;
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
    if (row.event === 'other') keepValue(this.unrecognised['Mail Event'], row.eventText);
    // TLS_Cipher means nothing on R, T and P rows (Salesforce article 000383894).
    if (row.event !== 'D') return;
    const value = this.#readTlsValue(row.tlsCipher);
    for (const recipient of row.recipients) this.#addRecipient(recipient, value, row, timeMs);
  }

  /** Adds a message that Salesforce received; it counts as a D row. False where it lies outside the window. */
  addMessage(message: TalliedMessage, timeMs: number): boolean {
    if (!this.#takes(timeMs)) return false;
    this.counts.events.D++;
    const { domain, protocol, cipherSuite } = message;
    this.#addDelivery(domain, { protocol, cipherSuite, use: tlsUse(protocol, cipherSuite) }, timeMs);
    if (protocol === 'unrecognised') keepValue(this.unrecognised.Headers, message.problem);
    return true;
  }

  /** Adds what another tally of the same policy and window holds. */
  merge(other: Tally): void {
    this.firstMs = Math.min(this.firstMs, other.firstMs);
    this.lastMs = Math.max(this.lastMs, other.lastMs);
    for (const day of other.days) this.days.add(day);
    for (const hour of other.hours) this.hours.add(hour);
    const { events, ...counts } = other.counts;
    for (const event of Object.keys(events) as (keyof typeof events)[]) this.counts.events[event] += events[event];
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) this.counts[name] += counts[name];
    for (const [domain, tally] of other.domains) mergeDomain(this.#domain(domain), tally);
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
      this.days.add(Math.floor(timeMs / DAY_MS));
    }
    return true;
  }

  #addRecipient(recipient: Recipient, { value, use }: ReadValue, row: LogRow, timeMs: number): void {
    if (isWarmUp(recipient)) {
      this.counts.warmup++;
      return;
    }
    if (value.kind === 'internal') {
      this.counts.internal++;
      return;
    }
    const protocol = value.kind === 'tls' ? value.version : value.kind;
    const cipherSuite = value.kind === 'tls' ? value.cipherSuite : '';
    const { domain, day } = this.#addDelivery(recipient.domain, { protocol, cipherSuite, use }, timeMs);
    if (protocol === 'unrecognised') keepValue(this.unrecognised.TLS_Cipher, row.tlsCipher);
    if (isWord(row.tlsVerified, 'Verified')) {
      domain.verified++;
      day.verified++;
    } else if (isWord(row.tlsVerified, 'Unverified')) {
      domain.unverified++;
      day.unverified++;
    }
  }

  #addDelivery(name: string, { protocol, cipherSuite, use }: UsedTls, timeMs: number): DeliveryTallies {
    const domain = this.#domain(name);
    const day = dayOf(domain, this.#byDay ? Math.floor(timeMs / DAY_MS) : 0);
    this.counts.deliveries++;
    domain.deliveries++;
    day.deliveries++;
    increment(domain.protocols, protocol);
    increment(day.tls, use);
    if (cipherSuite !== '') increment(domain.ciphers, cipherSuite);
    if (protocol === 'plaintext') day.plaintext++;
    switch (judgeProtocol(protocol, this.#policy)) {
      case 'compliant':
        this.counts.compliant++;
        break;
      case 'violation':
        this.counts.violations++;
        domain.violations++;
        day.violations++;
        break;
      case 'unrecognised':
        this.counts.unrecognised++;
        domain.unrecognised++;
        day.unrecognised++;
        break;
    }
    if (timeMs < domain.firstMs) domain.firstMs = timeMs;
    if (timeMs > domain.lastMs) domain.lastMs = timeMs;
    if (timeMs < day.firstMs) day.firstMs = timeMs;
    if (timeMs > day.lastMs) day.lastMs = timeMs;
    return { domain, day };
  }

  #domain(name: string): DomainTally {
    let tally = this.domains.get(name);
    if (tally === undefined) {
      tally = newDomainTally();
      this.domains.set(name, tally);
    }
    return tally;
  }

  #readTlsValue(text: string): ReadValue {
    let read = this.#tlsValues.get(text);
    if (read === undefined) {
      const value = readTlsValue(text);
      read = { value, use: useOf(value) };
      if (this.#tlsValues.size < MAX_REMEMBERED_VALUES) this.#tlsValues.set(text, read);
    }
    return read;
  }
}

function useOf(value: TlsValue): string {
  if (value.kind === 'internal') return '';
  return value.kind === 'tls' ? tlsUse(value.version, value.cipherSuite) : tlsUse(value.kind, '');
}

function newDomainTally(): DomainTally {
  return {
    deliveries: 0,
    violations: 0,
    unrecognised: 0,
    verified: 0,
    unverified: 0,
    firstMs: Infinity,
    lastMs: -Infinity,
    protocols: new Map(),
    ciphers: new Map(),
    days: new Map(),
  };
}

function dayOf(domain: DomainTally, number: number): DayTally {
  let day = domain.days.get(number);
  if (day === undefined) {
    day = newDayTally();
    domain.days.set(number, day);
  }
  return day;
}

function mergeDomain(into: DomainTally, from: DomainTally): void {
  into.deliveries += from.deliveries;
  into.violations += from.violations;
  into.unrecognised += from.unrecognised;
  into.verified += from.verified;
  into.unverified += from.unverified;
  into.firstMs = Math.min(into.firstMs, from.firstMs);
  into.lastMs = Math.max(into.lastMs, from.lastMs);
  for (const [protocol, count] of from.protocols) increment(into.protocols, protocol, count);
  for (const [cipher, count] of from.ciphers) increment(into.ciphers, cipher, count);
  for (const [number, day] of from.days) {
    const sum = into.days.get(number) ?? newDayTally();
    mergeDay(sum, day);
    into.days.set(number, sum);
  }
}

function keepValue(values: Map<string, number>, text: string, by = 1): void {
  const value = withoutAddresses(text).slice(0, MAX_VALUE_CHARACTERS);
  if (values.has(value) || values.size < MAX_KEPT_VALUES) increment(values, value, by);
}

function increment<K>(counts: Map<K, number>, key: K, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** Whether the text is the word, whatever its case and the space around it. */
function isWord(text: string, word: string): boolean {
  return text === word || (text.length >= word.length && text.trim().toLowerCase() === word.toLowerCase());
}
