import { createHash } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import jsforce from 'jsforce';

import type { KeyPair } from '../../src/demo/keys.ts';
import { createKeyPair } from '../../src/demo/keys.ts';
import type { Org } from '../../src/demo/org.ts';
import { startOrg } from '../../src/demo/org.ts';
import type { AssertionClaims } from './assertion.ts';
import { authorize, requestToken, signAssertion } from './assertion.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const CREATED = new Date('2026-11-23T00:40:00Z');

let keys: KeyPair;
let otherKeys: KeyPair;
let org: Org;

beforeAll(() => {
  keys = createKeyPair();
  otherKeys = createKeyPair();
});

beforeEach(async () => {
  org = await startOrg({
    publicKeyPem: keys.publicKeyPem,
    clientSecret: 'demo secret+',
    refreshToken: 'refresh-1',
    users: [
      { username: 'tls-audit@org.example', state: 'approved' },
      { username: 'new@org.example', state: 'unapproved' },
      { username: 'other@org.example', state: 'not-admin-approved' },
      { username: 'left@org.example', state: 'inactive' },
      { username: 'travelling@org.example', state: 'ip-restricted' },
    ],
  });
});

afterEach(async () => {
  expect(org.unusedFaults()).toEqual([]);
  await org.close();
});

async function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: unknown }> {
  const response = await fetch(org.url + path, { headers });
  return { status: response.status, body: await response.json() };
}

describe('the token endpoint', () => {
  it('answers a good assertion as Salesforce does', async () => {
    const response = await requestToken(org, {
      grant_type: JWT_BEARER,
      assertion: signAssertion(org, keys.privateKeyPem),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      access_token: expect.stringMatching(/^00D\w{12}!/),
      signature: expect.any(String),
      scope: 'api web',
      instance_url: org.url,
      id: expect.stringMatching(new RegExp(`^${org.url}/id/${org.organizationId}/005\\w{15}$`)),
      token_type: 'Bearer',
      issued_at: expect.stringMatching(/^\d{13}$/),
      api_instance_url: org.url,
    });
  });

  const refusals: [string, AssertionClaims, string, string][] = [
    ['another client id', { iss: 'unknown' }, 'invalid_client_id', 'client identifier invalid'],
    ['the audience of production', { aud: 'https://login.salesforce.com' }, 'invalid_grant', 'audience is invalid'],
    ['an assertion past its time', { expiresInS: -1 }, 'invalid_grant', 'expired authorization code'],
    ['an assertion for an hour', { expiresInS: 3600 }, 'invalid_grant', 'invalid assertion'],
    ['an unknown user', { sub: 'nobody@org.example' }, 'invalid_grant', "user hasn't approved this consumer"],
    ['a user who did not approve', { sub: 'new@org.example' }, 'invalid_grant', "user hasn't approved this consumer"],
    [
      'a user no admin approved',
      { sub: 'other@org.example' },
      'invalid_app_access',
      'user is not admin approved to access this app',
    ],
    ['an inactive user', { sub: 'left@org.example' }, 'invalid_grant', 'inactive user'],
    ['a user from a foreign network', { sub: 'travelling@org.example' }, 'invalid_grant', 'ip restricted'],
  ];

  it.each(refusals)('refuses %s', async (_name, claims, error, description) => {
    const response = await requestToken(org, {
      grant_type: JWT_BEARER,
      assertion: signAssertion(org, keys.privateKeyPem, claims),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error, error_description: description });
  });

  it.each([
    ['a signature of another key', () => signAssertion(org, otherKeys.privateKeyPem)],
    ['an unsigned assertion', () => signAssertion(org, keys.privateKeyPem).replace(/[^.]+$/, '')],
    ['no assertion', () => ''],
    ['claims changed after signing', () => swapPayload(signAssertion(org, keys.privateKeyPem))],
  ])('refuses %s', async (_name, assertion) => {
    const response = await requestToken(org, { grant_type: JWT_BEARER, assertion: assertion() });
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: 'invalid_grant', error_description: 'invalid assertion' },
    ]);
  });

  it('takes client credentials from the form and from the header', async () => {
    const form = { grant_type: 'client_credentials' };
    const basic = `${encodeURIComponent(org.clientId)}:${encodeURIComponent('demo secret+')}`;
    const answers = await Promise.all([
      requestToken(org, { ...form, client_id: org.clientId, client_secret: 'demo secret+' }),
      requestToken(org, form, { Authorization: `Basic ${Buffer.from(basic).toString('base64')}` }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });

  it.each([
    [{ grant_type: 'client_credentials', client_id: 'unknown' }, 'invalid_client_id'],
    [{ grant_type: 'client_credentials', client_secret: 'guess' }, 'invalid_client'],
    [{ grant_type: 'refresh_token', refresh_token: 'stolen' }, 'invalid_grant'],
    [{ grant_type: 'password', username: 'x', password: 'y' }, 'unsupported_grant_type'],
  ])('refuses %j with %s', async (form, error) => {
    const response = await requestToken(org, { client_id: org.clientId, ...form });
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ error })]);
  });

  it('takes a refresh token', async () => {
    const response = await requestToken(org, {
      grant_type: 'refresh_token',
      client_id: org.clientId,
      refresh_token: 'refresh-1',
    });
    expect(response.status).toBe(200);
  });

  it('has no client credentials flow until it is enabled', async () => {
    const plain = await startOrg({ publicKeyPem: keys.publicKeyPem });
    const form = { grant_type: 'client_credentials', client_id: plain.clientId, client_secret: 'x' };
    const response = await requestToken(plain, form);
    expect(await response.json()).toEqual({
      error: 'invalid_grant',
      error_description: 'no client credentials user enabled',
    });
    await plain.close();
  });
});

