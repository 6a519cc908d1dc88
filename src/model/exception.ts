/** An accepted finding: it takes violations out of the verdict, never out of the report. */
export interface PolicyException {
  /** A domain, or `*.` and a domain for everything under it, but not that domain itself. Lower case, A-labels. */
  readonly domain: string;
  readonly reason: string;
  readonly owner: string;
  /** The last UTC day (`YYYY-MM-DD`) whose deliveries it covers; null where none can be read: it covers nothing. */
  readonly expires: string | null;
}

/** Whether a domain or a wildcard such as `*.example.com` names the domain; `*.x.com` does not cover `x.com`. */
export function coversDomain(pattern: string, domain: string): boolean {
  return pattern.startsWith('*.')
    ? domain.endsWith(pattern.slice(1)) && domain !== pattern.slice(2)
    : domain === pattern;
}

/** Which of two entries that cover a domain goes before the other: its own before wildcards, the narrower one first. */
export function narrowerFirst(a: { readonly domain: string }, b: { readonly domain: string }): number {
  const isWildcard = (entry: { readonly domain: string }) => Number(entry.domain.startsWith('*.'));
  return isWildcard(a) - isWildcard(b) || b.domain.length - a.domain.length;
}
