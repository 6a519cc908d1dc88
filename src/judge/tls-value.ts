import { parseTlsVersion, type TlsVersion } from '../model/protocol.ts';

/** What a TLS_Cipher value of a D row says. */
export type TlsValue =
  | { readonly kind: 'tls'; readonly version: TlsVersion; readonly cipherSuite: string }
  | { readonly kind: 'plaintext' }
  | { readonly kind: 'internal' }
  | { readonly kind: 'unrecognised' };

/**
 * Reads TLS_Cipher of a D row (Salesforce article 000383894): `TLSv1.2:AES256-GCM-SHA384` is protocol and cipher
 * suite, `:` is sent without TLS, `None` is handed on inside Salesforce. Anything else, also nothing, is unknown.
 */
export function readTlsValue(text: string): TlsValue {
  const value = text.trim();
  if (value === ':') return { kind: 'plaintext' };
  if (value === 'None') return { kind: 'internal' };
  const colon = value.indexOf(':');
  const version = parseTlsVersion(colon < 0 ? value : value.slice(0, colon));
  if (version === undefined) return { kind: 'unrecognised' };
  return { kind: 'tls', version, cipherSuite: colon < 0 ? '' : value.slice(colon + 1).trim() };
}
