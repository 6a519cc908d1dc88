import { isLoopback } from './rule.ts';

/** What an `sf` CLI auth URL holds: a sign-in by refresh token. */
export interface AuthUrl {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly refreshToken: string;
  /** Origin of the org, where the token is asked for. */
  readonly loginUrl: string;
}

/** `force://clientId:clientSecret:refreshToken@instance`; the secret may be empty (Salesforce CLI Command Reference). */
const LONG = /^force:\/\/([\w.-]+=*):([\w.-]*=*):([\w.-]+=*)@([\w.:/-]+)$/;

/** `force://refreshToken@instance`: a sign-in through the CLI's own app. */
const SHORT = /^force:\/\/([\w.-]+=*)@([\w.:/-]+)$/;

/** The app of the CLI itself; it has no secret. */
const CLI_APP = 'PlatformCLI';

/** Undefined where the text is none, or names a host that is neither https nor loopback. */
export function readAuthUrl(text: string): AuthUrl | undefined {
  const [, clientId = CLI_APP, clientSecret = '', refreshToken, instance] =
    LONG.exec(text.trim()) ?? shortParts(text.trim()) ?? [];
  const loginUrl = instance === undefined ? undefined : originOf(instance);
  if (refreshToken === undefined || loginUrl === undefined) return undefined;
  return { clientId, clientSecret: clientSecret === '' ? undefined : clientSecret, refreshToken, loginUrl };
}

function shortParts(text: string): readonly (string | undefined)[] | undefined {
  const [whole, refreshToken, instance] = SHORT.exec(text) ?? [];
  return whole === undefined ? undefined : [whole, undefined, undefined, refreshToken, instance];
}

/** The CLI leaves the scheme away. */
function originOf(instance: string): string | undefined {
  const [host = ''] = instance.replace(/^https?:\/\//, '').split('/');
  const hostname = host.replace(/:\d+$/, '');
  if (instance.startsWith('http://') && !isLoopback(hostname)) return undefined;
  const isPlain = isLoopback(hostname) && !instance.startsWith('https://');
  const url = `${isPlain ? 'http' : 'https'}://${host}`;
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
