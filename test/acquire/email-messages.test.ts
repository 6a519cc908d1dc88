import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createMessageSource } from '../../src/acquire/email-messages.ts';
import { lazySession } from '../../src/acquire/lazy-session.ts';
import { openSession } from '../../src/acquire/session.ts';
import type { ReceivedMessage } from '../../src/model/ports.ts';
import type { Window } from '../../src/model/window.ts';
import { contextWith, DATA, failureOf, granted, jwtAuth, never, TOKEN_PATH } from './fixture.ts';
import { json, ScriptedServer } from './loopback-server.ts';

const QUERY = `GET ${DATA}/query`;
const WINDOW: Window = { from: new Date('2026-11-22T00:00:00Z'), to: new Date('2026-11-23T00:00:00Z') };

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.finish());

function record(index: number, FromAddress: string | null, Headers: string | null = null) {
  return {
    attributes: { type: 'EmailMessage' },
    Id: `02sHs${String(index).padStart(10, '0')}`,
    FromAddress,
    CreatedDate: `2026-11-22T03:04:${String(index % 60).padStart(2, '0')}.000+0000`,
    Headers,
  };
}

function page(records: readonly unknown[], totalSize = records.length, next?: string) {
  return json(200, {
    totalSize,
    done: next === undefined,
    records,
    ...(next === undefined ? {} : { nextRecordsUrl: next }),
  });
}

function source() {
  return createMessageSource(
    lazySession((signal) =>
      openSession(
        { loginUrl: server.url, auth: jwtAuth, apiVersion: '65.0', timeoutMs: 5000 },
        contextWith({ clock: { now: () => new Date('2026-11-23T05:30:00Z') } }),
        signal,
      ),
    ),
  );
}

async function readAll(window = WINDOW): Promise<ReceivedMessage[]> {
  const messages: ReceivedMessage[] = [];
  for await (const some of source().pages(window, never)) messages.push(...some);
  return messages;
}

function soqlAsked(): string {
  const query = server.received.find(({ url }) => url.includes('/query?'));
  return new URL(query?.url ?? '', server.url).searchParams.get('q') ?? '';
}

it('asks for incoming messages of the window, in pages that fit into memory, and for no body, subject or recipient', async () => {
  server.expect(TOKEN_PATH, granted(server)).expect(QUERY, page([]));
  expect(await readAll()).toEqual([]);
  expect(soqlAsked()).toBe(
    'SELECT Id, FromAddress, CreatedDate, Headers FROM EmailMessage WHERE Incoming = true ' +
      'AND CreatedDate >= 2026-11-22T00:00:00Z AND CreatedDate < 2026-11-23T00:00:00Z ORDER BY CreatedDate, Id',
  );
  expect(server.received.at(-1)?.headers['sforce-query-options']).toBe('batchSize=200');
});

it('loses no message of the last, begun second of a window', async () => {
  server.expect(TOKEN_PATH, granted(server)).expect(QUERY, page([]));
  await readAll({ from: new Date('2026-11-22T00:00:00.900Z'), to: new Date('2026-11-22T10:00:00.500Z') });
  expect(soqlAsked()).toContain('CreatedDate >= 2026-11-22T00:00:00Z AND CreatedDate < 2026-11-22T10:00:01Z');
});

it('hands over a page before it asks for the next one', async () => {
  const next = `${DATA}/query/01gxx-2`;
  server.expect(TOKEN_PATH, granted(server));
  server.expect(QUERY, page([record(1, 'a@one.example', 'H: 1'), record(2, 'b@two.example')], 3, next));
  const pages = source().pages(WINDOW, never)[Symbol.asyncIterator]();
  expect((await pages.next()).value).toEqual([
    {
      id: '02sHs0000000001',
      receivedAt: new Date('2026-11-22T03:04:01Z'),
      senderDomain: 'one.example',
      headers: 'H: 1',
    },
    { id: '02sHs0000000002', receivedAt: new Date('2026-11-22T03:04:02Z'), senderDomain: 'two.example', headers: null },
  ]);
  expect(server.received).toHaveLength(2);
  server.expect(`GET ${next}`, page([record(3, 'c@three.example')], 3));
  expect((await pages.next()).value).toHaveLength(1);
  expect((await pages.next()).done).toBe(true);
});

it.each([
  ['ann@Acme.EXAMPLE', 'acme.example'],
  ['"ann@home"@acme.example', 'acme.example'],
  ['Ann <ann@acme.example>', 'acme.example'],
  ['ann@bücher.example', 'xn--bcher-kva.example'],
  ['ann', null],
  ['ann@', null],
  ['ann@[192.0.2.1]', null],
  ['ann@<script>.example', null],
  ['ann@a b.example', null],
  ['', null],
  [null, null],
])('keeps of the sender %j the domain %j and nothing else', async (address, senderDomain) => {
  server.expect(TOKEN_PATH, granted(server)).expect(QUERY, page([record(1, address)]));
  const messages = await readAll();
  expect(messages).toMatchObject([{ senderDomain }]);
  expect(inspect(messages, { depth: null })).not.toMatch(/ann/i);
});

it('fails when fewer messages come than Salesforce counted', async () => {
  server.expect(TOKEN_PATH, granted(server)).expect(QUERY, page([record(1, 'a@one.example')], 2));
  expect((await failureOf(readAll())).message).toMatch(
    /^querying EmailMessage at .*: 1 records came, Salesforce counted 2/,
  );
});

it('names a field that the user may not read, and what to do', async () => {
  server
    .expect(TOKEN_PATH, granted(server))
    .expect(QUERY, json(400, [{ errorCode: 'INVALID_FIELD', message: "No such column 'Headers'" }]));
  const error = await failureOf(readAll());
  expect(error.message).toMatch(/^querying EmailMessage at .*INVALID_FIELD/);
  expect(error.remedy).toMatch(/permission set/);
});
