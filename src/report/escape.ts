import { nameWithoutPeople, proseWithoutAddresses } from '../support/addresses.ts';

// Whatever came from a log, a file name or a server's answer passes through here before a person sees it.

/** Control, format (bidi, zero width), separator, surrogate and private-use characters: none of them is ever needed. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;
const NOT_PRINTABLE_ASCII = /[^\x20-\x7e]/gu;

/** Text whose every invisible character is written out (`\u{1b}`): terminals, mail clients and eyes see what is there. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, writtenOut);
}

/**
 * A recipient domain for people. Domains of a report are A-labels, so anything beyond printable ASCII is no domain
 * and is written out: no bidi override, no look-alike letter, no character wider than one column.
 */
export function domainText(domain: string, maxLength = 120): string {
  return elide(proseWithoutAddresses(domain.replace(NOT_PRINTABLE_ASCII, writtenOut)), maxLength);
}

/** A file name for people. */
export function nameText(name: string, maxLength = 120): string {
  return elide(nameWithoutPeople(visible(name)), maxLength);
}

/** Where there is room: longer than any note or reason of this program, shorter than what a server could answer. */
export const MAX_PROSE = 2000;

/** A sentence that may quote a log or a server: one line, nothing invisible, no address of a person. */
export function prose(text: string, maxLength = 300): string {
  return shorten(proseWithoutAddresses(visible(text.replace(/\s+/g, ' ').trim())), maxLength);
}

/** Ends a sentence after a word and says so; where there is none to end after it is shortened in the middle. */
function shorten(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const end = text.lastIndexOf(' ', maxLength - 1);
  return end < maxLength / 2 ? elide(text, maxLength) : `${text.slice(0, end).replace(/[\s.,;:]+$/, '')}…`;
}

/** Shortens in the middle: the end of a domain or a file name says the most. */
export function elide(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const tail = Math.floor((maxLength - 1) / 2);
  const head = maxLength - 1 - tail;
  // A cut through a surrogate pair would leave half a character on either side.
  return `${text.slice(0, head)}…${text.slice(text.length - tail)}`.replace(/\p{Cs}/gu, '');
}

export function htmlText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** HTML whose moments break nowhere: a screen breaks a date behind its hyphens. `attribute` is what makes a span do so. */
export function momentsWhole(inside: string, attribute: string): string {
  return inside.replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d(?: UTC)?/g, `<span ${attribute}>$&</span>`);
}

/**
 * One cell by RFC 4180. A cell that a spreadsheet would take for a formula gets a leading apostrophe (OWASP, "CSV
 * Injection"): it begins with `=`, `+`, `-`, `@` (also full-width, also behind blanks), tab, CR or LF.
 */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = proseWithoutAddresses(visible(value));
  const guarded = /^[\t\r\n]|^\s*[=+\-@＝＋－＠]/u.test(value) ? `'${text}` : text;
  return /[",]/.test(guarded) || guarded !== guarded.trim() ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** A header value: nothing that could end the line or start another header. */
export function headerText(text: string): string {
  return text.replace(INVISIBLE, ' ').replace(/ {2,}/g, ' ').trim();
}

/** The characters that an unquoted part of a Message-ID or List-Id may hold here (RFC 5322 dot-atom, cut down). */
export function headerToken(text: string): string {
  const token = text
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '');
  return token === '' ? 'unnamed' : token;
}

function writtenOut(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
