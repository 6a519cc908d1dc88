import { z } from 'zod';
import type { Clock } from '../model/ports.ts';
import { AuditError, UsageError } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';
import { Fault } from './fault.ts';
import { readPrivateKey, signAssertion } from './jwt-assertion.ts';
import { withRetries, type RetryPolicy } from './retry.ts';
import { explain } from './salesforce-errors.ts';
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

export type SalesforceAuth = JwtAuth | ClientCredentialsAuth;

export interface SignInOptions {
  readonly loginUrl: string;
  readonly auth: SalesforceAuth;
  readonly timeoutMs: number;
}

/** Beyond this a refused JWT is signed again by the server's clock. */
const TOLERATED_SKEW_MS = 30_000;

const tokenSchema = z.object({ access_token: z.string().min(1), instance_url: z.url() });

interface Grant {
  readonly app: { readonly clientId?: string; readonly clientSecret?: string };
  readonly parametersAt: (now: Date) => { grant_type: string; [name: string]: string };
  readonly dependsOnClock: boolean;
}

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
      return toAccess(answer, doing);
    } catch (error) {
      throw error instanceof Fault ? explain(error, doing) : error;
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

function toAccess(answer: unknown, doing: string): Access {
  const token = tokenSchema.safeParse(answer);
  if (!token.success) {
    throw new AuditError(`${doing}: the answer holds no access token and instance URL`, {
      remedy: 'Check that salesforce.loginUrl is a Salesforce login host.',
    });
  }
  const instance = new URL(token.data.instance_url);
  if (!isSecureUrl(instance)) {
    throw new AuditError(
      `${doing}: the org's own URL came back as ${instance.protocol}//${instance.host}, expected https (http only for loopback hosts)`,
      { remedy: 'Check that salesforce.loginUrl is a Salesforce login host and that no proxy rewrites its answers.' },
    );
  }
  return { accessToken: token.data.access_token, instanceUrl: instance.origin };
}
