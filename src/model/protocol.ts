/** TLS and SSL versions by age, oldest first: the order in which a policy compares them. */
export const TLS_VERSIONS = ['SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** What one delivery used: a version, nothing at all, or something this program does not know. */
export type Protocol = TlsVersion | 'plaintext' | 'unrecognised';

const SPELLING = /^(TLS|SSL)[ _-]?v?(\d)(?:[._](\d))?$/i;

/**
 * Reads any known spelling of a protocol version (`TLSv1.2`, `TLS1_2`, `TLS 1.2`, `SSLv3`); a missing minor is 0.
 * Spellings that state no single version (`TLSv1/SSLv3`, `UNKNOWN`) give undefined.
 */
export function parseTlsVersion(text: string): TlsVersion | undefined {
  const match = SPELLING.exec(text.trim());
  if (match === null) return undefined;
  const [, family = '', major = '', minor = '0'] = match;
  const name = family.toUpperCase() === 'TLS' ? `TLSv${major}.${minor}` : minor === '0' ? `SSLv${major}` : '';
  return TLS_VERSIONS.find((version) => version === name);
}

/** Negative when `a` is the older version, 0 when they are the same, positive when `a` is the newer one. */
export function compareTlsVersions(a: TlsVersion, b: TlsVersion): number {
  return TLS_VERSIONS.indexOf(a) - TLS_VERSIONS.indexOf(b);
}
