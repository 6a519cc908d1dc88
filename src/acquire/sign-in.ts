import { z } from 'zod';
import type { Clock } from '../model/ports.ts';
import { AuditError, UsageError } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';
import { rememberSecret } from '../support/secrets.ts';
import { Fault } from './fault.ts';
import { readPrivateKey, signAssertion } from './jwt-assertion.ts';
import { withRetries, type RetryPolicy } from './retry.ts';
import { explainSignIn } from './salesforce-errors.ts';
import { isSecureUrl } from './secure-url.ts';
import { createOAuth2, type Access } from './transport.ts';

interface JwtAuth {
  readonly type: 'jwt';
  readonly clientId: string;
  readonly username: string;
  readonly privateKeyPem: string;
  readonly audience: string;
}

interface ClientCredentialsAuth {
  readonly type: 'client-credentials';
  readonly clientId: string;
  readonly clientSecret: string;
}

interface RefreshTokenAuth {
  readonly type: 'refresh-token';
  readonly clientId: string;
  /** Undefined where the app asks for none. */
  readonly clientSecret: string | undefined;
  readonly refreshToken: string;
}

export type SalesforceAuth = JwtAuth | ClientCredentialsAuth | RefreshTokenAuth;

export interface SignInOptions {
  readonly loginUrl: string;
  readonly auth: SalesforceAuth;
  readonly timeoutMs: number;
}

/** Beyond this a refused JWT is signed again by the server's clock. */
const TOLERATED_SKEW_MS = 30_000;

const tokenSchema = z.object({
  access_token: z.string().min(1),
  instance_url: z.url(),
  refresh_token: z.string().min(1).optional(),
});

interface Grant {
  readonly app: { readonly clientId?: string; readonly clientSecret?: string };
  readonly parametersAt: (now: Date) => { grant_type: string; [name: string]: string };
  readonly dependsOnClock: boolean;
  /** Learns of a refresh token that came with an answer; true where it replaces the one that was sent. */
  readonly rotate?: (refreshToken: string) => boolean;
}

const ROTATION =
  'Salesforce replaced the refresh token: the next start of this program cannot sign in with the old one. ' +
  'Switch refresh token rotation off for the app, or sign in with jwt';

export type SignIn = (signal: AbortSignal) => Promise<Access>;

/**
 * Checks what can be checked without the network (URL, key) and gives the function that signs in, as often as needed.
 * @throws UsageError for a loginUrl that is not https, or a key that is none
 */
export function prepareSignIn(
  options: SignInOptions,
  context: { readonly clock: Clock; readonly logger: Logger; readonly retry: RetryPolicy },
): SignIn {
  const loginUrl = readLoginUrl(options.loginUrl);
  const grant = prepareGrant(options.auth);
  const doing = `signing in to Salesforce at ${loginUrl.host} (${options.auth.type})`;
  let skewMs = 0;

  async function requestToken(signal: AbortSignal): Promise<unknown> {
    let serverSkewMs = skewMs;
    const oauth2 = createOAuth2(
      { loginUrl: loginUrl.origin, ...grant.app },
      {
        timeoutMs: options.timeoutMs,
        signal,
        onHeaders: (headers) => {
          const date = Date.parse(headers.get('date') ?? '');
          if (!Number.isNaN(date)) serverSkewMs = date - context.clock.now().getTime();
        },
      },
    );
    const now = new Date(context.clock.now().getTime() + skewMs);
    try {
      return await oauth2.requestToken(grant.parametersAt(now));
    } catch (error) {
      const differs = Math.abs(serverSkewMs - skewMs) > TOLERATED_SKEW_MS;
      if (!grant.dependsOnClock || !differs || !isClockFault(error)) throw error;
      context.logger.warn('the clock of this machine differs from that of Salesforce: signing in by theirs', {
        differenceSeconds: Math.round(serverSkewMs / 1000),
      });
      skewMs = serverSkewMs;
      return await oauth2.requestToken(grant.parametersAt(new Date(context.clock.now().getTime() + skewMs)));
    }
  }

  return async (signal) => {
    try {
      const answer = await withRetries(requestToken, context.retry, { signal });
      const token = readToken(answer, doing);
      if (token.refresh_token !== undefined && grant.rotate?.(token.refresh_token) === true) {
        // The new one lives in this process only, and it may be used once.
        context.logger.warn(ROTATION);
      }
      return toAccess(token, doing);
    } catch (error) {
      throw error instanceof Fault ? explainSignIn(error, doing) : error;
    }
  };
}

function readLoginUrl(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url !== undefined && isSecureUrl(url)) return url;
  const found = url === undefined ? 'something that is no URL' : `${url.protocol}//${url.host}`;
  throw new UsageError(
    `signing in to Salesforce: salesforce.loginUrl is ${found}, expected an https URL (http only for loopback hosts)`,
    {
      remedy:
        'Set salesforce.loginUrl to https://login.salesforce.com, https://test.salesforce.com or your My Domain URL.',
    },
  );
}

function prepareGrant(auth: SalesforceAuth): Grant {
  switch (auth.type) {
    case 'jwt': {
      const key = readPrivateKey(auth.privateKeyPem);
      return {
        app: {},
        parametersAt: (now) => ({
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
          assertion: signAssertion(auth, key, now),
        }),
        dependsOnClock: true,
      };
    }
    case 'client-credentials':
      return {
        app: { clientId: auth.clientId, clientSecret: auth.clientSecret },
        parametersAt: () => ({ grant_type: 'client_credentials' }),
        dependsOnClock: false,
      };
    case 'refresh-token': {
      let { refreshToken } = auth;
      return {
        app: {
          clientId: auth.clientId,
          ...(auth.clientSecret === undefined ? {} : { clientSecret: auth.clientSecret }),
        },
        parametersAt: () => ({ grant_type: 'refresh_token', refresh_token: refreshToken }),
        dependsOnClock: false,
        rotate: (newer) => {
          const isNew = newer !== refreshToken;
          refreshToken = newer;
          return isNew;
        },
      };
    }
  }
}

/** Salesforce calls a JWT from another time `invalid_grant`, "expired authorization code" or an invalid assertion. */
function isClockFault(error: unknown): boolean {
  return (
    error instanceof Fault &&
    (error.code === 'invalid_assertion' ||
      (error.code === 'invalid_grant' && /expired|assertion|jwt/i.test(error.description)))
  );
}

function readToken(answer: unknown, doing: string): z.infer<typeof tokenSchema> {
  const token = tokenSchema.safeParse(answer);
  if (token.success) {
    for (const secret of [token.data.access_token, token.data.refresh_token])
      if (secret !== undefined) rememberSecret(secret);
    return token.data;
  }
  throw new AuditError(`${doing}: the answer holds no access token and instance URL`, {
    remedy: 'Check that salesforce.loginUrl is a Salesforce login host.',
  });
}

function toAccess(token: z.infer<typeof tokenSchema>, doing: string): Access {
  const instance = new URL(token.instance_url);
  if (!isSecureUrl(instance)) {
    throw new AuditError(
      `${doing}: the org's own URL came back as ${instance.protocol}//${instance.host}, expected https (http only for loopback hosts)`,
      { remedy: 'Check that salesforce.loginUrl is a Salesforce login host and that no proxy rewrites its answers.' },
    );
  }
  return { accessToken: token.access_token, instanceUrl: instance.origin };
}
