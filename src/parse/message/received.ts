import { type Hop, readVersionSpelling, type TlsClaim } from '../../model/message.ts';
import { MAX_COMMENT_CHARS, readClient, trustedComments, trustedWords } from './client.ts';
import { ENCRYPTED, type Finding } from './form-readers.ts';
import { type ReceivedParts, recogniseReceiver } from './receivers.ts';
import { TLS_FORMS, type TlsForm } from './tls-forms.ts';
import { type Token, tokensOf, wordsOf } from './tokens.ts';

/** What stands around a Received header that its own text does not say. */
export interface ReceivedContext {
  /** A header of a Cisco ESA (`X-IronPort-AV`) stands between this Received header and the one above it. */
  readonly belowIronPort: boolean;
}

/** `tls` in small letters only: `with ESMTP with TLS` names a protocol. */
const CLAUSE = /^(?:by|with|id|for|via|(?-i:tls)|envelope-from)$/i;
const REMARK = /tls|ssl|cipher|version=|bits=|verify=|encrypt/i;
const MAX_NAME_CHARS = 255;
/** Mail servers take command lines of some thousand bytes: nothing in a longer header than this is theirs. */
const MAX_RECEIVED_CHARS = 65_536;
const MAX_WITH_CHARS = 80;

/**
 * Reads one Received header (RFC 5321, section 4.4). What the handing server said about itself stands before `by`
 * and is believed only where the receiving server is known to write there: a HELO can hold any text, also one that
 * looks like the rest of such a header. So the last `by` counts, for nothing that the handing server says comes
 * after it.
 */
export function readReceived(value: string, index: number, context: ReceivedContext): Hop {
  const tokens = value.length > MAX_RECEIVED_CHARS ? [] : tokensOf(value);
  // `by authid <...>` behind it is how some Exims name the account that signed in, and no server.
  const by = tokens.findLastIndex((token, at) => isWord(token, 'by') && !isWord(tokens[at + 1], 'authid'));
  const start = isWord(tokens[0], 'from') ? 1 : 0;
  const client = by < 0 ? tokens.slice(start) : tokens.slice(start, by);
  const server = by < 0 ? [] : tokens.slice(by + 1);
  const comments = client.filter((token) => token.kind === 'comment');
  const seen = readClient(start === 0 ? [] : client);
  const parts: ReceivedParts = {
    by: nameOf(server),
    with: withOf(server),
    clientNames: seen.names,
    clientAddress: seen.address,
    isBracketed: seen.isBracketed,
    server,
    belowIronPort: context.belowIronPort,
  };
  const found = findTls(server, client);
  const { receiver, silenceMeansPlaintext } = recogniseReceiver(parts);
  // Where the file ends before the date, what is missing may have said TLS.
  const isWhole = server.some(({ kind }) => kind === 'end-of-clauses');
  // A remark about TLS in words that no form knows is no silence.
  const isSilent = !server
    .slice(1)
    .some((token) => 'text' in token && token.kind !== 'address' && REMARK.test(token.text));
  return {
    index,
    from: start === 0 ? null : fromOf(client),
    clientNames: parts.clientNames,
    clientAddress: parts.clientAddress,
    reverseName: seen.reverseName,
    by: parts.by,
    with: parts.with,
    receiver,
    claim: {
      version: found?.version ?? null,
      cipher: found?.cipher ?? null,
      encrypted: found !== undefined,
      silenceMeansPlaintext: found === undefined && comments.length > 0 && isWhole && isSilent && silenceMeansPlaintext,
    } satisfies TlsClaim,
  };
}

/** The best finding of all forms: a version before a suite, a suite before the bare fact. */
function findTls(server: readonly Token[], client: readonly Token[]): Finding | undefined {
  const behind = [
    ...server.flatMap((token) => (token.kind === 'comment' ? readComment(token.text, 'comment') : [])),
    ...readWords(server),
  ];
  const before = [
    ...trustedComments(client).flatMap((text) => readComment(text, 'client-comment')),
    ...firstOf('client-words', trustedWords(client)),
  ];
  const isTelling = ({ version, cipher }: Finding): boolean => version !== null || cipher !== null;
  const findings = behind.some(isTelling) ? behind : [...behind, ...before];
  const versioned =
    findings.find(({ version }) => version !== null && readVersionSpelling(version) !== undefined) ??
    findings.find(({ version }) => version !== null);
  const suite = findings.find(({ cipher }) => cipher !== null);
  if (versioned === undefined) return suite ?? findings[0];
  return { version: versioned.version, cipher: versioned.cipher ?? suite?.cipher ?? null };
}

/** The last word can be cut off in the middle where the file ends (`TLS1` of `TLS1.3`): it only proves TLS. */
function readWords(server: readonly Token[]): Finding[] {
  const words = server.flatMap((token) => (token.kind === 'word' ? [token.text] : []));
  const whole = server.at(-1)?.kind === 'word' ? words.slice(0, -1) : words;
  const findings = formsAt('words').flatMap((form) => form.read(whole) ?? []);
  if (findings.length > 0) return findings;
  return formsAt('words').some((form) => form.read(words) !== undefined) ? [ENCRYPTED] : [];
}

function readComment(text: string, place: TlsForm['place']): Finding[] {
  if (text.length > MAX_COMMENT_CHARS) return [];
  return firstOf(place, wordsOf(text));
}

/** What the first form that fits finds. */
function firstOf(place: TlsForm['place'], words: readonly string[]): Finding[] {
  if (words.length === 0) return [];
  for (const form of formsAt(place)) {
    const finding = form.read(words);
    if (finding !== undefined) return [finding];
  }
  return [];
}

const FORMS_BY_PLACE = Map.groupBy(TLS_FORMS, ({ place }) => place);

function formsAt(place: TlsForm['place']): readonly TlsForm[] {
  return FORMS_BY_PLACE.get(place) ?? [];
}

function fromOf(client: readonly Token[]): string | null {
  const end = client.findIndex((token) => token.kind !== 'word');
  const words = joinWords(end < 0 ? client : client.slice(0, end), MAX_NAME_CHARS);
  // Mediatek's servers write `name [(address)]`.
  return words?.replace(/ \[$/, '') ?? null;
}

function nameOf(server: readonly Token[]): string | null {
  const first = server[0];
  if (first?.kind !== 'word' || CLAUSE.test(first.text)) return null;
  return first.text.replace(/[,.]+$/, '').slice(0, MAX_NAME_CHARS) || null;
}

/** The words of the `with` clauses, also behind a comment: `with (AES128-SHA encrypted) SMTP`. */
function withOf(server: readonly Token[]): string | null {
  const words: Token[] = [];
  let inside = false;
  for (const token of server) {
    if (token.kind === 'end-of-clauses') break;
    if (token.kind !== 'word') continue;
    const isWith = isWord(token, 'with');
    if (inside && (!isWith || words.length > 0) && (isWith || !CLAUSE.test(token.text))) words.push(token);
    else if (inside && !isWith) break;
    inside ||= isWith;
  }
  return joinWords(words, MAX_WITH_CHARS);
}

function joinWords(tokens: readonly Token[], maxChars: number): string | null {
  let text = '';
  for (const token of tokens) {
    if (token.kind !== 'word') continue;
    text += text === '' ? token.text : ` ${token.text}`;
    if (text.length > maxChars) break;
  }
  return text === '' ? null : text.slice(0, maxChars);
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toLowerCase() === word;
}
