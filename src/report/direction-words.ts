import type { Change, Direction, DomainReport, Report, UnrecognisedValue } from '../model/report.ts';
import { countOf } from '../support/plural.ts';
import { changeByDomain } from './findings.ts';
import { LIMITS, METHOD, REMEDIES } from './wording.ts';

/** What outputs say differently of mail that Salesforce sent and of mail that it received. */
export interface DirectionWords {
  /** Of the whole page, before the period. */
  readonly title: string;
  /** What a digest is about, in one sentence. */
  readonly origin: string;
  /** All that is judged, in one word or two. */
  readonly mail: string;
  /** What is judged, as the heading of a column. */
  readonly judged: string;
  readonly rowsRead: string;
  readonly rows: (count: number) => string;
  readonly noRows: string;
  readonly noRowsIn: (period: string | undefined) => string;
  readonly noneJudged: string;
  readonly sources: (count: number) => string;
  readonly unrecognised: (count: number) => string;
  /** Where the values stand that are not recognised. */
  readonly unrecognisedColumn: UnrecognisedValue['column'];
  /** What the domains that are judged are. */
  readonly domains: string;
  readonly plaintextFrom: (domains: number) => string;
  readonly misfitFrom: (domains: number, misfit: string) => string;
  readonly attachmentPrefix: string;
  readonly remedies: Readonly<Record<keyof typeof REMEDIES, readonly string[]>>;
  readonly method: readonly string[];
  readonly limits: readonly string[];
}

const INBOUND_DOUBLE_CHECK =
  'To double-check a finding, request an Email Snapshot (Setup > Email Snapshots), have a mail sent from that domain, ' +
  'and run tls-audit check-snapshot on what Salesforce received.';

const WORDS: Readonly<Record<Direction, DirectionWords>> = {
  outbound: {
    title: 'TLS audit of Salesforce email',
    origin: 'TLS of mail that Salesforce sent, judged from the Email Log. Recipients appear as domains only.',
    mail: 'mail',
    judged: 'Deliveries',
    rowsRead: 'Rows read',
    rows: (count) => countOf(count, 'row'),
    noRows: 'No rows at all',
    noRowsIn: (period) => (period === undefined ? 'no data' : `no data for ${period}`),
    noneJudged: 'No delivery was judged.',
    sources: (count) => `Sources (${countOf(count, 'log file')})`,
    unrecognised: (count) => `${countOf(count, 'delivery', 'deliveries')} with a TLS value that is not recognised`,
    unrecognisedColumn: 'TLS_Cipher',
    domains: 'Domains',
    plaintextFrom: (domains) => `${countOf(domains, 'domain')} got plaintext mail`,
    misfitFrom: (domains, misfit) => `${countOf(domains, 'domain')} got mail ${misfit}`,
    attachmentPrefix: 'tls-audit-violations',
    remedies: REMEDIES,
    method: METHOD,
    limits: LIMITS,
  },
  inbound: {
    title: 'TLS audit of email received by Salesforce',
    origin: 'TLS of mail received by Salesforce, judged from the headers kept with it. Senders appear as domains only.',
    mail: 'mail received',
    judged: 'Messages',
    rowsRead: 'Messages read',
    rows: (count) => countOf(count, 'message'),
    noRows: 'No incoming message at all',
    noRowsIn: () => 'no incoming mail',
    noneJudged: 'No message was judged.',
    sources: () => 'Sources',
    unrecognised: (count) =>
      `${countOf(count, 'message')} that ${count === 1 ? 'does' : 'do'} not tell what TLS was used`,
    unrecognisedColumn: 'Headers',
    domains: 'Server domains',
    plaintextFrom: (domains) => `plaintext mail received from ${countOf(domains, 'domain')}`,
    misfitFrom: (domains, misfit) => `mail ${misfit} received from ${countOf(domains, 'domain')}`,
    attachmentPrefix: 'tls-audit-inbound-violations',
    remedies: {
      ...REMEDIES,
      violation: [
        'For Apex email services, "TLS Required" in Setup > Email Services refuses mail that comes without TLS.',
        'tls-audit report --job inbound-audit --letter DOMAIN writes the letter to the postmaster.',
        INBOUND_DOUBLE_CHECK,
      ],
      gap: [
        'What is not over yet is audited by a later run. Where the org did get mail, let the user of the worker see ' +
          'the cases it belongs to (docs/inbound-audit.md).',
      ],
    },
    method: [
      'Every incoming message that Salesforce kept as EmailMessage in the window is read, without its body.',
      'The protocol is what X-SFDC-TLS-STATUS and X-SFDC-TLS-VERSION say, the headers that Salesforce puts on mail it ' +
        'receives; the first of each counts. A status of false means plaintext, always a violation ' +
        '(Salesforce Help, article 000388995).',
      'Headers that are missing, cut at 32,000 characters, without X-SFDC-TLS or contradictory do not tell what TLS ' +
        'was used: such messages are counted as unrecognised, never as plaintext and never as compliant.',
      'The server domain is the host name of the server that handed the mail to Salesforce, without its first label ' +
        'where it has more than two. The sender domain is that of the From address.',
      'The verdict is fail when any message violates the policy; inconclusive when any is unrecognised, when time is ' +
        'missing or when nothing was judged; pass only when none of this holds.',
      INBOUND_DOUBLE_CHECK,
    ],
    limits: [
      'The headers describe one connection: the last one into Salesforce. What came before it is not seen.',
      'Only messages that Salesforce kept and that the user of the worker may see are read. Mail to Apex email ' +
        'services, for one, leaves no EmailMessage.',
      'Servers name themselves and senders write their own address: both group messages and prove nothing. Where ' +
        'Salesforce writes no X-SFDC-TLS header of its own, a sender could forge one.',
      'The headers name protocol and cipher suite; they show no key size, curve or certificate.',
      'Times are those at which Salesforce stored the messages. No address of a person is part of this report.',
    ],
  },
};

export function wordsOf({ direction }: Pick<Report, 'direction'>): DirectionWords {
  return WORDS[direction];
}

/** A table of domains that an output shows. */
export interface DomainTable {
  readonly id: string;
  readonly title: string;
  /** Of the column of names. */
  readonly heading: string;
  readonly domains: readonly DomainReport[];
  readonly changes: ReadonlyMap<string, Change>;
  /** The format that holds all of them. */
  readonly wholeIn: string;
}

/** Received mail is shown by server and by sender; only the first is compared with the run before. */
export function domainTables(report: Report): DomainTable[] {
  const changes = changeByDomain(report);
  const { senders } = report;
  const isInbound = report.direction === 'inbound';
  return [
    {
      id: 'domains',
      title: wordsOf(report).domains,
      heading: isInbound ? 'Server domain' : 'Domain',
      domains: report.domains,
      changes,
      wholeIn: '--format csv',
    },
    ...(senders === undefined
      ? []
      : [
          {
            id: 'senders',
            title: 'Sender domains',
            heading: 'Sender domain',
            domains: senders,
            changes: new Map<string, Change>(),
            wholeIn: '--json',
          },
        ]),
  ];
}
