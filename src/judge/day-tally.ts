import type { Protocol } from '../model/protocol.ts';

/** What the deliveries to one domain on one UTC day came to. Times are epoch milliseconds. */
export interface DayTally {
  deliveries: number;
  violations: number;
  plaintext: number;
  unrecognised: number;
  verified: number;
  unverified: number;
  /** Those of them that went over TLS. */
  verifiedTls: number;
  unverifiedTls: number;
  firstMs: number;
  lastMs: number;
  /** By what was used: `TLSv1.2:ECDHE-RSA-AES256-GCM-SHA384`, `plaintext`, `unrecognised`. */
  readonly tls: Map<string, number>;
}

export function newDayTally(): DayTally {
  return {
    deliveries: 0,
    violations: 0,
    plaintext: 0,
    unrecognised: 0,
    verified: 0,
    unverified: 0,
    verifiedTls: 0,
    unverifiedTls: 0,
    firstMs: Infinity,
    lastMs: -Infinity,
    tls: new Map(),
  };
}

export function mergeDay(into: DayTally, from: DayTally): void {
  into.deliveries += from.deliveries;
  into.violations += from.violations;
  into.plaintext += from.plaintext;
  into.unrecognised += from.unrecognised;
  into.verified += from.verified;
  into.unverified += from.unverified;
  into.verifiedTls += from.verifiedTls;
  into.unverifiedTls += from.unverifiedTls;
  into.firstMs = Math.min(into.firstMs, from.firstMs);
  into.lastMs = Math.max(into.lastMs, from.lastMs);
  for (const [use, count] of from.tls) into.tls.set(use, (into.tls.get(use) ?? 0) + count);
}

/** The key of `DayTally.tls`. */
export function tlsUse(protocol: Protocol, cipherSuite: string): string {
  return protocol === 'plaintext' || protocol === 'unrecognised' ? protocol : `${protocol}:${cipherSuite}`;
}

/** The protocol of a key of `DayTally.tls`. */
export function protocolOf(use: string): Protocol {
  const colon = use.indexOf(':');
  return (colon < 0 ? use : use.slice(0, colon)) as Protocol;
}
