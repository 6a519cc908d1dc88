import { createDirectorySource } from '../acquire/directory-source.ts';
import { createEventLogFileSource } from '../acquire/event-log-file-source.ts';
import { createFilesSource } from '../acquire/files-source.ts';
import { lazySession, type LazySession } from '../acquire/lazy-session.ts';
import { openSession } from '../acquire/session.ts';
import { createSetupPageSource, type SetupPageContext } from '../acquire/setup-page/source.ts';
import type { SalesforceAuth } from '../acquire/sign-in.ts';
import { readAuthUrl } from '../config/auth-url.ts';
import { foreignEnvironment } from '../config/environment.ts';
import { needed } from '../config/requirement.ts';
import type { Settings } from '../config/schema.ts';
import type { Clock, LogSource } from '../model/ports.ts';
import type { Logger } from '../support/logger.ts';

/** Settings of the sign-in are read when the org is first needed: not every job and source needs one. */
export function composeSession({ salesforce }: Settings, context: { clock: Clock; logger: Logger }): LazySession {
  const { apiVersion, timeoutMs } = salesforce;
  return lazySession((signal) => openSession({ ...signInOptions(salesforce), apiVersion, timeoutMs }, context, signal));
}

export function composeSource(
  settings: Settings,
  session: LazySession,
  context: { readonly clock: Clock; readonly logger: Logger },
  { dry }: { readonly dry: boolean },
): LogSource {
  const { source } = settings;
  const { maxFileBytes } = source;
  switch (source.type) {
    case 'directory': {
      const path = needed(source.directory.path, 'source.directory.path');
      return createDirectorySource({ path, pattern: source.directory.pattern, maxFileBytes }, context);
    }
    case 'event-log-file': {
      const eventType = needed(source.eventLogFile.eventType, 'source.eventLogFile.eventType');
      return createEventLogFileSource({ ...source.eventLogFile, eventType, maxFileBytes }, session);
    }
    case 'files':
      return createFilesSource({ ...source.files, maxFileBytes }, session, context.logger);
    case 'setup-page':
      return createSetupPageSource(
        { ...source.setupPage, maxFileBytes, dry },
        session,
        browserContext(settings, context),
      );
  }
}

export function browserContext(
  { spool }: Settings,
  context: { readonly clock: Clock; readonly logger: Logger },
): SetupPageContext {
  return { ...context, browserEnvironment: foreignEnvironment(), spoolFolder: spool.path };
}

function signInOptions(salesforce: Settings['salesforce']): {
  readonly loginUrl: string;
  readonly auth: SalesforceAuth;
} {
  const { auth: type, loginUrl } = salesforce;
  if (type === 'sfdx-auth-url') {
    const authUrl = readAuthUrl(needed(salesforce.authUrl, 'salesforce.authUrl').reveal());
    const { loginUrl: home, ...auth } = needed(authUrl ?? null, 'salesforce.authUrl');
    return { loginUrl: home, auth: { type: 'refresh-token', ...auth } };
  }
  const clientId = needed(salesforce.clientId, 'salesforce.clientId');
  switch (type) {
    case 'jwt': {
      const username = needed(salesforce.username, 'salesforce.username');
      const privateKeyPem = needed(salesforce.privateKey, 'salesforce.privateKey').reveal();
      return {
        loginUrl,
        auth: { type, clientId, username, privateKeyPem, audience: salesforce.audience ?? loginUrl },
      };
    }
    case 'client-credentials': {
      const clientSecret = needed(salesforce.clientSecret, 'salesforce.clientSecret').reveal();
      return { loginUrl, auth: { type, clientId, clientSecret } };
    }
    case 'refresh-token': {
      const refreshToken = needed(salesforce.refreshToken, 'salesforce.refreshToken').reveal();
      return { loginUrl, auth: { type, clientId, clientSecret: salesforce.clientSecret?.reveal(), refreshToken } };
    }
  }
}
