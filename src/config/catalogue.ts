import { z } from 'zod';
import { fieldFacts, type FieldKind } from './field.ts';
import { settingsSchema } from './schema.ts';

/** One setting, as the schema declares it. */
export interface Field {
  /** `salesforce.loginUrl` */
  readonly path: string;
  readonly segments: readonly string[];
  readonly envName: string;
  readonly kind: FieldKind;
  /** Ends the sentence "expected ...". */
  readonly expected: string;
  readonly nullable: boolean;
  /** Of one item, where the setting is a list. */
  readonly expectedItem: string | undefined;
}

/** A mapping of the settings file, or a setting at its end. */
export type Node = { readonly children: Readonly<Record<string, Node>> } | { readonly field: Field };

export const catalogue: Node = toNode(settingsSchema, []);

/** Every setting, in the order of the schema. */
export const fields: readonly Field[] = fieldsOf(catalogue);

/**
 * The one rule for names in the environment: `salesforce.loginUrl` is `TLS_AUDIT_SALESFORCE_LOGIN_URL`. Dots, dashes
 * and the humps of camelCase become underscores; everything is upper case.
 */
export function environmentName(segments: readonly string[]): string {
  const words = segments.map((segment) => segment.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll('-', '_'));
  return ['TLS_AUDIT', ...words].join('_').toUpperCase();
}

/** The variable that names a file holding the secret. */
export function fileVariable(field: Field): string {
  return `${field.envName}_FILE`;
}

/** Every variable that sets the field. */
export function variablesOf(field: Field): string[] {
  return field.kind === 'secret' ? [field.envName, fileVariable(field)] : [field.envName];
}

function toNode(schema: z.core.$ZodType, segments: readonly string[]): Node {
  if (schema instanceof z.ZodObject) {
    const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
    const children = Object.entries(shape).map(([key, child]) => [key, toNode(child, [...segments, key])] as const);
    return { children: Object.fromEntries(children) };
  }
  return { field: toField(schema, segments) };
}

function toField(schema: z.core.$ZodType, segments: readonly string[]): Field {
  const nullable = schema instanceof z.ZodNullable;
  const inner: z.core.$ZodType = nullable ? schema.unwrap() : schema;
  const facts = fieldFacts.get(inner);
  if (facts === undefined) throw new Error(`the schema of ${segments.join('.')} is not built from field.ts`);
  const item = inner instanceof z.ZodArray ? fieldFacts.get(inner.element) : undefined;
  return {
    path: segments.join('.'),
    segments,
    envName: environmentName(segments),
    kind: facts.kind,
    expected: nullable && facts.kind !== 'secret' ? `${facts.expected}, or null` : facts.expected,
    nullable,
    expectedItem: item?.expected,
  };
}

function fieldsOf(node: Node): Field[] {
  return 'field' in node ? [node.field] : Object.values(node.children).flatMap(fieldsOf);
}
