import { soqlErrorAt } from './errors.ts';

type TokenKind = 'word' | 'string' | 'number' | 'datetime' | 'date' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; strings keep their quotes and escapes. */
  readonly text: string;
  readonly start: number;
}

const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['datetime', /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:?\d\d)/y],
  ['date', /\d{4}-\d\d-\d\d(?![\dT])/y],
  ['number', /[+-]?\d+(?:\.\d+)?(?![\w.-])/y],
  ['word', /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::\d+)?/y],
  ['string', /'(?:[^'\\]|\\.)*'/y],
  ['symbol', /<=|>=|!=|<>|[=<>(),]/y],
];

/** Throws a MALFORMED_QUERY SoqlError at the first character no token begins with. */
export function tokenise(soql: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    while (/\s/.test(soql.charAt(position))) position += 1;
    if (position >= soql.length) break;
    const token = tokenAt(soql, position);
    tokens.push(token);
    position += token.text.length;
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: soql.length });
  return tokens;
}

function tokenAt(soql: string, position: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = position;
    const text = pattern.exec(soql)?.[0];
    if (text !== undefined) return { kind, text, start: position };
  }
  const found = soql.charAt(position);
  throw soqlErrorAt(
    'MALFORMED_QUERY',
    soql,
    position,
    found === "'" ? 'unterminated string literal' : `unexpected token: '${found}'`,
  );
}
