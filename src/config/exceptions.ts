import { domainToASCII } from 'node:url';
import { z } from 'zod';
import type { PolicyException } from '../model/exception.ts';
import { UsageError } from '../support/errors.ts';
import { shown } from './mistake.ts';
import { readSettingsFile, type SettingsFile } from './settings-file.ts';

const MAX_CHARACTERS = 300;

const domain = z
  .string()
  .transform((text, context) => {
    const wildcard = text.trim().startsWith('*.') ? '*.' : '';
    const written = text.trim().slice(wildcard.length).replace(/\.$/, '').toLowerCase();
    // Only names beyond ASCII need it: it reads ASCII hosts by URL rules, where 0x7f.1 is an address.
    const name = /^[\u0000-\u007F]*$/.test(written) ? written : domainToASCII(written);
    if (/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(name)) return wildcard + name;
    context.addIssue({ code: 'custom', input: text });
    return z.NEVER;
  })
  .meta({ expected: 'a domain such as partner.example, or *.partner.example for all under it' });

const words = (expected: string) => z.string().trim().min(1).max(MAX_CHARACTERS).meta({ expected });

// Anything else than a day of the calendar is no mistake here: such an exception counts as expired.
const expires = z.unknown().transform((value) => {
  const text = typeof value === 'string' ? value.trim() : '';
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const time = new Date(`${text}T00:00:00.000Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text) ? text : null;
});

const exceptionSchema = z.strictObject({
  domain,
  reason: words(`text of at most ${MAX_CHARACTERS} characters: why this is accepted`),
  owner: words(`text of at most ${MAX_CHARACTERS} characters: who answers for it`),
  expires,
});

const fileSchema = z.strictObject({ exceptions: z.array(exceptionSchema).nullable() });

/**
 * Reads accepted findings; null is no file and gives none.
 * @throws UsageError naming every mistake at once, with its line. An expiry that is missing or cannot be read is no
 *   mistake: it comes back as null, which covers nothing.
 */
export function loadExceptions(path: string | null): PolicyException[] {
  if (path === null) return [];
  const file = readSettingsFile(path, { type: 'file', name: path });
  if (file.mistakes.length > 0) {
    throw mistaken(
      path,
      file.mistakes.map(({ problem, origin }) =>
        at('line' in origin ? origin.line : undefined, problem.replace('the settings file', 'the file')),
      ),
    );
  }
  const result = fileSchema.safeParse(withExpiries(file.values));
  if (!result.success) throw mistaken(path, linesOf(result.error.issues, file));
  const exceptions = result.data.exceptions ?? [];
  const twice = exceptions.flatMap(({ domain: name }, index) =>
    exceptions.findIndex((other) => other.domain === name) < index
      ? [at(lineOf(file, ['exceptions', String(index), 'domain']), `${name} stands twice; keep one entry`)]
      : [],
  );
  if (twice.length > 0) throw mistaken(path, twice);
  return exceptions;
}

/** zod reports a missing key as a mistake even where any value will do. */
function withExpiries(values: unknown): unknown {
  if (!isRecord(values) || !Array.isArray(values['exceptions'])) return values;
  const entries = values['exceptions'].map((entry: unknown) => (isRecord(entry) ? { expires: null, ...entry } : entry));
  return { ...values, exceptions: entries };
}

function linesOf(issues: readonly z.core.$ZodIssue[], file: SettingsFile): string[] {
  const found = new Map<string, string>();
  for (const issue of issues) {
    const segments = issue.path.map(String);
    const subject = segments
      .join('.')
      .replace(/^exceptions\.(\d+)/, (_, index: string) => `entry ${Number(index) + 1}`);
    const line = lineOf(file, segments);
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) found.set(`${subject} ${key}`, at(line, `${subject}: no such key: ${shown(key)}`));
      continue;
    }
    const value = segments.reduce<unknown>(
      (node, segment) => (isObject(node) ? node[segment] : undefined),
      file.values,
    );
    const problem = `found ${value === undefined ? 'nothing' : shown(value)}, expected ${expectedAt(segments)}`;
    if (!found.has(subject)) found.set(subject, at(line, subject === '' ? problem : `${subject}: ${problem}`));
  }
  return [...found.values()];
}

function expectedAt(segments: readonly string[]): string {
  const key = segments[2];
  if (key === 'domain' || key === 'reason' || key === 'owner')
    return String(exceptionSchema.shape[key].meta()?.['expected']);
  if (segments.length === 2) return 'a mapping with domain, reason, owner and expires';
  return segments.length === 1 ? 'a list of exceptions' : 'a mapping with the key exceptions';
}

function lineOf(file: SettingsFile, segments: readonly string[]): number | undefined {
  const origin = file.originOf(segments);
  return 'line' in origin ? origin.line : undefined;
}

function at(line: number | undefined, problem: string): string {
  return line === undefined ? problem : `line ${line}: ${problem}`;
}

function mistaken(path: string, lines: readonly string[]): UsageError {
  const count = lines.length === 1 ? '1 mistake' : `${lines.length} mistakes`;
  return new UsageError([`${count} in the exceptions file ${path}:`, ...lines.map((line) => `  ${line}`)].join('\n'), {
    remedy: 'Correct what is listed; config/exceptions.example.yaml shows the form.',
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !Array.isArray(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
