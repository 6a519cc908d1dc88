import { describe, expect, it } from '@jest/globals';
import { AuditError, messageOf, UsageError } from '../../src/support/errors.ts';

describe('AuditError', () => {
  it('is a failed job, with what to do next and what caused it', () => {
    const cause = new Error('ENOENT');
    const error = new AuditError('reading failed', { remedy: 'Check the path.', cause });
    expect(error).toMatchObject({
      name: 'AuditError',
      message: 'reading failed',
      remedy: 'Check the path.',
      exitCode: 1,
    });
    expect(error.cause).toBe(cause);
  });

  it('need not have a cause or a remedy', () => {
    const error = new AuditError('reading failed');
    expect('cause' in error).toBe(false);
    expect(error.remedy).toBeUndefined();
  });

  it('that is a UsageError ends the program with 2', () => {
    const error = new UsageError('--from "x" is not a date');
    expect(error).toBeInstanceOf(AuditError);
    expect(error).toMatchObject({ name: 'UsageError', exitCode: 2 });
  });
});

describe('messageOf', () => {
  it.each([
    ['an error', new Error('x'), 'x'],
    ['text', 'x', 'x'],
    ['a number', 7, '7'],
    ['nothing', undefined, 'undefined'],
  ])('reads whatever was thrown: %s', (_, thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });
});
