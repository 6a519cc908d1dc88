import { PassThrough } from 'node:stream';
import { expect, it } from '@jest/globals';
import { widthOf } from '../../src/commands/context.ts';

it.each([
  [{ isTTY: true, columns: 120 }, 120],
  [{ isTTY: true, columns: 0 }, 80],
  [{ isTTY: true }, 80],
  [{ columns: 120 }, 80],
])('a screen of %j is %d columns wide', (screen, columns) => {
  expect(widthOf(Object.assign(new PassThrough(), screen))).toBe(columns);
});
