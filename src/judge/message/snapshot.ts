import type { Evidence, JudgedMessage, MessageHeaders, SnapshotHeaderName, TlsReading } from '../../model/message.ts';
import { readVersionSpelling, SNAPSHOT_HEADERS } from '../../model/message.ts';
import type { Policy } from '../../model/policy.ts';
import type { TlsVersion } from '../../model/protocol.ts';
import { countOf } from '../../support/plural.ts';
import { reportHops, UNKNOWN, whatIsMissing, whyNoHop } from './outbound.ts';
import { inferVersion, isUnknownVersion, readClaim } from './reading.ts';
import { hopIntoSalesforce } from './salesforce-hop.ts';
import { describeReading, systemOf } from './summary.ts';
import { doubt, judgeHop, type Judgement, judgeReading, withDoubts } from './verdict.ts';

/** Salesforce's own headers, as a reader knows them. */
const SHOWN: Readonly<Record<SnapshotHeaderName, string>> = {
  'x-sfdc-tls-status': 'X-SFDC-TLS-STATUS',
  'x-sfdc-tls-cipher': 'X-SFDC-TLS-CIPHER',
  'x-sfdc-tls-version': 'X-SFDC-TLS-VERSION',
};

const HOW: Readonly<Record<Evidence, string>> = {
  stated: 'stated in X-SFDC-TLS-VERSION',
  inferred: 'inferred from X-SFDC-TLS-CIPHER',
  keyword: 'no known version in X-SFDC-TLS-VERSION',
  plaintext: 'stated in X-SFDC-TLS-STATUS',
  unknown: 'the X-SFDC-TLS headers say nothing usable',
};

/** What the name of any cipher suite looks like. */
const SUITE = /^[A-Za-z0-9]\w*(?:[-_+]\w+)+$/;
const MAX_SUITE_CHARS = 100;

interface SnapshotJudgement {
  readonly reading: TlsReading;
  readonly hop: number | null;
  readonly judgement: Judgement;
  readonly summary: string;
  readonly direction: 'inbound' | 'unknown';
}

/**
 * Judges a message that Salesforce received by the headers Salesforce put on it (article 000388995). Where they are
 * absent it falls back to the Received header of the hop into Salesforce, and says that the result is inferred.
 */
export function judgeSnapshot(headers: MessageHeaders, file: string, policy: Policy): JudgedMessage {
  const { reading, hop, judgement, summary, direction } =
    headers.snapshot.length > 0 ? judgeOwnHeaders(headers, policy) : judgeEntry(headers, policy);
  const cut = headers.cut ? ['the headers are longer than this program reads'] : [];
  return {
    report: {
      schema: 'tls-audit/message/1',
      file,
      messageId: headers.messageId,
      direction,
      hop,
      ...reading,
      ...withDoubts(judgement, cut),
      hops: reportHops(headers.hops),
    },
    summary,
  };
}

function judgeOwnHeaders(headers: MessageHeaders, policy: Policy): SnapshotJudgement {
  const { reading, contradictions } = readOwnHeaders(headers);
  const system = 'Salesforce';
  const bare: Judgement =
    reading.evidence === 'unknown' ? { verdict: 'inconclusive', reasons: [] } : judgeReading(reading, system, policy);
  const duplicates = readDuplicates(headers);
  const doubts = [...contradictions, ...duplicates.contradictions, ...strangers(headers)];
  return {
    reading,
    hop: null,
    judgement: {
      verdict: withDoubts(bare, doubts).verdict,
      reasons: [...doubts, ...bare.reasons, ...duplicates.notes, ...placeNotes(headers)],
    },
    summary: describeReading(reading, system, HOW[reading.evidence]),
    direction: 'inbound',
  };
}

function readOwnHeaders(headers: MessageHeaders): { reading: TlsReading; contradictions: string[] } {
  const status = firstOf(headers, 'x-sfdc-tls-status')?.toLowerCase();
  const versionText = firstOf(headers, 'x-sfdc-tls-version');
  const cipherText = firstOf(headers, 'x-sfdc-tls-cipher');
  const hasVersion = versionText !== undefined && !isNothing(versionText);
  const version = hasVersion ? readVersionSpelling(versionText) : undefined;
  const cipher = cipherText === undefined || isNothing(cipherText) ? null : cipherText;
  const contradictions: string[] = [];
  if (status === undefined) contradictions.push('X-SFDC-TLS-STATUS is missing');
  else if (status !== 'true' && status !== 'false') {
    contradictions.push(`X-SFDC-TLS-STATUS is ${JSON.stringify(shorten(status))}, neither true nor false`);
  }
  if (hasVersion && version === undefined) {
    contradictions.push(
      `X-SFDC-TLS-VERSION ${JSON.stringify(shorten(versionText))} is no TLS version this program knows`,
    );
  }
  if (status === 'false') {
    if (!hasVersion && cipher === null) {
      return { reading: { protocol: 'plaintext', evidence: 'plaintext', cipher: null }, contradictions };
    }
    const named = hasVersion ? 'X-SFDC-TLS-VERSION names a version' : 'X-SFDC-TLS-CIPHER names a cipher suite';
    contradictions.push(`X-SFDC-TLS-STATUS is false, yet ${named}`);
    return { reading: { ...UNKNOWN, cipher }, contradictions };
  }
  if (status === 'true' && !hasVersion)
    contradictions.push('X-SFDC-TLS-STATUS is true, yet no X-SFDC-TLS-VERSION is given');
  const inferred = cipher === null ? undefined : inferVersion(cipher);
  const assumed = isUnknownVersion(versionText ?? null) ? undefined : inferred;
  if (cipher === null && cipherText !== undefined) {
    contradictions.push(`X-SFDC-TLS-CIPHER is ${JSON.stringify(shorten(cipherText))}, which stands for no TLS`);
  } else if (cipher !== null && !isSuite(cipher)) {
    contradictions.push(`X-SFDC-TLS-CIPHER ${JSON.stringify(shorten(cipher))} is no name of a cipher suite`);
  }
  if (version !== undefined && cipher !== null && isSuite(cipher) && !fits(version, inferred)) {
    contradictions.push(`X-SFDC-TLS-VERSION is ${version}, which has no cipher suite like ${shorten(cipher)}`);
  }
  return { reading: readingOf(status === 'true', version, assumed, cipher), contradictions };
}

