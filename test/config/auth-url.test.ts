import { describe, expect, it } from '@jest/globals';
import { readAuthUrl } from '../../src/config/auth-url.ts';
import { loadSettings, secretsOf } from '../../src/config/loading.ts';
import { missingForRun } from '../../src/config/requirement.ts';

describe('readAuthUrl', () => {
  it.each<[string, ReturnType<typeof readAuthUrl>]>([
    [
      'force://3MVG9.a_b:S3CRET:5Aep861.tok_en==@acme.my.salesforce.com',
      {
        clientId: '3MVG9.a_b',
        clientSecret: 'S3CRET',
        refreshToken: '5Aep861.tok_en==',
        loginUrl: 'https://acme.my.salesforce.com',
      },
    ],
    [
      ' force://PlatformCLI::5Aep861token@acme--uat.sandbox.my.salesforce.com/\n',
      {
        clientId: 'PlatformCLI',
        clientSecret: undefined,
        refreshToken: '5Aep861token',
        loginUrl: 'https://acme--uat.sandbox.my.salesforce.com',
      },
    ],
    [
      'force://5Aep861token@acme.my.salesforce.com',
      {
        clientId: 'PlatformCLI',
        clientSecret: undefined,
        refreshToken: '5Aep861token',
        loginUrl: 'https://acme.my.salesforce.com',
      },
    ],
    [
      'force://id::token@127.0.0.1:8080',
      { clientId: 'id', clientSecret: undefined, refreshToken: 'token', loginUrl: 'http://127.0.0.1:8080' },
    ],
    [
      'force://id::token@http://localhost:8080',
      { clientId: 'id', clientSecret: undefined, refreshToken: 'token', loginUrl: 'http://localhost:8080' },
    ],
    [
      'force://id::token@https://acme.my.salesforce.com',
      { clientId: 'id', clientSecret: undefined, refreshToken: 'token', loginUrl: 'https://acme.my.salesforce.com' },
    ],
  ])('reads %j', (text, expected) => {
    expect(readAuthUrl(text)).toEqual(expected);
  });

  it.each([
    '',
    'https://acme.my.salesforce.com',
    'force://id:secret@acme.my.salesforce.com',
    'force://id:secret:token',
    'force://id:secret:token@http://acme.my.salesforce.com',
    'force://id:secret:to ken@acme.my.salesforce.com',
  ])('refuses %j', (text) => {
    expect(readAuthUrl(text)).toBeUndefined();
  });
});

const NO_MAIL = { TLS_AUDIT_MAIL_ENABLED: 'false' };

describe('the sign-ins that take a secret of their own', () => {
  const authUrl = 'force://app:S3CRET:5Aep861token@acme.my.salesforce.com';

  it('hide every part of the auth URL', () => {
    const secrets = secretsOf(loadSettings({ env: { TLS_AUDIT_SALESFORCE_AUTH_URL: authUrl } }));
    expect(secrets).toEqual(expect.arrayContaining([authUrl, 'S3CRET', '5Aep861token']));
  });

  it.each<[string, Record<string, string>, string[]]>([
    [
      'an auth URL alone is enough',
      { TLS_AUDIT_SALESFORCE_AUTH: 'sfdx-auth-url', TLS_AUDIT_SALESFORCE_AUTH_URL: authUrl },
      [],
    ],
    ['no auth URL', { TLS_AUDIT_SALESFORCE_AUTH: 'sfdx-auth-url' }, ['salesforce.authUrl: not set']],
    [
      'something else in its place',
      { TLS_AUDIT_SALESFORCE_AUTH: 'sfdx-auth-url', TLS_AUDIT_SALESFORCE_AUTH_URL: 'S3CRET' },
      ['salesforce.authUrl: found something else, expected force://'],
    ],
    [
      'a refresh token without a client secret',
      {
        TLS_AUDIT_SALESFORCE_AUTH: 'refresh-token',
        TLS_AUDIT_SALESFORCE_CLIENT_ID: 'app',
        TLS_AUDIT_SALESFORCE_REFRESH_TOKEN: 't',
      },
      [],
    ],
    [
      'no refresh token',
      { TLS_AUDIT_SALESFORCE_AUTH: 'refresh-token' },
      ['salesforce.clientId: not set', 'salesforce.refreshToken: not set'],
    ],
    [
      'no event type',
      {
        TLS_AUDIT_SALESFORCE_AUTH: 'sfdx-auth-url',
        TLS_AUDIT_SALESFORCE_AUTH_URL: authUrl,
        TLS_AUDIT_SOURCE_TYPE: 'event-log-file',
      },
      ['source.eventLogFile.eventType: not set'],
    ],
  ])('%s', (_name, env, expected) => {
    const missing = missingForRun(loadSettings({ env: { ...env, ...NO_MAIL } }));
    expect(missing).toEqual(expected.map((words) => expect.stringContaining(words)));
    expect(missing.join()).not.toContain('S3CRET');
  });
});