describe('the REST API', () => {
  const EXPIRED = { status: 401, body: [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }] };

  it('lists its versions to anybody and the rest to the signed in only', async () => {
    const versions = await get('/services/data');
    expect(versions.body).toContainEqual({ label: 'API 65.0', url: '/services/data/v65.0', version: '65.0' });
    expect(await get('/services/data/v65.0/limits')).toEqual(EXPIRED);
    expect(await get('/services/data/v65.0/limits', { Authorization: 'Bearer 00Dx!wrong' })).toEqual(EXPIRED);
    const limits = await get('/services/data/v65.0/limits', await authorize(org, keys.privateKeyPem));
    expect(limits).toEqual({ status: 200, body: { DailyApiRequests: { Max: 15_000, Remaining: 14_999 } } });
  });

  it('ends all sessions on demand', async () => {
    const headers = await authorize(org, keys.privateKeyPem);
    expect((await get('/services/data/v65.0', headers)).status).toBe(200);
    org.expireTokens();
    expect(await get('/services/data/v65.0', headers)).toEqual(EXPIRED);
    const again = await authorize(org, keys.privateKeyPem);
    expect((await get('/services/data/v65.0', again)).status).toBe(200);
  });

  it('counts requests in Sforce-Limit-Info and refuses those over the limit', async () => {
    const scarce = await startOrg({ publicKeyPem: keys.publicKeyPem, dailyApiRequests: { max: 2, used: 1 } });
    const headers = await authorize(scarce, keys.privateKeyPem);
    const first = await fetch(`${scarce.url}/services/data/v65.0/limits`, { headers });
    const second = await fetch(`${scarce.url}/services/data/v65.0/limits`, { headers });
    expect(first.headers.get('Sforce-Limit-Info')).toBe('api-usage=2/2');
    expect([second.status, await second.json()]).toEqual([
      403,
      [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
    ]);
    await scarce.close();
  });

  it('refuses a user without the API', async () => {
    const closed = await startOrg({ publicKeyPem: keys.publicKeyPem, apiEnabled: false });
    const headers = await authorize(closed, keys.privateKeyPem);
    const response = await fetch(`${closed.url}/services/data/v65.0/limits`, { headers });
    expect([response.status, await response.json()]).toEqual([
      403,
      [expect.objectContaining({ errorCode: 'API_DISABLED_FOR_ORG' })],
    ]);
    await closed.close();
  });

  it('lives by its own clock and states it', async () => {
    const late = await startOrg({
      publicKeyPem: keys.publicKeyPem,
      clock: { now: () => new Date(Date.now() + 3_600_000) },
    });
    const form = { grant_type: JWT_BEARER, assertion: signAssertion(late, keys.privateKeyPem) };
    const refused = await requestToken(late, form);
    expect(await refused.json()).toMatchObject({ error_description: 'expired authorization code' });
    const aheadMs = Date.parse(refused.headers.get('Date') ?? '') - Date.now();
    expect(Math.abs(aheadMs - 3_600_000)).toBeLessThan(10_000);
    await late.close();
  });

  it('keeps what it did not expect', async () => {
    const headers = await authorize(org, keys.privateKeyPem);
    const notFound = [{ message: 'The requested resource does not exist', errorCode: 'NOT_FOUND' }];
    expect(await get('/services/data/v65.0/emailLogs', headers)).toEqual({ status: 404, body: notFound });
    expect(await get('/services/data/v20.0/limits', headers)).toEqual({ status: 404, body: notFound });
    expect(org.unexpected.map(({ path }) => path)).toEqual([
      '/services/data/v65.0/emailLogs',
      '/services/data/v20.0/limits',
    ]);
    expect(org.requests.map(({ status }) => status)).toEqual([200, 404, 404]);
  });

  it('describes the event types of the org', async () => {
    const headers = await authorize(org, keys.privateKeyPem);
    const { body } = await get('/services/data/v65.0/sobjects/EventLogFile/describe', headers);
    const { fields } = body as { fields: { name: string; picklistValues: { value: string }[] }[] };
    const eventType = fields.find(({ name }) => name === 'EventType');
    expect(eventType?.picklistValues.map(({ value }) => value)).toContain('Login');
  });

  it('signs jsforce in, and tells it who it is', async () => {
    const connection = new jsforce.Connection({ loginUrl: org.url, version: '65.0' });
    await connection.authorize({ grant_type: JWT_BEARER, assertion: signAssertion(org, keys.privateKeyPem) });
    org.addFile({ title: 'EmailLog-a', extension: 'csv', content: Buffer.from('a'), createdDate: CREATED });
    const found = await connection.query("SELECT Title FROM ContentVersion WHERE Title LIKE 'EmailLog%'");
    const identity = await connection.identity();
    expect(found.records).toMatchObject([{ Title: 'EmailLog-a' }]);
    expect(identity.username).toBe(org.username);
    expect(org.unexpected).toEqual([]);
  });
});

