import type { Verdict } from '../model/verdict.ts';
import type { Trend } from './digest-trend.ts';

// What the digest says, before it is text or HTML: both are made from this one value, so they cannot differ.
// Every list is bounded and every string shortened, which bounds the size of the mail.

export interface DigestLimits {
  readonly domains: number;
  /** Of every other list of names. */
  readonly names: number;
  /** Of lists that explain: reasons aside, which are three. */
  readonly details: number;
  /** Characters of a note or a reason. */
  readonly characters: number;
}

/** What a mail about any report is made with. */
export interface DigestFrame {
  /** IANA name of the zone of times. */
  readonly zone: string;
  /** Whether every finding is attached as CSV. */
  readonly isAttached: boolean;
}

export const MAX_NAME_LENGTH = 64;

export interface DigestContent {
  readonly verdict: Verdict;
  readonly word: string;
  readonly period: string;
  readonly sentence: string;
  readonly furtherReasons: readonly string[];
  /** What is wrong and what is missing: it stands before everything else. */
  readonly wrong: readonly DigestSection[];
  readonly facts: readonly Fact[];
  /** Undefined while there are too few nights. */
  readonly trend?: Trend | undefined;
  readonly sections: readonly DigestSection[];
  readonly footer: readonly string[];
}

interface Fact {
  readonly label: string;
  readonly value: string;
}

export type DigestSection = DomainSection | ListSection;

export interface DomainSection {
  readonly kind: 'domains';
  readonly heading: string;
  /** What `share` counts, as the heading of its column. */
  readonly shareHeading: string;
  readonly rows: readonly DomainRow[];
  readonly more: string | undefined;
}

export interface DomainRow {
  readonly name: string;
  /** `2 of 3` deliveries. */
  readonly share: string;
  readonly protocols: string;
  readonly change: string | undefined;
  /** One message in violation, to be looked up in the log. */
  readonly sample?: string | undefined;
  /** What to do about it, in a few words. */
  readonly remedy?: string | undefined;
}

export interface ListSection {
  readonly kind: 'list';
  readonly heading: string;
  readonly items: readonly ListItem[];
  readonly more: string | undefined;
}

export interface ListItem {
  readonly text: string;
  readonly details: readonly string[];
}
