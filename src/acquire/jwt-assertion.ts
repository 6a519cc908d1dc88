import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { UsageError } from '../support/errors.ts';

/** Short, as Salesforce asks, and long enough for a clock that is off by a minute in either direction. */
const LIFETIME_S = 120;

export interface AssertionClaims {
  readonly clientId: string;
  readonly username: string;
  readonly audience: string;
}

/**
 * Reads the private key of the sign-in, before anything is sent.
 * @throws UsageError that never quotes the key
 */
export function readPrivateKey(pem: string): KeyObject {
  const remedy =
    'Set salesforce.privateKey to the PEM text of the RSA key whose certificate the External Client App holds, ' +
    'beginning with "-----BEGIN PRIVATE KEY-----" or "-----BEGIN RSA PRIVATE KEY-----".';
  // Environment files often hold a PEM on one line, with \n for its line breaks.
  const text = pem.replaceAll('\\n', '\n').trim();
  if (text.includes('BEGIN CERTIFICATE') || text.includes('BEGIN PUBLIC KEY')) {
    throw new UsageError('reading the private key: found a certificate or a public key', { remedy });
  }
  if (text.includes('ENCRYPTED')) {
    throw new UsageError('reading the private key: it is protected by a passphrase', {
      remedy:
        'Write it out without a passphrase, for example with "openssl pkcs8 -topk8 -nocrypt", and protect the file.',
    });
  }
  const key = parseKey(text);
  if (key === undefined) {
    throw new UsageError('reading the private key: the text is not a private key in PEM form', { remedy });
  }
  if (key.asymmetricKeyType !== 'rsa') {
    throw new UsageError(
      `reading the private key: found a key of type ${key.asymmetricKeyType ?? 'unknown'}, Salesforce takes RSA`,
      { remedy },
    );
  }
  return key;
}

/** A JWT for Salesforce's bearer flow: RS256 (RFC 7515, RFC 7518) over iss, sub, aud, exp (RFC 7523 section 3). */
export function signAssertion(claims: AssertionClaims, key: KeyObject, now: Date): string {
  const content = [
    { alg: 'RS256', typ: 'JWT' },
    {
      iss: claims.clientId,
      sub: claims.username,
      aud: claims.audience,
      exp: Math.floor(now.getTime() / 1000) + LIFETIME_S,
    },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = sign('sha256', Buffer.from(content.join('.')), key).toString('base64url');
  return [...content, signature].join('.');
}

// What OpenSSL throws can tell parts of the key: it goes no further.
function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
