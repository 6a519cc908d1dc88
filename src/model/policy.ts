import type { TlsVersion } from './protocol.ts';

/** Which TLS versions are compliant; `maximum: null` sets no upper bound. Plaintext never is. */
export interface Policy {
  readonly minimum: TlsVersion;
  readonly maximum: TlsVersion | null;
}

/** "TLS 1.2 or better" (domain: mail of 2025-26 from Salesforce is seen with TLS 1.3). */
export const DEFAULT_POLICY: Policy = { minimum: 'TLSv1.2', maximum: null };
