import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config/loading.ts';
import { messageAbout, usageErrorOf } from './error-text.ts';
import { withFile } from './temporary-file.ts';

function load(yaml: string, env: Record<string, string | undefined> = {}) {
  return withFile('audit.yaml', yaml, (configFile) => loadSettings({ configFile, env }));
}

describe('precedence', () => {
  it('starts from config/default.yaml', () => {
    const settings = loadSettings({ env: {} });
    expect(settings.policy).toEqual({ minimum: 'TLSv1.2', maximum: null, exceptionsFile: null });
    expect(settings.jobs['outbound-audit']).toEqual({
      enabled: true,
      schedule: '30 5 * * *',
      timezone: 'UTC',
      jitterSeconds: 0,
      phaseLimitMinutes: { finding: 15, fetching: 90, reading: 60 },
      reachDays: 30,
      timeLimitMinutes: 120,
      firstRunDays: 1,
      catchUpDays: 14,
    });
    expect(settings.salesforce.privateKey).toBeNull();
  });

  it('puts the file over the defaults and the environment over the file', () => {
    const settings = load('mail:\n  smtp:\n    host: file.example\n    port: 25\nlog: { level: warn }\n', {
      TLS_AUDIT_MAIL_SMTP_PORT: '2525',
    });
    expect(settings.mail.smtp).toMatchObject({ host: 'file.example', port: 2525, security: 'starttls' });
    expect(settings.log).toEqual({ level: 'warn', format: 'auto' });
  });

  it('replaces a list as a whole', () => {
    const settings = load('mail: { to: [a@example.com, b@example.com] }', { TLS_AUDIT_MAIL_TO: 'c@example.com' });
    expect(settings.mail.to).toEqual(['c@example.com']);
  });

  it('does not mind a wrong value that a stronger one replaces', () => {
    expect(load('mail: { smtp: { port: none } }', { TLS_AUDIT_MAIL_SMTP_PORT: '25' }).mail.smtp.port).toBe(25);
  });

  it.each([
    ['an empty file', ''],
    ['only comments', '# nothing yet\n'],
    ['a section without settings', 'mail:\n  # smtp: later\nsource:\n  files:\n'],
    ['a byte order mark', '\uFEFFlog:\n  level: info\n'],
    ['Windows line ends', 'log:\r\n  level: info\r\n'],
  ])('takes %s', (_, yaml) => {
    expect(load(yaml)).toEqual(loadSettings({ env: {} }));
  });

  it('takes the file that TLS_AUDIT_CONFIG names, unless another one is given', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tls-audit-config-'));
    try {
      writeFileSync(join(folder, 'named.yaml'), 'log: { level: debug }');
      writeFileSync(join(folder, 'given.yaml'), 'log: { level: error }');
      const env = { TLS_AUDIT_CONFIG: join(folder, 'named.yaml') };
      expect(loadSettings({ env }).log.level).toBe('debug');
      expect(loadSettings({ env, configFile: join(folder, 'given.yaml') }).log.level).toBe('error');
      expect(loadSettings({ env: { TLS_AUDIT_CONFIG: '' } }).log.level).toBe('info');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('does not mind what Kubernetes sets for a Service named tls-audit', () => {
    const env = {
      TLS_AUDIT_SERVICE_HOST: '10.0.0.11',
      TLS_AUDIT_SERVICE_PORT: '8787',
      TLS_AUDIT_SERVICE_PORT_HEALTH: '8787',
      TLS_AUDIT_PORT: 'tcp://10.0.0.11:8787',
      TLS_AUDIT_PORT_8787_TCP: 'tcp://10.0.0.11:8787',
      TLS_AUDIT_PORT_8787_TCP_PROTO: 'tcp',
    };
    expect(loadSettings({ env })).toEqual(loadSettings({ env: {} }));
  });

  it('makes the path of the history absolute, so that every message says which one it is', () => {
    expect(loadSettings({ env: {} }).history.path).toBe(resolve('data', 'history.db'));
    const elsewhere = join(tmpdir(), 'history.db');
    expect(loadSettings({ env: { TLS_AUDIT_HISTORY_PATH: elsewhere } }).history.path).toBe(elsewhere);
  });

  it('follows YAML aliases', () => {
    const settings = load('mail:\n  from: &me audit@example.com\n  to: [*me]\n');
    expect(settings.mail.to).toEqual(['audit@example.com']);
  });
});

describe('values', () => {
  it.each([
    ['TLS_AUDIT_MAIL_ENABLED', 'false', { mail: { enabled: false } }],
    ['TLS_AUDIT_MAIL_ENABLED', ' TRUE ', { mail: { enabled: true } }],
    ['TLS_AUDIT_SALESFORCE_TIMEOUT_MS', '5000', { salesforce: { timeoutMs: 5000 } }],
    ['TLS_AUDIT_MAIL_TO', 'a@example.com, b@example.com,', { mail: { to: ['a@example.com', 'b@example.com'] } }],
    ['TLS_AUDIT_MAIL_TO', '', { mail: { to: [] } }],
    ['TLS_AUDIT_SOURCE_FILES_LIBRARY', '', { source: { files: { library: null } } }],
    ['TLS_AUDIT_SOURCE_FILES_LIBRARY', '2024', { source: { files: { library: '2024' } } }],
    ['TLS_AUDIT_POLICY_MINIMUM', 'TLS 1.3', { policy: { minimum: 'TLSv1.3' } }],
    ['TLS_AUDIT_POLICY_MAXIMUM', 'tls1_2', { policy: { maximum: 'TLSv1.2' } }],
    ['TLS_AUDIT_SALESFORCE_API_VERSION', '64.0', { salesforce: { apiVersion: '64.0' } }],
    [
      'TLS_AUDIT_SALESFORCE_LOGIN_URL',
      'https://Acme.my.salesforce.com/',
      { salesforce: { loginUrl: 'https://acme.my.salesforce.com' } },
    ],
    ['TLS_AUDIT_SALESFORCE_LOGIN_URL', 'http://127.0.0.1:8080', { salesforce: { loginUrl: 'http://127.0.0.1:8080' } }],
    ['TLS_AUDIT_SALESFORCE_LOGIN_URL', 'http://[::1]:8080/', { salesforce: { loginUrl: 'http://[::1]:8080' } }],
    [
      'TLS_AUDIT_JOBS_OUTBOUND_AUDIT_SCHEDULE',
      '0 30 5 * * *',
      { jobs: { 'outbound-audit': { schedule: '0 30 5 * * *' } } },
    ],
    [
      'TLS_AUDIT_JOBS_OUTBOUND_AUDIT_TIMEZONE',
      'Europe/Amsterdam',
      { jobs: { 'outbound-audit': { timezone: 'Europe/Amsterdam' } } },
    ],
  ])('reads %s=%s', (variable, value, expected) => {
    expect(loadSettings({ env: { [variable]: value } })).toMatchObject(expected);
  });

  it('reads an API version that YAML took for a number', () => {
    expect(load('salesforce: { apiVersion: 64.0 }').salesforce.apiVersion).toBe('64.0');
  });

  it.each([
    [
      'TLS_AUDIT_SALESFORCE_LOGIN_URL',
      'http://acme.my.salesforce.com',
      'found "http://acme.my.salesforce.com", expected an https URL',
    ],
    ['TLS_AUDIT_SALESFORCE_LOGIN_URL', 'http://127.0.0.1.evil.example', 'expected an https URL'],
    ['TLS_AUDIT_SALESFORCE_LOGIN_URL', 'https://acme.my.salesforce.com/services', 'expected an https URL'],
    ['TLS_AUDIT_SALESFORCE_LOGIN_URL', 'acme.my.salesforce.com', 'expected an https URL'],
    ['TLS_AUDIT_SALESFORCE_LOGIN_URL', '', 'found "", expected an https URL'],
    ['TLS_AUDIT_SALESFORCE_AUDIENCE', 'http://test.salesforce.com', 'expected an https URL'],
    [
      'TLS_AUDIT_SALESFORCE_AUTH',
      'password',
      'found "password", expected jwt, client-credentials, refresh-token or sfdx-auth-url',
    ],
    ['TLS_AUDIT_SALESFORCE_API_VERSION', 'v65', 'expected a Salesforce API version such as 65.0'],
    [
      'TLS_AUDIT_SALESFORCE_TIMEOUT_MS',
      '5s',
      'found "5s", expected a whole number of milliseconds from 1000 to 3600000',
    ],
    ['TLS_AUDIT_SALESFORCE_TIMEOUT_MS', '0', 'found 0, expected a whole number of milliseconds'],
    ['TLS_AUDIT_SALESFORCE_TIMEOUT_MS', '1000.5', 'found 1000.5, expected a whole number'],
    ['TLS_AUDIT_MAIL_ENABLED', 'yes', 'found "yes", expected true or false'],
    ['TLS_AUDIT_MAIL_FROM', 'Audit <audit@example.com>', 'expected an e-mail address such as audit@example.com'],
    ['TLS_AUDIT_MAIL_TO', 'a@example.com,bob', 'mail.to[1]: found "bob", expected an e-mail address'],
    ['TLS_AUDIT_MAIL_SMTP_PORT', '65536', 'found 65536, expected a whole number from 1 to 65535'],
    ['TLS_AUDIT_MAIL_SMTP_MIN_VERSION', 'TLSv1.1', 'found "TLSv1.1", expected TLSv1.2 or TLSv1.3'],
    ['TLS_AUDIT_POLICY_MINIMUM', 'TLSv9', 'found "TLSv9", expected a version such as TLSv1.2 or TLSv1.3'],
    [
      'TLS_AUDIT_POLICY_MAXIMUM',
      'TLSv1.1',
      'policy.maximum: found "TLSv1.1", expected null or a version not older than policy.minimum, which is TLSv1.2',
    ],
    ['TLS_AUDIT_JOBS_OUTBOUND_AUDIT_SCHEDULE', 'daily', 'found "daily", expected a cron expression of 5 or 6 fields'],
    ['TLS_AUDIT_JOBS_OUTBOUND_AUDIT_SCHEDULE', '0 0 31 2 *', 'expected a cron expression'],
    ['TLS_AUDIT_JOBS_OUTBOUND_AUDIT_TIMEZONE', 'Mars/Olympus', 'expected an IANA time zone such as UTC'],
    ['TLS_AUDIT_JOBS_OUTBOUND_AUDIT_TIMEZONE', '+01:00', 'expected an IANA time zone such as UTC'],
    ['TLS_AUDIT_JOBS_OUTBOUND_AUDIT_FIRST_RUN_DAYS', '8', 'found 8, expected a whole number of days from 1 to 7'],
    ['TLS_AUDIT_LOG_LEVEL', 'verbose', 'found "verbose", expected error, warn, info or debug'],
  ])('refuses %s=%s', (variable, value, expected) => {
    const message = usageErrorOf(() => loadSettings({ env: { [variable]: value } }));
    expect(message).toMatch(/^1 mistake in the settings:\n/);
    expect(message).toContain(expected);
    expect(message).toContain(`(${variable})`);
  });

  it('says when text was written as a number', () => {
    expect(messageAbout('source: { files: { library: 2024 } }')).toContain(
      'source.files.library: found 2024, expected text in quotes: the name of a library, or null (audit.yaml, line 1)',
    );
  });
});

describe('mistakes', () => {
  it('are reported all at once', () => {
    const yaml = `policy:
  minimum: TLS 9
mail:
  to: admin@example.com
  smtp:
    prot: 25
    password: hunter2-never-shown
jobs:
  outbound-audit:
    schedule: nightly
`;
    expect(messageAbout(yaml, { TLS_AUDIT_MAIL_ENABLD: 'true', TLS_AUDIT_MAIL_ATTACH_VIOLATIONS: 'maybe' })).toBe(
      `7 mistakes in the settings:
  policy.minimum: found "TLS 9", expected a version such as TLSv1.2 or TLSv1.3 (audit.yaml, line 2)
  mail.to: found "admin@example.com", expected a list of e-mail addresses (audit.yaml, line 4)
  mail.smtp.prot: unknown setting; did you mean mail.smtp.port? (audit.yaml, line 6)
  mail.smtp.password: a secret is not read from a settings file; set TLS_AUDIT_MAIL_SMTP_PASSWORD or TLS_AUDIT_MAIL_SMTP_PASSWORD_FILE (audit.yaml, line 7)
  jobs.outbound-audit.schedule: found "nightly", expected a cron expression of 5 or 6 fields such as "30 5 * * *" (audit.yaml, line 10)
  mail.attachViolations: found "maybe", expected true or false (TLS_AUDIT_MAIL_ATTACH_VIOLATIONS)
  TLS_AUDIT_MAIL_ENABLD: unknown variable; did you mean TLS_AUDIT_MAIL_ENABLED?`,
    );
  });

  it.each([
    ['a slip of the pen', 'polcy: {}', 'polcy: unknown setting; did you mean policy? (audit.yaml, line 1)'],
    [
      'another spelling',
      'salesforce:\n  login_url: x',
      'salesforce.login_url: unknown setting; did you mean salesforce.loginUrl?',
    ],
    ['another place', 'loginUrl: x', 'loginUrl: unknown setting; did you mean salesforce.loginUrl?'],
    ['nothing known', 'log: { colour: red }', 'log.colour: unknown setting; known here: level, format'],
    [
      'an unknown job',
      'jobs: { nightly: {} }',
      'jobs.nightly: unknown setting; known here: outbound-audit, inbound-audit, weekly-summary, history-pruning',
    ],
    ['a name of every object', 'log: { constructor: 1, __proto__: 2 }', 'log.__proto__: unknown setting; known here'],
    [
      'a value where a section belongs',
      'mail:\n  smtp: mail.example',
      'mail.smtp: found text, expected a mapping with host, port',
    ],
    [
      'a section where a value belongs',
      'log: { level: { is: info } }',
      'log.level: found a mapping, expected error, warn',
    ],
    ['a null where a value belongs', 'log: { level: }', 'log.level: found null, expected error, warn'],
  ])('in a file: %s', (_, yaml, expected) => {
    expect(messageAbout(yaml)).toContain(expected);
  });

  it.each([
    ['TLS_AUDIT_MAIL_SMTP_PASWORD', '; did you mean TLS_AUDIT_MAIL_SMTP_PASSWORD?'],
    ['TLS_AUDIT_MAIL_FROM_FILE', '; only secrets come from files, set TLS_AUDIT_MAIL_FROM'],
    ['TLS_AUDIT_COLOUR', ''],
  ])('in the environment: %s', (variable, hint) => {
    const message = usageErrorOf(() => loadSettings({ env: { [variable]: 'hunter2-never-shown' } }));
    expect(message).toBe(`1 mistake in the settings:\n  ${variable}: unknown variable${hint}`);
  });

  it('leaves the variables of others alone', () => {
    expect(() => loadSettings({ env: { PATH: '/bin', TLS_AUDITOR: 'x', TLS_AUDIT_COLOUR: undefined } })).not.toThrow();
  });
});
