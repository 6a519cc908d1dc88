import type { Recipient } from '../model/log-row.ts';

/**
 * IP warm-up adds rows to `warmup@...siterelay.mta.salesforce.com`: Salesforce's own traffic, no delivery of the org
 * (Salesforce article 004397549).
 */
export function isWarmUp(recipient: Recipient): boolean {
  return recipient.mailbox === 'warmup' && /(^|[.-])siterelay\.mta\.salesforce\.com$/.test(recipient.domain);
}
