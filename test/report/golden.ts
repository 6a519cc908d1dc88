import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';

const FOLDER = join(import.meta.dirname, 'golden');

/** Compares with the file in test/report/golden/; with UPDATE_GOLDEN=1 the file is written instead. */
export function expectGolden(name: string, actual: string): void {
  const path = join(FOLDER, name);
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(path, actual);
  }
  if (!existsSync(path)) throw new Error(`${path} is missing: run the tests with UPDATE_GOLDEN=1 and look at it`);
  expect(actual).toBe(readFileSync(path, 'utf8'));
}
