import { createHmac, createPublicKey, randomBytes, verify } from 'node:crypto';

import type { Clock } from '../../model/ports.ts';
import type { Answer } from './answers.ts';
import { jsonAnswer, oauthError } from './answers.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** What an org may have against a user who signs in. */
export type UserState = 'approved' | 'unapproved' | 'not-admin-approved' | 'inactive' | 'ip-restricted';

export interface OrgUser {
  readonly id: string;
  readonly username: string;
  readonly state: UserState;
}

/** The org's connected app or external client app. */
interface ClientApp {
  readonly clientId: string;
  readonly publicKeyPem: string;
  /** Undefined: the client credentials flow is not enabled. */
  readonly clientSecret: string | undefined;
  /** Whom client credentials sign in as. */
  readonly runAs: string;
  readonly refreshToken: string | undefined;
}

/** The longest life of an assertion (RFC 7523 leaves it to the server), with what clocks may differ by. */
const LONGEST_ASSERTION_S = 300 + 60;

interface Claims {
  readonly iss?: unknown;
  readonly sub?: unknown;
  readonly aud?: unknown;
  readonly exp?: unknown;
}

interface TokenEndpointOptions {
  readonly app: ClientApp;
  readonly audiences: readonly string[];
  readonly organizationId: string;
  readonly url: string;
  readonly users: readonly OrgUser[];
  readonly clock: Clock;
}

/** `POST /services/oauth2/token`, and the access tokens it gave out. */
export class TokenEndpoint {
  readonly #options: TokenEndpointOptions;
  readonly #tokens = new Map<string, OrgUser & { readonly scopes: readonly string[] }>();

  constructor(options: TokenEndpointOptions) {
    this.#options = options;
  }

  /** The user of an `Authorization` header's token; undefined where the token is missing, unknown or expired. */
  userOf(authorization: string | undefined): OrgUser | undefined {
    return this.#grantOf(authorization);
  }

  hasScope(authorization: string | undefined, scope: string): boolean {
    return this.#grantOf(authorization)?.scopes.includes(scope) === true;
  }

  #grantOf(authorization: string | undefined) {
    const token = /^(?:Bearer|OAuth) (.+)$/i.exec(authorization ?? '')?.[1];
    return token === undefined ? undefined : this.#tokens.get(token);
  }

  expireAll(): void {
    this.#tokens.clear();
  }

  answer(form: URLSearchParams, authorization: string | undefined): Answer {
    switch (form.get('grant_type')) {
      case JWT_BEARER:
        return this.#jwtBearer(form.get('assertion') ?? '');
      case 'client_credentials':
        return this.#clientCredentials(form, authorization);
      case 'refresh_token':
        return this.#refresh(form, authorization);
      default:
        return oauthError('unsupported_grant_type', 'grant type not supported');
    }
  }

  #jwtBearer(assertion: string): Answer {
    const [header = '', payload = '', signature = ''] = assertion.split('.');
    const algorithm = (readJson(header) as { readonly alg?: unknown } | undefined)?.alg;
    const claims = readJson(payload) as Claims | undefined;
    if (algorithm !== 'RS256' || claims === undefined) return invalidAssertion();
    const { app, audiences, clock, users } = this.#options;
    if (claims.iss !== app.clientId) return oauthError('invalid_client_id', 'client identifier invalid');
    const signed = Buffer.from(`${header}.${payload}`);
    if (!verify('RSA-SHA256', signed, createPublicKey(app.publicKeyPem), Buffer.from(signature, 'base64url'))) {
      return invalidAssertion();
    }
    if (typeof claims.aud !== 'string' || !audiences.includes(claims.aud)) {
      return oauthError('invalid_grant', 'audience is invalid');
    }
    const nowS = clock.now().getTime() / 1000;
    if (typeof claims.exp !== 'number' || claims.exp > nowS + LONGEST_ASSERTION_S) return invalidAssertion();
    // What orgs answer to an assertion past its time (simple-salesforce issues 371 and 491).
    if (claims.exp <= nowS) return oauthError('invalid_grant', 'expired authorization code');
    return this.#admit(
      users.find(({ username }) => username === claims.sub),
      'api web',
    );
  }

  #clientCredentials(form: URLSearchParams, authorization: string | undefined): Answer {
    const { app, users } = this.#options;
    const { clientId, clientSecret } = credentials(form, authorization);
    if (clientId !== app.clientId) return oauthError('invalid_client_id', 'client identifier invalid');
    if (app.clientSecret === undefined) return oauthError('invalid_grant', 'no client credentials user enabled');
    if (clientSecret !== app.clientSecret) return oauthError('invalid_client', 'invalid client credentials');
    return this.#admit(
      users.find(({ username }) => username === app.runAs),
      'api',
    );
  }

  #refresh(form: URLSearchParams, authorization: string | undefined): Answer {
    const { app, users } = this.#options;
    const { clientId, clientSecret } = credentials(form, authorization);
    if (clientId !== app.clientId) return oauthError('invalid_client_id', 'client identifier invalid');
    if (clientSecret !== undefined && clientSecret !== app.clientSecret) {
      return oauthError('invalid_client', 'invalid client credentials');
    }
    if (app.refreshToken === undefined || form.get('refresh_token') !== app.refreshToken) {
      return oauthError('invalid_grant', 'expired access/refresh token');
    }
    return this.#admit(
      users.find(({ username }) => username === app.runAs),
      'refresh_token api',
    );
  }

  #admit(user: OrgUser | undefined, scope: string): Answer {
    switch (user?.state) {
      case undefined:
      case 'unapproved':
        return oauthError('invalid_grant', "user hasn't approved this consumer");
      case 'not-admin-approved':
        return oauthError('invalid_app_access', 'user is not admin approved to access this app');
      case 'inactive':
        return oauthError('invalid_grant', 'inactive user');
      case 'ip-restricted':
        return oauthError('invalid_grant', 'ip restricted');
      case 'approved':
        return this.#issue(user, scope);
    }
  }

  #issue(user: OrgUser, scope: string): Answer {
    const { app, clock, organizationId, url } = this.#options;
    const accessToken = `${organizationId.slice(0, 15)}!AQ0AQ${randomBytes(48).toString('base64url')}`;
    this.#tokens.set(accessToken, { ...user, scopes: scope.split(' ') });
    const id = `${url}/id/${organizationId}/${user.id}`;
    const issuedAt = String(clock.now().getTime());
    return jsonAnswer(200, {
      access_token: accessToken,
      signature: createHmac('sha256', app.clientSecret ?? app.clientId)
        .update(id + issuedAt)
        .digest('base64'),
      scope,
      instance_url: url,
      id,
      token_type: 'Bearer',
      issued_at: issuedAt,
      api_instance_url: url,
    });
  }
}

function invalidAssertion(): Answer {
  return oauthError('invalid_grant', 'invalid assertion');
}

/** From the `Authorization: Basic` header where there is one, else from the form (RFC 6749 section 2.3.1). */
function credentials(form: URLSearchParams, authorization: string | undefined) {
  const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) {
    return { clientId: form.get('client_id') ?? undefined, clientSecret: form.get('client_secret') ?? undefined };
  }
  const [id = '', secret = ''] = Buffer.from(basic, 'base64').toString().split(':');
  return { clientId: decodeURIComponent(id), clientSecret: decodeURIComponent(secret) };
}

function readJson(base64url: string): object | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString());
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
