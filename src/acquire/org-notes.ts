import type { OrgNotes } from '../model/ports.ts';
import { RELAY_NOTE, UNKNOWN_RELAY_NOTE } from '../model/relay-note.ts';
import { messageOf } from '../support/errors.ts';
import type { Logger } from '../support/logger.ts';
import { readActiveRelays, type ActiveRelay } from './email-relay.ts';
import type { LazySession } from './lazy-session.ts';

/** A note is not worth more waiting than this. */
const TIMEOUT_MS = 30_000;

/** What the org says about itself that a reader of its reports has to know. */
export function createOrgNotes(session: LazySession, logger: Logger): OrgNotes {
  return {
    async read(signal) {
      try {
        const patience = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
        return (await readActiveRelays(await session.signedIn(patience), patience)).map(relayNote);
      } catch (error) {
        signal.throwIfAborted();
        logger.info('whether the org uses an email relay could not be read', { reason: messageOf(error) });
        return [UNKNOWN_RELAY_NOTE];
      }
    },
  };
}

export function relayNote({ host, port, tlsSetting }: ActiveRelay): string {
  return (
    `${RELAY_NOTE} ${host}:${port} (TLS ${tlsSetting}): for that mail TLS describes ` +
    'Salesforce -> relay, not relay -> recipient.'
  );
}
