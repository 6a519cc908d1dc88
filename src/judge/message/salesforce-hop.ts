import { type Hop, isUnderDomain } from '../../model/message.ts';

const SALESFORCE_DOMAINS = ['salesforce.com', 'sfdc.net'];
/** Servers that hand mail from Salesforce to the world: `smtp09-ia4-sp3.mta.salesforce.com`. */
const OUTBOUND_DOMAIN = 'mta.salesforce.com';
const PRIVATE_ADDRESS = /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|::1$|f[cd][\da-f]{2}:|fe80:)/i;

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

/**
 * The hop from another system into Salesforce: the last of the hops inside Salesforce that the message ends with. Older
 * hops that look the same were there before Salesforce got the message, so a sender may have made them up.
 */
export function hopIntoSalesforce(hops: readonly Hop[]): Hop | undefined {
  for (const hop of hops) {
    if (!isSalesforce(hop.by)) return undefined;
    if (!isInside(hop)) return hop;
  }
  return undefined;
}

function isInside(hop: Hop): boolean {
  if (hop.from === null || hop.clientNames.some(isSalesforce)) return true;
  const isPrivate = hop.clientAddress !== null && PRIVATE_ADDRESS.test(hop.clientAddress);
  return isPrivate && !hop.clientNames.some((name) => /\.[a-z]/.test(name) && name !== 'localhost.localdomain');
}

function isSalesforce(name: string | null): boolean {
  return SALESFORCE_DOMAINS.some((domain) => isUnderDomain(name, domain));
}
