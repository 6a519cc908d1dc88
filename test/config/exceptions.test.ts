import { describe, expect, it } from '@jest/globals';
import { loadExceptions } from '../../src/config/exceptions.ts';
import { packageRoot } from '../../src/support/package-info.ts';
import { usageErrorOf } from './error-text.ts';
import { withFile } from './temporary-file.ts';

function load(yaml: string) {
  return withFile('exceptions.yaml', yaml, (path) => loadExceptions(path));
}

function entry(fields: string): string {
  return `exceptions:\n  - { ${fields} }\n`;
}

describe('the exceptions file', () => {
  it('gives its entries, domains in the form reports use', () => {
    const yaml = entry('domain: "*.BÜCHER.example.", reason: " why ", owner: Jo, expires: 2026-12-31');
    expect(load(yaml)).toEqual([
      { domain: '*.xn--bcher-kva.example', reason: 'why', owner: 'Jo', expires: '2026-12-31' },
    ]);
  });

  it('has an example that can be read', () => {
    expect(loadExceptions(`${packageRoot}/config/exceptions.example.yaml`)).toHaveLength(1);
  });

  it.each([
    ['missing', ''],
    ['null', ', expires: null'],
    ['no day', ', expires: soon'],
    ['a day no month has', ', expires: 2026-02-30'],
    ['a month', ', expires: 2026-12'],
    ['a number', ', expires: 20261231'],
    ['a list', ', expires: [2026-12-31]'],
    ['written another way', ', expires: 31.12.2026'],
  ])('takes an expiry that is %s as none', (_, expires) => {
    expect(load(entry(`domain: x.example, reason: why, owner: Jo${expires}`))).toEqual([
      { domain: 'x.example', reason: 'why', owner: 'Jo', expires: null },
    ]);
  });

  it.each([['exceptions: []'], ['exceptions:']])('may be empty: %s', (yaml) => {
    expect(load(yaml)).toEqual([]);
  });

  it('is not needed', () => {
    expect(loadExceptions(null)).toEqual([]);
  });

  it('names all mistakes at once, with their lines', () => {
    const yaml = [
      'exceptions:',
      '  - domain: x.example',
      '    reason: ""',
      '    expires: 2026-12-31',
      '  - domain: "*"',
      '    reason: why',
      '    owner: 7',
      '    untill: 2026-12-31',
      '  - just text',
    ].join('\n');
    const message = usageErrorOf(() => load(yaml));
    expect(message.split('\n').slice(1)).toEqual([
      '  line 3: entry 1.reason: found "", expected text of at most 300 characters: why this is accepted',
      '  line 2: entry 1.owner: found nothing, expected text of at most 300 characters: who answers for it',
      '  line 5: entry 2.domain: found "*", expected a domain such as partner.example, or *.partner.example for all under it',
      '  line 7: entry 2.owner: found 7, expected text of at most 300 characters: who answers for it',
      '  line 5: entry 2: no such key: "untill"',
      expect.stringContaining('entry 3: found "just text", expected a mapping with domain, reason, owner and expires'),
    ]);
  });

  it.each([
    ['nothing', '', 'found null, expected a mapping with the key exceptions'],
    ['a list', '- domain: x.example', 'expected a mapping with the key exceptions'],
    [
      'an entry twice',
      `${entry('domain: x.example, reason: a, owner: b')}  - { domain: X.example, reason: a, owner: b }`,
      'x.example stands twice',
    ],
    ['broken YAML', 'exceptions: [', 'not valid YAML'],
  ])('is refused with %s', (_, yaml, problem) => {
    expect(usageErrorOf(() => load(yaml))).toContain(problem);
  });

  it('is refused where it cannot be read', () => {
    expect(usageErrorOf(() => loadExceptions('/nowhere/exceptions.yaml'))).toContain('there is no such file');
  });
});
