/** When a domain is safe enough to be named in "Restrict TLS to these domains". */
export interface AdviceRule {
  /** How many days before the end of the window are looked at. */
  readonly days: number;
  readonly minDeliveries: number;
  readonly minDays: number;
  /** Longest list; Salesforce documents no limit of its own. */
  readonly maxListCharacters: number;
}

export const LEFT_OUT_REASONS = ['violations', 'unrecognised', 'few', 'unusual', 'length'] as const;

export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

export const REQUIRED_ONLY_REASONS = ['unverified', 'unknown', 'length'] as const;

export type RequiredOnlyReason = (typeof REQUIRED_ONLY_REASONS)[number];

/** What the TLS setting Required Verify would have done, and for whom it is safe. */
export interface VerifyAdvice {
  /** Deliveries that the log says went over TLS to a verified server; where it says so of none, it tells of no certificate. */
  readonly verified: number;
  /** In plaintext, or over TLS to a server that was not verified; and the domains of these. */
  readonly bounced: number;
  readonly domains: number;
  /** Deliveries of which it is not known. */
  readonly unknown: number;
  /** How many of the days hold deliveries recorded before verification was kept. */
  readonly unknownDays: number;
  /**
   * The same list for Required Verify: nothing but verified deliveries. It may hold domains that did not fit into
   * `Advice.restrictTo`.
   */
  readonly restrictTo: readonly string[];
  readonly covered: number;
  /** Domains that `Advice.restrictTo` covers and this list does not. */
  readonly requiredOnly: readonly LeftOut<RequiredOnlyReason>[];
}

export interface LeftOut<Reason> {
  readonly reason: Reason;
  readonly domains: number;
  /** The first 20, most mail first; absent in reports recorded before they were named. */
  readonly names?: readonly string[];
}

/** What the recorded days say about requiring TLS. */
export interface Advice {
  /** ISO 8601, UTC, half-open. */
  readonly window: { readonly from: string; readonly to: string };
  /** Days of the window that rest on data. */
  readonly days: number;
  readonly rule: AdviceRule;
  /** Had TLS been Required: plaintext deliveries would have bounced, unrecognised ones might have. */
  readonly required: {
    readonly deliveries: number;
    readonly bounced: number;
    readonly domains: number;
    readonly unrecognised: number;
    /** Over a TLS version outside the policy; absent in reports recorded before it was counted. */
    readonly weak?: number;
  };
  /** Ready for "Restrict TLS to these domains" with the TLS setting Required, joined by `, `; in order of name. */
  readonly restrictTo: readonly string[];
  /** Recipient domains that the list covers. */
  readonly covered: number;
  readonly leftOut: readonly LeftOut<LeftOutReason>[];
  /** Absent in reports recorded before verification was looked at. */
  readonly requiredVerify?: VerifyAdvice;
}
