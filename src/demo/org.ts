import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Clock } from '../model/ports.ts';
import { systemClock } from '../support/clock.ts';
import type { Answer } from './org/answers.ts';
import { jsonAnswer, NOT_FOUND, oauthError, restError, textAnswer } from './org/answers.ts';
import type { Fault } from './org/faults.ts';
import { Faults, sendAnswer } from './org/faults.ts';
import type { AddedFile, NewEventLogFile, NewFile } from './org/files.ts';
import { addEventLogFile, addFile, deleteFile } from './org/files.ts';
import { addOrganization, addUser, identityOf, identityUrlOf } from './org/people.ts';
import type { FieldValue } from './org/records.ts';
import { Records } from './org/records.ts';
import { RestApi, versionList } from './org/rest-api.ts';
import { SetupPage, SINGLE_ACCESS_PATH, type SetupPageOptions } from './org/setup-page.ts';
import type { UserState } from './org/token-endpoint.ts';
import { TokenEndpoint } from './org/token-endpoint.ts';

export interface OrgOptions {
  /** The public half of the key the worker signs its assertions with. */
  readonly publicKeyPem: string;
  readonly clientId?: string;
  /** Enables the client credentials flow, as the first user. */
  readonly clientSecret?: string;
  /** Enables the refresh token flow, as the first user. */
  readonly refreshToken?: string;
  /** The first is the integration user. */
  readonly users?: readonly { readonly username: string; readonly state: UserState }[];
  /** What `aud` may be; the org's own URL where left out. */
  readonly audiences?: readonly string[];
  /** Rows of one page of a query result; 2,000 where left out. */
  readonly batchSize?: number;
  /** The picklist of EventLogFile.EventType. */
  readonly eventTypes?: readonly string[];
  /** The org's limit of API requests in 24 hours and how many are used up already. */
  readonly dailyApiRequests?: { readonly max: number; readonly used: number };
  readonly apiEnabled?: boolean;
  /** Setup > Email Log Files for browsers; the org has no such page where left out. */
  readonly setupPage?: SetupPageOptions;
  readonly clock?: Clock;
}

interface OrgRequest {
  readonly method: string;
  /** The request target as sent: path and query. */
  readonly path: string;
  /** The query of `/query?q=`. */
  readonly soql: string | undefined;
  /** What was answered; 0 where nothing was. */
  readonly status: number;
  readonly fault: Fault['kind'] | undefined;
}

/** A Salesforce org on loopback, as strict as the real one where the worker meets it. */
export interface Org {
  readonly url: string;
  readonly clientId: string;
  /** The integration user. */
  readonly username: string;
  readonly organizationId: string;
  readonly faults: Faults;
  /** Every request, oldest first. */
  readonly requests: readonly OrgRequest[];
  /** Requests for something a real org does not have, or this one does not know. */
  readonly unexpected: readonly OrgRequest[];
  unusedFaults(): Fault[];
  addFile(file: NewFile): AddedFile;
  deleteFile(documentId: string): void;
  /** Gives the record's id. */
  addEventLogFile(file: NewEventLogFile): string;
  /** Any other record, such as an EmailRelay; gives its id. */
  addRecord(type: string, fields: Readonly<Record<string, FieldValue>>): string;
  readonly setupPage: SetupPage | undefined;
  /** Ends every session: the next request with an old token is answered with INVALID_SESSION_ID. */
  expireTokens(): void;
  close(): Promise<void>;
}

const DEFAULT_EVENT_TYPES = ['API', 'ApexExecution', 'ContentTransfer', 'Login', 'Logout', 'Report', 'RestApi', 'URI'];
const LARGEST_FORM_BYTES = 100_000;

