import { generateKeyPairSync, verify } from 'node:crypto';
import { z } from 'zod';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSession } from '../../src/acquire/session.ts';
import type { SalesforceAuth } from '../../src/acquire/sign-in.ts';
import { AuditError, UsageError } from '../../src/support/errors.ts';
import { withoutSecrets } from '../../src/support/logger.ts';
import {
  collectLogs,
  contextWith,
  DATA,
  everythingOf,
  failureOf,
  granted,
  jwtAuth,
  never,
  NOW,
  open,
  publicKey,
  SECRETS,
  secretAuth,
  TOKEN,
  TOKEN_PATH,
} from './fixture.ts';
import { json, ScriptedServer, status } from './loopback-server.ts';

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.finish());

function formOf(request: { body: string } | undefined): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(request?.body));
}

function readAssertion(request: { body: string } | undefined) {
  const [header = '', claims = '', signature = ''] = (formOf(request)['assertion'] ?? '').split('.');
  const parse = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  return {
    header: parse(header),
    claims: parse(claims),
    valid: verify('sha256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url')),
  };
}

describe('JWT bearer', () => {
  it('sends an assertion that the public key verifies', async () => {
    server.expect(TOKEN_PATH, granted(server));
    const session = await open(server);
    const [request] = server.received;
    expect(request?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(Object.keys(formOf(request)).sort()).toEqual(['assertion', 'grant_type']);
    expect(formOf(request)['grant_type']).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    expect(readAssertion(request)).toEqual({
      header: { alg: 'RS256', typ: 'JWT' },
      claims: {
        iss: jwtAuth.clientId,
        sub: jwtAuth.username,
        aud: 'https://login.salesforce.com',
        exp: NOW.getTime() / 1000 + 120,
      },
      valid: true,
    });
    expect(session.host).toBe(new URL(server.url).host);
    await session.close();
  });

  it('takes a key whose line breaks are written as \\n', async () => {
    server.expect(TOKEN_PATH, granted(server));
    await open(server, { auth: { ...jwtAuth, privateKeyPem: jwtAuth.privateKeyPem.replaceAll('\n', '\\n') } });
    expect(readAssertion(server.received[0]).valid).toBe(true);
  });

  it('signs again by the clock of Salesforce when its own is wrong', async () => {
    const theirs = new Date(NOW.getTime() + 3_600_000);
    const refusal = { error: 'invalid_grant', error_description: 'expired authorization code' };
    server.expect(TOKEN_PATH, json(400, refusal, { date: theirs.toUTCString() }));
    server.expect(TOKEN_PATH, granted(server));
    const logger = collectLogs();
    await open(server, { context: contextWith({ logger }) });
    expect(readAssertion(server.received[1])).toMatchObject({
      claims: { exp: theirs.getTime() / 1000 + 120 },
      valid: true,
    });
    expect(logger.lines).toMatchObject([{ level: 'warn', facts: { differenceSeconds: 3600 } }]);
  });

  it('does not sign again when the clocks agree', async () => {
    const refusal = { error: 'invalid_grant', error_description: 'expired authorization code' };
    server.expect(TOKEN_PATH, json(400, refusal, { date: NOW.toUTCString() }));
    expect((await failureOf(open(server))).message).toContain('clock of this machine');
  });

  const ecKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const locked = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'secret',
  });
  it.each([
    ['no PEM', 'bm90IGEga2V5', 'not a private key'],
    ['half a PEM', jwtAuth.privateKeyPem.slice(0, 300), 'not a private key'],
    ['a public key', publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'a certificate or a public key'],
    ['a key with a passphrase', locked.toString(), 'passphrase'],
    ['a key that is not RSA', ecKey.toString(), 'type ec'],
  ])('refuses %s before any request', async (_name, privateKeyPem, words) => {
    const failure = await failureOf(open(server, { auth: { ...jwtAuth, privateKeyPem } }));
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure.message).toContain(words);
    expect(failure.remedy).toMatch(/PEM|passphrase/);
    for (const line of privateKeyPem.split('\n').slice(1, 3)) {
      if (line.length > 20) expect(everythingOf(failure)).not.toContain(line);
    }
    expect(server.received).toHaveLength(0);
  });
});

describe('client credentials', () => {
  it('sends the consumer key and secret', async () => {
    server.expect(TOKEN_PATH, granted(server));
    await open(server, { auth: secretAuth });
    expect(formOf(server.received[0])).toEqual({
      grant_type: 'client_credentials',
      client_id: secretAuth.clientId,
      client_secret: secretAuth.clientSecret,
    });
  });
});

