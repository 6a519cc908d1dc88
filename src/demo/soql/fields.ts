import type { FieldValue, Records, SobjectRecord } from '../org/records.ts';
import type { Field, Sobject } from '../org/sobjects.ts';
import { findField, findSobject } from '../org/sobjects.ts';
import { soqlErrorAt } from './errors.ts';
import type { Token } from './tokens.ts';

const SEE_DESCRIBE = 'Please reference your WSDL or the describe call for the appropriate names.';

/** A field reached from the queried sObject, through parents where the path has dots. */
export interface FieldPath {
  /** Canonical names, the field's own name last. */
  readonly names: readonly string[];
  readonly parents: readonly Field[];
  readonly field: Field;
}

export function resolveSobject(soql: string, token: Token): Sobject {
  const sobject = findSobject(token.text);
  if (sobject !== undefined) return sobject;
  throw soqlErrorAt(
    'INVALID_TYPE',
    soql,
    token.start,
    `sObject type '${token.text}' is not supported. If you are attempting to use a custom object, be sure to append the ` +
      `'__c' after the entity name. ${SEE_DESCRIBE}`,
  );
}

export function resolveField(soql: string, sobject: Sobject, token: Token): FieldPath {
  const steps = token.text.split('.');
  const last = steps.pop() ?? '';
  if (steps[0]?.toLowerCase() === sobject.name.toLowerCase() && findReference(sobject, steps[0]) === undefined) {
    steps.shift();
  }
  const parents: Field[] = [];
  let current = sobject;
  for (const step of steps) {
    const reference = findReference(current, step);
    const parent = reference?.to === undefined ? undefined : findSobject(reference.to);
    if (reference === undefined || parent === undefined) {
      const reason =
        `Didn't understand relationship '${step}' in field path. If you are attempting to use a custom relationship, be ` +
        `sure to append the '__r' after the custom relationship name. ${SEE_DESCRIBE}`;
      throw soqlErrorAt('INVALID_FIELD', soql, token.start, reason);
    }
    parents.push(reference);
    current = parent;
  }
  const field = findField(current, last);
  if (field === undefined) {
    const reason =
      `No such column '${last}' on entity '${current.name}'. If you are attempting to use a custom field, be sure to ` +
      `append the '__c' after the custom field name. ${SEE_DESCRIBE}`;
    throw soqlErrorAt('INVALID_FIELD', soql, token.start, reason);
  }
  return { names: [...parents.map((parent) => parent.name.replace(/Id$/, '')), field.name], parents, field };
}

function findReference(sobject: Sobject, relationship: string): Field | undefined {
  const field = findField(sobject, `${relationship}Id`);
  return field?.type === 'reference' ? field : undefined;
}

/** The record a reference points to; undefined where it points to none. */
export function parentOf(records: Records, record: SobjectRecord, reference: Field): SobjectRecord | undefined {
  const id = record[reference.name];
  return typeof id === 'string' && reference.to !== undefined ? records.find(reference.to, id) : undefined;
}

export function valueOf(records: Records, record: SobjectRecord, path: FieldPath): FieldValue {
  let holder: SobjectRecord | undefined = record;
  for (const reference of path.parents) holder = holder && parentOf(records, holder, reference);
  return holder?.[path.field.name] ?? null;
}
