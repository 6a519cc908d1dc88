import { parseTlsVersion, type TlsVersion } from './protocol.ts';
import type { Verdict } from './verdict.ts';

/** What a Received header says about TLS, as written: reading it as a protocol is the business of judge/. */
export interface TlsClaim {
  /** The version as spelled in the header (`TLS1_2`, `TLSv1/SSLv3`); null where none is written. */
  readonly version: string | null;
  readonly cipher: string | null;
  /** The header proves TLS, with or without a version (`with ESMTPS`, `(Using TLS)`). */
  readonly encrypted: boolean;
  /** The server that wrote the header always notes TLS, so a header without it means plaintext. */
  readonly silenceMeansPlaintext: boolean;
}

/** One Received header: one server handing the message to the next. */
export interface Hop {
  /** 0 is the newest: the order of the headers. */
  readonly index: number;
  /** What the handing server called itself (HELO), as written. */
  readonly from: string | null;
  /** Every host name written about the handing server: HELO and reverse DNS, lower case, without a trailing dot. */
  readonly clientNames: readonly string[];
  /** IP address of the handing server, as the receiving one saw it; null where none is written, or more than one. */
  readonly clientAddress: string | null;
  /** The name that the receiving server found for that address (reverse DNS), where it tells it apart from the HELO. */
  readonly reverseName: string | null;
  readonly by: string | null;
  readonly with: string | null;
  /** The kind of server that wrote the header, where it can be told: `Postfix`, `Exchange Online`. */
  readonly receiver: string | null;
  readonly claim: TlsClaim;
}

/** A header that Salesforce writes on mail it receives, such as `X-SFDC-TLS-STATUS`. */
export interface SnapshotHeader {
  readonly name: SnapshotHeaderName;
  readonly value: string;
  /** Received headers that stand above it. */
  readonly hopsAbove: number;
}

export const SNAPSHOT_HEADERS = ['x-sfdc-tls-status', 'x-sfdc-tls-cipher', 'x-sfdc-tls-version'] as const;

export type SnapshotHeaderName = (typeof SNAPSHOT_HEADERS)[number];

/** The headers of one message, reduced to what says how it was transported. */
export interface MessageHeaders {
  /** Value of the Message-ID header as written. */
  readonly messageId: string | null;
  /** Newest first. */
  readonly hops: readonly Hop[];
  /** In the order of the headers; a name can stand there more than once. */
  readonly snapshot: readonly SnapshotHeader[];
  /** False where no header was found at all. */
  readonly found: boolean;
  /** True where the headers were longer than the program reads. */
  readonly cut: boolean;
}

/** The headers of a message as Salesforce kept them. */
export interface KeptHeaders {
  /** `none` where nothing was kept, `cut` where only the beginning was. */
  readonly extent: 'none' | 'cut' | 'whole';
  readonly headers: MessageHeaders;
}

/**
 * How a protocol is known: the header states the version; it was inferred (from the cipher suite, or for a snapshot
 * from a Received header); only a keyword proves TLS; the server that always notes TLS noted none; nothing is known.
 */
export type Evidence = 'stated' | 'inferred' | 'keyword' | 'plaintext' | 'unknown';

export interface TlsReading {
  readonly protocol: TlsVersion | 'plaintext' | null;
  readonly evidence: Evidence;
  readonly cipher: string | null;
}

export interface HopReport extends TlsReading {
  readonly index: number;
  readonly from: string | null;
  readonly by: string | null;
  readonly with: string | null;
}

/** One message in the JSON contract `tls-audit/message/1` (docs/check-message.md). */
export interface MessageReport extends TlsReading {
  readonly schema: 'tls-audit/message/1';
  /** The path as given, or found in the folder given; `-` for standard input. */
  readonly file: string;
  readonly messageId: string | null;
  readonly direction: 'outbound' | 'inbound' | 'unknown';
  /** Index of the hop the verdict rests on; null where it rests on none. */
  readonly hop: number | null;
  readonly verdict: Verdict;
  /** Sentences saying what a reader has to know about the verdict; never empty unless it is `pass`. */
  readonly reasons: readonly string[];
  readonly hops: readonly HopReport[];
}

/** A judged message with what only people are shown. */
export interface JudgedMessage {
  readonly report: MessageReport;
  /** One line without the file and the verdict: what TLS was used, by whom it is known and how. */
  readonly summary: string;
}

/** Whether a host name is the domain or stands under it: whole labels only, letter case and a trailing dot aside. */
export function isUnderDomain(name: string | null, domain: string): boolean {
  const host = (name ?? '').toLowerCase().replace(/\.$/, '');
  return host === domain || host.endsWith(`.${domain}`);
}

/**
 * `TLS\Tls12`, `Tls13`: names of the SslProtocols enumeration of .NET, which SmarterMail writes. Its `Tls` is TLS 1.0
 * by that enumeration, but states no number: a message is not failed for it, only left without a version.
 */
const DOTNET_VERSION = /^(?:TLS\\)?Tls1([1-3])$/i;

/** Reads any spelling of a version seen in message headers; undefined where it states no single one. */
export function readVersionSpelling(text: string): TlsVersion | undefined {
  const dotnet = DOTNET_VERSION.exec(text.trim());
  return parseTlsVersion(dotnet === null ? text : `TLSv1.${dotnet[1] ?? ''}`);
}