describe('refresh token', () => {
  const auth = {
    type: 'refresh-token',
    clientId: 'app',
    clientSecret: undefined,
    refreshToken: 'first.token',
  } as const;
  const answer = (refreshToken?: string) =>
    json(200, { access_token: TOKEN, instance_url: server.url, ...(refreshToken && { refresh_token: refreshToken }) });
  const expired = json(401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]);

  it('sends the token, and the secret only where there is one', async () => {
    server.expect(TOKEN_PATH, answer()).expect(TOKEN_PATH, answer());
    const form = { grant_type: 'refresh_token', client_id: 'app', refresh_token: 'first.token' };
    await open(server, { auth });
    await open(server, { auth: { ...auth, clientSecret: 's3cret' } });
    expect(server.received.map(formOf)).toEqual([form, { ...form, client_secret: 's3cret' }]);
  });

  it('goes on with a token that replaces it, and warns that the next start cannot', async () => {
    server.expect(TOKEN_PATH, answer('second.token')).expect(`GET ${DATA}/limits`, expired);
    server.expect(TOKEN_PATH, answer('second.token')).expect(`GET ${DATA}/limits`, json(200, {}));
    const logger = collectLogs();
    const session = await open(server, { auth, context: contextWith({ logger }) });
    await session.get('/limits', z.unknown(), never);
    expect(formOf(server.received[2])['refresh_token']).toBe('second.token');
    expect(logger.lines).toMatchObject([
      { level: 'warn', message: expect.stringContaining('replaced the refresh token') },
    ]);
    expect(JSON.stringify(logger.lines)).not.toContain('second.token');
  });
});

describe('a refused sign-in', () => {
  it.each<[string, string, string, string]>([
    ['invalid_grant', "user hasn't approved this consumer", 'may not use this app', 'pre-authorized'],
    ['invalid_app_access', 'user is not admin approved to access this app', 'may not use this app', 'permission set'],
    ['invalid_grant', 'audience is invalid', 'audience of the JWT', 'salesforce.audience'],
    ['invalid_grant', 'expired authorization code', 'clock', 'NTP'],
    ['inactive_user', 'user is inactive', 'inactive', 'Setup > Users'],
    ['invalid_grant', 'user is locked', 'locked', 'unlock'],
    ['invalid_grant', 'ip restricted', 'from this place', 'login IP ranges'],
    ['invalid_grant', 'request not supported on this domain', 'from this place', 'My Domain'],
    ['invalid_grant', 'no client credentials user enabled', 'no user to run as', 'Run As'],
    ['invalid_grant', 'no valid scopes defined', 'no scope', 'Manage user data via APIs'],
    ['invalid_grant', 'invalid assertion', 'signature or the claims', 'certificate'],
    ['invalid_assertion', '', 'signature or the claims', 'certificate'],
    ['invalid_grant', 'login rate exceeded', 'too many sign-ins', 'Wait an hour'],
    ['rate_limit_exceeded', '', 'too many sign-ins', 'Wait an hour'],
    ['invalid_grant', 'authentication failure', 'refused the sign-in', 'Login History'],
    ['invalid_client_id', 'client identifier invalid', 'does not know this consumer key', '10 minutes'],
    ['app_not_found', 'External client app is not installed in this org', 'consumer key', 'salesforce.loginUrl'],
    ['invalid_client', 'invalid client credentials', 'do not belong together', 'rotation'],
    ['unsupported_grant_type', 'grant type not supported', 'not enabled for the app', 'JWT bearer flow'],
    ['inactive_org', 'organization is inactive', 'org is inactive', 'support'],
    ['API_DISABLED_FOR_ORG', 'API is disabled for this organization', 'API is disabled', 'API Enabled'],
    ['a_new_code', 'something else', 'does not know the code', 'documentation'],
  ])('with %s "%s" says what it means and what to do', async (error, error_description, meaning, remedy) => {
    server.expect(TOKEN_PATH, json(400, { error, error_description }));
    const failure = await failureOf(open(server));
    expect(failure).toBeInstanceOf(AuditError);
    expect(failure.exitCode).toBe(1);
    expect(failure.message).toContain(error);
    expect(failure.message).toContain(error_description);
    expect(failure.message).toContain(meaning);
    expect(failure.remedy).toContain(remedy);
    expect(failure.cause).toBeUndefined();
  });

  it.each<[SalesforceAuth]>([[jwtAuth], [secretAuth]])('repeats no secret that the answer repeats', async (auth) => {
    server.expect(TOKEN_PATH, (response, { body }) => {
      const form = new URLSearchParams(body);
      const echo = [...form.values()].join(' ');
      json(400, { error: 'invalid_grant', error_description: `${jwtAuth.username} ${echo}` })(
        response,
        server.received[0]!,
      );
    });
    const shown = everythingOf(await failureOf(open(server, { auth })));
    const form = new URLSearchParams(server.received[0]?.body);
    for (const secret of [...SECRETS, form.get('assertion'), ...(form.get('assertion') ?? '').split('.')]) {
      if (secret !== null && secret !== '') expect(shown).not.toContain(secret);
    }
    expect(shown).not.toContain('acme.example');
  });

  it('is tried again while Salesforce is unavailable, then told', async () => {
    for (let time = 0; time < 3; time++)
      server.expect(TOKEN_PATH, status(503, { 'content-type': 'text/html' }, '<html>'));
    const failure = await failureOf(open(server));
    expect(failure.message).toContain('HTTP_503');
    expect(failure.message).toContain('after 3 tries');
  });

  it('is tried again when Salesforce asks for it', async () => {
    server.expect(TOKEN_PATH, json(400, { error: 'unknown_error', error_description: 'retry your request' }));
    server.expect(TOKEN_PATH, granted(server));
    await (await open(server)).close();
  });

  it('ends within the timeout when no answer comes', async () => {
    for (let time = 0; time < 3; time++) server.expect(TOKEN_PATH, () => undefined);
    const failure = await failureOf(open(server, { timeoutMs: 30 }));
    expect(failure.message).toContain('TIMEOUT');
  });

  it('takes a login page for what it is', async () => {
    server.expect(TOKEN_PATH, status(200, { 'content-type': 'text/html; charset=UTF-8' }, '<html>login</html>'));
    expect((await failureOf(open(server))).message).toContain('HTML');
  });

  it.each([
    ['a page', status(404, { 'content-type': 'text/html' }, '<html>not here</html>')],
    ['an error', json(404, [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }])],
  ])('speaks of the login host where there is nothing to sign in to: %s', async (_name, answer) => {
    server.expect(TOKEN_PATH, answer);
    const failure = await failureOf(open(server));
    expect(failure.message).toContain('nobody signs in there');
    expect(failure.remedy).toContain('salesforce.loginUrl');
  });

  it('sends no secret on when the host redirects', async () => {
    server.expect(TOKEN_PATH, status(307, { location: 'https://elsewhere.example/services/oauth2/token' }));
    const failure = await failureOf(open(server));
    expect(failure.message).toContain('elsewhere.example');
    expect(failure.remedy).toContain('My Domain');
  });

  it('is a clear failure when the answer holds no token', async () => {
    server.expect(TOKEN_PATH, json(200, { instance_url: server.url }));
    expect((await failureOf(open(server))).message).toContain('no access token');
  });

  it('says that nothing listens there', async () => {
    const gone = await ScriptedServer.start();
    await gone.finish();
    const failure = await failureOf(open(gone));
    expect(failure.message).toContain('ECONNREFUSED ("the host refused the connection"), after 3 tries');
  });
});

