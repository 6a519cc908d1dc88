/** Salesforce SOQL and SOSL Reference, "Quoted String Escape Sequences". */
const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' };

/** A SOQL string literal, quotes included. */
export function soqlText(value: string): string {
  return `'${escapeText(value)}'`;
}

/** A literal for LIKE: `*` stands for any characters, everything else for itself. */
export function soqlLike(pattern: string): string {
  const escaped = escapeText(pattern).replaceAll(/[%_]/g, (wildcard) => `\\${wildcard}`);
  return `'${escaped.replaceAll(/\*+/g, '%')}'`;
}

/** A SOQL dateTime literal (not quoted), cut to the second. */
export function soqlDateTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function escapeText(value: string): string {
  return value.replaceAll(/[\\'\n\r\t\b\f]/g, (character) => ESCAPES[character] ?? `\\${character}`);
}
