import { type Hop, isUnderDomain } from '../../model/message.ts';

const SALESFORCE_DOMAINS = ['salesforce.com', 'sfdc.net'];
/** Servers that hand mail from Salesforce to the world: `smtp09-ia4-sp3.mta.salesforce.com`. */
const OUTBOUND_DOMAIN = 'mta.salesforce.com';
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|(?=.*:)[\da-f:.]+)(?:%\w+)?$/i;
const PRIVATE_ADDRESS =
  /^(?:::ffff:)?(?:127\.|10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.)|^(?:::1$|f[cd][\da-f]{2}:|fe80:)/i;

/**
 * Hops from Salesforce to another system, newest first: the handing server's name lies under `mta.salesforce.com`,
 * the receiving one's does not lie inside Salesforce. The hop that a message takes inside Salesforce before that,
 * `(ecelerity ...)`, is none.
 */
export function hopsFromSalesforce(hops: readonly Hop[]): Hop[] {
  return hops.filter(
    (hop) =>
      hop.clientNames.some((name) => name !== OUTBOUND_DOMAIN && isUnderDomain(name, OUTBOUND_DOMAIN)) &&
      !(hop.by === null && hop.receiver === 'Momentum') &&
      !isSalesforce(hop.by),
  );
}

/** The hop from another system into Salesforce, as far as it can be told. */
export interface EntryHop {
  readonly hop: Hop;
  /** Newer hops were taken for hops inside Salesforce although they do not prove it: the sender may have written this one. */
  readonly mayBeForged: boolean;
  /** Why it may be another hop, in sentences. */
  readonly doubts: readonly string[];
}

/**
 * The hop from another system into Salesforce: the last of the hops inside Salesforce that the message ends with. Older
 * hops that look the same were there before Salesforce got the message, so a sender may have made them up; what a
 * server calls itself never proves that it stands inside.
 */
export function hopIntoSalesforce(hops: readonly Hop[]): EntryHop | undefined {
  const unproven: number[] = [];
  for (const hop of hops) {
    if (!isSalesforce(hop.by)) return undefined;
    const { isInside, doubt } = placeOf(hop);
    if (!isInside) {
      const doubts = unproven.length === 0 ? [] : [mayBeForged(unproven)];
      return { hop, mayBeForged: unproven.length > 0, doubts: doubt === undefined ? doubts : [...doubts, doubt] };
    }
    if (doubt !== undefined) unproven.push(hop.index);
  }
  return undefined;
}

/** Only a private address that Salesforce saw proves a hop inside it, and only a public one a hop from outside. */
function placeOf(hop: Hop): { isInside: boolean; doubt?: string } {
  const address = hop.clientAddress === null ? '' : hop.clientAddress.replace(/(\d\.\d+|\]):\d+$/, '$1');
  const isNamedSalesforce = hop.clientNames.some(isSalesforce);
  const isNamedOtherwise = hop.clientNames.some(
    (name) => /\.[a-z]/.test(name) && name !== 'localhost.localdomain' && !isSalesforce(name),
  );
  if (!ADDRESS.test(address)) {
    return isNamedOtherwise && !isNamedSalesforce ? { isInside: false } : { isInside: true, doubt: 'no address' };
  }
  if (PRIVATE_ADDRESS.test(address)) {
    return isNamedSalesforce || !isNamedOtherwise ? { isInside: true } : { isInside: false, doubt: relay(hop) };
  }
  if (isSalesforce(hop.reverseName)) return { isInside: true, doubt: 'a public address' };
  return isNamedSalesforce ? { isInside: false, doubt: pretender(hop) } : { isInside: false };
}

function mayBeForged(unproven: readonly number[]): string {
  const named = unproven.length > 5 ? `${unproven.slice(0, 5).join(', ')}...` : unproven.join(', ');
  return (
    `hop ${named} shows no private address that would prove a hop inside Salesforce: the sender may have written ` +
    'every hop below'
  );
}

function relay(hop: Hop): string {
  return `hop ${hop.index} comes from a private address: it may be a hop inside Salesforce, not the one into it`;
}

function pretender(hop: Hop): string {
  return `the server that handed the message over in hop ${hop.index} calls itself one of Salesforce, which proves nothing`;
}

export function isSalesforce(name: string | null): boolean {
  return SALESFORCE_DOMAINS.some((domain) => isUnderDomain(name, domain));
}
