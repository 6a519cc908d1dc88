import type { DayDomain } from '../model/history.ts';
import type { Policy } from '../model/policy.ts';
import { compareTlsVersions, TLS_VERSIONS } from '../model/protocol.ts';
import type { Direction } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { certificateCheck, certificateDays, certificateFacts, certificateText } from './certificate-letter.ts';
import { domainText, nameText } from './escape.ts';
import { wrap } from './layout.ts';
import { misfitText, numberText, policyText, wantedText, wantedVersions } from './wording.ts';

const WIDTH = 76;
const MAX_DAYS = 31;

/** What is recorded about mail to one domain, oldest day first. */
export interface LetterFacts {
  readonly domain: string;
  readonly days: readonly (DayDomain & { readonly day: string })[];
  readonly policy: Policy;
  /** Whether the domain got the mail, or sent it. */
  readonly direction: Direction;
  /** Whether the log tells of certificates at all: the TLS setting of an org may verify none. */
  readonly tellsOfCertificates: boolean;
}

/** What the letter says differently of mail that a domain got and of mail that it sent. */
const LETTERS = {
  outbound: {
    subject: (name: string) => `Mail to ${name} arrives without adequate TLS`,
    relation: (name: string) => `Our organisation sends mail to ${name} from Salesforce`,
    unit: { one: 'delivery', many: 'deliveries', of: 'to your domain' },
    plaintext: (isPartly: boolean) =>
      isPartly
        ? 'went in plaintext and others by TLS, most likely because one of several mail servers, often the backup, offered ' +
          'no TLS that Salesforce accepts'
        : 'went in plaintext, most likely because your mail server offered no TLS that Salesforce accepts',
    // Beside mail that went by TLS 1.0, that Salesforce no longer speaks it would be a contradiction.
    cause: (plaintext: number, weak: number) =>
      plaintext === 0
        ? []
        : weak === 0
          ? [
              'Salesforce no longer speaks TLS 1.0 or 1.1. A mail server that offers STARTTLS with nothing newer, with no common ' +
                'cipher suite, or not at all, gets this mail unencrypted.',
            ]
          : [
              'A mail server that offers STARTTLS with no version or cipher suite that Salesforce accepts, or not at all, gets ' +
                'this mail unencrypted.',
            ],
    check: (name: string, policy: Policy) => [
      `How to check: look up the mail servers of the domain, then ask each of them for ${wantedText(policy, 'and')}.`,
      [
        `  dig +short MX ${/^[a-z0-9._-]+$/.test(name) ? name : 'YOUR-DOMAIN'}`,
        ...wantedVersions(policy).map(
          (version) =>
            `  openssl s_client -starttls smtp -connect MAIL-SERVER:25 -${version.toLowerCase().replace('v1.', '1_')} </dev/null`,
        ),
      ].join('\n'),
      `${wantedVersions(policy).length > 1 ? 'At least one of the two' : 'It'} has to end with a protocol and a cipher suite, on every mail ` +
        `server of the domain, the backup ones included.${newerText(policy)} RFC 8996 retires TLS 1.0 and 1.1; RFC 9325 names the cipher suites to offer.`,
    ],
    consequence:
      'Please tell us when this is mended, or whom to ask. We may otherwise have to require TLS for your domain; mail that ' +
      'cannot be sent over TLS would then bounce.',
  },
  inbound: {
    subject: (name: string) => `Mail from servers of ${name} comes without adequate TLS`,
    relation: (name: string) => `Our organisation receives mail in Salesforce that servers of ${name} hand over`,
    unit: { one: 'message', many: 'messages', of: 'from your servers' },
    plaintext: (isPartly: boolean) =>
      isPartly
        ? 'came in plaintext and others by TLS, most likely because one of several servers differs'
        : 'came in plaintext',
    cause: (_plaintext: number, _weak: number, policy: Policy) => [
      'The sending side chooses. A server that does not ask for TLS sends its mail so that others can read it on the way, and ' +
        (takesOnly13(policy)
          ? 'one that speaks nothing newer than TLS 1.2 does not meet our policy.'
          : 'one that speaks nothing newer than TLS 1.1 protects it badly.'),
    ],
    check: (_name: string, policy: Policy) => [
      'How to check: the log of your outgoing mail server says for each delivery to a host under salesforce.com whether TLS was ' +
        'used, and which version. Let it use TLS wherever it is offered (in Postfix: smtp_tls_security_level = may, or stricter), ' +
        `with ${wantedText(policy, 'and')} switched on; a filter or a relay behind it has to do the same.${newerText(policy)} RFC 8996 retires TLS 1.0 and 1.1.`,
    ],
    consequence:
      'Please tell us when this is mended, or whom to ask. We may otherwise have to refuse mail that comes without TLS.',
  },
} as const;

