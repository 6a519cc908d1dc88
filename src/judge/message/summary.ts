import type { Evidence, Hop, TlsReading } from '../../model/message.ts';

const HOW: Readonly<Record<Evidence, string>> = {
  stated: 'stated',
  inferred: 'inferred from the cipher suite',
  keyword: 'no known version stated',
  plaintext: 'which notes TLS on every message and noted none',
  unknown: 'which says nothing of it',
};

/** The receiving system for people: `mx.google.com (Google)`. */
export function systemOf(hop: Hop): string {
  const name = hop.by ?? 'the receiving server';
  return hop.receiver === null ? name : `${name} (${hop.receiver})`;
}

/** One line: what TLS was used, with whom, and how that is known. */
export function describeReading(
  { protocol, evidence, cipher }: TlsReading,
  system: string,
  how = HOW[evidence],
): string {
  const what =
    protocol === 'plaintext'
      ? 'plaintext'
      : (protocol ?? (evidence === 'keyword' ? 'TLS of an unknown version' : 'TLS unknown'));
  const suite = cipher === null ? '' : ` with ${cipher}`;
  return `${what}${suite} at ${system}, ${how}`;
}
