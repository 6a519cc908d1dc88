import type { Policy } from '../model/policy.ts';
import { TLS_VERSIONS, type Protocol, type TlsVersion } from '../model/protocol.ts';
import { type DateOrder, type DomainReport, type DomainStatus, type Report, UNITS } from '../model/report.ts';
import type { Verdict } from '../model/verdict.ts';
import { countOf } from '../support/plural.ts';

const NUMBER = new Intl.NumberFormat('en-US');

/** Worst first; what is unrecognised stands last because nothing is known about it. */
const PROTOCOLS: readonly Protocol[] = ['plaintext', ...TLS_VERSIONS, 'unrecognised'];

export const VERDICT_WORDS = {
  pass: 'PASS',
  fail: 'FAIL',
  inconclusive: 'INCONCLUSIVE',
} as const satisfies Record<Verdict, string>;

export const STATUS_WORDS = {
  violating: 'in violation',
  unrecognised: 'unrecognised',
  compliant: 'compliant',
} as const satisfies Record<DomainStatus, string>;

export const DATE_ORDER_WORDS = {
  dmy: 'dates read day first',
  mdy: 'dates read month first',
} as const satisfies Record<Exclude<DateOrder, 'unambiguous'>, string>;

/** What the parts of every output are called. */
export const HEADINGS = {
  downgrades: 'Downgrades',
  lostTls: 'Downgrades: lost TLS',
  lostVerification: 'Downgrades: lost verification',
  lostEarlier: 'Lost earlier, and still so',
  stillWithoutTls: 'Lost earlier: still not all by TLS',
  stillUnverified: 'Lost earlier: still not all verified',
  coverage: 'Coverage',
  shares: 'Protocol share over time',
  findings: 'Findings and their history',
  resolved: 'Resolved since last time',
  resolvedAgain: 'Resolved against the day before',
  remedies: 'What to do',
  inventory: 'Protocols and cipher suites in use',
  exceptions: 'Exceptions',
  excepted: 'In violation, under an exception',
  advice: 'If TLS were required',
  missing: 'What is missing',
  excluded: 'What was left out, and why',
  notes: 'Notes',
  sources: 'Sources',
  evidence: 'Evidence',
  method: 'How it was judged',
  limits: 'Limits of this report',
} as const;

/** Why rows are left out of the judgement; what their TLS value means is Salesforce Help article 000383894. */
export const EXCLUSION_WORDS = {
  internal: { one: 'internal hand-off', many: 'internal hand-offs', why: 'moved on inside Salesforce, not delivered' },
  warmup: { one: 'warm-up row', many: 'warm-up rows', why: 'IP warm-up mail of Salesforce to itself' },
  R: { one: 'reception row (R)', many: 'reception rows (R)', why: 'not a delivery, no valid TLS value' },
  T: { one: 'transient failure (T)', many: 'transient failures (T)', why: 'not a delivery, no valid TLS value' },
  P: { one: 'permanent failure (P)', many: 'permanent failures (P)', why: 'not a delivery, no valid TLS value' },
  duplicates: { one: 'duplicate', many: 'duplicates', why: 'identical in every field to an earlier row' },
  outsideWindow: { one: 'row outside the window', many: 'rows outside the window', why: 'dated before or after it' },
} as const;

/** The other check that Salesforce's article 000388995 gives. */
const DOUBLE_CHECK =
  'To double-check a finding, send yourself a mail from Salesforce to a mailbox at that domain, save it as a file and ' +
  'run tls-audit check-message on it.';

/** What to do whatever the domains; for each finding stands in remedies.ts what fits it. */
export const REMEDIES = {
  violation: [
    'Setup > Deliverability > TLS setting decides what happens when a recipient offers no TLS good enough: ' +
      '"Preferred" sends in plaintext, "Required" bounces the mail instead. ' +
      '"Restrict TLS to these domains" limits the setting to the domains listed there.',
    'tls-audit report --letter DOMAIN writes the letter to the postmaster: what was seen, when, and how to check.',
    DOUBLE_CHECK,
  ],
  gap: [
    'Request an Email Log for the missing time in Setup > Email Log Files while Salesforce still has it, ' +
      "put it where the audit's source looks, and run the audit again for that time.",
  ],
  failure: [
    'Replace each file that could not be read by a fresh download from Setup > Email Log Files, and run again.',
  ],
  rejected: [
    'Look at the lines named under what is missing in the log file: a row that cannot be read is never counted as protected.',
  ],
} as const;

export const METHOD = [
  'Only deliveries are judged: rows of the Email Log whose Mail Event is D, one delivery for each recipient named.',
  'The protocol is what stands before the first colon of TLS_Cipher. A colon alone means that Salesforce sent the ' +
    'mail without TLS: plaintext, always a violation.',
  'The value None marks a hand-off inside Salesforce. Hand-offs and IP warm-up mail are counted and left out.',
  'Rows for receptions and failures (R, T, P) carry no valid TLS value and are never judged ' +
    '(Salesforce Help, article 000383894).',
  'A TLS value that is not recognised is never counted as compliant.',
  'The verdict is fail when any delivery violates the policy without an accepted exception; inconclusive when data is missing, unreadable or not ' +
    'recognised, or nothing was judged; pass only when none of this holds.',
  DOUBLE_CHECK,
] as const;

