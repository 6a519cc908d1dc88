import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs the test with a file of this content and removes the file afterwards. */
export function withFile<Result>(name: string, content: string, test: (path: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'tls-audit-settings-'));
  try {
    const path = join(folder, name);
    writeFileSync(path, content);
    return test(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
