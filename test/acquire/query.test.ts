import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { AuditError } from '../../src/support/errors.ts';
import {
  collectLogs,
  contextWith,
  DATA,
  everythingOf,
  failureOf,
  granted,
  never,
  open,
  SECRETS,
  TOKEN,
  TOKEN_2,
  TOKEN_PATH,
} from './fixture.ts';
import { json, ScriptedServer, status } from './loopback-server.ts';

const SOQL = "SELECT Id FROM Account WHERE Name LIKE 'a%'";
const QUERY = `GET ${DATA}/query`;
const record = z.object({ Id: z.string() });
const EXPIRED = json(401, [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }]);

function page(from: number, to: number, totalSize: number, next?: string) {
  const records = Array.from({ length: to - from }, (_, index) => ({
    attributes: { type: 'Account' },
    Id: `record-${from + index}`,
  }));
  return json(200, {
    totalSize,
    done: next === undefined,
    records,
    ...(next === undefined ? {} : { nextRecordsUrl: next }),
  });
}

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
  server.expect(TOKEN_PATH, granted(server));
});
afterEach(() => server.finish());

describe('query', () => {
  it('asks for exactly the SOQL, with the token', async () => {
    server.expect(QUERY, page(0, 1, 1));
    const session = await open(server);
    expect(await session.query(SOQL, record, never)).toEqual([{ Id: 'record-0' }]);
    expect(new URL(server.received[1]?.url ?? '', server.url).searchParams.get('q')).toBe(SOQL);
    expect(server.received[1]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    await session.close();
  });

  it('brings every page, beyond the 10,000 records where jsforce stops by itself', async () => {
    const pages = 6;
    server.expect(QUERY, page(0, 2000, pages * 2000, `${DATA}/query/01gxx-2000`));
    for (let index = 1; index < pages; index++) {
      const next = index + 1 < pages ? `${DATA}/query/01gxx-${(index + 1) * 2000}` : undefined;
      server.expect(
        `GET ${DATA}/query/01gxx-${index * 2000}`,
        page(index * 2000, (index + 1) * 2000, pages * 2000, next),
      );
    }
    const found = await (await open(server)).query(SOQL, record, never);
    expect(found).toHaveLength(12_000);
    expect(new Set(found.map(({ Id }) => Id)).size).toBe(12_000);
  });

  it('renews an expired token once, in the middle of the pages', async () => {
    server.expect(QUERY, page(0, 1, 2, `${DATA}/query/01gxx-1`));
    server.expect(`GET ${DATA}/query/01gxx-1`, EXPIRED);
    server.expect(TOKEN_PATH, granted(server, TOKEN_2));
    server.expect(`GET ${DATA}/query/01gxx-1`, page(1, 2, 2));
    expect(await (await open(server)).query(SOQL, record, never)).toHaveLength(2);
    expect(server.received.at(-1)?.headers.authorization).toBe(`Bearer ${TOKEN_2}`);
  });

  it('fails when the new token is refused as well', async () => {
    server.expect(QUERY, EXPIRED).expect(TOKEN_PATH, granted(server, TOKEN_2)).expect(QUERY, EXPIRED);
    const failure = await failureOf((await open(server)).query(SOQL, record, never));
    expect(failure).toBeInstanceOf(AuditError);
    expect(failure.message).toContain('INVALID_SESSION_ID');
    expect(failure.remedy).toContain('session and IP policies');
  });

  it('signs in no second time for a new token that nothing was answered to', async () => {
    server.expect(QUERY, EXPIRED).expect(TOKEN_PATH, granted(server, TOKEN_2)).expect(QUERY, EXPIRED);
    server.expect(QUERY, EXPIRED).expect(QUERY, page(0, 1, 1));
    server
      .expect(QUERY, EXPIRED)
      .expect(TOKEN_PATH, granted(server))
      .expect(QUERY, page(0, 1, 1));
    const session = await open(server);
    const ask = () => session.query(SOQL, record, never);
    for (let call = 0; call < 2; call++) expect((await failureOf(ask())).message).toContain('INVALID_SESSION_ID');
    // One that was answered to may expire as any other.
    for (let call = 0; call < 2; call++) expect(await ask()).toHaveLength(1);
  });

  it('signs in no second time where a new token is refused', async () => {
    server.expect(QUERY, EXPIRED);
    server.expect(TOKEN_PATH, json(400, { error: 'invalid_grant', error_description: 'inactive user' }));
    server.expect(QUERY, EXPIRED);
    const session = await open(server);
    const ask = () => session.query(SOQL, record, never);
    for (let call = 0; call < 2; call++) expect((await failureOf(ask())).message).toContain('inactive user');
  });

  it('takes no page for the next one that brings a record a second time', async () => {
    server.expect(QUERY, page(0, 2, 4, `${DATA}/query/01gxx-2`));
    server.expect(`GET ${DATA}/query/01gxx-2`, page(0, 2, 4));
    const failure = await failureOf((await open(server)).query(SOQL, record, never));
    expect(failure.message).toContain('the record record-0 came twice');
  });

  it('shares one renewal between calls that expire together', async () => {
    server.expect(QUERY, EXPIRED).expect(QUERY, EXPIRED).expect(TOKEN_PATH, granted(server, TOKEN_2));
    server.expect(QUERY, page(0, 1, 1)).expect(QUERY, page(0, 1, 1));
    const session = await open(server);
    await Promise.all([session.query(SOQL, record, never), session.query(SOQL, record, never)]);
    expect(server.received.filter(({ url }) => url.includes('oauth2'))).toHaveLength(2);
  });

  it('does not renew for a session that has no API access', async () => {
    const refusal = [
      { errorCode: 'INVALID_SESSION_ID', message: 'This session is not valid for use with the REST API' },
    ];
    server.expect(QUERY, json(401, refusal));
    expect((await failureOf((await open(server)).query(SOQL, record, never))).message).toContain('REST API');
  });

  it('tries again after 429, 500 and a reset', async () => {
    server.expect(QUERY, status(429, { 'retry-after': '0' }));
    server.expect(QUERY, (response) => response.destroy());
    server.expect(QUERY, page(0, 1, 1));
    const logger = collectLogs();
    await (await open(server, { context: contextWith({ logger }) })).query(SOQL, record, never);
    expect(logger.lines.map(({ facts }) => (facts as { code: string }).code)).toEqual(['HTTP_429', expect.any(String)]);
  });

  it('tries again when a page is cut in the middle', async () => {
    server.expect(QUERY, (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"totalSize":1,', () => response.destroy());
    });
    server.expect(QUERY, page(0, 1, 1));
    expect(await (await open(server)).query(SOQL, record, never)).toHaveLength(1);
  });

  it('does not hammer an org that has no API requests left', async () => {
    server.expect(
      QUERY,
      json(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }]),
    );
    const session = await open(server);
    // The second call does not reach the org.
    for (let call = 0; call < 2; call++) {
      const failure = await failureOf(session.query(SOQL, record, never));
      expect(failure.message).toContain('REQUEST_LIMIT_EXCEEDED');
      expect(failure.message).toContain('used up its API requests');
      expect(failure.remedy).toContain('Nothing more was asked for');
    }
  });

  it('tries again where too many requests run at once', async () => {
    const message = 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.';
    const busy = json(403, [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message }]);
    server.expect(QUERY, busy).expect(QUERY, page(0, 1, 1));
    for (let time = 0; time < 3; time++) server.expect(QUERY, busy);
    const session = await open(server);
    expect(await session.query(SOQL, record, never)).toHaveLength(1);
    const failure = await failureOf(session.query(SOQL, record, never));
    expect(failure.message).toContain('after 3 tries: too many requests of the org run at once');
  });

  it.each([
    [403, 'API_DISABLED_FOR_ORG', 'The REST API is not enabled for this Organization.', 'API Enabled'],
    [400, 'INVALID_TYPE', "sObject type 'EventLogFile' is not supported.", 'permission set'],
    [400, 'INVALID_FIELD', "No such column 'Checksum'", 'permission set'],
    [404, 'NOT_FOUND', 'The requested resource does not exist', 'salesforce.apiVersion'],
    [400, 'MALFORMED_QUERY', 'unexpected token: FORM', 'documentation'],
    [400, 'INVALID_QUERY_LOCATOR', 'invalid query locator', 'Run again'],
    [404, 'UNSUPPORTED_API_VERSION', 'API version is not supported', 'salesforce.apiVersion'],
  ])('says what to do about %i %s', async (code, errorCode, message, remedy) => {
    server.expect(QUERY, json(code, [{ errorCode, message }]));
    const failure = await failureOf((await open(server)).query(SOQL, record, never));
    expect(failure.message).toContain(`${errorCode} ("${message}")`);
    expect(failure.remedy).toContain(remedy);
  });

  it('fails when fewer records come than Salesforce counted', async () => {
    server.expect(QUERY, page(0, 1, 3));
    const failure = await failureOf((await open(server)).query(SOQL, record, never));
    expect(failure.message).toContain('1 records came, Salesforce counted 3');
  });

  it.each(['https://elsewhere.example/query/01g', '//elsewhere.example/x', '@elsewhere.example/'])(
    'does not take the token to the next page at %s',
    async (next) => {
      server.expect(QUERY, page(0, 1, 2, next));
      expect((await failureOf((await open(server)).query(SOQL, record, never))).message).toContain('nextRecordsUrl');
    },
  );

  it.each([
    ['fewer', 2, 2],
    ['more', 4, 4],
  ])('fails where a later page counts %s than the first one', async (_name, counted, upTo) => {
    server.expect(QUERY, page(0, 2, 3, `${DATA}/query/01gxx-2`));
    server.expect(`GET ${DATA}/query/01gxx-2`, page(2, upTo, counted));
    const failure = await failureOf((await open(server)).query(SOQL, record, never));
    expect(failure.message).toContain(`${upTo} records came, Salesforce counted 3, then ${counted}`);
  });

  it('fails on a cursor that goes round in circles', async () => {
    const next = `${DATA}/query/01gxx-1`;
    server.expect(QUERY, page(0, 1, 9, next)).expect(`GET ${next}`, page(1, 2, 9, next));
    expect((await failureOf((await open(server)).query(SOQL, record, never))).message).toContain('2 records came');
  });

  it('names the field of a record that has an unexpected shape, never its value', async () => {
    server.expect(QUERY, json(200, { totalSize: 1, done: true, records: [{ Id: { mail: 'someone@acme.example' } }] }));
    const failure = await failureOf((await open(server)).query(SOQL, record, never));
    expect(failure.message).toContain('unexpected shape in Id');
    expect(everythingOf(failure)).not.toContain('acme.example');
  });

  it('repeats no token that an answer repeats, and no page of HTML', async () => {
    server.expect(QUERY, (response, request) =>
      json(400, [
        { errorCode: 'MALFORMED_QUERY', message: `${request.headers.authorization ?? ''} of someone@acme.example` },
      ])(response, request),
    );
    server.expect(QUERY, status(200, { 'content-type': 'text/html' }, `<html>${TOKEN}</html>`));
    const session = await open(server);
    for (let time = 0; time < 2; time++) {
      const shown = everythingOf(await failureOf(session.query(SOQL, record, never)));
      for (const secret of [...SECRETS, 'acme.example', '<html>']) expect(shown).not.toContain(secret);
    }
  });

  it('notes the API usage and warns once when it is nearly used up', async () => {
    server.expect(QUERY, (response, request) =>
      json(
        200,
        { totalSize: 0, done: true, records: [] },
        { 'sforce-limit-info': 'api-usage=95/100' },
      )(response, request),
    );
    server.expect(
      QUERY,
      json(200, { totalSize: 0, done: true, records: [] }, { 'sforce-limit-info': 'api-usage=96/100' }),
    );
    const logger = collectLogs();
    const session = await open(server, { context: contextWith({ logger }) });
    await session.query(SOQL, record, never);
    await session.query(SOQL, record, never);
    expect(session.apiUsage).toEqual({ used: 96, limit: 100 });
    expect(logger.lines).toHaveLength(1);
  });

  it('stops when its signal aborts', async () => {
    const controller = new AbortController();
    server.expect(QUERY, () => controller.abort(new Error('stop')));
    expect((await failureOf((await open(server)).query(SOQL, record, controller.signal))).message).toBe('stop');
  });

  it('stops when the session is closed', async () => {
    const session = await open(server);
    server.expect(QUERY, () => void session.close());
    expect((await failureOf(session.query(SOQL, record, never))).message).toContain('session was closed');
  });
});
