import { readVersionSpelling } from '../../model/message.ts';
import { isCipherLike, isSuiteName, isVersionLike } from './spelling.ts';

/** What one form found in a header; a version is kept as spelled. */
export interface Finding {
  readonly version: string | null;
  readonly cipher: string | null;
}

export const ENCRYPTED: Finding = { version: null, cipher: null };

/** `V:C`, `V:C:bits` or `V:C:bits:verified`, also as the value of a key (`cipher=V:C:bits`). */
export function readColons(word: string): Finding | undefined {
  const [version = '', cipher = '', ...more] = word.replace(/^(?:tls_?)?cipher=/i, '').split(':');
  if (more.length > 2 || !isVersionLike(version) || !isCipherLike(cipher)) return undefined;
  return finding(version, cipher);
}

/** The words of the `with` clauses. */
export function wordsOfWith(words: readonly string[]): readonly string[] {
  const start = words.findIndex((word) => /^with$/i.test(word));
  if (start < 0) return [];
  const end = words.findIndex((word, index) => index > start && /^(?:id|for|via|from|envelope-from)$/i.test(word));
  return words.slice(start + 1, end < 0 ? undefined : end);
}

/** `V`, `V C`, `V:C:bits` or `cipher=V:C:bits` beside the keyword, not in a comment. */
export function readBareVersion(words: readonly string[]): Finding | undefined {
  for (const [at, word] of words.entries()) {
    const isInTwo = /^(?:TLS|SSL)$/i.test(word);
    const version = isInTwo ? `${word} ${words[at + 1] ?? ''}` : word;
    const next = words[at + (isInTwo ? 2 : 1)] ?? '';
    if (readVersionSpelling(version) !== undefined) return finding(version, isSuiteName(next) ? next : undefined);
    const found = readColons(word);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What may stand around a version and a suite; any other word makes a comment one about something else. */
const PLAIN_WORD =
  /^(?:using|with|over|via|and|version|protocol|cipher|ciphersuite|suite|encryption|encrypted|verified|TLS|SSL|\d*-?bits?|\d+)$/i;

/** A version and a suite among nothing but words about them, whatever sets them off. */
export function readPlainWords(words: readonly string[]): Finding | undefined {
  const parts = words
    .join(' ')
    .split(/[\s,;:=/()[\]]+/)
    .filter((part) => part !== '');
  const versions = parts.filter((part) => readVersionSpelling(part) !== undefined);
  const suites = parts.filter((part) => isSuiteName(part) && readVersionSpelling(part) === undefined);
  const others = parts.length - versions.length - suites.length;
  if (versions.length !== 1 || suites.length > 1) return undefined;
  return parts.filter((part) => PLAIN_WORD.test(part)).length === others ? finding(versions[0], suites[0]) : undefined;
}

export function readUsing(words: readonly string[]): Finding | undefined {
  const [using = '', version = '', with_ = '', cipherWord = '', cipher = '', ...rest] = words;
  if (!/^using$/i.test(using) || !isVersionLike(version)) return undefined;
  if (words.length === 2) return readVersionSpelling(version) ? finding(version, undefined) : undefined;
  if (with_ !== 'with' || cipherWord !== 'cipher' || !isCipherLike(cipher)) return undefined;
  // Bits, curve, key exchange, signature and digest, and nothing that a name or an address would bring.
  return rest.every((word) => /^[\w(),./+-]*$/.test(word)) ? finding(version, cipher) : undefined;
}

/** The name of the product is a setting, so it can be any words; what it says about TLS ends the comment. */
export function readProductWith(words: readonly string[]): Finding | undefined {
  const at = words.lastIndexOf('with');
  const [version = '', cipher = '', bits = '', ...rest] = words.slice(at + 1);
  if (at < 1 || rest.length > 0) return undefined;
  if (version === 'TLS' && cipher === '') return ENCRYPTED;
  return /^\d+\/\d+$/.test(bits) && isVersionLike(version) && isSuiteName(cipher)
    ? finding(version, cipher)
    : undefined;
}

export function readCourier(words: readonly string[]): Finding | undefined {
  const last = words.at(-1) ?? '';
  const label = words.at(-2);
  if (!/^(?:TLS|SSL):$/.test(label ?? '') || (words.length !== 2 && words[0] !== 'AUTH:')) return undefined;
  const [version = '', bits = '', cipher = '', ...rest] = last.split(',');
  if (rest.length > 0 || !isVersionLike(version) || !/^\d+bits$/.test(bits) || !isCipherLike(cipher)) return undefined;
  return finding(version, cipher);
}

/**
 * The value of the first `key=value` whose key fits; the pairs end at the first word without `=`, and at a quote that
 * stays open: Momentum quotes the name of the client's certificate, which can hold any text.
 */
export function valueOf(words: readonly string[], key: RegExp): string | undefined {
  for (const word of words) {
    if (!word.includes('=') || /^[^"]*"[^"]*$/.test(word)) return undefined;
    if (key.test(word)) return word.slice(word.indexOf('=') + 1).replace(/[,;]+$/, '');
  }
  return undefined;
}

export function finding(version: string | undefined, cipher: string | undefined): Finding | undefined {
  const known = {
    version: version !== undefined && isVersionLike(version) ? version : null,
    cipher: cipher !== undefined && isCipherLike(cipher) ? cipher : null,
  };
  return known.version === null && known.cipher === null ? undefined : known;
}
