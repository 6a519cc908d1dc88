import { SoqlError } from './errors.ts';

// The escapes of a quoted string in SOQL ("Quoted String Escape Sequences").
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  N: '\n',
  r: '\r',
  R: '\r',
  t: '\t',
  T: '\t',
  b: '\u0007',
  B: '\u0007',
  f: '\f',
  F: '\f',
  '"': '"',
  "'": "'",
  '\\': '\\',
};

interface Character {
  readonly text: string;
  readonly escaped: boolean;
}

/** The text of a quoted string, for comparison by `=` and its kin. */
export function stringValue(quoted: string): string {
  return charactersOf(quoted)
    .map(({ text }) => text)
    .join('');
}

/** What a quoted string matches behind LIKE: `%` any text, `_` one character, both literal after a backslash. */
export function likePattern(quoted: string): RegExp {
  const source = charactersOf(quoted).map(({ text, escaped }) => {
    if (!escaped && text === '%') return '[^]*';
    if (!escaped && text === '_') return '[^]';
    return text.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 'iu');
}

function charactersOf(quoted: string): Character[] {
  return [...quoted.slice(1, -1).matchAll(/\\u([0-9a-fA-F]{4})|\\([^])|([^\\])/gu)].map((match): Character => {
    const [, unicode, escaped, plain] = match;
    if (plain !== undefined) return { text: plain, escaped: false };
    if (unicode !== undefined) return { text: String.fromCharCode(Number.parseInt(unicode, 16)), escaped: true };
    if (escaped === '%' || escaped === '_') return { text: escaped, escaped: true };
    const text = ESCAPES[escaped ?? ''];
    if (text === undefined) {
      throw new SoqlError(
        'MALFORMED_QUERY',
        `Invalid string literal ${quoted}. Illegal character sequence \\${escaped ?? ''}`,
      );
    }
    return { text, escaped: true };
  });
}
