/** Text as two pages that mean the same may both write it: no commas, plain single spaces, lower case. */
export function comparable(text: string): string {
  return text.normalize('NFKC').replaceAll(',', ' ').replaceAll(/\s+/gu, ' ').trim().toLowerCase();
}

/** The whole label, whatever its case, with the asterisk or colon that pages put around the name of a field. */
export function labelPattern(label: string): RegExp {
  const words = label.trim().split(/\s+/).map(RegExp.escape);
  return new RegExp(`^[\\s*:]*${words.join('\\s+')}[\\s*:]*$`, 'iu');
}

/** `"Start Date/Time" or "Start Time"` */
export function quoted(labels: readonly string[]): string {
  return labels.map((label) => `"${label}"`).join(' or ');
}