export const LIMITS = [
  "The log describes one connection: from Salesforce to the next mail server. Where Email Relay is active, that is the organisation's own relay, and the way from there to the recipient is not seen.",
  'The log names protocol and cipher suite; it shows no key size, curve or certificate. A compliant protocol is no ' +
    'judgement of the cipher suite.',
  'Verified and unverified mean something only where the TLS setting is Preferred Verify or Required Verify.',
  'Mail that was never delivered is not judged.',
  'Recipients appear as domains only; no address of a person is part of this report.',
] as const;

export const BASELINE = 'Nothing earlier to compare with: a baseline. The next audit says what changed.';

export function numberText(value: number): string {
  return NUMBER.format(value);
}

function protocolText(protocol: Protocol): string {
  return protocol.replace(/^TLSv/, 'TLS ').replace(/^SSLv/, 'SSL ');
}

/** `TLS 1.2 or better`; `TLS 1.2 only`; `TLS 1.1 to TLS 1.2`. */
export function policyText({ minimum, maximum }: Policy): string {
  if (maximum === null) return `${protocolText(minimum)} or better`;
  return maximum === minimum ? `${protocolText(minimum)} only` : `${protocolText(minimum)} to ${protocolText(maximum)}`;
}

/** The versions to ask a postmaster for: Salesforce speaks nothing older than TLS 1.2, whatever the policy takes. */
export function wantedVersions({ minimum, maximum }: Policy): readonly TlsVersion[] {
  if (minimum === 'TLSv1.3') return ['TLSv1.3'];
  return maximum === null || maximum === 'TLSv1.3' ? ['TLSv1.2', 'TLSv1.3'] : ['TLSv1.2'];
}

/** `TLS 1.2 and 1.3`. */
export function wantedText(policy: Policy, and: 'and' | 'or'): string {
  const numbers = wantedVersions(policy).map((version) => version.replace('TLSv', ''));
  return `TLS ${numbers.join(` ${and} `)}`;
}

/** What violating TLS versions have in common: `below TLS 1.2`, `above TLS 1.2`, `outside TLS 1.1 to TLS 1.2`. */
export function misfitText(policy: Policy, sides: { below: boolean; above: boolean }): string {
  if (sides.below && sides.above) {
    return policy.maximum === policy.minimum
      ? `other than ${protocolText(policy.minimum)}`
      : `outside ${policyText(policy)}`;
  }
  return sides.above && policy.maximum !== null
    ? `above ${protocolText(policy.maximum)}`
    : `below ${protocolText(policy.minimum)}`;
}

/** `2 plaintext`, `1 TLS 1.2`: worst first, only what occurred. */
export function protocolParts(protocols: DomainReport['protocols']): string[] {
  return PROTOCOLS.flatMap((protocol) => {
    const count = protocols[protocol] ?? 0;
    return count === 0 ? [] : [`${numberText(count)} ${protocolText(protocol)}`];
  });
}

/** Share of deliveries to a verified server, `66%`; undefined where the log says nothing about it, or none went over TLS. */
export function verifiedText({ verified, unverified, protocols }: DomainReport): string | undefined {
  const total = verified + unverified;
  if (total === 0 || !TLS_VERSIONS.some((version) => (protocols[version] ?? 0) > 0)) return undefined;
  if (verified === 0 || verified === total) return verified === 0 ? '0%' : '100%';
  // 0% and 100% are claims about every delivery: rounding must not make them.
  return `${Math.min(99, Math.max(1, Math.round((100 * verified) / total)))}%`;
}

/** `812 deliveries to 61 domains`, `97 messages received from 12 domains`. */
export function deliveriesText({ direction, counts, domains }: Report): string {
  const { one, many, preposition } = UNITS[direction];
  const way = direction === 'inbound' ? `received ${preposition}` : preposition;
  return `${countOf(counts.deliveries, one, many)} ${way} ${countOf(domains.length, 'domain')}`;
}

/** A reason of the report as a sentence of its own, in the words people use for versions. */
export function sentenceOf(reason: string): string {
  const text = reason.replace(/\bTLSv(?=\d)/g, 'TLS ').replace(/\bSSLv(?=\d)/g, 'SSL ');
  // A file name at the start keeps its case.
  const capital = /^[a-z]+ /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}

export function passSentence(report: Report, excepted: number): string {
  if (excepted > 0) {
    return (
      `${deliveriesText(report)}: ${numberText(report.counts.compliant)} protected by ${policyText(report.policy)}, ` +
      `${countOf(excepted, 'violation')} under an accepted exception.`
    );
  }
  const { deliveries } = report.counts;
  const subject = deliveries === 1 ? `The ${deliveriesText(report)} was` : `All ${deliveriesText(report)} were`;
  return `${subject} protected by ${policyText(report.policy)}.`;
}

export function moreText(count: number, where: string): string {
  return `and ${numberText(count)} more${where === '' ? '' : ` (${where})`}`;
}

/** The versions of `protocols` that lie below or above the policy. */
export function misfitSides(
  policy: Policy,
  protocols: Iterable<DomainReport['protocols']>,
): { below: boolean; above: boolean } {
  const rank = (version: TlsVersion): number => TLS_VERSIONS.indexOf(version);
  const sides = { below: false, above: false };
  for (const counts of protocols) {
    for (const version of TLS_VERSIONS) {
      if ((counts[version] ?? 0) === 0) continue;
      if (rank(version) < rank(policy.minimum)) sides.below = true;
      if (policy.maximum !== null && rank(version) > rank(policy.maximum)) sides.above = true;
    }
  }
  return sides;
}
