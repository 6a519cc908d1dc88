import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config/loading.ts';
import { missingForRun, requireForRun } from '../../src/config/requirement.ts';
import { usageErrorOf } from './error-text.ts';

const pem = { type: 'pkcs8', format: 'pem' } as const;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsaPem = rsa.privateKey.export(pem).toString();

const JWT = {
  TLS_AUDIT_SALESFORCE_CLIENT_ID: '3MVG9',
  TLS_AUDIT_SALESFORCE_USERNAME: 'audit@example.com',
  TLS_AUDIT_SALESFORCE_PRIVATE_KEY: rsaPem,
};
const CLIENT_CREDENTIALS = {
  TLS_AUDIT_SALESFORCE_AUTH: 'client-credentials',
  TLS_AUDIT_SALESFORCE_CLIENT_ID: '3MVG9',
  TLS_AUDIT_SALESFORCE_CLIENT_SECRET: 'hunter2',
  TLS_AUDIT_SALESFORCE_LOGIN_URL: 'https://acme.my.salesforce.com',
};
const DIRECTORY = { TLS_AUDIT_SOURCE_TYPE: 'directory', TLS_AUDIT_SOURCE_DIRECTORY_PATH: '/logs' };
const NO_MAIL = { TLS_AUDIT_MAIL_ENABLED: 'false' };
const MAIL = {
  TLS_AUDIT_MAIL_FROM: 'audit@example.com',
  TLS_AUDIT_MAIL_TO: 'admin@example.com',
  TLS_AUDIT_MAIL_SMTP_HOST: 'mail.example.com',
};

function missing(env: Record<string, string>): string[] {
  return missingForRun(loadSettings({ env }));
}

describe('what a run needs', () => {
  it('is reported all at once, with the setting and the variable', () => {
    expect(usageErrorOf(() => requireForRun(loadSettings({ env: {} }))))
      .toBe(`6 settings are missing or wrong for a run:
  salesforce.clientId: not set, needed because salesforce.auth is jwt (TLS_AUDIT_SALESFORCE_CLIENT_ID)
  salesforce.username: not set, needed because salesforce.auth is jwt (TLS_AUDIT_SALESFORCE_USERNAME)
  salesforce.privateKey: not set, needed because salesforce.auth is jwt (TLS_AUDIT_SALESFORCE_PRIVATE_KEY or TLS_AUDIT_SALESFORCE_PRIVATE_KEY_FILE)
  mail.from: not set, needed because mail.enabled is true (TLS_AUDIT_MAIL_FROM)
  mail.to: not set, needed because mail.enabled is true (TLS_AUDIT_MAIL_TO)
  mail.smtp.host: not set, needed because mail.enabled is true (TLS_AUDIT_MAIL_SMTP_HOST)`);
  });

  it.each([
    ['jwt', { ...JWT, ...MAIL }],
    ['client credentials', { ...CLIENT_CREDENTIALS, ...MAIL }],
    [
      'client credentials on loopback',
      { ...CLIENT_CREDENTIALS, TLS_AUDIT_SALESFORCE_LOGIN_URL: 'http://127.0.0.1:8080', ...MAIL },
    ],
    ['a directory, which needs no Salesforce', { ...DIRECTORY, ...MAIL }],
    ['no mail', { ...JWT, ...NO_MAIL }],
    [
      'a login at the mail server',
      { ...JWT, ...MAIL, TLS_AUDIT_MAIL_SMTP_USERNAME: 'u', TLS_AUDIT_MAIL_SMTP_PASSWORD: 'p' },
    ],
  ])('is complete: %s', (_, env) => {
    expect(() => requireForRun(loadSettings({ env }))).not.toThrow();
  });

  it('leaves mail out for a run that sends nothing', () => {
    expect(() => requireForRun(loadSettings({ env: JWT }), { mail: false })).not.toThrow();
  });

  it.each([
    ['directory without a path', { TLS_AUDIT_SOURCE_TYPE: 'directory' }, 'source.directory.path: not set'],
    [
      'client credentials without a secret',
      { ...CLIENT_CREDENTIALS, TLS_AUDIT_SALESFORCE_CLIENT_SECRET: '' },
      'salesforce.clientSecret: not set',
    ],
    [
      'client credentials at the shared host',
      { ...CLIENT_CREDENTIALS, TLS_AUDIT_SALESFORCE_LOGIN_URL: 'https://test.salesforce.com' },
      "salesforce.loginUrl: found https://test.salesforce.com, expected the org's My Domain URL",
    ],
    [
      'a Lightning host',
      { ...JWT, TLS_AUDIT_SALESFORCE_LOGIN_URL: 'https://acme.lightning.force.com' },
      'salesforce.loginUrl: found https://acme.lightning.force.com, expected the login host: https://acme.my.salesforce.com',
    ],
    [
      'a key that is no PEM',
      { ...JWT, TLS_AUDIT_SALESFORCE_PRIVATE_KEY: 'hunter2' },
      'salesforce.privateKey: found no PEM block',
    ],
    [
      'a public key',
      { ...JWT, TLS_AUDIT_SALESFORCE_PRIVATE_KEY: rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString() },
      'salesforce.privateKey: found a PEM block PUBLIC KEY that cannot be used',
    ],
    [
      'a key that is not RSA',
      { ...JWT, TLS_AUDIT_SALESFORCE_PRIVATE_KEY: ec.privateKey.export(pem).toString() },
      'salesforce.privateKey: found a key of type ec',
    ],
    [
      'a user name without a password',
      { ...DIRECTORY, ...MAIL, TLS_AUDIT_MAIL_ENABLED: 'true', TLS_AUDIT_MAIL_SMTP_USERNAME: 'u' },
      'mail.smtp.password: not set, needed because mail.smtp.username is set',
    ],
    [
      'a password without a user name',
      { ...DIRECTORY, ...MAIL, TLS_AUDIT_MAIL_ENABLED: 'true', TLS_AUDIT_MAIL_SMTP_PASSWORD: 'hunter2' },
      'mail.smtp.username: not set, needed because mail.smtp.password is set',
    ],
  ])('is incomplete: %s', (_, env, expected) => {
    const lines = missing({ ...NO_MAIL, ...env });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(expected);
    expect(lines[0]).not.toContain('hunter2');
  });
});

describe('what a job needs', () => {
  const noSalesforce = expect.arrayContaining([expect.stringMatching(/^salesforce\.clientId: not set/)]);

  it('is a sign-in for received mail, wherever log files come from', () => {
    const settings = loadSettings({ env: { ...DIRECTORY, ...NO_MAIL } });
    expect(missingForRun(settings, { jobs: ['outbound-audit'] })).toEqual([]);
    expect(missingForRun(settings, { jobs: ['inbound-audit'] })).toEqual(noSalesforce);
    expect(missingForRun(settings, { jobs: ['outbound-audit', 'inbound-audit'] })).toEqual(noSalesforce);
    expect(
      missingForRun(loadSettings({ env: { ...DIRECTORY, ...JWT, ...NO_MAIL } }), { jobs: ['inbound-audit'] }),
    ).toEqual([]);
  });
});
