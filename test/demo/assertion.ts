import { createSign } from 'node:crypto';

import type { Org } from '../../src/demo/org.ts';

export interface AssertionClaims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string;
  /** Seconds from now. */
  readonly expiresInS?: number;
}

/** An RS256 assertion that the org accepts, but for what the claims change. */
export function signAssertion(org: Org, privateKeyPem: string, claims: AssertionClaims = {}): string {
  const { expiresInS = 180, ...rest } = claims;
  const payload = {
    iss: org.clientId,
    sub: org.username,
    aud: org.url,
    exp: Math.floor(Date.now() / 1000) + expiresInS,
    ...rest,
  };
  const signed = `${encode({ alg: 'RS256' })}.${encode(payload)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKeyPem, 'base64url')}`;
}

export function requestToken(org: Org, form: Record<string, string>, headers: Record<string, string> = {}) {
  return fetch(`${org.url}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams(form), headers });
}

/** Signs in and gives the headers of an authorized request. */
export async function authorize(org: Org, privateKeyPem: string): Promise<{ Authorization: string }> {
  const response = await requestToken(org, {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: signAssertion(org, privateKeyPem),
  });
  const body = (await response.json()) as { access_token: string };
  return { Authorization: `Bearer ${body.access_token}` };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