/** Starts the org on a free port of 127.0.0.1. */
export async function startOrg(options: OrgOptions): Promise<Org> {
  const clock = options.clock ?? systemClock;
  const clientId = options.clientId ?? '3MVG9demo.tls.audit.connected.app';
  const declaredUsers = options.users ?? [{ username: 'tls-audit@org.example', state: 'approved' as const }];
  const records = new Records();
  const organizationId = addOrganization(records, clock.now());
  const { timeZone = 'GMT', locale = 'en_US' } = options.setupPage ?? {};
  const users = declaredUsers.map((user) => ({
    ...user,
    id: addUser(records, { ...user, timeZone, locale }, clock.now()),
  }));
  const integrationUser = users[0];
  if (integrationUser === undefined) throw new Error('starting the demo org: it needs at least one user');

  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const tokens = new TokenEndpoint({
    app: {
      clientId,
      publicKeyPem: options.publicKeyPem,
      clientSecret: options.clientSecret,
      refreshToken: options.refreshToken,
      runAs: integrationUser.username,
    },
    audiences: options.audiences ?? [url],
    organizationId,
    url,
    users,
    clock,
  });
  const setupPage = options.setupPage === undefined ? undefined : new SetupPage(options.setupPage, { clock, url });
  const usage = { max: 15_000, used: 0, ...options.dailyApiRequests };
  const api = new RestApi({
    records,
    largestBatch: options.batchSize ?? 2000,
    eventTypes: options.eventTypes ?? DEFAULT_EVENT_TYPES,
    limits: () => ({ DailyApiRequests: { Max: usage.max, Remaining: Math.max(0, usage.max - usage.used) } }),
  });
  const faults = new Faults();
  const requests: OrgRequest[] = [];
  const unexpected: OrgRequest[] = [];

  /** Undefined where the org has nothing of the kind. */
  function route(method: string, target: URL, headers: IncomingMessage['headers'], body: string): Answer | undefined {
    const path = target.pathname.replace(/(?<=.)\/+$/, '');
    if (path === '/services/oauth2/token') {
      if (method !== 'POST') return oauthError('invalid_request', 'must use HTTP POST');
      return tokens.answer(new URLSearchParams(body), headers.authorization);
    }
    if (setupPage !== undefined && path === SINGLE_ACCESS_PATH && method === 'POST') {
      if (tokens.userOf(headers.authorization) === undefined) {
        return restError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
      }
      return tokens.hasScope(headers.authorization, 'web')
        ? setupPage.singleAccess(new URLSearchParams(body))
        : oauthError('invalid_scope', 'the token lacks the scope web', 403);
    }
    const shown = setupPage?.answer(method, target, headers.cookie, body);
    if (shown !== undefined) return shown;
    if (method !== 'GET') return undefined;
    if (path === '/services/data') return versionList();
    const identityToken = target.searchParams.get('oauth_token');
    const user = tokens.userOf(identityToken === null ? headers.authorization : `Bearer ${identityToken}`);
    if (path === '/services/oauth2/userinfo' || path.startsWith('/id/')) {
      return user === undefined
        ? textAnswer(403, 'Bad_OAuth_Token')
        : jsonAnswer(200, identityOf(user, { url, organizationId }));
    }
    if (!path.startsWith('/services/data/')) return undefined;
    if (user === undefined) return restError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
    if (options.apiEnabled === false) {
      return restError(403, 'API_DISABLED_FOR_ORG', 'The REST API is not enabled for this Organization.');
    }
    if (usage.used >= usage.max) return restError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    usage.used += 1;
    return api.answer({
      path,
      query: target.searchParams,
      batchSize: batchSizeOf(headers['sforce-query-options']),
      identityUrl: identityUrlOf(user, { url, organizationId }),
    });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = request;
    const target = new URL(path, url);
    const body = await readBody(request);
    const fault = faults.take(method, path);
    const isReplaced = fault?.kind === 'status' || fault?.kind === 'html' || fault?.kind === 'reset';
    const answer = isReplaced ? NOT_FOUND : route(method, target, headers, body);
    const common = {
      'Sforce-Limit-Info': `api-usage=${usage.used}/${usage.max}`,
      // Clients whose clock is wrong read the org's time here.
      Date: clock.now().toUTCString(),
    };
    const whole = answer ?? NOT_FOUND;
    const status = sendAnswer(response, { ...whole, headers: { ...whole.headers, ...common } }, fault);
    const soql = target.pathname.endsWith('/query') ? (target.searchParams.get('q') ?? undefined) : undefined;
    const logged: OrgRequest = { method, path, soql, status, fault: fault?.kind };
    requests.push(logged);
    if (answer === undefined) unexpected.push(logged);
  }

  server.on('request', (request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });

  return {
    url,
    clientId,
    username: integrationUser.username,
    organizationId,
    faults,
    requests,
    unexpected,
    unusedFaults: () => faults.unused(),
    addFile: (file) => addFile(records, integrationUser.id, file),
    deleteFile: (documentId) => deleteFile(records, documentId),
    addEventLogFile: (file) => addEventLogFile(records, integrationUser.id, file),
    addRecord: (type, fields) => records.insert(type, fields),
    setupPage,
    expireTokens: () => tokens.expireAll(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_FORM_BYTES) throw new Error(`request body over ${LARGEST_FORM_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function batchSizeOf(header: string | string[] | undefined): number | undefined {
  const size = /batchSize=(\d+)/i.exec(String(header))?.[1];
  return size === undefined ? undefined : Number(size);
}