describe('https only', () => {
  it.each([
    'http://login.salesforce.com',
    'ftp://login.salesforce.com',
    'login.salesforce.com',
    'http://127.0.0.1.example',
  ])('refuses %s as login URL', async (loginUrl) => {
    const failure = await failureOf(
      openSession({ loginUrl, auth: jwtAuth, apiVersion: '65.0', timeoutMs: 1000 }, contextWith(), never),
    );
    expect(failure).toBeInstanceOf(UsageError);
    expect(failure.message).toContain('salesforce.loginUrl');
  });

  it('refuses an org whose own URL is not https', async () => {
    server.expect(TOKEN_PATH, granted({ url: 'http://acme.my.salesforce.com' }));
    expect((await failureOf(open(server))).message).toContain('http://acme.my.salesforce.com');
  });
});

describe('what only the sign-in knows', () => {
  it('is taken out of texts by its value: tokens, and the address that signs a browser in, but not where it leads to', async () => {
    const path = '/lightning/setup/EmailLogFiles/home';
    server.expect(TOKEN_PATH, granted(server, 'kingfisher.brook.willow'));
    server.expect(
      'POST /services/oauth2/singleaccess',
      json(200, { frontdoor_uri: `${server.url}/secur/frontdoor.jsp?otp=badger.and.bramble&startURL=${path}` }),
    );
    const address = await (await open(server)).frontdoorUrl(path, never);
    expect(withoutSecrets(`kingfisher.brook.willow, ${address}, badger.and.bramble, ${path}`, [])).toBe(
      `[redacted], [redacted], [redacted], ${path}`,
    );
  });
});
