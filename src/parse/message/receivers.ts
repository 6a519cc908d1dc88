import { isUnderDomain } from '../../model/message.ts';
import type { Token } from './tokens.ts';

/** A Received header in parts, as far as they tell who wrote it. */
export interface ReceivedParts {
  readonly by: string | null;
  readonly with: string | null;
  readonly clientNames: readonly string[];
  readonly clientAddress: string | null;
  /** Whether that address is written in square brackets. */
  readonly isBracketed: boolean;
  /** Everything behind `by`. */
  readonly server: readonly Token[];
  /** A header of a Cisco ESA stands between this Received header and the one above it. */
  readonly belowIronPort: boolean;
}

interface Receiver {
  readonly name: string;
  readonly wrote: (parts: ReceivedParts) => boolean;
  /**
   * Given for a server that notes TLS on every message: whether this header is one in which it would have. A header
   * in the same words for a hand-off inside the same system proves nothing.
   */
  readonly wouldNoteTls?: (parts: ReceivedParts) => boolean;
}

const GOOGLE_MX = ['mx.google.com', 'gmr-mx.google.com'];
const PLAIN_SMTP = /^E?SMTPA?$/i;
const SENDMAIL_VERSIONS = /^(8\.\d{1,2}\.\d{1,2}(?:\.(?:Beta|Alpha)\d+)?)\/(8\.\d{1,2}\.\d{1,2}\S*(?: v[\d.]+)?)$/;
/** Eight digits to base 60 for the time and the sequence, then the process id. */
const SENDMAIL_ID = /^[0-9A-Za-x]{8}\d{5,8}$/;
const PRIVATE_ADDRESS =
  /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|::1$|f[cd][\da-f]{2}:|fe80:)/i;

/** A product is named next to the host, the keyword or the TLS value. */
const MAX_TOKENS_BEFORE_PRODUCT = 20;

/** The first that fits names the kind of server; what nothing fits is simply not named. */
const RECEIVERS: readonly Receiver[] = [
  {
    name: 'Exchange Online',
    wrote: ({ by }) => isUnderDomain(by, 'outlook.com') || isUnderDomain(by, 'office365.com'),
    wouldNoteTls: (parts) =>
      isUnderDomain(parts.by, 'protection.outlook.com') &&
      /^Microsoft SMTP Server$/i.test(parts.with ?? '') &&
      hasWords(parts.server, ['via', 'Frontend', 'Transport']) &&
      isOutside(parts, ['outlook.com', 'office365.com']),
  },
  {
    name: 'Google',
    wrote: ({ by }) => isUnderDomain(by, 'google.com') || isUnderDomain(by, 'gmail.com'),
    wouldNoteTls: (parts) =>
      GOOGLE_MX.some((host) => host === parts.by?.toLowerCase()) &&
      PLAIN_SMTP.test(parts.with ?? '') &&
      isOutside(parts, ['google.com', 'gmail.com']),
  },
  { name: 'Yahoo', wrote: ({ by }) => isUnderDomain(by, 'yahoo.com') },
  { name: 'Mimecast', wrote: ({ by }) => isUnderDomain(by, 'mimecast.com') || isUnderDomain(by, 'mimecast.lan') },
  { name: 'Symantec MessageLabs', wrote: ({ by }) => isUnderDomain(by, 'messagelabs.com') },
  { name: 'Proofpoint', wrote: ({ by }) => isUnderDomain(by, 'pphosted.com') || isUnderDomain(by, 'ppops.net') },
  { name: 'Amazon SES', wrote: ({ by }) => isUnderDomain(by, 'amazonaws.com') },
  { name: 'T-Online', wrote: ({ by }) => isUnderDomain(by, 't-online.de') },
  {
    name: 'Cisco ESA',
    wrote: (parts) => isUnderDomain(parts.by, 'iphmx.com') || (parts.belowIronPort && hasShapeOfEsa(parts)),
    wouldNoteTls: hasShapeOfEsa,
  },
  {
    name: 'Sendmail',
    wrote: ({ server }) => SENDMAIL_VERSIONS.test(commentBehindName(server)),
    wouldNoteTls: (parts) => {
      const id = wordBehind(parts.server, 'id');
      const versions = SENDMAIL_VERSIONS.exec(commentBehindName(parts.server));
      return (
        PLAIN_SMTP.test(parts.with ?? '') &&
        SENDMAIL_ID.test(id) &&
        versions !== null &&
        (versions[2] ?? '').startsWith(versions[1] ?? '') &&
        !(versions[2] ?? '').includes('Submit') &&
        parts.clientAddress !== null
      );
    },
  },
  { name: 'Proofpoint', wrote: ({ server }) => /^8\.\d+\.\d+\.\d+\/8\.\d/.test(commentBehindName(server)) },
  byComment('Postfix', /^Postfix\b/i),
  byComment('Exim', /^Exim\b/i),
  byComment('OpenSMTPD', /^OpenSMTPD\b/i),
  byComment('Haraka', /^Haraka\b/i),
  byComment('Halon', /^Halon\b/i),
  byComment('Momentum', /^ecelerity\b/i),
  byComment('MDaemon', /^MDaemon\b/i),
  byComment('CommuniGate Pro', /^CommuniGate Pro\b/i),
  byComment('Kerio Connect', /^Kerio\b/i),
  byComment('IceWarp', /^IceWarp\b/i),
  byComment('Stalwart', /^Stalwart\b/i),
  byComment('chasquid', /^chasquid$/i),
  byComment('qpsmtpd', /^qpsmtpd\b/i),
  byComment('James', /^JAMES\b/i),
  byComment('Axigen', /^Axigen$/i),
  byComment('Yandex', /\/Yandex$/i),
  byComment('Coremail', /^Coremail$/i),
  byComment('SonicWall', /^SonicWall\b/i),
  byComment('Cyrus', /^Cyrus\b/i),
  byComment('Cellopoint', /^(?:Cellopoint\b|Generic MTA\b)/),
  byComment('amavis', /^amavis/i),
  byComment('Domino', /^(?:Lotus |HCL |IBM )?Domino\b/i),
  byComment('Oracle Messaging Server', /^Oracle Communications Messaging\b/i),
  { name: 'Exchange', wrote: (parts) => /^(?:Microsoft SMTP Server|mapi)$/i.test(parts.with ?? '') },
  { name: 'IIS', wrote: (parts) => /^Microsoft SMTPSVC$/i.test(parts.with ?? '') },
];

