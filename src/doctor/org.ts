import { z } from 'zod';
import { probeMessages } from '../acquire/email-messages.ts';
import { readActiveRelays } from '../acquire/email-relay.ts';
import { relayNote } from '../acquire/org-notes.ts';
import type { Session } from '../acquire/session.ts';
import type { Settings, SourceType } from '../config/schema.ts';
import { AuditError } from '../support/errors.ts';
import { countOf } from '../support/plural.ts';
import { ok, warning, type Finding } from './check.ts';

/** Share of the day's API requests beyond which other programs soon meet the limit. */
const SCARCE = 0.9;

/** The objects a source reads; what else it needs shows when it is looked at. */
const OBJECTS: Readonly<Record<SourceType, readonly string[]>> = {
  files: ['ContentVersion'],
  'event-log-file': ['EventLogFile'],
  'setup-page': ['User'],
  directory: [],
};

/** Whether the user may read what the enabled jobs read, one record of each at most. */
export async function checkPermissions(org: Session, settings: Settings, signal: AbortSignal): Promise<Finding> {
  const { type } = settings.source;
  const objects = [...OBJECTS[type]];
  for (const object of objects) {
    await org.query(`SELECT Id FROM ${object} LIMIT 1`, z.object({ Id: z.string() }), signal);
  }
  if (settings.jobs['inbound-audit'].enabled) {
    await probeMessages(org, signal);
    objects.push('EmailMessage');
  }
  return ok(`the user may read ${objects.join(', ')}${LIMITS[type] ?? ''}`);
}

/** What the user may see of these objects is not the whole of it. */
const LIMITS: Partial<Readonly<Record<SourceType, string>>> = {
  files: '; it sees its own files, shared ones and those of its libraries',
  'setup-page': '; whether it may open Setup > Email Log Files ("Modify All Data") shows when the page is opened',
};

/** How much of the org's API requests is used up, as Salesforce states it with every answer (`Sforce-Limit-Info`). */
export function checkApiUsage({ apiUsage }: Pick<Session, 'apiUsage'>): Finding {
  if (apiUsage === undefined) return ok('the org does not state how many are left');
  const { used, limit } = apiUsage;
  const message = `${used.toLocaleString('en-US')} of ${countOf(limit, 'request')} of the last 24 hours used`;
  if (used < limit * SCARCE) return ok(message);
  return warning(message, 'See Setup > System Overview for who uses the API; a run needs about three requests a log.');
}

/** What stands between Salesforce and the recipients; a limit of what TLS values can say. */
export async function checkRelays(org: Session, signal: AbortSignal): Promise<Finding> {
  try {
    const relays = await readActiveRelays(org, signal);
    if (relays.length === 0) return ok('no active email relay: TLS values describe the way to the recipient');
    return warning(
      relays.map(relayNote).join(' '),
      'Check the way from the relay to the recipients at the relay; every report carries this note.',
    );
  } catch (error) {
    if (!(error instanceof AuditError) || signal.aborted) throw error;
    return warning(
      `whether the org uses an email relay cannot be told: ${error.message}`,
      'To have it checked, give the user rights over email administration. Until then every report says so.',
    );
  }
}
