import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config/loading.ts';
import { messageAbout, usageErrorOf } from './error-text.ts';

describe('a settings file that is not usable YAML', () => {
  it.each([
    ['a syntax error', 'log:\n  level: [info\nmail: {}\n', 'audit.yaml, line 3: not valid YAML: '],
    ['a tab as indentation', 'log:\n\tlevel: info\n', 'audit.yaml, line 2: not valid YAML: '],
    [
      'a key twice',
      'log:\n  level: info\n  format: json\n  level: warn\n',
      'audit.yaml, line 4: the key level stands twice in the same mapping; keep one',
    ],
    ['a list', '- log\n', 'audit.yaml, line 1: found a list, expected a mapping with salesforce, source, '],
    ['plain text', 'just words\n', 'audit.yaml, line 1: found text, expected a mapping with salesforce, '],
    ['two documents', 'log: {}\n---\nlog: {}\n', 'audit.yaml, line 2: not valid YAML: '],
    ['an unknown tag', 'log:\n  level: !env LEVEL\n', 'audit.yaml, line 2: not valid YAML: '],
    ['an unknown alias', 'log:\n  level: *missing\n', 'audit.yaml: not valid YAML: Unresolved alias'],
  ])('%s', (_, yaml, expected) => {
    expect(messageAbout(yaml)).toContain(`\n  ${expected}`);
  });

  it('is reported together with the other mistakes, without a piece of the file', () => {
    const message = messageAbout('mail:\n  smtp: { password: "hunter2\n', { TLS_AUDIT_LOG_LEVEL: 'loud' });
    expect(message).toMatch(/^\d mistakes in the settings:\n {2}audit\.yaml, line 3: not valid YAML: /);
    expect(message).toContain('log.level: found "loud"');
    expect(message).not.toContain('hunter2');
  });

  it('tells of other mistakes beside a key that stands twice', () => {
    const message = messageAbout('log: { level: loud, format: json, format: text }');
    expect(message).toContain('the key format stands twice');
    expect(message).toContain('log.level: found "loud"');
  });
});

describe('a settings file that cannot be read', () => {
  it('is missing', () => {
    expect(usageErrorOf(() => loadSettings({ configFile: 'no/such.yaml', env: {} }))).toBe(
      '1 mistake in the settings:\n  no/such.yaml: the settings file cannot be read: there is no such file',
    );
  });

  it('is a folder', () => {
    expect(usageErrorOf(() => loadSettings({ configFile: tmpdir(), env: {} }))).toContain(
      'the settings file cannot be read: it is a folder',
    );
  });
});
