/** A piece of a Received header at its top level. */
export type Token =
  | { readonly kind: 'word'; readonly text: string }
  /** What stands between the outermost parentheses. */
  | { readonly kind: 'comment'; readonly text: string }
  /** `<...>`, without the brackets: written by whoever sent the message, so nothing in it counts. */
  | { readonly kind: 'address'; readonly text: string }
  | { readonly kind: 'end-of-clauses' };

/**
 * Splits a Received header into words, comments and addresses in linear time. Parentheses that have no partner and
 * angle brackets with a blank in them are ordinary characters: a handing server can put either into its name.
 */
export function tokensOf(value: string): Token[] {
  const partners = partnersOf(value);
  const tokens: Token[] = [];
  let wordStart = -1;
  let at = 0;
  const endWord = (): void => {
    if (wordStart >= 0) tokens.push({ kind: 'word', text: value.slice(wordStart, at) });
    wordStart = -1;
  };
  while (at < value.length) {
    const partner = partners.get(at);
    if (partner !== undefined) {
      endWord();
      const text = value.slice(at + 1, partner);
      tokens.push(value[at] === '(' ? { kind: 'comment', text } : { kind: 'address', text });
      at = partner + 1;
      continue;
    }
    const code = value.charCodeAt(at);
    if (isBlank(code)) endWord();
    else if (code === SEMICOLON) {
      endWord();
      tokens.push({ kind: 'end-of-clauses' });
    } else if (wordStart < 0) wordStart = at;
    at++;
  }
  endWord();
  return tokens;
}

/** The words of a comment, without nested parentheses being told apart; a version such as `TLS 1.2` is one of them. */
export function wordsOf(text: string): string[] {
  return text
    .replace(/\b(TLS|SSL)[\s\0](?=v?\d[._]\d(?!\w))/gi, '$1')
    .split(/[\s\0]+/)
    .filter((word) => word !== '');
}

const OPEN = 40;
const CLOSE = 41;
const SEMICOLON = 59;
const LESS = 60;
const BACKSLASH = 92;
const QUOTE = 34;
const GREATER = 62;
const MAX_ADDRESS_CHARS = 600;

/** Where each bracket that opens a top-level comment or an address is closed. */
function partnersOf(value: string): Map<number, number> {
  const partners = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === OPEN) open.push(at);
    else if (code === CLOSE) {
      const start = open.pop();
      if (start !== undefined) partners.set(start, at);
    } else if (code === LESS || (code === QUOTE && isBlank(value.charCodeAt(at - 1)))) {
      const end = code === LESS ? endOfAddress(value, at) : endOfQuotedName(value, at);
      if (end === undefined) continue;
      partners.set(at, end);
      at = end;
    }
  }
  return partners;
}

/** Position of the `>`; undefined where the bracket opens no address (RFC 5321: a blank only inside the quotes of its name). */
function endOfAddress(value: string, start: number): number | undefined {
  const limit = Math.min(value.length, start + MAX_ADDRESS_CHARS);
  let at = start + 1;
  if (value.charCodeAt(at) === QUOTE) at = endOfQuotes(value, at, limit);
  for (; at < limit; at++) {
    const code = value.charCodeAt(at);
    if (code === GREATER) return at;
    if (isBlank(code) || code === LESS || code === QUOTE) return undefined;
  }
  return undefined;
}

/** Position of the `@` behind `"any text"`: an address without its brackets. */
function endOfQuotedName(value: string, start: number): number | undefined {
  const end = endOfQuotes(value, start, Math.min(value.length, start + MAX_ADDRESS_CHARS));
  return value[end] === '@' ? end : undefined;
}

/** Position behind the second quote. */
function endOfQuotes(value: string, start: number, limit: number): number {
  let at = start + 1;
  while (at < limit && value.charCodeAt(at) !== QUOTE) at += value.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

function isBlank(code: number): boolean {
  return code <= 32 || code === 127;
}
