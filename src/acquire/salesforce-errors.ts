import { AuditError } from '../support/errors.ts';
import type { Fault } from './fault.ts';

interface Explanation {
  readonly code: RegExp;
  /** Where one code has several causes, the words that tell them apart. */
  readonly words?: RegExp;
  readonly meaning: string;
  readonly remedy: string;
}

const APP = 'External Client App (or connected app)';

/**
 * Salesforce's error codes and what to do about them, first match wins. Sources: Salesforce Help "OAuth 2.0
 * Authorization Errors" and "OAuth 2.0 JWT Bearer Flow", REST API Developer Guide "Status Codes and Error Responses",
 * SOAP API Developer Guide "ExceptionCode".
 */
const EXPLANATIONS: readonly Explanation[] = [
  {
    code: /^(invalid_grant|invalid_app_access|OAUTH_APP_ACCESS_DENIED)$/,
    words: /approved|OAUTH_APP_ACCESS_DENIED/i,
    meaning: 'the user may not use this app yet, or the org has no user of this name',
    remedy: `Check salesforce.username. In the policies of the ${APP} set "Admin approved users are pre-authorized" and give the user a permission set or profile of the app.`,
  },
  {
    code: /^(invalid_grant|invalid_assertion|invalid_request)$/,
    words: /audience/i,
    meaning: 'the audience of the JWT is not one this org accepts',
    remedy: 'Set salesforce.audience to https://login.salesforce.com, or for a sandbox to https://test.salesforce.com.',
  },
  {
    code: /^(invalid_grant|invalid_token)$/,
    words: /refresh.?token|token.?(rotated|revoked)/i,
    meaning: 'the refresh token is expired, revoked or replaced by a newer one',
    remedy:
      'Sign in anew and set salesforce.refreshToken or salesforce.authUrl ("sf org auth show-sfdx-auth-url" prints one). ' +
      `Look at the refresh token policy of the ${APP}; sign-in with jwt needs no token that can expire.`,
  },
  {
    code: /^(invalid_grant|invalid_assertion)$/,
    words: /expired/i,
    meaning: 'the JWT counts as expired, most likely because the clock of this machine is wrong',
    remedy: 'Set the clock of this machine by NTP. If it is right, the certificate of the app may have expired.',
  },
  {
    code: /^OAUTH_APP_BLOCKED$/,
    meaning: 'an admin of the org has blocked this app',
    remedy: `Unblock the ${APP} in Setup > Connected Apps OAuth Usage.`,
  },
  {
    code: /^(inactive_user|invalid_grant|INVALID_LOGIN)$/,
    words: /inactive|locked|frozen/i,
    meaning: 'the user is inactive, frozen or locked out',
    remedy: 'Activate, unfreeze or unlock the user in Setup > Users, or sign in as another integration user.',
  },
  {
    code: /^(invalid_grant|ip_restricted|LOGIN_DURING_RESTRICTED_DOMAIN)$/,
    words: /\bip(_|\b)|domain/i,
    meaning: 'Salesforce does not accept sign-ins of this user from this place',
    remedy:
      'For "request not supported on this domain" set salesforce.loginUrl to the My Domain URL of the org. Otherwise add ' +
      `the worker's public address to the login IP ranges of the user's profile, or relax the IP policy of the ${APP}.`,
  },
  {
    code: /^invalid_grant$/,
    words: /login hours/i,
    meaning: 'the user may not sign in at this hour',
    remedy: "Widen the login hours of the user's profile, or run the job within them (jobs.outbound-audit.schedule).",
  },
  {
    code: /^invalid_grant$/,
    words: /no client credentials user|run as/i,
    meaning: 'the client credentials flow of the app has no user to run as',
    remedy: `Name a user under "Run As" in the client credentials policies of the ${APP}.`,
  },
  {
    code: /^(invalid_grant|invalid_scope)$/,
    words: /scope/i,
    meaning: 'the app grants no scope that can be used here',
    remedy: `Add the scope "Manage user data via APIs (api)" to the ${APP}.`,
  },
  {
    code: /^(invalid_assertion|invalid_grant)$/,
    words: /assertion|signature|jwt/i,
    meaning: 'the signature or the claims of the JWT were refused',
    remedy: `Check that the certificate of the ${APP} belongs to salesforce.privateKey and that salesforce.clientId and salesforce.username are of this org.`,
  },
  {
    code: /^(rate_limit_exceeded|login_rate_exceeded|invalid_grant)$/i,
    words: /rate.(limit.)?exceeded/i,
    meaning: 'there were too many sign-ins in a short time',
    remedy: 'Nothing was tried again. Wait an hour; look for other programs that sign in as this user.',
  },
  {
    code: /^invalid_grant$/,
    meaning: 'Salesforce refused the sign-in',
    remedy:
      "Look at the user's Login History in Setup: it names the reason. Check salesforce.username, the login host " +
      '(sandbox or production) and the policies of the app.',
  },
  {
    code: /^(invalid_client_id|app_not_found|OAUTH_EC_APP_NOT_FOUND)$/,
    meaning: 'the org does not know this consumer key',
    remedy: `Check salesforce.clientId and salesforce.loginUrl (sandbox or production). A new ${APP} can take 10 minutes to be known.`,
  },
  {
    code: /^(invalid_client|invalid_client_credentials)$/,
    meaning: 'the consumer key and the secret or certificate do not belong together',
    remedy: `Compare salesforce.clientId and the secret or key with the ${APP}; after a rotation take the new ones.`,
  },
  {
    code: /^(unsupported_grant_type|unauthorized_client)$/,
    meaning: 'this way of signing in is not enabled for the app',
    remedy: `Enable the flow that salesforce.auth names in the ${APP}: JWT bearer flow, client credentials flow, or refresh tokens (scope refresh_token).`,
  },
  {
    code: /^(inactive_org|ORG_LOCKED|org_locked)$/,
    meaning: 'the org is inactive or locked',
    remedy: 'Ask Salesforce support why the org is locked; check salesforce.loginUrl.',
  },
  {
    code: /^(API_DISABLED_FOR_ORG|API_CURRENTLY_DISABLED)$/,
    meaning: 'the API is disabled for the org or for this user',
    remedy: 'Give the user the permission "API Enabled" and check that the edition of the org includes the API.',
  },
  {
    code: /^REQUEST_LIMIT_EXCEEDED$/,
    words: /concurrent/i,
    meaning: 'too many requests of the org run at once',
    remedy: 'Look for other programs that keep the API of the org busy; the next run takes up what is missing.',
  },
  {
    code: /^REQUEST_LIMIT_EXCEEDED$/,
    meaning: 'the org has used up its API requests of the last 24 hours',
    remedy:
      'Nothing more was asked for. See Setup > System Overview for who uses the API; the next run takes up what is missing.',
  },
  {
    code: /^(INVALID_SESSION_ID|INVALID_AUTH_HEADER|HTTP_401)$/,
    meaning: 'the session was refused, and a new one as well',
    remedy: `Check the session and IP policies of the ${APP} and that the scope "Manage user data via APIs (api)" is granted.`,
  },
  {
    code: /^(INVALID_TYPE|INVALID_FIELD|INSUFFICIENT_ACCESS|INSUFFICIENT_ACCESS_OR_READONLY|FUNCTIONALITY_NOT_ENABLED|HTTP_403)$/,
    meaning: 'the user may not see the object or a field of it, or the org does not have it',
    remedy: 'Give the user of salesforce.username a permission set that reads it; the README lists the permissions.',
  },
  {
    code: /^(NOT_FOUND|ENTITY_IS_DELETED|HTTP_404)$/,
    meaning: 'it is not there: deleted, never shared with this user, or not in this API version',
    remedy: 'Check that the user can open it in Salesforce, and salesforce.apiVersion.',
  },
  {
    code: /^(UNSUPPORTED_API_VERSION|API_VERSION_RETIRED)$/,
    meaning: 'the org does not offer this API version',
    remedy: 'Set salesforce.apiVersion to a version the org lists under /services/data.',
  },
  {
    code: /^INVALID_QUERY_LOCATOR$/,
    meaning: 'the cursor of the query expired between two pages',
    remedy: 'Run again.',
  },
  {
    code: /^REDIRECTED$/,
    meaning: 'the token is not sent on to another host',
    remedy: 'Set salesforce.loginUrl to the My Domain URL that Setup > My Domain shows.',
  },
  {
    code: /^REDIRECT_REFUSED$/,
    meaning: 'the place that keeps the file does not hand it out',
    remedy:
      'Run again: such addresses expire. If it stays so, look for a proxy or firewall between this machine and that host.',
  },
  {
    code: /^(BAD_REDIRECT|TOO_MANY_REDIRECTS|ANSWER_TOO_LARGE|UNKNOWN_ENCODING)$/,
    meaning: 'Salesforce does not answer like this, so something stands between',
    remedy: 'Check salesforce.loginUrl, and look for a proxy between this machine and Salesforce.',
  },
  {
    code: /^(HTML_ANSWER|HTML_INSTEAD_OF_FILE)$/,
    meaning: 'HTML instead of a file or data: a login page, a maintenance page or a proxy',
    remedy: 'Check that salesforce.loginUrl is the login host itself, and that no proxy stands between.',
  },
  {
    code: /^(WRONG_LENGTH|WRONG_CHECKSUM|LENGTH_UNKNOWN|Z_[A-Z_]+)$/,
    meaning: 'the file did not arrive whole, nothing of it was kept',
    remedy: 'Run again. If it stays so, open the file in Salesforce, and look for a proxy that changes what passes it.',
  },
  {
    code: /CERT|ISSUER|SIGNATURE|ERR_TLS|ERR_SSL/,
    meaning: 'this machine does not trust the other end',
    remedy: 'Where a company proxy opens TLS, give Node its certificate in NODE_EXTRA_CA_CERTS.',
  },
  {
    code: /^(ENOTFOUND|EAI_AGAIN)$/,
    meaning: 'name resolution failed',
    remedy: 'Check the spelling of salesforce.loginUrl and the DNS of this machine.',
  },
  {
    code: /^(E[A-Z]+|UND_ERR_.*|HPE_.*|NETWORK_ERROR|TIMEOUT|TIMED_OUT|STALLED|HTTP_\d+|SERVER_UNAVAILABLE|UNKNOWN_EXCEPTION|unknown_error|server_error|temporarily_unavailable)$/,
    meaning: 'the network or Salesforce did not deliver',
    remedy:
      'See https://status.salesforce.com and the network of this machine (a proxy needs NODE_USE_ENV_PROXY=1); the next run ' +
      'takes up what is missing.',
  },
];

