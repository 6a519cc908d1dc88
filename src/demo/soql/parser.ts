import type { SoqlError } from './errors.ts';
import { soqlErrorAt } from './errors.ts';
import type { Token } from './tokens.ts';
import { tokenise } from './tokens.ts';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'IN' | 'NOT IN';

export interface Comparison {
  readonly kind: 'comparison';
  readonly field: Token;
  readonly operator: Operator;
  /** One, or the list behind IN. */
  readonly literals: readonly Token[];
  /** The semi-join behind IN, in place of literals. */
  readonly subquery?: Query;
}

export type Condition =
  | Comparison
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition };

export interface Query {
  readonly text: string;
  /** Empty for `SELECT COUNT()`. */
  readonly fields: readonly Token[];
  readonly from: Token;
  readonly where: Condition | undefined;
  readonly orderBy: readonly { readonly field: Token; readonly descending: boolean; readonly nullsLast: boolean }[];
  readonly limit: number | undefined;
  readonly offset: number;
}

const LITERAL_KINDS: readonly string[] = ['string', 'number', 'datetime', 'date'];
const OPERATORS: Readonly<Record<string, Operator>> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/**
 * Reads the documented grammar of SOQL as far as the worker needs it, and no more: AND and OR cannot be mixed on one
 * level, and NOT within them needs parentheses. Throws a SoqlError (MALFORMED_QUERY).
 */
export function parseSoql(soql: string): Query {
  const parser = new Parser(soql);
  const query = parser.query();
  parser.expectEnd();
  return query;
}

class Parser {
  readonly #soql: string;
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(soql: string) {
    this.#soql = soql;
    this.#tokens = tokenise(soql);
  }

  query(): Query {
    this.#expectWord('SELECT');
    const fields = this.#selectList();
    this.#expectWord('FROM');
    const from = this.#name();
    const where = this.#takeWord('WHERE') ? this.#condition() : undefined;
    const orderBy = this.#takeWord('ORDER') ? this.#ordering() : [];
    const limit = this.#takeWord('LIMIT') ? this.#count() : undefined;
    const offset = this.#takeWord('OFFSET') ? this.#count() : 0;
    return { text: this.#soql, fields, from, where, orderBy, limit, offset };
  }

  expectEnd(): void {
    if (this.#peek().kind !== 'end') throw this.#unexpected();
  }

  #selectList(): Token[] {
    if (this.#isWord('COUNT') && this.#tokens[this.#index + 1]?.text === '(') {
      this.#index += 1;
      this.#expectSymbol('(');
      this.#expectSymbol(')');
      return [];
    }
    const fields = [this.#name()];
    while (this.#takeSymbol(',')) fields.push(this.#name());
    return fields;
  }

  #condition(): Condition {
    if (this.#takeWord('NOT')) return { kind: 'not', part: this.#simple() };
    const first = this.#simple();
    const joint = this.#isWord('AND') ? 'AND' : 'OR';
    const parts = [first];
    while (this.#takeWord(joint)) parts.push(this.#simple());
    if (parts.length === 1) return first;
    return { kind: joint === 'AND' ? 'and' : 'or', parts };
  }

  #simple(): Condition {
    if (!this.#takeSymbol('(')) return this.#comparison();
    const condition = this.#condition();
    this.#expectSymbol(')');
    return condition;
  }

  #comparison(): Comparison {
    const field = this.#name();
    const operator = this.#operator();
    if (operator !== 'IN' && operator !== 'NOT IN') {
      return { kind: 'comparison', field, operator, literals: [this.#literal()] };
    }
    this.#expectSymbol('(');
    if (this.#isWord('SELECT')) {
      const subquery = this.query();
      this.#expectSymbol(')');
      return { kind: 'comparison', field, operator, literals: [], subquery };
    }
    const literals = [this.#literal()];
    while (this.#takeSymbol(',')) literals.push(this.#literal());
    this.#expectSymbol(')');
    return { kind: 'comparison', field, operator, literals };
  }

  #operator(): Operator {
    if (this.#takeWord('LIKE')) return 'LIKE';
    if (this.#takeWord('IN')) return 'IN';
    if (this.#takeWord('NOT')) {
      this.#expectWord('IN');
      return 'NOT IN';
    }
    const operator = OPERATORS[this.#peek().text];
    if (operator === undefined) throw this.#unexpected();
    this.#index += 1;
    return operator;
  }

  #literal(): Token {
    const token = this.#peek();
    const isKeyword = token.kind === 'word' && /^(true|false|null)$/i.test(token.text);
    if (!isKeyword && !LITERAL_KINDS.includes(token.kind)) throw this.#unexpected();
    this.#index += 1;
    return token;
  }

  #ordering(): Query['orderBy'] {
    this.#expectWord('BY');
    const ordering: Query['orderBy'][number][] = [];
    do {
      const field = this.#name();
      const descending = this.#takeWord('DESC') || (this.#takeWord('ASC') && false);
      const nullsLast = this.#takeWord('NULLS') && this.#firstOrLast() === 'LAST';
      ordering.push({ field, descending, nullsLast });
    } while (this.#takeSymbol(','));
    return ordering;
  }

  #firstOrLast(): 'FIRST' | 'LAST' {
    if (this.#takeWord('LAST')) return 'LAST';
    this.#expectWord('FIRST');
    return 'FIRST';
  }

  #count(): number {
    const token = this.#peek();
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw this.#unexpected();
    this.#index += 1;
    return Number(token.text);
  }

  #name(): Token {
    const token = this.#peek();
    if (token.kind !== 'word' || /^(select|from|where|and|or|not|in|like|order|limit)$/i.test(token.text)) {
      throw this.#unexpected();
    }
    this.#index += 1;
    return token;
  }

  #peek(): Token {
    return this.#tokens[this.#index] ?? { kind: 'end', text: '<EOF>', start: this.#soql.length };
  }

  #isWord(word: string): boolean {
    const token = this.#peek();
    return token.kind === 'word' && token.text.toUpperCase() === word;
  }

  #takeWord(word: string): boolean {
    const found = this.#isWord(word);
    if (found) this.#index += 1;
    return found;
  }

  #expectWord(word: string): void {
    if (!this.#takeWord(word)) throw this.#unexpected();
  }

  #takeSymbol(symbol: string): boolean {
    const token = this.#peek();
    const found = token.kind === 'symbol' && token.text === symbol;
    if (found) this.#index += 1;
    return found;
  }

  #expectSymbol(symbol: string): void {
    if (!this.#takeSymbol(symbol)) throw this.#unexpected();
  }

  #unexpected(): SoqlError {
    const token = this.#peek();
    return soqlErrorAt('MALFORMED_QUERY', this.#soql, token.start, `unexpected token: '${token.text}'`);
  }
}
