import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { packageRoot, packageVersion } from '../../src/support/package-info.ts';

it('the package root holds package.json and config/, and the version is the one it states', () => {
  const stated: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  expect(stated).toMatchObject({ name: 'tls-audit', version: packageVersion });
  expect(existsSync(join(packageRoot, 'config', 'default.yaml'))).toBe(true);
});
