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
  /** Ready for "Restrict TLS to these domains", joined by `, `; in order of name. */
  readonly restrictTo: readonly string[];
  /** Recipient domains that the list covers. */
  readonly covered: number;
  readonly leftOut: readonly {
    readonly reason: LeftOutReason;
    readonly domains: number;
    /** The first 20, most mail first; absent in reports recorded before they were named. */
    readonly names?: readonly string[];
  }[];
}
