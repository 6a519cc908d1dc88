import { generateKeyPairSync } from 'node:crypto';

export interface KeyPair {
  /** PKCS #8, PEM: what the worker signs with. */
  readonly privateKeyPem: string;
  /** SPKI, PEM: what an org would read from the certificate uploaded to its app. */
  readonly publicKeyPem: string;
}

export function createKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { privateKeyPem: privateKey, publicKeyPem: publicKey };
}
