import type { Hop, TlsReading } from '../../model/message.ts';
import type { Policy } from '../../model/policy.ts';
import { compareTlsVersions } from '../../model/protocol.ts';
import type { Verdict } from '../../model/verdict.ts';
import { judgeProtocol } from '../compliance.ts';
import { isNullSuite } from '../null-suite.ts';
import { isUnknownVersion, readClaim } from './reading.ts';
import { systemOf } from './summary.ts';

export interface Judgement {
  readonly verdict: Verdict;
  /** Sentences; empty only where a stated version is compliant. */
  readonly reasons: readonly string[];
}

/** Judges what one hop proves. */
export function judgeHop(hop: Hop, policy: Policy): Judgement {
  const { version } = hop.claim;
  return judgeReading(readClaim(hop.claim), systemOf(hop), policy, isUnknownVersion(version) ? version : undefined);
}

/** `receiver` is the system that a reading is of, as people are told; `unknownVersion` what it states and nobody knows. */
export function judgeReading(
  reading: TlsReading,
  receiver: string,
  policy: Policy,
  unknownVersion?: string,
): Judgement {
  const { protocol, evidence, cipher } = reading;
  if (evidence === 'keyword') {
    const suite = cipher === null ? '' : `, cipher suite ${cipher}`;
    const version =
      unknownVersion === undefined
        ? 'not which version'
        : `states ${JSON.stringify(unknownVersion)}, no version this program knows`;
    return doubt(`${receiver} shows that TLS was used${suite}, but ${version}`);
  }
  if (protocol === null) return doubt(`${receiver} does not say whether TLS was used`);
  const compliance = judgeProtocol(protocol, policy);
  if (protocol === 'plaintext') {
    return { verdict: 'fail', reasons: [`${receiver} received the message in plaintext`] };
  }
  const inferred =
    evidence === 'inferred' && cipher !== null
      ? [`${protocol} is inferred from the cipher suite ${cipher}; the header states no known version`]
      : [];
  if (compliance === 'compliant') {
    const passed: Judgement = { verdict: 'pass', reasons: inferred };
    return cipher !== null && isNullSuite(cipher) ? withDoubts(passed, [`${cipher} does not encrypt`]) : passed;
  }
  const isOlder = compareTlsVersions(protocol, policy.minimum) < 0;
  const bound = isOlder
    ? `older than ${policy.minimum}, the minimum`
    : `newer than ${String(policy.maximum)}, the maximum`;
  return { verdict: 'fail', reasons: [`${protocol} is ${bound} of the policy`, ...inferred] };
}

/** The judgement with one more reason to doubt it: a doubt never turns a failure into anything better. */
export function withDoubts(judgement: Judgement, doubts: readonly string[]): Judgement {
  if (doubts.length === 0) return judgement;
  const verdict = judgement.verdict === 'fail' ? 'fail' : 'inconclusive';
  return { verdict, reasons: [...judgement.reasons, ...doubts] };
}

/** The judgement with more for its reader to know, which changes nothing. */
export function withNotes({ verdict, reasons }: Judgement, notes: readonly string[]): Judgement {
  return { verdict, reasons: [...reasons, ...notes] };
}

export function doubt(reason: string): Judgement {
  return { verdict: 'inconclusive', reasons: [reason] };
}
