import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Folder that holds package.json and config/: the same from src/ and from dist/. */
export const packageRoot: string = findPackageRoot(import.meta.dirname);

export const packageVersion: string = readVersion();

function findPackageRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder)
    throw new Error(`no package.json above ${import.meta.dirname}: the installation is incomplete`);
  return findPackageRoot(parent);
}

function readVersion(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === 'object' && parsed !== null && 'version' in parsed && typeof parsed.version === 'string') {
    return parsed.version;
  }
  throw new Error(`${packageRoot}/package.json states no version: the installation is incomplete`);
}
