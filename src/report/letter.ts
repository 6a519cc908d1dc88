import type { DayDomain } from '../model/ports.ts';
import type { Policy } from '../model/policy.ts';
import { countOf } from '../support/plural.ts';
import { domainText, nameText } from './escape.ts';
import { wrap } from './layout.ts';
import { numberText, policyText } from './wording.ts';

const WIDTH = 76;
const MAX_DAYS = 31;

/** What is recorded about mail to one domain, oldest day first. */
export interface LetterFacts {
  readonly domain: string;
  readonly days: readonly (DayDomain & { readonly day: string })[];
  readonly policy: Policy;
}

/** A letter to the postmaster of a domain in violation: what was seen, when, and how to check. Plain text. */
export function renderLetter({ domain, days, policy }: LetterFacts): string {
  const name = domainText(domain);
  const bad = days.filter(({ violations }) => violations > 0);
  const total = (field: 'deliveries' | 'violations' | 'plaintext'): number =>
    days.reduce((sum, day) => sum + day[field], 0);
  const plaintext = total('plaintext');
  const weak = total('violations') - plaintext;
  const shown = bad.slice(-MAX_DAYS);
  const paragraphs = [
    `To: postmaster@${name}\nSubject: Mail to ${name} arrives without adequate TLS`,
    'Dear postmaster,',
    `our organisation sends mail to ${name} from Salesforce. Our policy is ${policyText(policy)} for every delivery. ` +
      `From ${days[0]?.day ?? ''} to ${days.at(-1)?.day ?? ''} (UTC), ${numberText(total('violations'))} of ` +
      `${countOf(total('deliveries'), 'delivery', 'deliveries')} to your domain did not meet it:` +
      (plaintext > 0
        ? ` ${countOf(plaintext, 'delivery', 'deliveries')} went in plaintext, most likely because your mail server offered no TLS that Salesforce accepts`
        : '') +
      `${plaintext > 0 && weak > 0 ? ', and' : ''}${weak > 0 ? ` ${countOf(weak, 'delivery', 'deliveries')} used a TLS version outside the policy` : ''}.`,
    [
      ...(shown.length < bad.length
        ? [`The last ${shown.length} of ${bad.length} days with such deliveries (UTC):`]
        : ['On these days (UTC):']),
      ...shown.map(
        (day) => `  ${day.day}  ${numberText(day.violations)} of ${numberText(day.deliveries)}: ${usesOf(day)}`,
      ),
    ].join('\n'),
    'Salesforce no longer speaks TLS 1.0 or 1.1. A mail server that offers STARTTLS with nothing newer, with no common ' +
      'cipher suite, or not at all, gets this mail unencrypted.',
    'How to check: look up the mail servers of the domain, then ask each of them for TLS 1.2 and 1.3.',
    [
      `  dig +short MX ${/^[a-z0-9._-]+$/.test(name) ? name : 'YOUR-DOMAIN'}`,
      '  openssl s_client -starttls smtp -connect MAIL-SERVER:25 -tls1_2 </dev/null',
      '  openssl s_client -starttls smtp -connect MAIL-SERVER:25 -tls1_3 </dev/null',
    ].join('\n'),
    'At least one of the two has to end with a protocol and a cipher suite, on every mail server of the domain, the backup ' +
      'ones included. RFC 8996 retires TLS 1.0 and 1.1; RFC 9325 names the cipher suites to offer.',
    'Please tell us when this is mended, or whom to ask. We may otherwise have to require TLS for your domain; mail that ' +
      'cannot be sent over TLS would then bounce.',
    'Kind regards,',
  ];
  return `${paragraphs.map((text) => (text.includes('\n') ? text : wrap(text, WIDTH).join('\n'))).join('\n\n')}\n`;
}

function usesOf({ details, plaintext, violations }: DayDomain): string {
  if (details === undefined)
    return `${numberText(plaintext)} plaintext, ${numberText(violations - plaintext)} outside the policy`;
  return Object.entries(details.tls)
    .map(([use, count]) => `${numberText(count)} ${nameText(use, 60).replace(/:$/, '')}`)
    .join(', ');
}
