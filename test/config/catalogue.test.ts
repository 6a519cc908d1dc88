import { describe, expect, it } from '@jest/globals';
import { environmentName, fields, variablesOf } from '../../src/config/catalogue.ts';

describe('the names of variables', () => {
  it.each([
    [['salesforce', 'loginUrl'], 'TLS_AUDIT_SALESFORCE_LOGIN_URL'],
    [['mail', 'smtp', 'caFile'], 'TLS_AUDIT_MAIL_SMTP_CA_FILE'],
    [['jobs', 'outbound-audit', 'firstRunDays'], 'TLS_AUDIT_JOBS_OUTBOUND_AUDIT_FIRST_RUN_DAYS'],
  ])('follow from the path %j', (segments, name) => {
    expect(environmentName(segments)).toBe(name);
  });

  it('are shared by no two settings, nor by the file of a secret', () => {
    const names = fields.flatMap(variablesOf);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(40);
  });
});

it('knows which settings are secrets', () => {
  expect(fields.filter(({ kind }) => kind === 'secret').map(({ path }) => path)).toEqual([
    'salesforce.clientSecret',
    'salesforce.privateKey',
    'salesforce.refreshToken',
    'salesforce.authUrl',
    'mail.smtp.password',
    'heartbeat.url',
  ]);
});
