import type { FieldValue, Records, SobjectRecord } from '../org/records.ts';
import { compileCondition } from './conditions.ts';
import { soqlErrorAt, SoqlError } from './errors.ts';
import type { FieldPath } from './fields.ts';
import { parentOf, resolveField, resolveSobject, valueOf } from './fields.ts';
import type { Query } from './parser.ts';
import { parseSoql } from './parser.ts';

export interface QueryResult {
  readonly totalSize: number;
  /** As the REST API writes them, attributes first. */
  readonly records: readonly Record<string, unknown>[];
}

/** Answers a SOQL query from the records; throws a SoqlError where an org would answer 400. */
export function runSoql(soql: string, records: Records, apiVersion: string): QueryResult {
  const query = parseSoql(soql);
  const selected = select(query, records);
  if (query.fields.length === 0) return { totalSize: selected.rows.length, records: [] };
  return {
    totalSize: selected.rows.length,
    records: selected.rows.map((row) => toJson(row, selected.sobject, selected.paths, records, apiVersion)),
  };
}

interface Order {
  readonly path: FieldPath;
  readonly descending: boolean;
  readonly nullsLast: boolean;
}

interface Selected {
  readonly sobject: string;
  readonly paths: readonly FieldPath[];
  readonly rows: readonly SobjectRecord[];
}

function select(query: Query, records: Records): Selected {
  const sobject = resolveSobject(query.text, query.from);
  const paths = query.fields.map((field) => resolveField(query.text, sobject, field));
  rejectRepeated(paths);
  const order = query.orderBy.map(({ field, descending, nullsLast }): Order => {
    const path = resolveField(query.text, sobject, field);
    if (path.field.type === 'base64' || path.field.type === 'textarea') {
      const reason = `field '${path.field.name}' can not be sorted in a query call`;
      throw soqlErrorAt('INVALID_FIELD', query.text, field.start, reason);
    }
    return { path, descending, nullsLast };
  });
  const subselect = (subquery: Query): FieldValue[] => {
    const inner = select(subquery, records);
    const column = inner.paths[0];
    return column === undefined ? [] : inner.rows.map((row) => valueOf(records, row, column));
  };
  const matches =
    query.where === undefined
      ? () => true
      : compileCondition(query.where, { soql: query.text, sobject, records, subselect });
  const rows = records
    .all(sobject.name)
    .filter(matches)
    .sort((a, b) => {
      for (const by of order) {
        const difference = compareValues(valueOf(records, a, by.path), valueOf(records, b, by.path), by);
        if (difference !== 0) return difference;
      }
      return 0;
    });
  return { sobject: sobject.name, paths, rows: rows.slice(query.offset, query.offset + (query.limit ?? Infinity)) };
}

function rejectRepeated(paths: readonly FieldPath[]): void {
  const seen = new Set<string>();
  for (const { names } of paths) {
    const name = names.join('.');
    if (seen.has(name)) throw new SoqlError('MALFORMED_QUERY', `duplicate field selected: ${name}`);
    seen.add(name);
  }
}

function compareValues(a: FieldValue, b: FieldValue, order: Order): number {
  if (a === null || b === null) {
    if (a === b) return 0;
    return (a === null) === order.nullsLast ? 1 : -1;
  }
  const [left, right] = [sortable(a, order), sortable(b, order)];
  if (left === right) return 0;
  return left < right === order.descending ? 1 : -1;
}

function sortable(value: string | number | boolean | Date, { path }: Order): string | number {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'boolean') return Number(value);
  const isId = path.field.type === 'id' || path.field.type === 'reference';
  return typeof value === 'string' && !isId ? value.toLowerCase() : value;
}

function toJson(
  row: SobjectRecord,
  sobject: string,
  paths: readonly FieldPath[],
  records: Records,
  apiVersion: string,
): Record<string, unknown> {
  const json: Record<string, unknown> = { attributes: attributes(sobject, row, apiVersion) };
  for (const path of paths) {
    let holder: SobjectRecord | undefined = row;
    let holderType = sobject;
    let target = json;
    for (const [depth, reference] of path.parents.entries()) {
      const name = path.names[depth] ?? '';
      holder = parentOf(records, holder, reference);
      if (holder === undefined) {
        target[name] = null;
        break;
      }
      holderType = reference.to ?? '';
      const nested = target[name] ?? { attributes: attributes(holderType, holder, apiVersion) };
      target[name] = nested;
      target = nested as Record<string, unknown>;
    }
    if (holder !== undefined) target[path.field.name] = fieldJson(path, holder, holderType, apiVersion);
  }
  return json;
}

function attributes(sobject: string, record: SobjectRecord, apiVersion: string): Record<string, string> {
  return { type: sobject, url: `/services/data/v${apiVersion}/sobjects/${sobject}/${record.Id}` };
}

function fieldJson(path: FieldPath, holder: SobjectRecord, sobject: string, apiVersion: string): unknown {
  if (path.field.type === 'base64') {
    return `/services/data/v${apiVersion}/sobjects/${sobject}/${holder.Id}/${path.field.name}`;
  }
  const value = holder[path.field.name] ?? null;
  return value instanceof Date ? value.toISOString().replace('Z', '+0000') : value;
}
