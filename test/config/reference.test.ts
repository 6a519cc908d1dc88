import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { assignmentsOfFile } from '../../src/config/assignment.ts';
import { fields, variablesOf } from '../../src/config/catalogue.ts';
import { loadSettings, readDefaults } from '../../src/config/loading.ts';
import { describeSettings, settingsReference } from '../../src/config/reference.ts';
import { packageRoot } from '../../src/support/package-info.ts';
import { withFile } from './temporary-file.ts';

function read(...path: string[]): string {
  return readFileSync(join(packageRoot, ...path), 'utf8');
}

const secrets = fields.filter(({ kind }) => kind === 'secret');
const others = fields.filter(({ kind }) => kind !== 'secret');

describe('config/default.yaml', () => {
  const defaults = readDefaults();

  it('holds exactly the settings of the schema, in its order, and no secrets', () => {
    const { values, mistakes } = assignmentsOfFile(defaults);
    expect(mistakes).toEqual([]);
    expect(values.map(({ field }) => field.path)).toEqual(others.map(({ path }) => path));
  });

  it.each(others.map(({ path, segments }) => [path, segments] as const))('explains %s in one line', (_, segments) => {
    const origin = defaults.originOf(segments);
    if (origin.type === 'environment' || origin.line === undefined) throw new Error('a default stands on a line');
    const [before, comment, line] = defaults.lines.slice(origin.line - 3, origin.line);
    expect(line?.trim()).toMatch(new RegExp(`^${segments.at(-1)}: `));
    expect(comment?.trim()).toMatch(/^# [A-Za-z].*\.$/);
    expect(before?.trim()).not.toMatch(/^#/);
  });
});

describe('config/example.env', () => {
  const lines = read('config', 'example.env').split('\n');

  it('lists every variable of every secret, commented out, each secret with a line that says what it is', () => {
    const listed = lines.flatMap((line) => /^#(TLS_AUDIT_\w+)=/.exec(line)?.slice(1) ?? []);
    expect(listed.toSorted()).toEqual(secrets.flatMap(variablesOf).toSorted());
    for (const { envName } of secrets) expect(lines[lines.indexOf(`#${envName}=`) - 1]).toMatch(/^# \w.*\.$/);
  });

  it('sets nothing as it stands', () => {
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });
});

describe('docs/settings.md', () => {
  it('is what `npm run docs:settings` writes', () => {
    expect(read('docs', 'settings.md')).toBe(settingsReference());
  });

  it('names every setting and every variable', () => {
    const reference = settingsReference();
    for (const field of fields) {
      for (const name of [field.path, ...variablesOf(field)]) expect(reference).toContain(`\`${name}\``);
    }
  });
});

it('describes every setting with its value and where that came from', () => {
  const rows = withFile('audit.yaml', 'log: { level: debug }', (configFile) =>
    describeSettings(loadSettings({ configFile, env: { TLS_AUDIT_MAIL_TO: 'admin@example.com' } })),
  );
  expect(rows.map(({ path }) => path)).toEqual(fields.map(({ path }) => path));
  expect(rows).toEqual(
    expect.arrayContaining([
      { path: 'log.level', envName: 'TLS_AUDIT_LOG_LEVEL', value: 'debug', origin: 'file' },
      { path: 'log.format', envName: 'TLS_AUDIT_LOG_FORMAT', value: 'auto', origin: 'default' },
      { path: 'mail.to', envName: 'TLS_AUDIT_MAIL_TO', value: ['admin@example.com'], origin: 'environment' },
    ]),
  );
});
