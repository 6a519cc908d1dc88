import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { loadSettings, secretsOf } from '../../src/config/loading.ts';
import { describeSettings } from '../../src/config/reference.ts';
import { usageErrorOf } from './error-text.ts';
import { withFile } from './temporary-file.ts';

const PEM = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----';
const VALUES = { privateKey: PEM, clientSecret: 'client+hunter2', password: 'smtp hunter2' };
const ENV = {
  TLS_AUDIT_SALESFORCE_PRIVATE_KEY: VALUES.privateKey,
  TLS_AUDIT_SALESFORCE_CLIENT_SECRET: VALUES.clientSecret,
  TLS_AUDIT_MAIL_SMTP_PASSWORD: VALUES.password,
};

function expectNoSecret(text: string): void {
  for (const trace of ['hunter2', 'c2VjcmV0', 'BEGIN PRIVATE KEY']) expect(text).not.toContain(trace);
}

describe('secrets', () => {
  it('are revealed only when asked', () => {
    const settings = loadSettings({ env: ENV });
    expect(settings.salesforce.privateKey?.reveal()).toBe(VALUES.privateKey);
    expect(settings.salesforce.clientSecret?.reveal()).toBe(VALUES.clientSecret);
    expect(settings.mail.smtp.password?.reveal()).toBe(VALUES.password);
  });

  it.each([
    ['JSON', (value: unknown) => JSON.stringify(value)],
    ['inspection', (value: unknown) => inspect(value, { depth: null, showHidden: true })],
    ['text', (value: unknown) => String((value as { mail: { smtp: { password: unknown } } }).mail.smtp.password)],
  ])('do not stand in %s', (_, print) => {
    const printed = print(loadSettings({ env: ENV }));
    expect(printed).toContain('[secret]');
    expectNoSecret(printed);
  });

  it('do not stand in a description of the settings', () => {
    const rows = describeSettings(loadSettings({ env: { ...ENV, TLS_AUDIT_MAIL_SMTP_PASSWORD: '' } }));
    expectNoSecret(inspect(rows, { depth: null, maxArrayLength: null }));
    expect(rows).toContainEqual({
      path: 'salesforce.privateKey',
      envName: 'TLS_AUDIT_SALESFORCE_PRIVATE_KEY',
      value: '[secret]',
      origin: 'environment',
    });
    expect(rows.find(({ path }) => path === 'mail.smtp.password')).toMatchObject({ value: null, origin: 'default' });
  });

  it('do not stand in errors', () => {
    const env = {
      ...ENV,
      TLS_AUDIT_SALESFORCE_PRIVATE_KEY_FILE: PEM,
      TLS_AUDIT_SALESFORCE_CLIENT_SECRET: '',
      TLS_AUDIT_SALESFORCE_CLIENT_SECRET_FILE: 'hunter2',
      TLS_AUDIT_MAIL_SMTP_PASSWORT: 'hunter2',
      TLS_AUDIT_SALESFORCE_LOGIN_URL: 'https://me:hunter2@login.salesforce.com',
      TLS_AUDIT_SALESFORCE_APIVERSION: PEM,
      TLS_AUDIT_SALESFORCE_API_VERSION: PEM,
    };
    const message = usageErrorOf(() => loadSettings({ env }));
    expect(message).toMatch(/^6 mistakes /);
    expectNoSecret(message);
  });

  it('are listed in every spelling a log may hold', () => {
    const secrets = secretsOf(loadSettings({ env: ENV }));
    expect(secrets).toEqual(
      expect.arrayContaining([
        VALUES.privateKey,
        VALUES.privateKey.replaceAll('\n', '\\n'),
        'client+hunter2',
        'client%2Bhunter2',
        'smtp hunter2',
        'smtp%20hunter2',
        'smtp+hunter2',
      ]),
    );
    expect(secretsOf(loadSettings({ env: {} }))).toEqual([]);
  });

  it('turn the line breaks of a PEM block written as \\n back into line breaks', () => {
    const env = { TLS_AUDIT_SALESFORCE_PRIVATE_KEY: PEM.replaceAll('\n', '\\n') };
    expect(loadSettings({ env }).salesforce.privateKey?.reveal()).toBe(PEM);
  });

  it('keep a backslash in a password', () => {
    expect(loadSettings({ env: { TLS_AUDIT_MAIL_SMTP_PASSWORD: 'a\\nb' } }).mail.smtp.password?.reveal()).toBe('a\\nb');
  });
});

describe('secrets in files', () => {
  it.each(['hunter2', 'hunter2\n', 'hunter2\r\n'])('lose the line break at the end: %j', (content) => {
    withFile('password', content, (path) => {
      const settings = loadSettings({ env: { TLS_AUDIT_MAIL_SMTP_PASSWORD_FILE: path } });
      expect(settings.mail.smtp.password?.reveal()).toBe('hunter2');
    });
  });

  it('count as set when the variable itself is empty', () => {
    withFile('password', 'hunter2', (path) => {
      const env = { TLS_AUDIT_MAIL_SMTP_PASSWORD: '', TLS_AUDIT_MAIL_SMTP_PASSWORD_FILE: path };
      expect(loadSettings({ env }).mail.smtp.password?.reveal()).toBe('hunter2');
    });
  });

  it.each([
    [
      { TLS_AUDIT_MAIL_SMTP_PASSWORD_FILE: '/no/such/file' },
      'the file "/no/such/file" cannot be read: there is no such file',
    ],
    [{ TLS_AUDIT_MAIL_SMTP_PASSWORD_FILE: '/' }, 'the file "/" cannot be read: it is a folder'],
    [
      { TLS_AUDIT_MAIL_SMTP_PASSWORD_FILE: 'hunter2' },
      'the file it names (not shown: it does not look like a path) cannot be read: there is no such file',
    ],
    [{ TLS_AUDIT_MAIL_SMTP_PASSWORD_FILE: '/dev/null' }, 'the file "/dev/null" is empty'],
  ])('are mistakes: %j', (env, problem) => {
    expect(usageErrorOf(() => loadSettings({ env }))).toBe(
      `1 mistake in the settings:\n  mail.smtp.password: ${problem} (TLS_AUDIT_MAIL_SMTP_PASSWORD_FILE)`,
    );
  });

  it('exclude the variable itself', () => {
    const env = { TLS_AUDIT_MAIL_SMTP_PASSWORD: 'hunter2', TLS_AUDIT_MAIL_SMTP_PASSWORD_FILE: '/dev/null' };
    expect(usageErrorOf(() => loadSettings({ env }))).toBe(
      '1 mistake in the settings:\n  mail.smtp.password: set together with TLS_AUDIT_MAIL_SMTP_PASSWORD_FILE; keep one of them (TLS_AUDIT_MAIL_SMTP_PASSWORD)',
    );
  });
});
