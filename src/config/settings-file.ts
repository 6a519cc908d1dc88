import { readFileSync } from 'node:fs';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { messageOf } from '../support/errors.ts';
import type { Mistake, Origin } from './mistake.ts';

export interface SettingsFile {
  /** The file as plain values; undefined where it is empty or could not be read. */
  readonly values: unknown;
  readonly lines: readonly string[];
  /** What is wrong with the file as YAML. */
  readonly mistakes: readonly Mistake[];
  /** 1-based line on which the key stands. */
  originOf(segments: readonly string[]): Origin;
}

/** Reads a YAML file; what is wrong with it comes back as mistakes, with the line but never with a piece of the file. */
export function readSettingsFile(path: string, as: { type: 'default' | 'file'; name: string }): SettingsFile {
  const at = (line: number | undefined): Origin => ({ type: as.type, file: as.name, line });
  const mistake = (problem: string, line?: number): Mistake => ({ subject: undefined, problem, origin: at(line) });
  const unreadable = (problem: string): SettingsFile => ({
    values: undefined,
    lines: [],
    mistakes: [mistake(problem)],
    originOf: () => at(undefined),
  });

  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return unreadable(`the settings file cannot be read: ${reasonOf(error)}`);
  }
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const mistakes = [...document.errors, ...document.warnings].map(({ code, message, pos: [offset] }) =>
    mistake(code === 'DUPLICATE_KEY' ? duplicateKey(text, offset) : `not valid YAML: ${message}`, lineAt(offset)),
  );
  const onlyDuplicates = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  let values: unknown;
  try {
    values = onlyDuplicates ? document.toJS() : undefined;
  } catch (error) {
    mistakes.push(mistake(`not valid YAML: ${messageOf(error)}`));
  }
  return {
    values,
    lines: text.split(/\r?\n/),
    mistakes,
    originOf: (segments) => at(keyLine(document, segments, lineAt)),
  };

  function lineAt(offset: number): number {
    return counter.linePos(offset).line;
  }
}

/** Why a file cannot be read, without its path. */
export function reasonOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read it';
  if (code === 'EISDIR') return 'it is a folder';
  return typeof code === 'string' ? code : 'unknown reason';
}

function duplicateKey(text: string, offset: number): string {
  const [key = ''] = /^[\w-]+/.exec(text.slice(offset)) ?? [];
  return `the key ${key === '' ? '' : `${key} `}stands twice in the same mapping; keep one`;
}

function keyLine(
  document: Document,
  segments: readonly string[],
  lineAt: (offset: number) => number,
): number | undefined {
  let node: unknown = document.contents;
  let line: number | undefined;
  for (const segment of segments) {
    if (isAlias(node)) node = node.resolve(document);
    if (isSeq(node)) {
      node = node.items[Number(segment)];
      if (isMap(node) && node.range) line = lineAt(node.range[0]);
      continue;
    }
    if (!isMap(node)) break;
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === segment);
    if (!isScalar(pair?.key)) break;
    line = lineAt(pair.key.range?.[0] ?? 0);
    node = pair.value;
  }
  return line ?? (document.contents?.range ? lineAt(document.contents.range[0]) : undefined);
}
