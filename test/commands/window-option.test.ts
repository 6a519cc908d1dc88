import { describe, expect, it } from '@jest/globals';
import { readBounds } from '../../src/commands/window-option.ts';

function bounds(from: string | undefined, to: string | undefined): (string | undefined)[] {
  const read = readBounds({ from, to });
  return [read.from?.toISOString(), read.to?.toISOString()];
}

describe('--from and --to', () => {
  it.each([
    ['days, both included', '2026-11-01', '2026-11-07', '2026-11-01T00:00:00.000Z', '2026-11-08T00:00:00.000Z'],
    ['one day', '2026-11-01', '2026-11-01', '2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'],
    ['a leap day', '2028-02-29', '2028-02-29', '2028-02-29T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    [
      'instants, half-open',
      '2026-11-01T00:00:00Z',
      '2026-11-07T12:30:00.250Z',
      '2026-11-01T00:00:00.000Z',
      '2026-11-07T12:30:00.250Z',
    ],
    [
      'instants with an offset',
      '2026-11-01T00:00+02:00',
      '2026-11-01T00:00:00-05:30',
      '2026-10-31T22:00:00.000Z',
      '2026-11-01T05:30:00.000Z',
    ],
    [
      'a day and an instant',
      '2026-11-01',
      '2026-11-01T06:00:00Z',
      '2026-11-01T00:00:00.000Z',
      '2026-11-01T06:00:00.000Z',
    ],
    ['--from alone', '2026-11-01', undefined, '2026-11-01T00:00:00.000Z', undefined],
    ['--to alone', undefined, '2026-11-01', undefined, '2026-11-02T00:00:00.000Z'],
    ['neither', undefined, undefined, undefined, undefined],
  ])('%s', (_, from, to, first, end) => {
    expect(bounds(from, to)).toEqual([first, end]);
  });

  it.each([
    '',
    'yesterday',
    '2026-11-31',
    '2026-02-29',
    '2026-13-01',
    '2026-1-1',
    '01/11/2026',
    '20261101',
    '2026-11-01 00:00:00Z',
    '2026-11-31T00:00:00Z',
    '2026-11-01T25:00:00Z',
    '2026-11-01T00:00:00+0200',
    '2026-11-01T00:00:00Z ',
  ])('%j is no date: usage error naming option, value and forms', (text) => {
    for (const option of ['from', 'to'] as const) {
      expect(() => readBounds({ [option]: text })).toThrow(
        expect.objectContaining({
          name: 'UsageError',
          exitCode: 2,
          message: `--${option} ${JSON.stringify(text)} is not a date`,
          remedy: expect.stringMatching(/2026-11-01.* 2026-11-01T00:00:00Z/),
        }),
      );
    }
  });

  it.each([
    ['2026-11-02', '2026-11-01'],
    ['2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z'],
    ['2026-11-02T00:00:00Z', '2026-11-01'],
  ])('--from %s --to %s leave no time between them: usage error', (from, to) => {
    expect(() => readBounds({ from, to })).toThrow(
      expect.objectContaining({ exitCode: 2, message: `--from ${from} --to ${to}: no time lies between the two` }),
    );
  });
});
