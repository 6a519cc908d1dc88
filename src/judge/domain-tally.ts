import type { Protocol } from '../model/protocol.ts';
import { withoutAddresses } from '../support/addresses.ts';
import { type DayTally, mergeDay, newDayTally, protocolOf } from './day-tally.ts';

export const MAX_SAMPLES = 3;
const MAX_ID_CHARACTERS = 80;

interface DeliverySample {
  readonly internalId: string;
  readonly timeMs: number;
  readonly protocol: Protocol;
}

/** What the deliveries to one domain came to: kept by day, so that a delivery is counted once; the rest are sums. */
export class DomainTally {
  /** By UTC day, counted from 1970-01-01. */
  readonly days = new Map<number, DayTally>();
  /** The first violations read that name a message, at most `MAX_SAMPLES`. */
  readonly samples: DeliverySample[] = [];
  #lastNumber = NaN;
  #lastDay: DayTally = newDayTally();

  /** The tally of a day, made where there is none. Rows stand in order of time, so most ask for the day of before. */
  day(number: number): DayTally {
    if (number === this.#lastNumber) return this.#lastDay;
    const day = this.days.get(number) ?? newDayTally();
    this.days.set(number, day);
    this.#lastNumber = number;
    this.#lastDay = day;
    return day;
  }

  /** An address in place of an id never gets further than this. */
  addSample(id: string, timeMs: number, protocol: Protocol): void {
    if (this.samples.length >= MAX_SAMPLES) return;
    const internalId = withoutAddresses(id.trim()).slice(0, MAX_ID_CHARACTERS);
    if (internalId !== '') this.samples.push({ internalId, timeMs, protocol });
  }

  merge(other: DomainTally): void {
    for (const [number, day] of other.days) mergeDay(this.day(number), day);
    this.samples.push(...other.samples.slice(0, MAX_SAMPLES - this.samples.length));
  }

  get deliveries(): number {
    return this.#sum('deliveries');
  }

  get violations(): number {
    return this.#sum('violations');
  }

  get unrecognised(): number {
    return this.#sum('unrecognised');
  }

  get verified(): number {
    return this.#sum('verified');
  }

  get unverified(): number {
    return this.#sum('unverified');
  }

  /** Epoch milliseconds; Infinity without a delivery. */
  get firstMs(): number {
    return Math.min(...this.days.values().map(({ firstMs }) => firstMs));
  }

  /** Epoch milliseconds; -Infinity without a delivery. */
  get lastMs(): number {
    return Math.max(...this.days.values().map(({ lastMs }) => lastMs));
  }

  get protocols(): Map<Protocol, number> {
    return this.#countsBy(protocolOf);
  }

  get ciphers(): Map<string, number> {
    const ciphers = this.#countsBy((use) => use.slice(protocolOf(use).length + 1));
    ciphers.delete('');
    return ciphers;
  }

  #sum(field: 'deliveries' | 'violations' | 'unrecognised' | 'verified' | 'unverified'): number {
    let sum = 0;
    for (const day of this.days.values()) sum += day[field];
    return sum;
  }

  #countsBy<K>(keyOf: (use: string) => K): Map<K, number> {
    const counts = new Map<K, number>();
    for (const day of this.days.values()) {
      for (const [use, count] of day.tls) {
        const key = keyOf(use);
        counts.set(key, (counts.get(key) ?? 0) + count);
      }
    }
    return counts;
  }
}
