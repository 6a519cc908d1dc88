import { UsageError } from '../support/errors.ts';

/** One thing that is wrong with the settings; `problem` never holds the value of a secret. */
export interface Mistake {
  /** The setting that is wrong; undefined where the file or the variable itself is. */
  readonly subject: string | undefined;
  readonly problem: string;
  readonly origin: Origin;
}

/** Where a value came from. */
export type Origin =
  | { readonly type: 'default'; readonly file: string; readonly line: number | undefined }
  | { readonly type: 'file'; readonly file: string; readonly line: number | undefined }
  | { readonly type: 'environment'; readonly variable: string };

const LONGEST_SHOWN = 80;

/** All mistakes in one error: those of files first, by line, then those of the environment, by name. */
export function settingsError(mistakes: readonly Mistake[]): UsageError {
  const lines = mistakes.toSorted(byOrigin).map(({ subject, problem, origin }) => {
    const place = placeOf(origin);
    return subject === undefined ? `  ${place}: ${problem}` : `  ${subject}: ${problem} (${place})`;
  });
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  return new UsageError([`${count} in the settings:`, ...lines].join('\n'), {
    remedy: 'Correct what is listed, then run the command again; docs/settings.md describes every setting.',
  });
}

/** A value as an error shows it. A URL loses its user name and password, key material is never shown. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    if (value.includes('-----BEGIN')) return 'a PEM block (not shown)';
    const harmless = value.replaceAll(/\/\/[^/\s]*@/g, '//[not shown]@');
    return JSON.stringify(harmless.length > LONGEST_SHOWN ? `${harmless.slice(0, LONGEST_SHOWN)}...` : harmless);
  }
  return typeof value === 'object' && value !== null ? typeName(value) : String(value);
}

/** What kind of YAML value it is, for places where the value itself says nothing. */
export function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

function placeOf(origin: Origin): string {
  if (origin.type === 'environment') return origin.variable;
  return origin.line === undefined ? origin.file : `${origin.file}, line ${origin.line}`;
}

function byOrigin(a: Mistake, b: Mistake): number {
  return rank(a.origin) - rank(b.origin) || lineOf(a.origin) - lineOf(b.origin) || compareVariables(a, b);
}

function rank(origin: Origin): number {
  return ['default', 'file', 'environment'].indexOf(origin.type);
}

function lineOf(origin: Origin): number {
  return origin.type === 'environment' ? 0 : (origin.line ?? 0);
}

function compareVariables(a: Mistake, b: Mistake): number {
  if (a.origin.type !== 'environment' || b.origin.type !== 'environment') return 0;
  return a.origin.variable < b.origin.variable ? -1 : a.origin.variable > b.origin.variable ? 1 : 0;
}
