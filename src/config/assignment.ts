import { catalogue, type Field, fields, fileVariable, type Node } from './catalogue.ts';
import { type Mistake, type Origin, typeName } from './mistake.ts';
import type { SettingsFile } from './settings-file.ts';
import { nearestName } from './suggestion.ts';

/** A value somebody gave to a setting, not yet judged. */
export interface Assignment {
  readonly field: Field;
  readonly value: unknown;
  readonly origin: Origin;
}

export interface Assignments {
  readonly values: readonly Assignment[];
  readonly mistakes: readonly Mistake[];
}

/** What a file sets. Its values are judged later; unknown keys, secrets and misplaced values are mistakes here. */
export function assignmentsOfFile(file: SettingsFile): Assignments {
  const values: Assignment[] = [];
  const mistakes: Mistake[] = [...file.mistakes];
  visit(catalogue, file.values, []);
  return { values, mistakes };

  function visit(node: Node, value: unknown, segments: readonly string[]): void {
    const origin = file.originOf(segments);
    const subject = segments.length === 0 ? undefined : segments.join('.');
    if ('field' in node) {
      if (node.field.kind === 'secret') mistakes.push({ subject, problem: secretInFile(node.field), origin });
      else values.push({ field: node.field, value, origin });
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, child] of Object.entries(value)) visitKey(node.children, key, child, [...segments, key]);
    } else if (value !== null && value !== undefined) {
      const problem = `found ${typeName(value)}, expected a mapping with ${Object.keys(node.children).join(', ')}`;
      mistakes.push({ subject, problem, origin });
    }
  }

  function visitKey(
    siblings: Readonly<Record<string, Node>>,
    key: string,
    value: unknown,
    segments: readonly string[],
  ): void {
    const node = Object.hasOwn(siblings, key) ? siblings[key] : undefined;
    if (node !== undefined) {
      visit(node, value, segments);
      return;
    }
    const problem = unknownKey(key, segments.slice(0, -1), Object.keys(siblings));
    mistakes.push({ subject: segments.join('.'), problem, origin: file.originOf(segments) });
  }
}

function unknownKey(key: string, parents: readonly string[], siblings: readonly string[]): string {
  const near = nearestName(key, siblings);
  const elsewhere = fields.filter(({ segments }) => segments.at(-1) === key);
  const onlyOther = elsewhere.length === 1 ? elsewhere[0]?.path : undefined;
  const meant = near === undefined ? onlyOther : [...parents, near].join('.');
  return `unknown setting; ${meant === undefined ? `known here: ${siblings.join(', ')}` : `did you mean ${meant}?`}`;
}

function secretInFile(field: Field): string {
  return `a secret is not read from a settings file; set ${field.envName} or ${fileVariable(field)}`;
}
