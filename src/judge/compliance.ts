import type { Policy } from '../model/policy.ts';
import { compareTlsVersions, type Protocol } from '../model/protocol.ts';

export type Compliance = 'compliant' | 'violation' | 'unrecognised';

/** Judges one delivery's protocol. Plaintext violates every policy; what is not recognised is never compliant. */
export function judgeProtocol(protocol: Protocol, policy: Policy): Compliance {
  if (protocol === 'unrecognised') return 'unrecognised';
  if (protocol === 'plaintext') return 'violation';
  if (compareTlsVersions(protocol, policy.minimum) < 0) return 'violation';
  if (policy.maximum !== null && compareTlsVersions(protocol, policy.maximum) > 0) return 'violation';
  return 'compliant';
}
