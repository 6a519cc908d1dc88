import { join } from 'node:path';
import type { z } from 'zod';
import { packageRoot } from '../support/package-info.ts';
import { spellingsOf } from '../support/secrets.ts';
import { type Assignment, assignmentsOfFile } from './assignment.ts';
import { readAuthUrl } from './auth-url.ts';
import { type Field, fields } from './catalogue.ts';
import { assignmentsOfEnvironment, CONFIG_VARIABLE, type Environment } from './environment.ts';
import { type Mistake, type Origin, settingsError, shown } from './mistake.ts';
import { type Settings, settingsSchema } from './schema.ts';
import { Secret } from './secret.ts';
import { readSettingsFile, type SettingsFile } from './settings-file.ts';

const origins = new WeakMap<Settings, ReadonlyMap<string, Origin['type']>>();
const secretsLoaded = new Set<string>();

/**
 * The settings: config/default.yaml, then the given file (or the one that TLS_AUDIT_CONFIG names), then the
 * environment; the later one wins.
 * @throws UsageError naming every mistake at once, with its setting, the value found and where it came from.
 */
export function loadSettings(options: { configFile?: string; env?: Environment } = {}): Settings {
  const env = options.env ?? process.env;
  const configFile = options.configFile ?? env[CONFIG_VARIABLE] ?? '';
  const layers = [assignmentsOfFile(readDefaults())];
  if (configFile !== '') {
    layers.push(assignmentsOfFile(readSettingsFile(configFile, { type: 'file', name: configFile })));
  }
  layers.push(assignmentsOfEnvironment(env));

  const effective = new Map(
    layers.flatMap(({ values }) => values).map((assignment) => [assignment.field.path, assignment]),
  );
  const result = settingsSchema.safeParse(treeOf(effective));
  const mistakes = layers.flatMap((layer) => layer.mistakes);
  if (!result.success) mistakes.push(...mistakesOf(result.error.issues, effective));
  if (!result.success || mistakes.length > 0) throw settingsError(mistakes);
  origins.set(result.data, new Map([...effective.values()].map(({ field, origin }) => [field.path, origin.type])));
  for (const secret of secretsOf(result.data)) secretsLoaded.add(secret);
  return result.data;
}

/** The secrets of every settings this process has loaded: for what is written where no settings are at hand. */
export function knownSecrets(): string[] {
  return [...secretsLoaded];
}

/** Where each setting came from, by path. A setting that is absent was set nowhere: a secret nobody gave. */
export function originsOf(settings: Settings): ReadonlyMap<string, Origin['type']> {
  const found = origins.get(settings);
  if (found === undefined) throw new Error('these settings were not returned by loadSettings');
  return found;
}

/** The value of one setting. */
export function valueAt(settings: Settings, field: Field): unknown {
  return field.segments.reduce<unknown>((value, segment) => (isRecord(value) ? value[segment] : undefined), settings);
}

/** Every spelling in which a secret of the settings may turn up. */
export function secretsOf(settings: Settings): string[] {
  const values = fields.map((field) => valueAt(settings, field)).filter((value) => value instanceof Secret);
  return [
    ...new Set(
      values
        .map((secret) => secret.reveal())
        .flatMap(partsOf)
        .flatMap(spellingsOf),
    ),
  ];
}

/** An auth URL is a secret made of two: each of them travels alone. */
function partsOf(value: string): string[] {
  const { clientSecret, refreshToken } = readAuthUrl(value) ?? {};
  return [value, clientSecret, refreshToken].filter((part) => part !== undefined);
}

export function readDefaults(): SettingsFile {
  return readSettingsFile(join(packageRoot, 'config', 'default.yaml'), {
    type: 'default',
    name: 'config/default.yaml',
  });
}

function treeOf(assignments: ReadonlyMap<string, Assignment>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const field of fields) {
    const parent = field.segments.slice(0, -1).reduce<Record<string, unknown>>((node, segment) => {
      const child = node[segment];
      const next = isRecord(child) ? child : {};
      node[segment] = next;
      return next;
    }, tree);
    const unset = field.kind === 'secret' ? null : undefined;
    const assignment = assignments.get(field.path);
    parent[field.segments.at(-1) ?? ''] = assignment === undefined ? unset : assignment.value;
  }
  return tree;
}

function mistakesOf(issues: readonly z.core.$ZodIssue[], assignments: ReadonlyMap<string, Assignment>): Mistake[] {
  const found = new Map<string, Mistake>();
  for (const issue of issues) {
    const field = fields.find(({ segments }) => segments.every((segment, depth) => segment === issue.path[depth]));
    if (field === undefined) throw new Error(`the schema reported ${issue.code} outside any setting`);
    const assignment = assignments.get(field.path);
    const index = issue.path[field.segments.length];
    const subject = typeof index === 'number' ? `${field.path}[${index}]` : field.path;
    const value = typeof index === 'number' ? itemAt(assignment?.value, index) : assignment?.value;
    const problem = `found ${shown(value)}, expected ${expectedBy(issue, field, value)}`;
    const origin = assignment?.origin ?? readDefaults().originOf([]);
    if (!found.has(subject)) found.set(subject, { subject, problem, origin });
  }
  return [...found.values()];
}

function expectedBy(issue: z.core.$ZodIssue, field: Field, value: unknown): string {
  const special: unknown = issue.code === 'custom' ? issue.params?.['expected'] : undefined;
  if (typeof special === 'string') return special;
  if (issue.path.length > field.segments.length) return field.expectedItem ?? field.expected;
  const unquoted = field.kind === 'text' && (typeof value === 'number' || typeof value === 'boolean');
  return unquoted ? `text in quotes: ${field.expected}` : field.expected;
}

function itemAt(list: unknown, index: number): unknown {
  const items: readonly unknown[] = Array.isArray(list) ? list : [];
  return items[index];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