/** What a code means where it answers a sign-in. */
const AT_SIGN_IN: readonly Explanation[] = [
  {
    code: /^(NOT_FOUND|HTTP_404)$/,
    meaning: 'nobody signs in there',
    remedy: 'Check salesforce.loginUrl: the login host or the My Domain URL that Setup > My Domain shows.',
  },
];

const UNKNOWN = {
  meaning: 'this program does not know the code',
  remedy: "Look the code up in Salesforce's documentation; the user's Login History in Setup often says more.",
};

/** What a fault means, for people: Salesforce's own code, the meaning, what to do. Carries no cause: faults stay here. */
export function explain(fault: Fault, doing: string): AuditError {
  return explainBy(EXPLANATIONS, fault, doing);
}

/** The same of a sign-in. */
export function explainSignIn(fault: Fault, doing: string): AuditError {
  return explainBy([...AT_SIGN_IN, ...EXPLANATIONS], fault, doing);
}

function explainBy(explanations: readonly Explanation[], fault: Fault, doing: string): AuditError {
  const said = `${fault.code} ${fault.description}`;
  const { meaning, remedy } =
    explanations.find(({ code, words }) => code.test(fault.code) && (words?.test(said) ?? true)) ?? UNKNOWN;
  const quoted = fault.description === '' ? '' : ` ("${fault.description}")`;
  const tries = fault.tries > 1 ? `, after ${fault.tries} tries` : '';
  return new AuditError(`${doing} failed with ${fault.code}${quoted}${tries}: ${meaning}`, { remedy });
}