function takesOnly13({ minimum }: Policy): boolean {
  return minimum === 'TLSv1.3';
}

/** Whether the policy sets an upper bound: of that a postmaster is told nothing, as nobody is to switch a newer version off. */
function hasUpperBound(policy: Policy): boolean {
  return !wantedVersions(policy).includes('TLSv1.3');
}

function newerText(policy: Policy): string {
  return hasUpperBound(policy) ? ' A newer version beside it need not be switched off.' : '';
}

/** `Our policy is TLS 1.2 or better for every delivery`: without the upper bound, and calling nothing above it good. */
function ourPolicyText(policy: Policy, one: string): string {
  return hasUpperBound(policy)
    ? `Our policy takes no ${one} in plaintext or ${misfitText(policy, { below: true, above: false })}`
    : `Our policy is ${policyText({ ...policy, maximum: null })} for every ${one}`;
}

/** Whether there is anything to write to the postmaster about. */
export function deservesLetter({
  days,
  policy,
  tellsOfCertificates,
}: Pick<LetterFacts, 'days' | 'policy' | 'tellsOfCertificates'>): boolean {
  return (
    daysBelow(days, policy).some(({ violations }) => violations > 0) ||
    (tellsOfCertificates && certificateFacts(days) !== undefined)
  );
}

/** The days with those violations that a postmaster can mend: a version newer than the policy takes is none. */
function daysBelow(days: LetterFacts['days'], { minimum }: Policy): LetterFacts['days'] {
  return days.map((day) => {
    if (day.details === undefined) return day;
    const below = Object.entries(day.details.tls).reduce((sum, [use, count]) => {
      const version = TLS_VERSIONS.find((one) => use === one || use.startsWith(`${one}:`));
      return version !== undefined && compareTlsVersions(version, minimum) < 0 ? sum + count : sum;
    }, day.plaintext);
    return { ...day, violations: Math.min(day.violations, below) };
  });
}

/**
 * A letter to the postmaster of a domain in violation, or of one whose certificates cannot be verified: what was seen, when,
 * and how to check. Plain text.
 */
export function renderLetter(recorded: LetterFacts): string {
  const { policy, tellsOfCertificates } = recorded;
  const days = daysBelow(recorded.days, policy);
  const facts = { ...recorded, days };
  const certificates = tellsOfCertificates ? certificateFacts(days) : undefined;
  const isCompliant = days.every(({ violations }) => violations === 0);
  const paragraphs =
    isCompliant && certificates !== undefined
      ? certificateLetter(facts, certificateText(certificates))
      : violationLetter(facts, certificates === undefined ? undefined : certificateText(certificates));
  return `${paragraphs.map((text) => (text.includes('\n') ? text : wrap(text, WIDTH).join('\n'))).join('\n\n')}\n`;
}

