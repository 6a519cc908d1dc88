import { hasRelay } from '../model/relay-note.ts';
import type { Direction, DomainReport, Downgrade, Report } from '../model/report.ts';
import { wordsOf } from './direction-words.ts';
import { resolvedChanges, unrecognisedDomains, violatingDomains } from './findings.ts';
import { isPartial, lossesOf } from './losses.ts';
import { restoredOf } from './resolved.ts';
import { misfitSides, wantedText } from './wording.ts';

// What to do about each finding: the first remedy that fits it.

type RemedyKind =
  | 'relay'
  | 'lost-tls'
  | 'lost-some-tls'
  | 'no-tls'
  | 'some-servers'
  | 'old-tls'
  | 'too-new'
  | 'lost-verification'
  | 'lost-some-verification'
  | 'unknown-value';

/** Stands for what to ask for under the policy. */
const VERSIONS = '{versions}';

interface RemedyText {
  /** Beside the name of a domain, after `do: `. */
  readonly short: string;
  /** For all domains it fits. */
  readonly full: string;
}

/** What Salesforce does with such mail (Salesforce Help, "Set Up Transaction Layer Security (TLS)"). */
const UNVERIFIED =
  'Under the TLS setting Required Verify such mail bounces; under Preferred Verify Salesforce may send it in plaintext.';

/** Worst first: the order in which remedies are told. */
const OUTBOUND: Readonly<Record<RemedyKind, RemedyText>> = {
  'lost-tls': {
    short: 'tell its postmaster, it had TLS',
    full:
      'It had TLS before: something changed on its mail servers, and whoever runs them may not know. Write to its postmaster ' +
      'first. Until it is mended, requiring TLS for the domain bounces its mail instead of sending it in plaintext.',
  },
  'lost-some-tls': {
    short: 'tell its postmaster, probably one server lost TLS',
    full:
      'All of its mail went by TLS before, and part of it still does: probably one of several mail servers, often the ' +
      'backup, lost it. Write to its postmaster. If TLS is required, only mail that would go to that server bounces.',
  },
  'no-tls': {
    short: 'ask its postmaster for TLS',
    full:
      'None of its mail went by TLS: its mail servers offer none, or none newer than TLS 1.1, which Salesforce no longer ' +
      `speaks. Ask its postmaster for ${VERSIONS}. If plaintext has to stop at once, require TLS: its mail then bounces.`,
  },
  'some-servers': {
    short: 'tell its postmaster, one server lacks TLS',
    full:
      'Some of its mail went by TLS and some in plaintext: usually one of several mail servers, often the backup, lacks it. ' +
      'Tell its postmaster. If TLS is required, only mail that would go to that server bounces.',
  },
  'old-tls': {
    short: `ask its postmaster for ${VERSIONS}`,
    full:
      'Some or all of its mail servers offer only TLS versions that the policy does not accept. Ask its postmaster for ' +
      `${VERSIONS} on each of them: a server that only speaks older versions gets plaintext as soon as Salesforce refuses ` +
      'them, and bounces once TLS is required.',
  },
  relay: {
    short: 'look at the email relay first',
    full:
      'The org hands mail to an email relay. What goes through it was seen only as far as the relay: set its TLS setting to ' +
      `Required or Required Verify (Setup > Email Relays), let it offer ${VERSIONS}, and look into its own log for the way to the recipient. If mail to the ` +
      'domain does not go through the relay, write to its postmaster.',
  },
  'too-new': {
    short: 'raise policy.maximum',
    full:
      'The policy sets an upper bound. If a newer TLS version is fine, remove the maximum from the settings: no Salesforce ' +
      'setting limits the TLS version from above.',
  },
  'lost-verification': {
    short: 'tell its postmaster, its certificate no longer holds',
    full:
      'None of its mail meets a certificate that holds any more: it expired, is of another name, or its chain is not ' +
      `complete. Tell its postmaster. ${UNVERIFIED}`,
  },
  'lost-some-verification': {
    short: 'tell its postmaster, probably the certificate of one server does not hold',
    full:
      'Some of its mail meets a certificate that holds, and some does not: probably that of one of several mail servers ' +
      `expired, is of another name, or its chain is not complete. Tell its postmaster. ${UNVERIFIED}`,
  },
  'unknown-value': {
    short: 'look up its TLS value in the log',
    full:
      'Look up the TLS value of these deliveries in the log file: a value the audit does not know is never counted as ' +
      'protected.',
  },
};

const SENDER =
  'Ask whoever runs the server: the sending side chooses. Mail that is forwarded to Salesforce comes from your own mail servers ' +
  'or from those of your provider, and is yours to mend.';