describe('files', () => {
  it('streams the bytes of a version, by either form of its id', async () => {
    const headers = await authorize(org, keys.privateKeyPem);
    const content = Buffer.from('Date/Time\r\n');
    const added = org.addFile({ title: 'EmailLog-a', extension: 'csv', content, createdDate: CREATED });
    expect(added.checksum).toBe(createHash('md5').update(content).digest('hex'));
    for (const id of [added.versionId, added.versionId.slice(0, 15)]) {
      const response = await fetch(`${org.url}/services/data/v65.0/sobjects/ContentVersion/${id}/VersionData`, {
        headers,
      });
      expect([response.status, response.headers.get('Content-Length')]).toEqual([200, '11']);
      expect(Buffer.from(await response.arrayBuffer())).toEqual(content);
    }
    const gone = await get('/services/data/v65.0/sobjects/ContentVersion/068Hs0000000999AAA/VersionData', headers);
    expect(gone).toEqual({
      status: 404,
      body: [{ message: 'The requested resource does not exist', errorCode: 'NOT_FOUND' }],
    });
    expect(org.unexpected).toEqual([]);
  });

  it('keeps versions, libraries and deletions as Salesforce Files does', async () => {
    const headers = await authorize(org, keys.privateKeyPem);
    const query = async (soql: string) =>
      (await get(`/services/data/v65.0/query?q=${encodeURIComponent(soql)}`, headers)).body as {
        totalSize: number;
        records: Record<string, unknown>[];
      };
    const file = { title: 'EmailLog-a', extension: 'csv', createdDate: CREATED, library: 'Mail logs' };
    const first = org.addFile({ ...file, content: Buffer.from('1') });
    const second = org.addFile({ ...file, content: Buffer.from('22'), documentId: first.documentId });
    org.addFile({ ...file, library: 'Other', content: Buffer.from('333') });

    const versions = await query('SELECT Id, IsLatest, VersionNumber FROM ContentVersion ORDER BY VersionNumber, Id');
    expect(versions.records.map((record) => [record['IsLatest'], record['VersionNumber']])).toEqual([
      [false, '1'],
      [true, '1'],
      [true, '2'],
    ]);
    const shared = await query(
      "SELECT Id, ContentSize FROM ContentVersion WHERE IsLatest = true AND ContentDocumentId IN (SELECT ContentDocumentId FROM ContentWorkspaceDoc WHERE ContentWorkspace.Name = 'Mail logs')",
    );
    expect(shared.records).toMatchObject([{ Id: second.versionId, ContentSize: 2 }]);
    org.deleteFile(first.documentId);
    expect((await query('SELECT Id FROM ContentVersion')).totalSize).toBe(1);
  });

  it('keeps event log files', async () => {
    const headers = await authorize(org, keys.privateKeyPem);
    const content = Buffer.from('"EVENT_TYPE","TIMESTAMP"\n"EmailLog","1"\n');
    const logDate = new Date('2026-11-22T00:00:00Z');
    const id = org.addEventLogFile({ eventType: 'EmailLog', logDate, createdDate: CREATED, content });
    const soql = "SELECT LogFile, LogFileFieldNames, LogDate, Interval FROM EventLogFile WHERE EventType = 'EmailLog'";
    const { body } = await get(`/services/data/v65.0/query?q=${encodeURIComponent(soql)}`, headers);
    const path = `/services/data/v65.0/sobjects/EventLogFile/${id}/LogFile`;
    expect((body as { records: unknown[] }).records).toMatchObject([
      {
        LogFile: path,
        LogFileFieldNames: 'EVENT_TYPE,TIMESTAMP',
        LogDate: '2026-11-22T00:00:00.000+0000',
        Interval: 'Daily',
      },
    ]);
    const response = await fetch(org.url + path, { headers });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(content);
  });
});

