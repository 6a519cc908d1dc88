import { type Field, fields, variablesOf } from './catalogue.ts';
import { originsOf, readDefaults, valueAt } from './loading.ts';
import type { Origin } from './mistake.ts';
import type { Settings } from './schema.ts';
import { Secret } from './secret.ts';

export interface SettingRow {
  readonly path: string;
  readonly envName: string;
  /** A secret is `[secret]`, or null where nobody gave one. */
  readonly value: unknown;
  readonly origin: Origin['type'];
}

/** Every setting with its value and where that came from; `settings` is what loadSettings returned. */
export function describeSettings(settings: Settings): SettingRow[] {
  const origins = originsOf(settings);
  return fields.map((field) => {
    const value = valueAt(settings, field);
    return {
      path: field.path,
      envName: field.envName,
      value: value instanceof Secret ? value.toString() : value,
      origin: origins.get(field.path) ?? 'default',
    };
  });
}

/** The settings of one source, so many that they have a table of their own. */
const SETUP_PAGE = 'source.setupPage.';

/** The text of docs/settings.md, from the schema and from the comments of config/default.yaml. */
export function settingsReference(): string {
  const secrets = fields.filter(({ kind }) => kind === 'secret');
  const defaults = readDefaults();
  const others = fields.filter(({ kind }) => kind !== 'secret');
  const settingsTable = (shown: readonly Field[]) =>
    table(
      ['Setting', 'Variable', 'Default', 'Meaning'],
      shown.map((field) => [
        code(field.path),
        code(field.envName),
        code(JSON.stringify(defaultOf(defaults.values, field))),
        commentAbove(defaults.lines, lineOf(defaults.originOf(field.segments))),
      ]),
    );
  return `# Settings

This page is generated: \`npm run docs:settings\` writes it from the schema and from \`config/default.yaml\`.

A setting comes from \`config/default.yaml\`, then from the YAML file given with \`--config\` (or named by
\`TLS_AUDIT_CONFIG\`), then from the environment; the later one wins. The file holds only what differs from the defaults. All mistakes are reported at once, and a key or a
\`TLS_AUDIT_\` variable that is not listed here is one.

The name of the variable follows from the path: \`TLS_AUDIT_\`, then the path in upper case, with an underscore for every dot,
dash and hump of camelCase. In a variable a list is separated by commas, and an empty value means \`null\` where \`null\` is allowed.
What the experimental source \`setup-page\` needs stands [in a table of its own](#the-source-setup-page-experimental).

${settingsTable(others.filter(({ path }) => !path.startsWith(SETUP_PAGE)))}

## The source setup-page (experimental)

These count only where \`source.type\` is \`setup-page\` (and for \`tls-audit doctor --source setup-page\`); [setup-page.md](setup-page.md)
says what this experimental source needs.

${settingsTable(others.filter(({ path }) => path.startsWith(SETUP_PAGE)))}

## Secrets

Secrets come only from the environment: the variable holds the secret, or the same name with \`_FILE\` holds the path of a file
whose content is the secret. A PEM block in a variable may have \`\\n\` for its line breaks. \`config/example.env\` lists them all.

${table(
  ['Setting', 'Variable', 'Meaning'],
  secrets.map((field) => [code(field.path), variablesOf(field).map(code).join(' or '), sentence(field.expected)]),
)}
`;
}

function defaultOf(values: unknown, field: Field): unknown {
  return field.segments.reduce<unknown>(
    (value, segment) =>
      typeof value === 'object' && value !== null
        ? new Map<string, unknown>(Object.entries(value)).get(segment)
        : undefined,
    values,
  );
}

function commentAbove(lines: readonly string[], line: number | undefined): string {
  const above = line === undefined ? '' : (lines[line - 2]?.trim() ?? '');
  if (!above.startsWith('# ')) throw new Error(`config/default.yaml has no comment above line ${line ?? 0}`);
  return above.slice(2);
}

function lineOf(origin: Origin): number | undefined {
  return origin.type === 'environment' ? undefined : origin.line;
}

/** Columns padded to one width, as the formatter of this repository wants them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const [first = [], ...others] = cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [first, rule, ...others].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function code(value: string): string {
  return `\`${value}\``;
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
