import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { SOURCE_TYPES } from '../../src/config/schema.ts';
import { nameOfSource, promiseOf } from '../../src/doctor/source-promise.ts';

function read(name: string): string {
  return readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
}

/** The rows of README's table of sources: name, place, can, cannot. */
function rowsOfReadme(): string[][] {
  const rows = read('README.md')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const head = rows.findIndex(([first]) => first === '`source.type`');
  const end = rows.findIndex((row, index) => index > head && row.length !== rows[head]?.length);
  return rows.slice(head + 2, end).slice(0, SOURCE_TYPES.length);
}

describe('what each source can and cannot promise', () => {
  it.each(SOURCE_TYPES)('README says of %s what status and doctor say', (type) => {
    const { place, can, cannot } = promiseOf(type);
    const name = nameOfSource(type).replace(type, `\`${type}\``);
    expect(rowsOfReadme()).toContainEqual([name, place, can, cannot]);
  });
});

// What was never seen against a real org is never offered as if it had been.
describe('setup-page is marked experimental wherever it is named', () => {
  it.each(['README.md', 'CHANGELOG.md', 'docs/settings.md', 'config/default.yaml'])('in %s', (name) => {
    const paragraphs = read(name).split(/\n\s*\n|\n(?=\|)|\n(?=- )/);
    const naming = paragraphs.filter((text) => /\bsetup-?page\b/i.test(text));
    expect(naming.length).toBeGreaterThan(0);
    expect(naming.filter((text) => !/experimental/i.test(text))).toEqual([]);
  });

  it('in the title of its own page', () => {
    expect(read('docs/setup-page.md').split('\n')[0]).toBe('# The source setup-page (experimental)');
  });
});
