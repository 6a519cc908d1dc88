/**
 * The `code` of an error of Node (`ENOENT`, `ECONNRESET`), also of one wrapped in it: `fetch` says only "fetch failed"
 * and puts the reason into `cause`. Looks at the shape: an error of another realm is no `instanceof Error`.
 */
export function errorCode(error: unknown, depth = 0): string | undefined {
  if (typeof error !== 'object' || error === null || depth > 5) return undefined;
  const inner: unknown =
    'errors' in error && Array.isArray(error.errors) ? error.errors[0] : 'cause' in error && error.cause;
  return errorCode(inner, depth + 1) ?? ('code' in error && typeof error.code === 'string' ? error.code : undefined);
}
