import type { Token } from './tokens.ts';

/** What a Received header says before `by` about the server that handed the message over. */
export interface Client {
  /** Every host name written about it, whoever gave it: lower case, without a trailing dot. */
  readonly names: readonly string[];
  /** The address that the receiving server saw; null where none is written, or more than one. */
  readonly address: string | null;
  /** The name that the receiving server found for that address, where it writes one in front of it. */
  readonly reverseName: string | null;
  /** Whether that address stands in square brackets: which servers write them tells servers apart. */
  readonly isBracketed: boolean;
}

const HOST_NAME = /^[\w-]+\.[\w.-]*$/;
const IP_ADDRESS = /^[\d.]+$/;
const MAX_CLIENT_NAMES = 100;
/** A comment about TLS can name a client certificate; a longer one is about something else. */
export const MAX_COMMENT_CHARS = 4000;
const MAX_ADDRESS_CHARS = 70;
/** Where such a word begins a comment, the handing server wrote what follows it. */
const HELO = /^\s*(?:helo|ehlo|lhlo)\b/i;
/** Postfix names the account of a sender who signed in, the TLS version, and whom a certificate is for: each can look like a host. */
const ABOUT_SESSION = /^\s*(?:authenticated|client|using)\b/i;
/** Sendmail writes `ident@name`, and `ident@[address]`. */
const SEEN_ADDRESS = /^\s*(?:([^\s[\]()]{1,320})\s+|[^\s[\]()]{1,320}@)?\[([^[\]]{1,70})\]/;
const ADDRESS_AT_END = /(?:^|@)(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*:[\da-f:.]*)$/i;
const SEEN_BARE_ADDRESS = /^\s*(\d{1,3}(?:\.\d{1,3}){3})(?:$|[\s:])/;

/** Reads the tokens between `from` and `by`. */
export function readClient(client: readonly Token[]): Client {
  const seen = client.flatMap((token) => (token.kind === 'comment' ? (seenIn(token.text) ?? []) : []));
  const names = namesOf(client);
  const last = seen.at(-1);
  const nothing = { names, address: null, reverseName: null, isBracketed: false };
  if (last === undefined) return { ...nothing, address: literalOf(client) };
  // A handing server can call itself anything, also what looks like a comment with an address.
  if (seen.some(({ address }) => address !== last.address)) return nothing;
  return { names, ...last };
}

/**
 * Comments before `by` that the receiving server wrote: those behind the address it saw (`(name [address])`), which
 * it writes behind everything the handing server said.
 */
export function trustedComments(client: readonly Token[]): string[] {
  const address = client.findLastIndex((token) => token.kind === 'comment' && mentionsAddress(token.text));
  const first = client[0];
  // MessageLabs writes the address it saw in the place of the name, and no comment with it.
  const isBareAddress = address < 0 && first?.kind === 'word' && /^\[(?:IPv6:)?[\d.:a-f]+\]$/i.test(first.text);
  if (address < 0 && !isBareAddress) return [];
  const behind = client.slice(isBareAddress ? 1 : address + 1);
  if (behind.some((token) => token.kind !== 'comment')) return [];
  const comments = behind.flatMap((token) => (token.kind === 'comment' ? [token.text] : []));
  // Exim writes the address there as well, and then the name that the handing server gave itself: it may hold anything.
  return isBareAddress && comments.some((text) => HELO.test(text)) ? [] : comments;
}

/**
 * Words before `by` that the receiving server wrote: those behind the address it saw, where s/qmail writes it
 * (`(1.2.3.4)`, `(user@1.2.3.4)`), behind everything the handing server said.
 */
export function trustedWords(client: readonly Token[]): string[] {
  const last = client.findLastIndex((token) => token.kind !== 'word');
  const seen = client[last];
  if (seen?.kind !== 'comment' || !ADDRESS_AT_END.test(seen.text.slice(-MAX_ADDRESS_CHARS))) return [];
  return client.slice(last + 1).flatMap((token) => (token.kind === 'word' ? [token.text] : []));
}

/** The address that stands first in a comment, or behind a name alone: what follows it, as `helo=`, is not seen but said. */
function seenIn(comment: string): (Pick<Client, 'reverseName' | 'isBracketed'> & { address: string }) | undefined {
  if (HELO.test(comment)) return undefined;
  const text = comment.slice(0, MAX_COMMENT_CHARS);
  const [, name, inBrackets] = SEEN_ADDRESS.exec(text) ?? [];
  const address = inBrackets ?? SEEN_BARE_ADDRESS.exec(text)?.[1] ?? bareAddress(text);
  if (address === undefined) return undefined;
  const host = name?.toLowerCase().replace(/^.*@/, '').replace(/\.$/, '') ?? '';
  const reverseName = HOST_NAME.test(host) ? host : null;
  return { address: address.replace(/^IPv6:/i, ''), reverseName, isBracketed: inBrackets !== undefined };
}

function bareAddress(text: string): string | undefined {
  const bare = text.trim();
  return bare.length <= 45 && /^[\da-f]*:[\da-f:.]*$/i.test(bare) ? bare : undefined;
}

/** Whether an IP address stands anywhere in a comment: in square brackets, or alone. */
function mentionsAddress(text: string): boolean {
  const close = text.lastIndexOf(']');
  const open = text.lastIndexOf('[', close);
  return (open >= 0 && close > open && close - open <= MAX_ADDRESS_CHARS) || seenIn(text) !== undefined;
}

/** `from [address] (helo=name)`: Exim and others write the address in the place of the name and say the name elsewhere. */
function literalOf(client: readonly Token[]): string | null {
  const [first, second] = client;
  if (first?.kind !== 'word' || second?.kind !== 'comment') return null;
  return /^\[([^[\]]{1,70})\](?::\d+)?$/.exec(first.text)?.[1]?.replace(/^IPv6:/i, '') ?? null;
}

/** Host names in what was written about the handing server; what follows an `@` is the domain of a person's address. */
function namesOf(client: readonly Token[]): string[] {
  const names = new Set<string>();
  for (const token of client) {
    if (token.kind !== 'word' && token.kind !== 'comment') continue;
    if (token.kind === 'comment' && ABOUT_SESSION.test(token.text)) continue;
    for (const name of token.text
      .slice(0, MAX_COMMENT_CHARS)
      .toLowerCase()
      .split(/[^\w.@-]+/)) {
      if (names.size >= MAX_CLIENT_NAMES) return [...names];
      if (HOST_NAME.test(name) && !IP_ADDRESS.test(name)) names.add(name.replace(/\.$/, ''));
    }
  }
  return [...names];
}
