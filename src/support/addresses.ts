import { domainToASCII } from 'node:url';

/** The text with e-mail addresses replaced: people’s addresses never leave the log they stand in. */
export function withoutAddresses(text: string): string {
  return text.replace(/[^\s"'<>,;()]+/g, (word) => (word.includes('@') ? '[address]' : word));
}

/** The look-behind lets a match begin only where a word does: without it the search is quadratic in the length. */
const ADDRESS = /(?:"[^"]*"|(?<![^\s@<>()[\]",;:])[^\s@<>()[\]",;:]+)@[^\s@<>()[\]",;:]+/g;

/** As `withoutAddresses`, of a sentence: quoted local parts are names of people, and an `@` by itself is no address. */
export function proseWithoutAddresses(text: string): string {
  return text.replace(ADDRESS, '[address]');
}

/**
 * What stands before an `@`, as it is, encoded or in full width, up to what parts the names in a path or an archive; what is
 * masked already stays.
 */
const LOCAL_PART =
  /(?:"[^"]*"|(?:(?<![^\s@:/\\\uFF20])|(?<=%40))(?!\[address\]@)(?:(?!%40|\uFF20)[^\s@:/\\])+)(?:@|%40|\uFF20)/gi;

/** As `withoutAddresses`, of a file's name: the person goes, and domain, date and extension still tell which file it is. */
export function nameWithoutPeople(name: string): string {
  return name.replace(LOCAL_PART, '[address]@');
}

/** A domain in the form it is compared and shown: lower case, no trailing dot, IDN as A-labels. */
export function normaliseDomain(text: string): string {
  const lower = text.trim().toLowerCase();
  // domainToASCII reads ASCII hosts by URL rules (0x7f.1 is an address there), so only non-ASCII names go through it.
  const ascii = /^[\u0000-\u007F]*$/.test(lower) ? lower : domainToASCII(lower) || lower;
  return ascii.replace(/\.+$/, '');
}