function certificateLetter({ domain, days }: LetterFacts, certificates: string): string[] {
  const name = domainText(domain);
  const shown = certificateDays(days);
  return [
    `To: postmaster@${name}\nSubject: A certificate of the mail servers of ${name} cannot be verified`,
    'Dear postmaster,',
    `${LETTERS.outbound.relation(name)}, by TLS. ${certificates}`,
    [
      ...(shown.length > MAX_DAYS
        ? [`The last ${MAX_DAYS} of ${shown.length} days with such deliveries (UTC):`]
        : ['On these days (UTC):']),
      ...shown.slice(-MAX_DAYS),
    ].join('\n'),
    ...afterText(days, LETTERS.outbound.unit, {
      isBad: ({ details }) => (details?.unverifiedTls ?? 0) > 0,
      count: ({ details }) => details?.verifiedTls ?? 0,
    }),
    ...certificateCheck(domain),
    'Please tell us when this is mended, or whom to ask. We may otherwise have to require a certificate that holds; mail to ' +
      'servers without one would then bounce.',
    'Kind regards,',
  ];
}

function violationLetter({ domain, days, policy, direction }: LetterFacts, certificates: string | undefined): string[] {
  const name = domainText(domain);
  const words = LETTERS[direction];
  const { one, many, of } = words.unit;
  const bad = days.filter(({ violations }) => violations > 0);
  const total = (field: 'deliveries' | 'violations' | 'plaintext'): number =>
    days.reduce((sum, day) => sum + day[field], 0);
  const plaintext = total('plaintext');
  const weak = total('violations') - plaintext;
  const shown = bad.slice(-MAX_DAYS);
  return [
    `To: postmaster@${name}\nSubject: ${words.subject(name)}`,
    'Dear postmaster,',
    `${words.relation(name)}. ${ourPolicyText(policy, one)}. ` +
      `From ${days[0]?.day ?? ''} to ${days.at(-1)?.day ?? ''} (UTC), ${numberText(total('violations'))} of ` +
      `${countOf(total('deliveries'), one, many)} ${of} did not meet it:` +
      (plaintext > 0 ? ` ${countOf(plaintext, one, many)} ${words.plaintext(isPartly(bad))}` : '') +
      `${plaintext > 0 && weak > 0 ? ', and' : ''}${weak > 0 ? ` ${countOf(weak, one, many)} used a TLS version outside the policy` : ''}.`,
    [
      ...(shown.length < bad.length
        ? [`The last ${shown.length} of ${bad.length} days with such ${many} (UTC):`]
        : ['On these days (UTC):']),
      ...shown.map(
        (day) => `  ${day.day}  ${numberText(day.violations)} of ${numberText(day.deliveries)}: ${usesOf(day)}`,
      ),
    ].join('\n'),
    ...afterText(days, words.unit, {
      isBad: ({ violations }) => violations > 0,
      count: ({ deliveries }) => deliveries,
    }),
    ...words.cause(plaintext, weak, policy),
    ...words.check(name, policy),
    ...(certificates === undefined ? [] : [certificates]),
    words.consequence,
    'Kind regards,',
  ];
}

/** What a postmaster who mended it wants to read: that it was not seen again. */
function afterText(
  days: LetterFacts['days'],
  { one, many }: { readonly one: string; readonly many: string },
  { isBad, count }: { readonly isBad: (day: DayDomain) => boolean; readonly count: (day: DayDomain) => number },
): string[] {
  const last = days.findLastIndex(isBad);
  const after = days.slice(last + 1).reduce((sum, day) => sum + count(day), 0);
  if (after === 0) return [];
  const which = after === 1 ? `The one ${one}` : `None of the ${countOf(after, one, many)}`;
  return [`${which} after ${days[last]?.day ?? ''} was ${after === 1 ? 'not ' : ''}among them.`];
}

/** Whether mail went by TLS too on these days: then usually one of several mail servers differs. */
function isPartly(days: readonly DayDomain[]): boolean {
  return days.some(({ deliveries, plaintext, unrecognised }) => deliveries > plaintext + unrecognised);
}

function usesOf({ details, plaintext, violations }: DayDomain): string {
  if (details === undefined)
    return `${numberText(plaintext)} plaintext, ${numberText(violations - plaintext)} outside the policy`;
  return Object.entries(details.tls)
    .map(([use, count]) => `${numberText(count)} ${nameText(use, 60).replace(/:$/, '')}`)
    .join(', ');
}