describe('paging', () => {
  async function pages(options: { batchSize?: number; headers?: Record<string, string>; files: number }) {
    const paged = await startOrg({
      publicKeyPem: keys.publicKeyPem,
      ...(options.batchSize === undefined ? {} : { batchSize: options.batchSize }),
    });
    const headers = { ...options.headers, ...(await authorize(paged, keys.privateKeyPem)) };
    for (let index = 0; index < options.files; index += 1) {
      paged.addFile({ title: `f${index}`, extension: 'csv', content: Buffer.alloc(1), createdDate: CREATED });
    }
    const sizes: number[] = [];
    const ids = new Set<unknown>();
    let next: string | undefined =
      `/services/data/v65.0/query?q=${encodeURIComponent('SELECT Id FROM ContentVersion')}`;
    while (next !== undefined) {
      const response = await fetch(paged.url + next, { headers });
      const page = (await response.json()) as {
        totalSize: number;
        done: boolean;
        nextRecordsUrl?: string;
        records: { Id: string }[];
      };
      expect(page.totalSize).toBe(options.files);
      expect(page.done).toBe(page.nextRecordsUrl === undefined);
      sizes.push(page.records.length);
      for (const { Id } of page.records) ids.add(Id);
      next = page.nextRecordsUrl;
    }
    const unknown = await fetch(`${paged.url}/services/data/v65.0/query/0r8Hs0000000099AAA-2000`, { headers });
    expect([unknown.status, await unknown.json()]).toEqual([
      400,
      [{ message: 'invalid query locator', errorCode: 'INVALID_QUERY_LOCATOR' }],
    ]);
    await paged.close();
    return { sizes, distinct: ids.size };
  }

  it('gives 2,000 rows a page', async () => {
    expect(await pages({ files: 2001 })).toEqual({ sizes: [2000, 1], distinct: 2001 });
  });

  it('gives pages of a configured size', async () => {
    expect(await pages({ files: 5, batchSize: 2 })).toEqual({ sizes: [2, 2, 1], distinct: 5 });
  });

  it('gives the pages asked for, 200 rows at least', async () => {
    const headers = { 'Sforce-Query-Options': 'batchSize=50' };
    expect(await pages({ files: 250, headers })).toEqual({ sizes: [200, 50], distinct: 250 });
  });
});

function swapPayload(assertion: string): string {
  const [header = '', payload = '', signature = ''] = assertion.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const changed = Buffer.from(JSON.stringify({ ...claims, extra: true })).toString('base64url');
  return [header, changed, signature].join('.');
}
