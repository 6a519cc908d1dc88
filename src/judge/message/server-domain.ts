import type { Hop } from '../../model/message.ts';
import { hopIntoSalesforce, isSalesforce } from './salesforce-hop.ts';

/** Where nothing names the server or the sender. */
export const UNKNOWN_DOMAIN = 'unknown';

/** Second-level names under which registries sell, such as `co.uk`: what is left of a host must not be one of them. */
const REGISTRY = /^(?:ac|co|com|edu|go|gov|gv|ltd|mil|ne|net|nom|or|org|plc|sch)\.[a-z]{2}$/;
const MAX_DOMAIN_CHARS = 253;

/**
 * The domain of the server that handed a message to Salesforce: its host name without the first label, where it has
 * more than two (`mail-ot1-f52.google.com` is `google.com`); its address where it gave no name. Servers name
 * themselves, so this groups messages and proves nothing.
 */
export function serverDomain(hops: readonly Hop[]): string {
  const entry = hopIntoSalesforce(hops);
  if (entry === undefined || entry.mayBeForged) return UNKNOWN_DOMAIN;
  const { hop } = entry;
  const name = hop.clientNames.find(
    (candidate) => candidate.length <= MAX_DOMAIN_CHARS && isHostName(candidate) && !isSalesforce(candidate),
  );
  if (name !== undefined) return withoutFirstLabel(name);
  const [address] = /^(?:\d+(?:\.\d+){3}|[\da-f]*:[\da-f:.]*)/i.exec(hop.clientAddress ?? '') ?? [];
  return address === undefined ? UNKNOWN_DOMAIN : `[${address.toLowerCase()}]`;
}

function withoutFirstLabel(host: string): string {
  const [, ...rest] = host.split('.');
  const domain = rest.join('.');
  return rest.length < 2 || REGISTRY.test(domain) ? host : domain;
}

function isHostName(text: string): boolean {
  return /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$/.test(text);
}
