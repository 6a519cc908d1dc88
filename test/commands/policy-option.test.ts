import { describe, expect, it } from '@jest/globals';
import { readPolicy } from '../../src/commands/policy-option.ts';

describe('--minimum and --maximum', () => {
  it.each([
    ['neither', {}, 'TLSv1.2', null],
    ['a bare number', { minimum: '1.3' }, 'TLSv1.3', null],
    ['the only 1.2 rule', { minimum: 'TLSv1.2', maximum: 'TLSv1.2' }, 'TLSv1.2', 'TLSv1.2'],
    ['any spelling', { minimum: 'tls 1.0', maximum: 'TLS1_3' }, 'TLSv1.0', 'TLSv1.3'],
    ['SSL', { minimum: 'SSL3' }, 'SSLv3', null],
  ])('%s', (_, options, minimum, maximum) => {
    expect(readPolicy(options)).toEqual({ minimum, maximum });
  });

  it('each stand in for the default given', () => {
    const defaults = { minimum: 'TLSv1.1', maximum: 'TLSv1.2' } as const;
    expect(readPolicy({}, defaults)).toEqual(defaults);
    expect(readPolicy({ minimum: 'TLSv1.2' }, defaults)).toEqual({ minimum: 'TLSv1.2', maximum: 'TLSv1.2' });
  });

  it.each([
    [{ minimum: '1.5' }, '--minimum "1.5" is not a TLS version'],
    [{ minimum: 'plaintext' }, '--minimum "plaintext" is not a TLS version'],
    [{ maximum: 'TLSv1.4' }, '--maximum "TLSv1.4" is not a TLS version'],
    [{ maximum: '' }, '--maximum "" is not a TLS version'],
    [{ minimum: 'TLSv1.3', maximum: 'TLSv1.2' }, 'the minimum TLSv1.3 is newer than the maximum TLSv1.2'],
    [{ maximum: 'TLSv1.1' }, 'the minimum TLSv1.2 (the default) is newer than the maximum TLSv1.1'],
  ])('%j is a usage error', (options, message) => {
    expect(() => readPolicy(options)).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        exitCode: 2,
        message: expect.stringContaining(message),
        remedy: expect.stringContaining('TLSv1.2'),
      }),
    );
  });
});