/** TLS 1.3 has suites of its own, and those that came with TLS 1.2 exist in no older version. */
function fits(version: TlsVersion, inferred: TlsVersion | undefined): boolean {
  return version === 'TLSv1.3' || inferred === 'TLSv1.3'
    ? version === inferred
    : inferred === undefined || version === inferred;
}

function readingOf(
  encrypted: boolean,
  stated: ReturnType<typeof readVersionSpelling>,
  inferred: ReturnType<typeof inferVersion>,
  cipher: string | null,
): TlsReading {
  if (stated !== undefined) return { protocol: stated, evidence: 'stated', cipher };
  if (inferred !== undefined) return { protocol: inferred, evidence: 'inferred', cipher };
  return { protocol: null, evidence: encrypted || cipher !== null ? 'keyword' : 'unknown', cipher };
}

/** A header that stands there twice: the first counts, and where they differ the sender may have forged one. */
function readDuplicates({ snapshot }: MessageHeaders): { notes: string[]; contradictions: string[] } {
  const notes: string[] = [];
  const contradictions: string[] = [];
  for (const name of SNAPSHOT_HEADERS) {
    const values = snapshot.filter((header) => header.name === name).map(({ value }) => value.trim().toLowerCase());
    if (values.length < 2) continue;
    const differ = values.some((value) => value !== values[0]);
    const text =
      `${SHOWN[name]} stands there ${countOf(values.length, 'time')}${differ ? ' with different values' : ''}: ` +
      'the first counts, but the sender may have forged one (duplicate)';
    (differ ? contradictions : notes).push(text);
  }
  return { notes, contradictions };
}

function judgeEntry(headers: MessageHeaders, policy: Policy): SnapshotJudgement {
  const entry = hopIntoSalesforce(headers.hops);
  if (entry === undefined) {
    const reason =
      headers.hops.length === 0
        ? whyNoHop(headers)
        : 'Salesforce did not receive the message: it carries no X-SFDC-TLS header, and no Received header shows ' +
          'another system handing it to Salesforce';
    return {
      reading: UNKNOWN,
      hop: null,
      judgement: doubt(reason),
      summary: whatIsMissing(headers, 'no X-SFDC-TLS header and no hop into Salesforce'),
      direction: 'unknown',
    };
  }
  const { hop, doubts } = entry;
  const found = readClaim(hop.claim);
  const reading: TlsReading = found.evidence === 'stated' ? { ...found, evidence: 'inferred' } : found;
  const judgement = withDoubts(judgeHop(hop, policy), doubts);
  const note = `the X-SFDC-TLS headers are absent: the result is inferred from the Received header of hop ${hop.index}`;
  return {
    reading,
    hop: hop.index,
    judgement: { verdict: judgement.verdict, reasons: [...judgement.reasons, note] },
    summary: describeReading(
      found,
      systemOf(hop),
      found.evidence === 'unknown' ? undefined : `inferred from the Received header of hop ${hop.index}`,
    ),
    direction: 'inbound',
  };
}

/**
 * Of the headers that stand beside the first of them only: what stands below a further Received header was there before
 * Salesforce got the message, and fills no hole.
 */
function firstOf({ snapshot }: MessageHeaders, name: SnapshotHeaderName): string | undefined {
  const [first] = snapshot;
  const own = snapshot.filter(({ hopsAbove }) => hopsAbove === first?.hopsAbove);
  return own.find((header) => header.name === name)?.value.trim();
}

/** No document tells where Salesforce writes them, so this is no doubt by itself. */
function placeNotes(headers: MessageHeaders): string[] {
  if (!maySenderHaveWritten(headers)) return [];
  return ['the X-SFDC-TLS headers stand below a Received header: the sender may have written them'];
}

/** Whether Salesforce's own headers stand where a message had headers before Salesforce got it. */
export function maySenderHaveWritten({ snapshot: [first] }: MessageHeaders): boolean {
  return first !== undefined && first.hopsAbove > 0;
}

/** Headers that stand only where the sender may have written them. */
function strangers(headers: MessageHeaders): string[] {
  return SNAPSHOT_HEADERS.filter(
    (name) => firstOf(headers, name) === undefined && headers.snapshot.some((header) => header.name === name),
  ).map((name) => `${SHOWN[name]} stands only below a further Received header: the sender may have written it`);
}

function isNothing(value: string): boolean {
  return value === '' || /^(?:none|null|n\/a|-)$/i.test(value);
}

/** Whether a text can be the name of a cipher suite, rather than anything else a sender put there. */
export function isSuite(text: string): boolean {
  return text.length <= MAX_SUITE_CHARS && SUITE.test(text);
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
