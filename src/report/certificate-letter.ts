import type { DayDomain } from '../model/history.ts';
import { countOf } from '../support/plural.ts';
import { domainText } from './escape.ts';
import { numberText } from './wording.ts';

/** How many deliveries show, or days, that none meets a certificate that holds any more; fewer may be chance. */
const BARE_DELIVERIES = 10;
const BARE_DAYS = 3;

type LetterDay = DayDomain & { readonly day: string };

/** What the days tell of certificates, from the first day to the last that tells of a loss. */
interface CertificateFacts {
  readonly since: string;
  /** Present where the certificate was verified on every later day. */
  readonly until?: string;
  readonly verified: number;
  readonly unverified: number;
}

/** Undefined where every certificate that was looked at could be verified. */
export function certificateFacts(days: readonly LetterDay[]): CertificateFacts | undefined {
  const telling = days.flatMap(({ day, details: { verifiedTls: verified = 0, unverifiedTls: unverified = 0 } = {} }) =>
    verified + unverified === 0 ? [] : [{ since: day, verified, unverified }],
  );
  const bare = telling.slice(telling.findLastIndex(({ verified }) => verified > 0) + 1);
  const isBare = bare.length >= BARE_DAYS || sumOf(bare).unverified >= BARE_DELIVERIES;
  const first = telling.findIndex(({ unverified }) => unverified > 0);
  if (first < 0) return undefined;
  if (isBare) return sumOf(bare);
  const last = telling.findLastIndex(({ unverified }) => unverified > 0);
  const until = telling[last]?.since;
  const facts = sumOf(telling.slice(first, last + 1));
  return last === telling.length - 1 || until === undefined ? facts : { ...facts, until };
}

function sumOf(days: readonly CertificateFacts[]): CertificateFacts {
  return {
    since: days[0]?.since ?? '',
    verified: days.reduce((sum, { verified }) => sum + verified, 0),
    unverified: days.reduce((sum, { unverified }) => sum + unverified, 0),
  };
}

/** `12 of 40 deliveries over TLS met a certificate that could not be verified`, since when, and what that suggests. */
export function certificateText({ since, until, verified, unverified }: CertificateFacts): string {
  const all = verified + unverified;
  const subject =
    verified === 0
      ? `${all === 1 ? 'the one delivery' : `all ${countOf(all, 'delivery', 'deliveries')}`} over TLS`
      : `${numberText(unverified)} of ${numberText(all)} deliveries over TLS`;
  const guess =
    verified === 0
      ? ''
      : ' The others met one that holds: most likely one of several mail servers, often the backup, has another certificate.';
  const when = until === undefined ? `Since ${since}` : since === until ? `On ${since}` : `From ${since} to ${until}`;
  return (
    `${when}, ${subject} met a certificate that could not be verified: it has expired, was not issued for the host ` +
    `name of the mail server, or its chain is not complete.${guess}`
  );
}

/** The days on which it was so, and how to check. */
export function certificateDays(days: readonly LetterDay[]): string[] {
  return days.flatMap(({ day, details: { verifiedTls = 0, unverifiedTls = 0 } = {} }) =>
    unverifiedTls === 0
      ? []
      : [`  ${day}  ${numberText(unverifiedTls)} of ${numberText(verifiedTls + unverifiedTls)} not verified`],
  );
}

export function certificateCheck(domain: string): string[] {
  const name = domainText(domain);
  return [
    'How to check: look up the mail servers of the domain, then ask each of them for its certificate by its own name.',
    [
      `  dig +short MX ${/^[a-z0-9._-]+$/.test(name) ? name : 'YOUR-DOMAIN'}`,
      '  openssl s_client -starttls smtp -connect MAIL-SERVER:25 \\',
      '    -verify_hostname MAIL-SERVER -verify_return_error </dev/null',
    ].join('\n'),
    'It has to end with "Verify return code: 0 (ok)" on every mail server of the domain, the backup ones included.',
  ];
}
