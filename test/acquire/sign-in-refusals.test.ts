import { describe, expect, it } from '@jest/globals';
import { openSession } from '../../src/acquire/session.ts';
import type { SalesforceAuth } from '../../src/acquire/sign-in.ts';
import { createKeyPair } from '../../src/demo/keys.ts';
import type { Org, OrgOptions } from '../../src/demo/org.ts';
import { AuditError } from '../../src/support/errors.ts';
import { collectLogs, contextWith, everythingOf, failureOf, never } from './fixture.ts';
import { z } from 'zod';
import { startStrictOrg } from '../support/strict-org.ts';

const keys = createKeyPair();
const otherKeys = createKeyPair();
const SECRET = 'C0NSUMER0SECRET0OF0THE0DEMO0APP0123456789';
const REFRESH = '5Aep861demoRefreshTokenOfTheLoopbackOrg0123456789abcdef';

function jwt(org: Org, changes: object = {}): SalesforceAuth {
  const { clientId, username, url } = org;
  return { type: 'jwt', clientId, username, privateKeyPem: keys.privateKeyPem, audience: url, ...changes };
}

function refresh(org: Org, changes: object = {}): SalesforceAuth {
  return { type: 'refresh-token', clientId: org.clientId, clientSecret: SECRET, refreshToken: REFRESH, ...changes };
}

function user(state: 'unapproved' | 'not-admin-approved' | 'inactive' | 'ip-restricted'): Partial<OrgOptions> {
  return { users: [{ username: 'tls-audit@org.example', state }] };
}

/** What stands in the way, the sign-in, Salesforce's own code, the meaning and what to do. */
const REFUSALS: readonly (readonly [
  string,
  Partial<OrgOptions>,
  (org: Org) => SalesforceAuth,
  string,
  string,
  string,
])[] = [
  [
    'wrong key',
    {},
    (org) => jwt(org, { privateKeyPem: otherKeys.privateKeyPem }),
    'invalid_grant',
    'signature',
    'privateKey',
  ],
  [
    'wrong user',
    {},
    (org) => jwt(org, { username: 'nobody@org.example' }),
    'invalid_grant',
    'may not use',
    'pre-authorized',
  ],
  [
    'wrong app',
    {},
    (org) => jwt(org, { clientId: '3MVG9other' }),
    'invalid_client_id',
    'consumer key',
    'salesforce.clientId',
  ],
  [
    'wrong audience',
    {},
    (org) => jwt(org, { audience: 'https://login.salesforce.com' }),
    'invalid_grant',
    'audience',
    'salesforce.audience',
  ],
  ['user not approved', user('unapproved'), jwt, 'invalid_grant', 'may not use', 'pre-authorized'],
  [
    'user not approved by an admin',
    user('not-admin-approved'),
    jwt,
    'invalid_app_access',
    'may not use',
    'permission set',
  ],
  ['inactive user', user('inactive'), jwt, 'invalid_grant', 'inactive', 'Setup > Users'],
  ['IP-restricted', user('ip-restricted'), jwt, 'invalid_grant', 'from this place', 'login IP ranges'],
  [
    'wrong refresh token',
    {},
    (org) => refresh(org, { refreshToken: 'expired' }),
    'invalid_grant',
    'refresh token',
    'sf org auth',
  ],
  [
    'wrong secret',
    {},
    (org) => refresh(org, { clientSecret: 'wrong' }),
    'invalid_client',
    'do not belong together',
    'rotation',
  ],
  ['inactive user, by refresh token', user('inactive'), refresh, 'invalid_grant', 'inactive', 'Setup > Users'],
  [
    'wrong secret, by client credentials',
    {},
    (org) => ({ type: 'client-credentials', clientId: org.clientId, clientSecret: 'wrong' }),
    'invalid_client',
    'do not belong together',
    'rotation',
  ],
];

async function withOrg(options: Partial<OrgOptions>, work: (org: Org) => Promise<void>): Promise<void> {
  const org = await startStrictOrg({
    publicKeyPem: keys.publicKeyPem,
    clientSecret: SECRET,
    refreshToken: REFRESH,
    ...options,
  });
  try {
    await work(org);
  } finally {
    await org.close();
  }
}

function open(org: Org, auth: SalesforceAuth, clock = { now: () => new Date() }, logger = collectLogs()) {
  const context = contextWith({ clock, logger });
  return openSession({ loginUrl: org.url, auth, apiVersion: '65.0', timeoutMs: 5000 }, context, never);
}

describe('an org that refuses the sign-in', () => {
  it.each(REFUSALS)('%s', async (_name, options, auth, code, meaning, remedy) => {
    await withOrg(options, async (org) => {
      const failure = await failureOf(open(org, auth(org)));
      expect(failure).toBeInstanceOf(AuditError);
      expect(failure.message).toContain(code);
      expect(failure.message).toContain(meaning);
      expect(failure.remedy).toContain(remedy);
      for (const secret of [SECRET, REFRESH]) expect(everythingOf(failure)).not.toContain(secret);
      expect(org.requests).toHaveLength(1);
    });
  });

  it.each([
    ['OAUTH_APP_BLOCKED', 'this app is blocked by admin', 'Unblock'],
    ['OAUTH_EC_APP_NOT_FOUND', 'External client app is not installed in this org', 'salesforce.clientId'],
    ['invalid_grant', 'login hours restricted', 'login hours'],
    ['invalid_grant', 'ip not in whitelist', 'login IP ranges'],
    ['invalid_grant', 'request not supported on this domain', 'My Domain'],
    ['temporarily_unavailable', 'try later', 'status.salesforce.com'],
  ])('%s, "%s"', async (error, description, remedy) => {
    await withOrg({}, async (org) => {
      const body = { error, error_description: description };
      org.faults.add({ match: (method) => method === 'POST', fault: { kind: 'status', status: 400, body } });
      const failure = await failureOf(open(org, jwt(org)));
      expect(failure.message).toContain(`${error} ("${description}")`);
      expect(failure.remedy).toContain(remedy);
    });
  });

  it('says that the API is disabled at the first request', async () => {
    await withOrg({ apiEnabled: false }, async (org) => {
      const session = await open(org, jwt(org));
      const failure = await failureOf(session.get('/limits', z.unknown(), never));
      expect(failure.message).toContain('API_DISABLED_FOR_ORG');
      expect(failure.remedy).toContain('API Enabled');
    });
  });
});

describe('a clock that is wrong', () => {
  it.each([-3 * 3600, -240, 240, 3 * 3600])('by %d s does not keep a JWT from signing in', async (seconds) => {
    await withOrg({}, async (org) => {
      const clock = { now: () => new Date(Date.now() + seconds * 1000) };
      const session = await open(org, jwt(org), clock);
      await session.get('/limits', z.unknown(), never);
      expect(Math.round((session.clockDifferenceMs ?? 0) / 10_000)).toBe(Math.round(-seconds / 10));
    });
  });
});

describe('a refresh token', () => {
  it.each<[string, object]>([
    ['with the secret of the app', {}],
    ['without one', { clientSecret: undefined }],
  ])('signs in %s, and again when the session expires', async (_name, changes) => {
    await withOrg({}, async (org) => {
      const session = await open(org, refresh(org, changes));
      org.expireTokens();
      await session.get('/limits', z.unknown(), never);
      expect(org.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
    });
  });
});
