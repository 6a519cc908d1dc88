import { readVersionSpelling, type TlsClaim, type TlsReading } from '../../model/message.ts';
import type { TlsVersion } from '../../model/protocol.ts';

/** Suites that exist only in TLS 1.3 (RFC 8446, B.4), as OpenSSL, rustls and LibreSSL spell them. */
const TLS13_SUITE = /^(?:TLS_AES_|TLS_CHACHA20_POLY1305_SHA256$|TLS13_|AEAD-)/i;
/** Suites that came with TLS 1.2 (RFC 5246, RFC 5288, RFC 7905); Schannel adds the curve at the end. */
const TLS12_SUITE = /(?:GCM|CCM|CHACHA20)|SHA(?:256|384)(?:_P\d+)?$/i;

/** What the header of one hop proves. A stated version beats an inferred one, also where nobody knows it. */
export function readClaim(claim: TlsClaim): TlsReading {
  const { cipher } = claim;
  const stated = claim.version === null ? undefined : readVersionSpelling(claim.version);
  if (stated !== undefined) return { protocol: stated, evidence: 'stated', cipher };
  const inferred = cipher === null || isUnknownVersion(claim.version) ? undefined : inferVersion(cipher);
  if (inferred !== undefined) return { protocol: inferred, evidence: 'inferred', cipher };
  if (claim.encrypted) return { protocol: null, evidence: 'keyword', cipher };
  if (claim.silenceMeansPlaintext) return { protocol: 'plaintext', evidence: 'plaintext', cipher: null };
  return { protocol: null, evidence: 'unknown', cipher: null };
}

/** Whether a text states a version that is not known (`TLSv1.4`): `TLS`, `UNKNOWN` and `TLSv1/SSLv3` state none. */
export function isUnknownVersion(text: string | null): text is string {
  return text !== null && /^[^/]*\d[^/]*$/.test(text) && readVersionSpelling(text) === undefined;
}

/** The version that a cipher suite belongs to, where it belongs to one only. */
export function inferVersion(cipher: string): TlsVersion | undefined {
  if (TLS13_SUITE.test(cipher)) return 'TLSv1.3';
  return TLS12_SUITE.test(cipher) ? 'TLSv1.2' : undefined;
}
