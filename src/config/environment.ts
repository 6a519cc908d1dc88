import { readFileSync } from 'node:fs';
import type { Assignment, Assignments } from './assignment.ts';
import { type Field, fields, fileVariable, variablesOf } from './catalogue.ts';
import { type Mistake, shown } from './mistake.ts';
import { Secret } from './secret.ts';
import { reasonOf } from './settings-file.ts';
import { nearestName } from './suggestion.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'TLS_AUDIT_';

/** Names the settings file where no --config does: a health check then reads the same settings as the worker. */
export const CONFIG_VARIABLE = `${PREFIX}CONFIG`;

/** What Kubernetes puts into every container beside a Service named tls-audit (Service docs, environment variables). */
const SERVICE_LINK = /^TLS_AUDIT_(SERVICE_(HOST|PORT)(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)?)$/;

/** What the environment sets. Every variable that begins with TLS_AUDIT_ has to be a known one. */
export function assignmentsOfEnvironment(env: Environment): Assignments {
  const values: Assignment[] = [];
  const mistakes: Mistake[] = unknownVariables(env);
  for (const field of fields) {
    if (field.kind === 'secret') readSecret(field);
    else {
      const written = env[field.envName];
      if (written !== undefined) {
        values.push({ field, value: readValue(field, written), origin: originOf(field.envName) });
      }
    }
  }
  return { values, mistakes };

  function readSecret(field: Field): void {
    const direct = env[field.envName] ?? '';
    const path = env[fileVariable(field)] ?? '';
    if (direct !== '' && path !== '') {
      const problem = `set together with ${fileVariable(field)}; keep one of them`;
      mistakes.push({ subject: field.path, problem, origin: originOf(field.envName) });
    } else if (direct !== '') {
      values.push({ field, value: toSecret(direct), origin: originOf(field.envName) });
    } else if (path !== '') {
      const origin = originOf(fileVariable(field));
      try {
        const content = readFileSync(path, 'utf8').replace(/[\r\n]+$/, '');
        if (content === '') {
          mistakes.push({ subject: field.path, problem: `the file ${shownPath(path)} is empty`, origin });
        } else values.push({ field, value: toSecret(content), origin });
      } catch (error) {
        const problem = `the file ${shownPath(path)} cannot be read: ${reasonOf(error)}`;
        mistakes.push({ subject: field.path, problem, origin });
      }
    }
  }
}

function unknownVariables(env: Environment): Mistake[] {
  const known = [CONFIG_VARIABLE, ...fields.flatMap(variablesOf)];
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && env[name] !== undefined)
    .filter((name) => !known.includes(name) && !SERVICE_LINK.test(name))
    .map((name) => ({
      subject: undefined,
      problem: `unknown variable${hintFor(name, known)}`,
      origin: originOf(name),
    }));
}

function hintFor(name: string, known: readonly string[]): string {
  const field = fields.find((candidate) => fileVariable(candidate) === name);
  if (field !== undefined) return `; only secrets come from files, set ${field.envName}`;
  const near = nearestName(
    name.slice(PREFIX.length),
    known.map((variable) => variable.slice(PREFIX.length)),
  );
  return near === undefined ? '' : `; did you mean ${PREFIX}${near}?`;
}

/** The text of a variable as a value of the field's kind; what does not fit stays text, to be refused as it stands. */
function readValue(field: Field, written: string): unknown {
  const text = written.trim();
  if (field.kind === 'list')
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  if (field.nullable && text === '') return null;
  if (field.kind === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (field.kind === 'boolean' && /^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return text;
}

/** Some places that hold variables keep no line breaks: a PEM block may be written with `\n` for each of them. */
function toSecret(value: string): Secret {
  return new Secret(value.startsWith('-----BEGIN') ? value.replaceAll('\\n', '\n') : value);
}

/** Somebody may have put the secret itself where the path belongs: only what looks like a path is shown. */
function shownPath(path: string): string {
  const looksLikePath = /^(\/|\.{1,2}\/|~\/|[A-Za-z]:\\)[^\r\n]*$/.test(path) && path.length <= 200;
  return looksLikePath ? shown(path) : 'it names (not shown: it does not look like a path)';
}

function originOf(variable: string): Assignment['origin'] {
  return { type: 'environment', variable };
}

/** The environment for a program that this one starts: without any setting or secret of its own. */
export function foreignEnvironment(env: Environment = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || name.startsWith(PREFIX) ? [] : [[name, value]],
    ),
  );
}
