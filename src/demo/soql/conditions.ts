import type { FieldValue, Records, SobjectRecord } from '../org/records.ts';
import type { Field, FieldType, Sobject } from '../org/sobjects.ts';
import { isFilterable } from '../org/sobjects.ts';
import { soqlErrorAt } from './errors.ts';
import { resolveField, valueOf } from './fields.ts';
import type { Comparison, Condition, Operator, Query } from './parser.ts';
import { likePattern, stringValue } from './strings.ts';
import type { Token } from './tokens.ts';

type Predicate = (record: SobjectRecord) => boolean;
type Comparable = string | number | boolean;

/** Runs a semi-join and gives the one selected column. */
export type Subselect = (query: Query) => FieldValue[];

const EQUALITY: readonly Operator[] = ['=', '!=', 'IN', 'NOT IN'];
const ORDER: readonly Operator[] = [...EQUALITY, '<', '<=', '>', '>='];
const OPERATORS: Readonly<Record<FieldType, readonly Operator[]>> = {
  id: ORDER,
  reference: ORDER,
  string: [...ORDER, 'LIKE'],
  picklist: [...ORDER, 'LIKE'],
  textarea: [],
  base64: [],
  boolean: ['=', '!='],
  int: ORDER,
  double: ORDER,
  datetime: ORDER,
};

/** The literal each type needs and the name Salesforce gives the type in its message. */
const LITERALS: Readonly<Partial<Record<FieldType, { readonly kinds: readonly string[]; readonly typeName: string }>>> =
  {
    boolean: { kinds: ['word'], typeName: 'boolean' },
    int: { kinds: ['number'], typeName: 'int' },
    double: { kinds: ['number'], typeName: 'double' },
    datetime: { kinds: ['datetime'], typeName: 'dateTime' },
  };

/** Checks the whole condition against the sObject's fields before any record is looked at; throws SoqlErrors. */
export function compileCondition(
  condition: Condition,
  context: {
    readonly soql: string;
    readonly sobject: Sobject;
    readonly records: Records;
    readonly subselect: Subselect;
  },
): Predicate {
  const compile = (part: Condition) => compileCondition(part, context);
  switch (condition.kind) {
    case 'and': {
      const parts = condition.parts.map(compile);
      return (record) => parts.every((part) => part(record));
    }
    case 'or': {
      const parts = condition.parts.map(compile);
      return (record) => parts.some((part) => part(record));
    }
    case 'not': {
      const part = compile(condition.part);
      return (record) => !part(record);
    }
    case 'comparison': {
      const path = resolveField(context.soql, context.sobject, condition.field);
      const matches = compileComparison(condition, path.field, context.soql, context.subselect);
      return (record) => matches(valueOf(context.records, record, path));
    }
  }
}

function compileComparison(
  comparison: Comparison,
  field: Field,
  soql: string,
  subselect: Subselect,
): (value: FieldValue) => boolean {
  const { operator, literals, subquery } = comparison;
  const at = comparison.field.start;
  if (!isFilterable(field)) {
    throw soqlErrorAt('INVALID_FIELD', soql, at, `field '${field.name}' can not be filtered in a query call`);
  }
  if (!OPERATORS[field.type].includes(operator)) {
    throw soqlErrorAt(
      'INVALID_QUERY_FILTER_OPERATOR',
      soql,
      at,
      `invalid operator on ${field.type} field: ${operator}`,
    );
  }
  if (operator === 'LIKE') {
    const literal = literals[0];
    if (literal?.kind !== 'string') throw mismatch(soql, at, field, 'string');
    const pattern = likePattern(literal.text);
    return (value) => typeof value === 'string' && pattern.test(value);
  }
  const wanted =
    subquery === undefined
      ? literals.map((literal) => literalValue(literal, field, soql, at))
      : subselect(subquery).map((value) => comparable(value, field));
  return (value) => compare(operator, comparable(value, field), wanted);
}

function compare(operator: Operator, found: Comparable | null, wanted: readonly (Comparable | null)[]): boolean {
  if (operator === '=' || operator === 'IN') return wanted.includes(found);
  // A record without a value is unequal to every value, also behind NOT IN.
  if (operator === '!=' || operator === 'NOT IN') return !wanted.includes(found);
  const bound = wanted[0] ?? null;
  if (found === null || bound === null) return false;
  if (operator === '<') return found < bound;
  if (operator === '<=') return found <= bound;
  if (operator === '>') return found > bound;
  return found >= bound;
}

function literalValue(literal: Token, field: Field, soql: string, at: number): Comparable | null {
  if (/^null$/i.test(literal.text)) return null;
  const needed = LITERALS[field.type] ?? { kinds: ['string'], typeName: field.type };
  if (!needed.kinds.includes(literal.kind)) throw mismatch(soql, at, field, needed.typeName);
  switch (literal.kind) {
    case 'string':
      if (isIdField(field)) return comparableId(stringValue(literal.text), soql, at);
      return comparable(stringValue(literal.text), field);
    case 'datetime':
      return timeOf(literal, soql);
    case 'number':
      return Number(literal.text);
    default:
      return literal.text.toLowerCase() === 'true';
  }
}

function timeOf(literal: Token, soql: string): number {
  const time = Date.parse(literal.text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  if (Number.isNaN(time)) {
    throw soqlErrorAt('MALFORMED_QUERY', soql, literal.start, `Invalid date: ${literal.text}`);
  }
  return time;
}

/** Values as Salesforce compares them: text ignoring case, ids by their first 15 characters, times as instants. */
function comparable(value: FieldValue, field: Field): Comparable | null {
  if (value instanceof Date) return value.getTime();
  if (typeof value !== 'string') return value;
  return isIdField(field) ? value.slice(0, 15) : value.toLowerCase();
}

function comparableId(id: string, soql: string, at: number): string {
  if (!/^(?:[a-zA-Z0-9]{15}|[a-zA-Z0-9]{18})$/.test(id)) {
    throw soqlErrorAt('INVALID_QUERY_FILTER_OPERATOR', soql, at, `invalid ID field: ${id}`);
  }
  return id.slice(0, 15);
}

function isIdField(field: Field): boolean {
  return field.type === 'id' || field.type === 'reference';
}

function mismatch(soql: string, at: number, field: Field, typeName: string): Error {
  const quotes = typeName === 'string' || isIdField(field) || field.type === 'picklist';
  const reason =
    `value of filter criterion for field '${field.name}' must be of type ${typeName} and should ` +
    (quotes ? 'be enclosed in quotes' : 'not be enclosed in quotes');
  return soqlErrorAt('INVALID_FIELD', soql, at, reason);
}
