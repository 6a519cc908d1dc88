import { z } from 'zod';
import { salesforceId } from './record-shape.ts';
import type { Session } from './session.ts';

/** An email relay that mail of the org is handed to. */
export interface ActiveRelay {
  readonly host: string;
  readonly port: string;
  /** `Required`, `PreferredVerify`, ...: what Salesforce asks of the relay. */
  readonly tlsSetting: string;
  /** How many active domain filters lead to it. */
  readonly filters: number;
}

const relaySchema = z.object({
  Id: salesforceId,
  Host: z.string().nullable(),
  Port: z.union([z.string(), z.number()]).nullable(),
  TlsSetting: z.string().nullable(),
});

const filterSchema = z.object({ EmailRelayId: salesforceId.nullable() });

/**
 * The relays with an active domain filter: without one no mail takes that way (Object Reference, EmailDomainFilter).
 * @throws AuditError where the user may not read them, which needs rights over email administration
 */
export async function readActiveRelays(org: Session, signal: AbortSignal): Promise<ActiveRelay[]> {
  const relays = await org.query('SELECT Id, Host, Port, TlsSetting FROM EmailRelay', relaySchema, signal);
  if (relays.length === 0) return [];
  const soql = 'SELECT EmailRelayId FROM EmailDomainFilter WHERE IsActive = true';
  const filters = await org.query(soql, filterSchema, signal);
  return relays
    .map((relay) => ({
      host: relay.Host ?? 'a host without a name',
      port: String(relay.Port ?? 25),
      tlsSetting: relay.TlsSetting ?? 'unknown',
      filters: filters.filter(({ EmailRelayId }) => EmailRelayId?.slice(0, 15) === relay.Id.slice(0, 15)).length,
    }))
    .filter((relay) => relay.filters > 0);
}
