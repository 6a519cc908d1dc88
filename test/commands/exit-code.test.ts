import { describe, expect, it } from '@jest/globals';
import { exitCodeFor } from '../../src/commands/exit-code.ts';

describe('exitCodeFor', () => {
  it.each([
    ['pass', 0, 0],
    ['fail', 0, 10],
    ['inconclusive', 0, 11],
  ] as const)('%s is %d, and with --exit-code %d', (verdict, plain, asked) => {
    expect(exitCodeFor(verdict, {})).toBe(plain);
    expect(exitCodeFor(verdict, { exitCode: false })).toBe(plain);
    expect(exitCodeFor(verdict, { exitCode: true })).toBe(asked);
  });
});
