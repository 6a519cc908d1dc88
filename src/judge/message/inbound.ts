import type { KeptHeaders } from '../../model/message.ts';
import type { Policy } from '../../model/policy.ts';
import type { Protocol } from '../../model/protocol.ts';
import { isSuite, judgeSnapshot } from './snapshot.ts';

/** Why nothing dependable is known about the TLS of a received message. */
export type Doubt = 'not kept' | 'cut' | 'no TLS headers' | 'contradictory';

/** What TLS carried a message into Salesforce. */
export interface InboundTls {
  readonly protocol: Protocol;
  /** Empty where none is known, or no protocol is: a sender may have written anything in its place. */
  readonly cipherSuite: string;
  /** Undefined where the protocol is recognised. */
  readonly doubt: Doubt | undefined;
  /** The doubt in words; empty where there is none. */
  readonly problem: string;
}

/**
 * Judges a received message by the X-SFDC-TLS headers that Salesforce put on it, and by nothing else: what is missing
 * or cut is unknown, never plaintext. Contradictions are unknown too, except beside a violation: they make a message
 * no better than it says it is.
 */
export function judgeInbound({ extent, headers }: KeptHeaders, policy: Policy): InboundTls {
  if (extent === 'none') return unknown('not kept', 'no headers were kept');
  if (extent === 'cut') return unknown('cut', 'the headers are cut at 32,000 characters');
  if (headers.snapshot.length === 0) return unknown('no TLS headers', 'no X-SFDC-TLS header');
  const { verdict, protocol, cipher, reasons } = judgeSnapshot(headers, '', policy).report;
  if (verdict === 'inconclusive' || protocol === null) {
    return unknown('contradictory', reasons[0] ?? 'the X-SFDC-TLS headers say nothing usable');
  }
  const cipherSuite = cipher !== null && isSuite(cipher) ? cipher : '';
  return { protocol, cipherSuite, doubt: undefined, problem: '' };
}

function unknown(doubt: Doubt, problem: string): InboundTls {
  return { protocol: 'unrecognised', cipherSuite: '', doubt, problem };
}
