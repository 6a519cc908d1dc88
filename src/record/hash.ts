import { createHash } from 'node:crypto';

/** Over the parts as a JSON array, so that no part can run into the next; hex. */
export function sha256(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