const INBOUND: Readonly<Record<RemedyKind, RemedyText>> = {
  ...OUTBOUND,
  'lost-tls': {
    short: 'tell its postmaster, it used TLS',
    full: `It used TLS before: something changed on the sending side. ${SENDER}`,
  },
  'lost-some-tls': {
    short: 'tell its postmaster, probably one server lost TLS',
    full: `All of its mail came by TLS before, and part of it still does: probably one of several servers differs. ${SENDER}`,
  },
  'no-tls': { short: 'ask its postmaster to send by TLS', full: `None of its mail came by TLS. ${SENDER}` },
  'some-servers': {
    short: 'tell its postmaster, some mail comes without TLS',
    full: `Some of its mail came by TLS and some in plaintext: usually one of several servers differs. ${SENDER}`,
  },
  'old-tls': {
    short: `ask its postmaster for ${VERSIONS}`,
    full: `Some or all of its mail came over TLS versions that the policy does not accept. ${SENDER}`,
  },
  'unknown-value': {
    short: 'see the notes on headers',
    full: 'A message that does not tell what TLS was used is never counted as protected. The notes say what to switch on.',
  },
};

const TEXTS: Readonly<Record<Direction, Readonly<Record<RemedyKind, RemedyText>>>> = {
  outbound: OUTBOUND,
  inbound: INBOUND,
};

export interface Remedy extends RemedyText {
  readonly kind: RemedyKind;
  readonly domains: readonly DomainReport[];
  /** Whether `report --letter` writes to the domains. */
  readonly byLetter: boolean;
}

/** Every remedy that fits something, in the order above, with the domains it is for; each finding stands under one. */
export function remediesOf(report: Report): Remedy[] {
  const lost = new Map(lossesOf(report, 'plaintext').map(({ domain, downgrade }) => [domain, downgrade]));
  const byKind = new Map<RemedyKind, DomainReport[]>();
  const put = (kind: RemedyKind, domain: DomainReport): void => {
    const domains = byKind.get(kind) ?? [];
    byKind.set(kind, domains);
    domains.push(domain);
  };
  // A range may hold a finding from its beginning to its end.
  const resolved = new Set(resolvedChanges(report).map(({ domain }) => domain));
  for (const domain of violatingDomains(report)) {
    if (!resolved.has(domain.domain)) put(remedyFor(domain, report, lost.get(domain)), domain);
  }
  const violating = new Set([...byKind.values()].flat());
  for (const { domain, downgrade } of lossesOf(report, 'unverified')) {
    if (!violating.has(domain) && restoredOf(downgrade, report) === undefined) put(verificationKind(downgrade), domain);
  }
  for (const domain of unrecognisedDomains(report)) put('unknown-value', domain);
  return (Object.keys(OUTBOUND) as RemedyKind[]).flatMap((kind) => {
    const domains = byKind.get(kind) ?? [];
    const byLetter = kind !== 'too-new' && kind !== 'unknown-value';
    return domains.length === 0 ? [] : [{ kind, domains, byLetter, ...textsOf(kind, report) }];
  });
}

/** The short remedy of each domain that needs one. */
export function remedyByDomain(report: Report): ReadonlyMap<string, string> {
  return new Map(
    remediesOf(report).flatMap(({ short, domains }) => domains.map(({ domain }) => [domain, short] as const)),
  );
}

function remedyFor(domain: DomainReport, report: Report, lost: Downgrade | undefined): RemedyKind {
  const { plaintext = 0 } = domain.protocols;
  const { below } = misfitSides(report.policy, [domain.protocols]);
  if (plaintext === 0 && !below) return 'too-new';
  if (report.direction === 'outbound' && hasRelay(report)) return 'relay';
  if (plaintext === 0) return 'old-tls';
  if (lost !== undefined) return isPartial(lost) ? 'lost-some-tls' : 'lost-tls';
  return plaintext < domain.deliveries - domain.unrecognised ? 'some-servers' : 'no-tls';
}

/** What to do about a lost certificate, in a few words. */
export function verificationRemedy(downgrade: Downgrade, report: Report): string {
  return textsOf(verificationKind(downgrade), report).short;
}

function textsOf(kind: RemedyKind, { direction, policy }: Report): RemedyText {
  const { short, full } = TEXTS[direction][kind];
  const versions = wantedText(policy, 'or');
  return { short: short.replace(VERSIONS, versions), full: full.replace(VERSIONS, versions) };
}

function verificationKind(downgrade: Downgrade): 'lost-verification' | 'lost-some-verification' {
  return isPartial(downgrade) ? 'lost-some-verification' : 'lost-verification';
}

/** What to do about the report as a whole: what is missing, and how to check. */
export function generalRemedies(report: Report): string[] {
  const { counts } = report;
  const { remedies } = wordsOf(report);
  // Beside the others stands what to do about them.
  const isUntold = report.failures.some(({ remedy }) => remedy === undefined);
  const isDataMissing = report.gaps.length > 0 || counts.rows - counts.outsideWindow === 0;
  return [
    ...(violatingDomains(report).length > 0 ? remedies.violation : []),
    ...(isUntold ? remedies.failure : []),
    ...(isDataMissing ? remedies.gap : []),
    ...(counts.rejected > 0 ? remedies.rejected : []),
  ];
}