/**
 * The kind of server that wrote the header, where it can be told, and whether it always notes TLS and would have noted
 * it here, so that its silence is plaintext.
 */
export function recogniseReceiver(parts: ReceivedParts): { receiver: string | null; silenceMeansPlaintext: boolean } {
  const found = RECEIVERS.find((receiver) => receiver.wrote(parts));
  return { receiver: found?.name ?? null, silenceMeansPlaintext: found?.wouldNoteTls?.(parts) ?? false };
}

function byComment(name: string, pattern: RegExp): Receiver {
  return {
    name,
    wrote: ({ server }) =>
      server
        .slice(0, MAX_TOKENS_BEFORE_PRODUCT)
        .some((token) => token.kind === 'comment' && token.text.length < 200 && pattern.test(token.text.trim())),
  };
}

/** `from ... ([1.2.3.4]) by NAME with ESMTP; 20 May 2026 05:58:35 -0700`: no id, no weekday. qmail writes `(1.2.3.4)`. */
function hasShapeOfEsa(parts: ReceivedParts): boolean {
  const end = parts.server.findIndex((token) => token.kind === 'end-of-clauses');
  const [name, with_, keyword] = parts.server;
  const day = parts.server[end + 1];
  return (
    end === 3 &&
    parts.isBracketed &&
    name?.kind === 'word' &&
    with_?.kind === 'word' &&
    keyword?.kind === 'word' &&
    PLAIN_SMTP.test(parts.with ?? '') &&
    day?.kind === 'word' &&
    /^\d{1,2}$/.test(day.text) &&
    isOutside(parts, [])
  );
}

/** The handing server is no part of the receiving system: it has a public address and no name under its domains. */
function isOutside(parts: ReceivedParts, domains: readonly string[]): boolean {
  const { clientAddress, clientNames } = parts;
  if (clientAddress === null || PRIVATE_ADDRESS.test(clientAddress)) return false;
  return !clientNames.some((name) => domains.some((domain) => isUnderDomain(name, domain)));
}

function commentBehindName(server: readonly Token[]): string {
  const token = server[1];
  return token?.kind === 'comment' && token.text.length < 100 ? token.text : '';
}

function wordBehind(server: readonly Token[], word: string): string {
  const at = server.findIndex((token) => token.kind === 'word' && token.text.toLowerCase() === word);
  const next = at < 0 ? undefined : server[at + 1];
  return next?.kind === 'word' ? next.text : '';
}

function hasWords(server: readonly Token[], words: readonly string[]): boolean {
  return server.some((_, at) =>
    words.every((word, offset) => {
      const token = server[at + offset];
      return token?.kind === 'word' && token.text === word;
    }),
  );
}
